package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// shardOf is a safetensors file with one-byte tensors of these names.
func shardOf(names ...string) string {
	entries := make([]string, len(names))
	for i, name := range names {
		entries[i] = fmt.Sprintf(`%q:{"dtype":"U8","shape":[1],"data_offsets":[%d,%d]}`, name, i, i+1)
	}
	return image("{"+strings.Join(entries, ",")+"}", len(names))
}

// saveAll writes files in a fresh directory.
func saveAll(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		save(t, dir, name, content)
	}
	return dir
}

const shard1, shard2 = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"

func TestShards(t *testing.T) {
	dir := saveAll(t, map[string]string{
		IndexFile: `{"metadata":{"total_size":3,"by":"hand"},` +
			`"weight_map":{"a":"` + shard1 + `","b":"` + shard2 + `","c":"` + shard1 + `"}}`,
		shard1: shardOf("c", "a"),
		shard2: shardOf("b"),
	})
	for _, path := range []string{dir, filepath.Join(dir, IndexFile)} {
		c := mustOpen(t, path)
		if got := fmt.Sprint(c.Names()); got != "[a b c]" {
			t.Errorf("names %s", got)
		}
		if got := fmt.Sprint(c.Files()); got != fmt.Sprint([]string{filepath.Join(dir, shard1),
			filepath.Join(dir, shard2)}) {
			t.Errorf("files %s", got)
		}
		for name, want := range map[string]float64{"a": 1, "b": 0, "c": 0} {
			if got, err := c.Float64s(name, nil); err != nil || len(got) != 1 || got[0] != want {
				t.Errorf("%s is %v, expected %v: %v", name, got, want, err)
			}
		}
		if b, _ := c.Lookup("b"); b.File != filepath.Join(dir, shard2) {
			t.Errorf("b is in %s", b.File)
		}
	}
}

func mapTo(pairs ...string) string {
	entries := make([]string, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		entries = append(entries, fmt.Sprintf("%q:%q", pairs[i], pairs[i+1]))
	}
	return `{"weight_map":{` + strings.Join(entries, ",") + `}}`
}

func TestBadShards(t *testing.T) {
	two := map[string]string{shard1: shardOf("a"), shard2: shardOf("b")}
	good := `"weight_map":{"a":"` + shard1 + `","b":"` + shard2 + `"}`
	for _, c := range []struct {
		what, index        string
		files              map[string]string
		code, file, tensor string
		says               string
	}{
		{"shard missing", mapTo("a", shard1, "b", shard2), map[string]string{shard1: shardOf("a")},
			CodeShardLost, IndexFile, "b", "is not in the directory"},
		{"shard listed, tensor absent", mapTo("a", shard1, "b", shard2, "w", shard2), two,
			CodeMisplaced, IndexFile, "w", "no shard has it"},
		{"tensor in the other shard", mapTo("a", shard2, "b", shard2), map[string]string{shard2: shardOf("b")},
			CodeMisplaced, IndexFile, "a", "no shard has it"},
		{"shards exchanged", mapTo("a", shard2, "b", shard1), two,
			CodeMisplaced, IndexFile, "a", `is in "model-00002-of-00002.safetensors", but it is in "model-00001`},
		{"tensor in two shards", mapTo("a", shard1, "b", shard2), map[string]string{shard1: shardOf("a", "b"),
			shard2: shardOf("b")},
			CodeTwice, IndexFile, "b", `is in "model-00001-of-00002.safetensors" and in "model-00002`},
		{"tensor not in the index", mapTo("a", shard1, "b", shard2), map[string]string{shard1: shardOf("a"),
			shard2: shardOf("b", "w")},
			CodeUnlisted, shard2, "w", "not listed"},
		{"total_size lies", `{"metadata":{"total_size":3},` + good + `}`, two, CodeTotalSize, IndexFile, "",
			"total_size is 3, the tensors have 2"},
		{"total_size a fraction", `{"metadata":{"total_size":2.5},` + good + `}`, two, CodeWrongKind,
			IndexFile, "", `"2.5"`},
		{"total_size negative", `{"metadata":{"total_size":-2},` + good + `}`, two, CodeWrongKind, IndexFile,
			"", `"-2"`},
		{"total_size 2^64", `{"metadata":{"total_size":18446744073709551616},` + good + `}`, two,
			CodeWrongKind, IndexFile, "", "integer"},
		{"metadata a list", `{"metadata":[],` + good + `}`, two, CodeWrongKind, IndexFile, "", "found an array"},
		{"weight_map missing", `{"metadata":{}}`, two, CodeWrongKind, IndexFile, "", "weight_map is missing"},
		{"weight_map null", `{"weight_map":null}`, two, CodeWrongKind, IndexFile, "", "found null"},
		{"weight_map in another case", `{"Weight_Map":{}}`, two, CodeWrongKind, IndexFile, "",
			`unknown key "Weight_Map"`},
		{"not an object", `[]`, two, CodeWrongKind, IndexFile, "", "found an array"},
		{"not JSON", `{`, two, CodeJSON, IndexFile, "", "the text ends"},
		{"tensor listed twice", `{"weight_map":{"a":"` + shard1 + `","a":"` + shard2 + `"}}`, two,
			CodeDuplicate, IndexFile, "", `"a" twice`},
		{"invalid UTF-8", "{\"weight_map\":{\"\xc3\":\"x\"}}", two, CodeUTF8, IndexFile, "", "0xc3"},
		{"name not a string", `{"weight_map":{"a":1}}`, two, CodeWrongKind, IndexFile, "a",
			"found a number, expected a string"},
		{"LFS pointer as index", "version https://git-lfs.github.com/spec/v1\n", two, CodeLFSPointer,
			IndexFile, "", "LFS"},
		{"LFS pointer as shard", mapTo("a", shard1, "b", shard2), map[string]string{shard1: shardOf("a"),
			shard2: "version https://git-lfs.github.com/spec/v1\n"},
			CodeLFSPointer, shard2, "", "LFS"},
		{"bad shard", mapTo("a", shard1, "b", shard2), map[string]string{shard1: shardOf("a"),
			shard2: shardOf("b") + "x"},
			CodeTrailing, shard2, "b", "1 bytes follow"},
	} {
		t.Run(c.what, func(t *testing.T) {
			dir := saveAll(t, c.files)
			save(t, dir, IndexFile, c.index)
			demand(t, openFails(t, dir, Limits{}), c.code, filepath.Join(dir, c.file), c.tensor, c.says)
		})
	}
}

