package checkpoint

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"
)

// source is one open regular file.
type source struct {
	path    string // for messages
	f       *os.File
	size    int64
	changed time.Time // modification time when opened
	data    []byte    // the mapped file, nil: read by ReadAt
}

// folder opens files by plain name inside one directory; links that lead out of it fail.
type folder struct {
	path string
	root *os.Root
}

func openFolder(path string) (*folder, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, refuse(CodeUnreadable, "cannot open the directory").in(path).because(err)
	}
	return &folder{path, root}, nil
}

func (d *folder) join(name string) string { return filepath.Join(d.path, name) }

func (d *folder) close() { d.root.Close() }

// has reports whether the directory has an entry of that name, of whatever kind.
func (d *folder) has(name string) bool {
	_, err := d.root.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

func (d *folder) open(name string) (*source, error) {
	path := d.join(name)
	info, err := d.root.Stat(name)
	if link, lerr := d.root.Lstat(name); err != nil && lerr == nil && link.Mode()&fs.ModeSymlink != 0 {
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return nil, refuse(CodeOutside, "a link that leads out of its directory").in(path).because(err).
				withHelp("put the real file in " + d.path + ", or name the file itself")
		}
	}
	return openRegular(path, info, err, func() (*os.File, error) { return d.root.OpenFile(name, openFlags, 0) })
}

// openPath opens the file that the user named, wherever it is.
func openPath(path string) (*source, error) {
	info, err := os.Stat(path)
	return openRegular(path, info, err, func() (*os.File, error) { return os.OpenFile(path, openFlags, 0) })
}

// openRegular looks before it opens, because opening a pipe or a device can block or have
// effects, and looks again after, because the name may have got another meaning in between.
func openRegular(path string, info fs.FileInfo, err error, open func() (*os.File, error)) (*source, error) {
	if err != nil {
		return nil, cannotOpen(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, notRegular(path, info.Mode())
	}
	f, err := open()
	if err != nil {
		return nil, cannotOpen(path, err)
	}
	if info, err = f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		if err != nil {
			return nil, cannotOpen(path, err)
		}
		return nil, notRegular(path, info.Mode())
	}
	return &source{path: path, f: f, size: info.Size(), changed: info.ModTime()}, nil
}

func cannotOpen(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return refuse(CodeNothingHere, "cannot be opened").in(path).because(err)
	}
	return refuse(CodeUnreadable, "cannot be opened").in(path).because(err)
}

var irregular = []struct {
	bit  fs.FileMode
	name string
}{
	{fs.ModeDir, "a directory"},
	{fs.ModeNamedPipe, "a pipe"},
	{fs.ModeSocket, "a socket"},
	{fs.ModeDevice, "a device"},
}

func notRegular(path string, mode fs.FileMode) error {
	what := "a special file"
	for _, k := range irregular {
		if mode&k.bit != 0 {
			what = k.name
			break
		}
	}
	return refuse(CodeNotRegular, "is %s, expected a regular file", what).in(path)
}

// close gives back mapping and file.
func (s *source) close() error {
	var err error
	if s.data != nil {
		err = unmapFile(s.data)
		s.data = nil
	}
	return errors.Join(err, s.f.Close())
}

// read fills dst from offset. It is the only place that touches mapped bytes: they are copied
// out, because the file under the mapping can be cut at any time.
func (s *source) read(dst []byte, offset int64) error {
	if s.data != nil {
		if copyMapped(dst, s.data[offset:offset+int64(len(dst))]) {
			return nil
		}
		return refuse(CodeChanged, "the file was cut while it was mapped").in(s.path).at(offset)
	}
	n, err := s.f.ReadAt(dst, offset)
	switch {
	case n == len(dst):
		return nil
	case errors.Is(err, io.EOF):
		return refuse(CodeChanged, "the file ends at byte %d, it had %d when opened", offset+int64(n), s.size).
			in(s.path).at(offset)
	}
	return refuse(CodeUnreadable, "cannot be read").in(s.path).at(offset).because(err)
}

// copyMapped copies and reports whether all of src could be read. A page that is no longer in
// the file raises SIGBUS, which ends the process unless this goroutine asks for a panic.
func copyMapped(dst, src []byte) (ok bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			if _, isFault := r.(runtime.Error); !isFault {
				panic(r)
			}
			ok = false
		}
	}()
	copy(dst, src)
	return true
}

// unchanged refuses what was read if the file has another size or time than when it was opened.
// A cut inside the last page raises no fault but reads as zeros, so this runs after reading.
func (s *source) unchanged() error {
	info, err := s.f.Stat()
	if err != nil {
		return refuse(CodeUnreadable, "cannot be looked at again").in(s.path).because(err)
	}
	if info.Size() != s.size {
		return refuse(CodeChanged, "the file has %d bytes, it had %d when opened", info.Size(), s.size).in(s.path)
	}
	if !info.ModTime().Equal(s.changed) {
		return refuse(CodeChanged, "the file was modified at %s, after it was opened",
			info.ModTime().Format(time.RFC3339Nano)).in(s.path)
	}
	return nil
}

// readText reads a whole file of at most limit bytes.
func (s *source) readText(limit int64) ([]byte, error) {
	if s.size > limit {
		return nil, refuse(CodeLimit, "the file has %d bytes, the limit is %d", s.size, limit).in(s.path)
	}
	text := make([]byte, s.size)
	if err := s.read(text, 0); err != nil {
		return nil, err
	}
	return text, s.unchanged()
}

// formats are files commonly found where another was meant.
var formats = []struct{ magic, name, code, help string }{
	{"version https://git-lfs", "a Git LFS pointer, not the file itself", CodeLFSPointer,
		"run `git lfs install` and `git lfs pull` in the repository"},
	{"GGUF", "a GGUF file", CodeOtherFormat, "this reader takes safetensors; convert the model"},
	{"PK\x03\x04", "a zip archive (PyTorch's .bin and .pt are such)", CodeOtherFormat,
		"pickled weights are never read; save the model as safetensors"},
	{"\x80\x02", "a Python pickle", CodeOtherFormat,
		"pickled weights are never read; save the model as safetensors"},
	{"\x1f\x8b", "a gzip file", CodeOtherFormat, "unpack it first"},
	{"\x93NUMPY", "a .npy array", CodeOtherFormat, "an array file is no checkpoint"},
	{"\x89HDF", "an HDF5 file", CodeOtherFormat, "convert the model to safetensors"},
	{"<!DOCTYPE", "a web page", CodeOtherFormat, "the download gave a page, not the file; fetch it again"},
}

// otherFormat names the format that a file starts like. It is asked only after the file was
// found not to be what was expected, so it cannot refuse a good file.
func otherFormat(path string, start []byte) error {
	for _, k := range formats {
		if bytes.HasPrefix(start, []byte(k.magic)) {
			return refuse(k.code, "is %s", k.name).in(path).at(0).withHelp(k.help)
		}
	}
	return nil
}
