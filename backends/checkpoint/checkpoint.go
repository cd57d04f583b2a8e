package checkpoint

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// The file names of a checkpoint directory, as Hugging Face transformers writes them.
const (
	SingleFile = "model.safetensors"
	IndexFile  = "model.safetensors.index.json"
	ConfigFile = "config.json"
)

// Checkpoint is an open checkpoint of one file or several. Its methods may be called from
// several goroutines at once.
type Checkpoint struct {
	limits  Limits
	tensors []stored // sorted by name: half the memory of a map, and Names needs the order
	files   []shard
	count   int64 // tensors in files

	mu     sync.RWMutex // held for reading while file bytes are read, for writing by Close
	closed bool
}

// stored is a tensor and the file that holds it.
type stored struct {
	*Tensor
	source *source
}

// shard is one open file of a checkpoint and its header.
type shard struct {
	name   string // in its directory
	source *source
	header *header
}

// Open opens a checkpoint with the default limits. The path is a directory that holds
// model.safetensors or model.safetensors.index.json, a .safetensors file, or an index file. It
// reads headers, not data. Errors are *Error.
func Open(path string) (*Checkpoint, error) { return OpenLimits(path, Limits{}) }

// OpenLimits is Open with other limits; zero fields keep their defaults.
func OpenLimits(path string, limits Limits) (*Checkpoint, error) {
	limits = limits.withDefaults()
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, cannotOpen(path, err)
	case info.IsDir():
		return openDir(path, limits)
	case strings.HasSuffix(path, ".json"):
		return openIndexed(filepath.Dir(path), filepath.Base(path), limits)
	}
	s, err := openPath(path)
	if err != nil {
		return nil, err
	}
	return openSingle(s, limits)
}

func openDir(path string, limits Limits) (*Checkpoint, error) {
	dir, err := openFolder(path)
	if err != nil {
		return nil, err
	}
	defer dir.close()
	single, index := dir.has(SingleFile), dir.has(IndexFile)
	switch {
	case single && index:
		return nil, refuse(CodeAmbiguous, "has both %s and %s", SingleFile, IndexFile).in(path).
			withHelp("give the path of the one to read")
	case index:
		return openShards(dir, IndexFile, limits)
	case !single:
		return nil, nothingHere(dir)
	}
	s, err := dir.open(SingleFile)
	if err != nil {
		return nil, err
	}
	return openSingle(s, limits)
}

// nothingHere looks for what the user may have meant.
func nothingHere(dir *folder) error {
	e := refuse(CodeNothingHere, "has neither %s nor %s", SingleFile, IndexFile).in(dir.path)
	e.Err = fs.ErrNotExist
	entries, err := fs.ReadDir(dir.root.FS(), ".")
	if err != nil {
		return e
	}
	for _, entry := range entries {
		switch filepath.Ext(entry.Name()) {
		case ".safetensors":
			return e.withHelp("there is " + quoted(entry.Name()) + ": give the path of that file")
		case ".bin", ".pt", ".pth":
			e.Help = quoted(entry.Name()) + " is pickled, which is never read: save the model as safetensors"
		}
	}
	return e
}

func openSingle(s *source, limits Limits) (*Checkpoint, error) {
	c := &Checkpoint{limits: limits}
	if err := c.add(filepath.Base(s.path), s); err != nil {
		return nil, c.abandon(err)
	}
	c.finish()
	return c, nil
}

func openIndexed(path, index string, limits Limits) (*Checkpoint, error) {
	dir, err := openFolder(path)
	if err != nil {
		return nil, err
	}
	defer dir.close()
	return openShards(dir, index, limits)
}

// openShards opens every file that the index names and compares both sides.
func openShards(dir *folder, indexName string, limits Limits) (*Checkpoint, error) {
	index, err := readIndex(dir, indexName, limits)
	if err != nil {
		return nil, err
	}
	c := &Checkpoint{limits: limits}
	for _, name := range index.shards {
		s, err := dir.open(name)
		if err != nil {
			return nil, c.abandon(index.lost(name, err))
		}
		if err := c.add(name, s); err != nil {
			return nil, c.abandon(err)
		}
	}
	if err := index.compare(c.files); err != nil {
		return nil, c.abandon(err)
	}
	c.finish()
	return c, nil
}

// add takes over s, also on failure, and reads its header.
func (c *Checkpoint) add(name string, s *source) error {
	c.files = append(c.files, shard{name, s, &header{}})
	h, err := parseFile(s.path, s.size, s.read, c.limits)
	if err != nil {
		return err
	}
	if c.count += int64(len(h.tensors)); c.count > c.limits.Tensors {
		return refuse(CodeLimit, "more than %d tensors up to this shard", c.limits.Tensors).in(s.path)
	}
	c.files[len(c.files)-1].header = h
	s.data = mapFile(s.f, s.size)
	return nil
}

// abandon closes what was opened; the first error is the one to tell.
func (c *Checkpoint) abandon(err error) error {
	c.Close()
	return err
}

// finish builds the table of tensors once all headers agree, and lets go of what only the
// comparison needed.
func (c *Checkpoint) finish() {
	c.tensors = make([]stored, 0, c.count)
	for i, f := range c.files {
		for j := range f.header.tensors {
			c.tensors = append(c.tensors, stored{&f.header.tensors[j], f.source})
		}
		c.files[i].header = &header{metadata: f.header.metadata}
	}
	slices.SortFunc(c.tensors, func(a, b stored) int { return strings.Compare(a.Name, b.Name) })
}

// Close gives back all files. It waits for reads in progress; later reads fail with C036.
func (c *Checkpoint) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	var errs []error
	for _, f := range c.files {
		if err := f.source.close(); err != nil {
			errs = append(errs, refuse(CodeUnreadable, "cannot be closed").in(f.source.path).because(err))
		}
	}
	return errors.Join(errs...)
}

// Names gives the names of all tensors in order of bytes. They come out of a file: print them
// quoted.
func (c *Checkpoint) Names() []string {
	names := make([]string, len(c.tensors))
	for i, t := range c.tensors {
		names[i] = t.Name
	}
	return names
}

// Lookup describes the tensor of exactly this name.
func (c *Checkpoint) Lookup(name string) (Tensor, bool) {
	t, ok := c.search(name)
	if !ok {
		return Tensor{}, false
	}
	return t.clone(), true
}

// clone keeps the caller from writing into the checkpoint's own shape.
func (t stored) clone() Tensor {
	out := *t.Tensor
	out.Shape = slices.Clone(t.Shape)
	return out
}

func (c *Checkpoint) search(name string) (stored, bool) {
	i, ok := slices.BinarySearchFunc(c.tensors, name, func(t stored, name string) int {
		return strings.Compare(t.Name, name)
	})
	if !ok {
		return stored{}, false
	}
	return c.tensors[i], true
}

// Files gives the paths of the files read, in order of their names.
func (c *Checkpoint) Files() []string {
	paths := make([]string, len(c.files))
	for i, f := range c.files {
		paths[i] = f.source.path
	}
	return paths
}

// Metadata gives the __metadata__ of one of Files, nil where it has none.
func (c *Checkpoint) Metadata(file string) map[string]string {
	for _, f := range c.files {
		if f.source.path == file {
			return maps.Clone(f.header.metadata)
		}
	}
	return nil
}
