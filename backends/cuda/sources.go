package cuda

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
)

//go:embed runtime/*.h runtime/*.cuh kernels/*.cuh engine/*.h engine/*.cu
var sources embed.FS

// Source gives the files of "runtime", "kernels" or "engine" by their names.
func Source(dir string) (map[string][]byte, error) {
	entries, err := fs.ReadDir(sources, dir)
	if err != nil {
		return nil, fmt.Errorf("no CUDA sources %s are embedded: %w", dir, err)
	}
	files := map[string][]byte{}
	for _, e := range entries {
		text, err := sources.ReadFile(path.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		files[e.Name()] = text
	}
	return files, nil
}