// TestBadShardNames lists names that would lead elsewhere, on any system.
func TestBadShardNames(t *testing.T) {
	outer := t.TempDir()
	save(t, outer, "x.safetensors", shardOf("w"))
	for _, name := range []string{
		"", ".", "..", "../x.safetensors", "/etc/passwd", "/x.safetensors", "a/../../b.safetensors",
		"a/b.safetensors",
		"./x.safetensors", `a\..\b.safetensors`, `..\x.safetensors`, `C:\x.safetensors`, "C:x.safetensors",
		"x.safetensors:stream", "x\x00.safetensors", "\x1b[2Jx.safetensors", "x\u009b.safetensors", "x.bin",
		"x.safetensors.json", strings.Repeat("x", 250) + ".safetensors",
	} {
		dir := filepath.Join(outer, "ck")
		index := fmt.Sprintf(`{"weight_map":{"w":%s}}`, appendString(nil, name))
		save(t, mkdir(t, dir), IndexFile, index)
		e := demand(t, openFails(t, dir, Limits{}), CodeShardName, filepath.Join(dir, IndexFile), "w", "shard")
		if e.Offset != int64(strings.Index(index, `"w":`)+4) {
			t.Errorf("%q: offset %d", name, e.Offset)
		}
	}
}

func TestNothingToOpen(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	err := openFails(t, none, Limits{})
	if demand(t, err, CodeNothingHere, none, "", "no such file"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
	for _, c := range []struct{ file, help string }{
		{"", ""}, {"readme.md", ""}, {"weights.safetensors", "weights.safetensors"}, {"pytorch_model.bin",
			"pickled"},
	} {
		dir := t.TempDir()
		if c.file != "" {
			save(t, dir, c.file, "")
		}
		e := demand(t, openFails(t, dir, Limits{}), CodeNothingHere, dir, "", "neither")
		if !strings.Contains(e.Help, c.help) {
			t.Errorf("%s: help %q does not name %q", c.file, e.Help, c.help)
		}
	}
	dir := saveAll(t, map[string]string{SingleFile: shardOf("a"), IndexFile: mapTo("a", SingleFile)})
	demand(t, openFails(t, dir, Limits{}), CodeAmbiguous, dir, "", "both")
	mustOpen(t, filepath.Join(dir, SingleFile))
	mustOpen(t, filepath.Join(dir, IndexFile))
}
