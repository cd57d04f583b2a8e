package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// index is the checked content of model.safetensors.index.json.
type index struct {
	path      string
	weightMap Value
	shards    []string // distinct, sorted
	totalSize int64    // -1: not given
}

func readIndex(dir *folder, name string, limits Limits) (*index, error) {
	s, err := dir.open(name)
	if err != nil {
		return nil, err
	}
	defer s.close()
	v, err := readJSON(s, limits.JSON)
	if err != nil {
		return nil, err
	}
	x, err := parseIndex(v, limits)
	if err != nil {
		return nil, locate(err, s.path, "")
	}
	x.path = s.path
	return x, nil
}

// parseIndex checks an index by itself.
func parseIndex(v Value, limits Limits) (*index, error) {
	x := &index{totalSize: -1}
	if v.Kind() != Object {
		return nil, v.wrong("an object with weight_map")
	}
	for key, member := range v.Members() {
		var err error
		switch key {
		case "metadata":
			err = x.readMetadata(member)
		case "weight_map":
			err = x.readWeightMap(member, limits)
		default:
			err = refuse(CodeWrongKind, "unknown key %s", quoted(key)).at(member.Offset()).
				withHelp("an index has metadata and weight_map")
		}
		if err != nil {
			return nil, err
		}
	}
	if x.weightMap.Kind() == Missing {
		return nil, refuse(CodeWrongKind, "weight_map is missing").at(v.Offset())
	}
	return x, nil
}

func (x *index) readMetadata(v Value) error {
	if v.Kind() != Object {
		return v.wrong("metadata to be an object")
	}
	size, ok := v.Get("total_size")
	if !ok {
		return nil
	}
	n, err := size.Int64()
	if err != nil || n < 0 {
		return refuse(CodeWrongKind, "total_size is %s, expected an integer of bytes", quoted(size.Text())).
			at(size.Offset())
	}
	x.totalSize = n
	return nil
}

func (x *index) readWeightMap(v Value, limits Limits) error {
	if v.Kind() != Object {
		return v.wrong("weight_map to be an object")
	}
	if int64(v.Len()) > limits.Tensors {
		return refuse(CodeLimit, "weight_map has %d entries, the limit is %d", v.Len(), limits.Tensors).
			at(v.Offset())
	}
	seen := map[string]bool{}
	for tensor, file := range v.Members() {
		if int64(len(tensor)) > limits.Name {
			return refuse(CodeLimit, "a name of %d bytes, the limit is %d: %s", len(tensor), limits.Name,
				quoted(tensor)).at(file.Offset())
		}
		name, err := file.Str()
		if err != nil {
			return locate(err, "", tensor)
		}
		if seen[name] {
			continue
		}
		if why := badShardName(name); why != "" {
			return refuse(CodeShardName, "shard %s %s", quoted(name), why).of(tensor).at(file.Offset())
		}
		if int64(len(seen)) >= limits.Shards {
			return refuse(CodeLimit, "more than %d shards", limits.Shards).of(tensor).at(file.Offset())
		}
		seen[name] = true
	}
	x.weightMap = v
	x.shards = slices.Sorted(maps.Keys(seen))
	return nil
}

// badShardName says why a name is no plain file name on every system, "" if it is one. Links
// are the business of folder.open.
func badShardName(name string) string {
	if name == "" {
		return "is empty"
	}
	if len(name) > 255 {
		return fmt.Sprintf("has %d bytes, a file name has at most 255", len(name))
	}
	for _, c := range name {
		switch {
		case c == '/' || c == '\\':
			return "is a path, expected a plain file name"
		case c == ':':
			return "has a colon, which names a drive or a stream on Windows"
		case c < 0x20 || 0x7f <= c && c < 0xa0:
			return "has a control character"
		}
	}
	if name == "." || name == ".." {
		return "is a directory"
	}
	if !strings.HasSuffix(name, ".safetensors") {
		return "is not a .safetensors file"
	}
	return ""
}

// lost words a failure to open a shard: a missing one is the index's fault, and the first
// tensor that is lost with it is named.
func (x *index) lost(shard string, err error) error {
	for tensor, file := range x.weightMap.Members() {
		if file.Text() != shard {
			continue
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return locate(err, x.path, tensor)
		}
		e := refuse(CodeShardLost, "its shard %s is not in the directory", quoted(shard)).
			in(x.path).of(tensor).at(file.Offset()).withHelp("the checkpoint is incomplete; fetch the missing file")
		e.Err = fs.ErrNotExist
		return e
	}
	return err
}

// compare demands that index and shards list the same tensors in the same files.
func (x *index) compare(files []shard) error {
	owner := map[string]int{}
	total := int64(0)
	for i, f := range files {
		for _, t := range f.header.tensors {
			if first, twice := owner[t.Name]; twice {
				return refuse(CodeTwice, "is in %s and in %s", quoted(files[first].name), quoted(f.name)).
					in(x.path).of(t.Name)
			}
			owner[t.Name] = i
			total += t.Bytes
		}
	}
	for tensor, file := range x.weightMap.Members() {
		i, ok := owner[tensor]
		switch {
		case !ok:
			return refuse(CodeMisplaced, "the index says it is in %s, but no shard has it", quoted(file.Text())).
				in(x.path).of(tensor).at(file.Offset())
		case files[i].name != file.Text():
			return refuse(CodeMisplaced, "the index says it is in %s, but it is in %s", quoted(file.Text()),
				quoted(files[i].name)).in(x.path).of(tensor).at(file.Offset())
		}
	}
	for _, f := range files {
		for _, t := range f.header.tensors {
			if _, listed := x.weightMap.Get(t.Name); !listed {
				return refuse(CodeUnlisted, "is stored, but not listed in %s", quoted(IndexFile)).in(t.File).of(t.Name)
			}
		}
	}
	if x.totalSize >= 0 && x.totalSize != total {
		return refuse(CodeTotalSize, "total_size is %d, the tensors have %d bytes", x.totalSize, total).in(x.path).
			withHelp("fetch index and shards again; if the shards are known to be right, correct total_size")
	}
	return nil
}
