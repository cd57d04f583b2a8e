package cudarun

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	building = "building-" // begins the name of a directory in which a library is made
	stale    = 24 * time.Hour
)

// Library gives the path of the library of an engine's files, from the cache or compiled; compiling is called before the
// latter. The name of a library in the cache is a hash of all files, the compiler's own words about its version, and its
// command line. It comes to its name by a renaming, so that no reader ever sees half of one, and two that are made at once
// are equally good.
func (c *Compiler) Library(ctx context.Context, files map[string][]byte, compiling func()) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", &CacheError{"of the user", err}
	}
	dir := filepath.Join(cache, "archc", map[Kind]string{Device: "cuda", CPU: "cuda-cpu"}[c.kind])
	path := filepath.Join(dir, c.key(files)+".so")
	switch info, err := os.Stat(path); {
	case err == nil && info.Mode().IsRegular():
		return path, nil
	case err == nil:
		return "", &CacheError{path, errors.New("not a regular file")}
	case !errors.Is(err, fs.ErrNotExist):
		return "", &CacheError{path, bare(err)}
	}
	compiling()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", &CacheError{dir, bare(err)}
	}
	sweep(dir)
	work, err := os.MkdirTemp(dir, building)
	if err != nil {
		return "", &CacheError{dir, bare(err)}
	}
	defer os.RemoveAll(work)
	if err := write(work, files); err != nil {
		return "", &CacheError{dir, bare(err)}
	}
	if err := c.compile(ctx, work); err != nil {
		return "", err
	}
	if err := os.Rename(filepath.Join(work, made), path); err != nil {
		return "", &CacheError{dir, bare(err)}
	}
	return path, nil
}

// key is a hash of all that a library hangs on.
func (c *Compiler) key(files map[string][]byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n%q\n%q\n", c.command, c.arguments, c.version)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%q %d\n", name, len(files[name]))
		h.Write(files[name])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// write writes the files of an engine into a new directory.
func write(dir string, files map[string][]byte) error {
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// sweep removes what was left by a process that was killed while it compiled. What another one is at work in is young.
func sweep(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && e.IsDir() && strings.HasPrefix(e.Name(), building) && time.Since(info.ModTime()) > stale {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// bare is an error of the system without the path, which the message names.
func bare(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return p.Err
	case errors.As(err, &l):
		return l.Err
	}
	return err
}
