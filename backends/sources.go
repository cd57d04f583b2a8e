// Package backends holds, as text, the packages that a generated engine carries: readers of checkpoints and tokenizers,
// the choice of tokens, the program around a model.
//
// It must not know what a backend does with them. They are the very files that this module compiles and tests, so an
// engine runs what the tests have seen.
package backends

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

//go:embed checkpoint/*.go host/arrays/*.go host/sampler/*.go host/tokenizer/*.go host/weights/*.go host/program/*.go kernel/*.go kernel/*.s
var sources embed.FS

// Source gives the files of one package, its tests apart, by their names. The directory is below this package's own:
// "host/tokenizer".
func Source(dir string) (map[string][]byte, error) {
	entries, err := fs.ReadDir(sources, dir)
	if err != nil {
		return nil, fmt.Errorf("no package %s is embedded: %w", dir, err)
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if e.IsDir() || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		text, err := sources.ReadFile(path.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		files[e.Name()] = text
	}
	return files, nil
}
