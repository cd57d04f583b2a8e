package folder

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
)

// marker is the text of the marker: a line for people, then a hash and a path for each file.
func marker(files map[string][]byte) []byte {
	var b strings.Builder
	b.WriteString("Written by archc, which replaces this directory as long as nothing in it was changed.\n")
	for _, name := range slices.Sorted(maps.Keys(files)) {
		b.WriteString(hashOf(files[name]) + "  " + name + "\n")
	}
	return []byte(b.String())
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// syncDir makes renames in dir durable, where a directory can be synced.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
