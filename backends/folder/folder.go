// Package folder puts a generated project in its place: all files at once, or none.
//
// It must not know what the files are. A directory that it did not write, or in which somebody changed or added
// something, is refused: what people wrote is never deleted.
package folder

import (
	"context"
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

// Marker is the file by which a directory is known as written here. It lists the other files with their hashes.
const Marker = ".archc"

// Refused is a directory that is not replaced, and why.
type Refused struct{ Dir, Why, Help string }

// Error names the directory and why it stays as it is.
func (e *Refused) Error() string { return e.Dir + ": " + e.Why }

// Options are the circumstances of a write.
type Options struct {
	Made  []string // names that may be in an old directory without having been written: what building makes there
	Force bool     // replace also what was changed or added
}

// Write makes dir a directory with exactly these files, by their slash-separated paths, and the marker. They are written
// and synced beside it, in a directory that is renamed at the end. An old directory is replaced if Write made it and
// nobody changed it. Errors: *Refused, and those of the operating system, behind which dir is as it was.
func Write(ctx context.Context, dir string, files map[string][]byte, o Options) error {
	target, err := place(dir)
	if err != nil {
		return err
	}
	replaces, err := mayReplace(target, dir, o)
	if err != nil {
		return err
	}
	parent, base := filepath.Split(target)
	sweep(parent, base)
	temp, err := os.MkdirTemp(parent, prefix(base)+"*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	fresh, old := filepath.Join(temp, "new"), filepath.Join(temp, "old")
	if err := fill(ctx, fresh, files); err != nil {
		return err
	}
	if replaces {
		if err := os.Rename(target, old); err != nil {
			return err
		}
	}
	if err := os.Rename(fresh, target); err != nil {
		if replaces { // the old one goes back
			err = errors.Join(err, os.Rename(old, target))
		}
		return err
	}
	return syncDir(parent)
}

// place is where dir is, without a link on its last step: a rename would replace the link.
func place(dir string) (string, error) {
	target, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	if below, err := filepath.Rel(target, here); err == nil && filepath.IsLocal(below) {
		return "", &Refused{dir, "is the working directory, or holds it", "name a directory that may be replaced"}
	}
	return target, nil
}

// mayReplace says whether there is an old directory, and refuses one that is somebody's.
func mayReplace(target, dir string, o Options) (bool, error) {
	info, err := os.Lstat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case info.Mode()&fs.ModeSymlink != 0:
		return false, &Refused{dir, "is a symbolic link", "name the directory itself"}
	case !info.IsDir():
		return false, &Refused{dir, "is there and is no directory", "name another place"}
	}
	entries, err := os.ReadDir(target)
	if err != nil || len(entries) == 0 {
		return true, err
	}
	text, err := os.ReadFile(filepath.Join(target, Marker))
	if err != nil {
		return false, &Refused{dir, "is a directory that archc did not make", "name another place, or empty it"}
	}
	if o.Force {
		return true, nil
	}
	return true, untouched(target, dir, string(text), o.Made)
}

// untouched refuses a directory with files that the marker does not list, or that are not as they were written.
func untouched(target, dir, marker string, made []string) error {
	written := map[string]string{}
	for line := range strings.Lines(marker) {
		if hash, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  "); ok {
			written[name] = hash
		}
	}
	return filepath.WalkDir(target, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(target, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if name == Marker || slices.Contains(made, name) {
			return nil
		}
		hash, ours := written[name]
		if !ours || !d.Type().IsRegular() {
			return kept(dir, name, "was not written by archc")
		}
		text, err := os.ReadFile(path)
		if err == nil && hashOf(text) != hash {
			return kept(dir, name, "was changed since archc wrote it")
		}
		return err
	})
}

func kept(dir, name, why string) error {
	return &Refused{dir, fmt.Sprintf("%q %s", name, why), "move it away, or replace the whole directory with --force"}
}

// fill writes the files and the marker into a new directory.
func fill(ctx context.Context, dir string, files map[string][]byte) error {
	dirs := map[string]bool{dir: true}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !fs.ValidPath(name) || name == "." {
			return fmt.Errorf("%q is no path of a file in a directory", name)
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		dirs[filepath.Dir(path)] = true
		if err := writeFile(ctx, path, files[name]); err != nil {
			return err
		}
	}
	if err := writeFile(ctx, filepath.Join(dir, Marker), marker(files)); err != nil {
		return err
	}
	for _, d := range slices.Sorted(maps.Keys(dirs)) {
		if err := syncDir(d); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(ctx context.Context, path string, text []byte) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// sweep removes what runs that were killed left beside the target. A young one may be another run's.
func sweep(parent, base string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && e.IsDir() && strings.HasPrefix(e.Name(), prefix(base)) && time.Since(info.ModTime()) > time.Hour {
			os.RemoveAll(filepath.Join(parent, e.Name()))
		}
	}
}

func prefix(base string) string { return "." + base + ".archc-" }
