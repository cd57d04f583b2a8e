package checkpoint

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// realFiles are trained checkpoints; counts and values were taken from them by another reader.
var realFiles = []struct {
	path, tensor     string
	tensors          int
	elements         int64
	first, last      float64
	shape            []int64
	metadata         map[string]string
	openAsADirectory bool
}{
	{"stories260k/model.safetensors", "model.embed_tokens.weight", 47, 260032,
		-0x1.2dd2ap-2, -0x1.b2359ap-2, []int64{512, 64}, map[string]string{"format": "pt"}, true},
	{"nano-sort/model.safetensors", "transformer.wte.weight", 44, 86091,
		0x1.ea378p-5, -0x1.86ed28p-10, []int64{3, 48}, nil, true},
	{"g2p-gru/model.safetensors", "enc_emb", 12, 834890,
		0x1.dbabdcp+0, 0x1.90169ap-1, []int64{29, 256}, nil, false},
	{"mnist/model.safetensors", "Parameter193", 6, 5994,
		0x1.77540ap-4, 0x1.f3cf3cp-4, []int64{16, 4, 4, 10}, nil, true},
}

func TestRealCheckpoints(t *testing.T) {
	dir := testData(t)
	for _, r := range realFiles {
		t.Run(r.path, func(t *testing.T) {
			path := filepath.Join(dir, r.path)
			open := path
			if r.openAsADirectory {
				open = filepath.Dir(path)
			}
			c := mustOpen(t, open)
			elements := int64(0)
			for _, name := range c.Names() {
				tensor, _ := c.Lookup(name)
				elements += tensor.Elements()
			}
			if len(c.Names()) != r.tensors || elements != r.elements {
				t.Errorf("%d tensors with %d elements, expected %d with %d", len(c.Names()), elements, r.tensors,
					r.elements)
			}
			if _, err := c.Expect(r.tensor, r.shape, F32); err != nil {
				t.Error(err)
			}
			values, err := c.Float64s(r.tensor, nil)
			if err != nil {
				t.Fatal(err)
			}
			if values[0] != r.first || values[len(values)-1] != r.last {
				t.Errorf("values %v ... %v, expected %v ... %v", values[0], values[len(values)-1], r.first, r.last)
			}
			if got := c.Metadata(path); !maps.Equal(got, r.metadata) {
				t.Errorf("metadata %v, expected %v", got, r.metadata)
			}
			if err := c.ScanFinite(); err != nil {
				t.Error(err)
			}
			againstPlainReader(t, c, path)
		})
	}
}

// againstPlainReader compares every value with those of encoding/json and a loop.
func againstPlainReader(t *testing.T, c *Checkpoint, path string) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n := binary.LittleEndian.Uint64(file)
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(file[8:8+n], &entries); err != nil {
		t.Fatal(err)
	}
	delete(entries, "__metadata__")
	if names := slices.Sorted(maps.Keys(entries)); !slices.Equal(names, c.Names()) {
		t.Fatalf("names %q, expected %q", c.Names(), names)
	}
	var dst []float64
	for name, raw := range entries {
		var e struct {
			Shape   []int64
			Offsets [2]uint64 `json:"data_offsets"`
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		data := file[8+n:][e.Offsets[0]:e.Offsets[1]]
		if dst, err = c.Float64s(name, dst); err != nil {
			t.Fatal(err)
		}
		for i, x := range dst {
			if want := math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:])); x != float64(want) {
				t.Fatalf("%s[%d] is %v, expected %v", name, i, x, want)
			}
		}
		if copied, err := c.Raw(name); err != nil || string(copied) != string(data) {
			t.Fatalf("%s: the raw bytes differ: %v", name, err)
		}
		if tensor, _ := c.Lookup(name); !slices.Equal(tensor.Shape, e.Shape) || len(dst) != len(data)/4 {
			t.Fatalf("%s: shape %v and %d elements, expected %v and %d", name, tensor.Shape, len(dst), e.Shape,
				len(data)/4)
		}
	}
}

func TestRealConfig(t *testing.T) {
	dir := filepath.Join(testData(t), "stories260k")
	for _, path := range []string{dir, filepath.Join(dir, "config.json")} {
		v, err := ReadConfig(path)
		if err != nil {
			t.Fatal(err)
		}
		hidden, _ := v.Get("hidden_size")
		eps, _ := v.Get("rms_norm_eps")
		tied, _ := v.Get("tie_word_embeddings")
		n, err1 := hidden.Int64()
		x, err2 := eps.Float64()
		b, err3 := tied.Bool()
		if n != 64 || x != 1e-5 || !b || err1 != nil || err2 != nil || err3 != nil {
			t.Errorf("%s: hidden_size %d, eps %v, tied %v (%v %v %v)", path, n, x, b, err1, err2, err3)
		}
	}
}

// TestLegal has what a reader could wrongly refuse.
func TestLegal(t *testing.T) {
	for _, c := range []struct {
		what, header string
		data         int
		names        string
	}{
		{"no tensors", `{}`, 0, "[]"},
		{"only metadata", `{"__metadata__":{"a":"b"}}`, 0, "[]"},
		{"empty metadata", `{"__metadata__":{},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, "[a]"},
		{"trailing spaces", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}     `, 1, "[a]"},
		{"white space inside",
			"{ \n\t\"a\" : {\"dtype\":\r\"U8\", \"shape\":[ 1 ],\"data_offsets\":[0 , 1]}}", 1, "[a]"},
		{"unsorted header order", `{"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]},
			"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}`, 5, "[a b]"},
		{"keys of an entry in any order", `{"a":{"data_offsets":[0,2],"shape":[2],"dtype":"U8"}}`, 2, "[a]"},
		{"unaligned", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
			"b":{"dtype":"F64","shape":[1],"data_offsets":[1,9]}}`, 9, "[a b]"},
		{"empty tensors share an offset", `{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},
			"b":{"dtype":"F32","shape":[0,7],"data_offsets":[0,0]},"c":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
			"d":{"dtype":"F32","shape":[0],"data_offsets":[1,1]}}`, 1, "[a b c d]"},
		{"scalar", `{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`, 4, "[a]"},
		{"rank 8", `{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,2],"data_offsets":[0,2]}}`, 2, "[a]"},
		{"empty name", `{"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, "[]"},
		{"escaped name",
			`{"\u00e9\ud83d\ude00\n":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, "[é😀\n]"},
		{"names that differ in case", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
			"A":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2, "[A a]"},
		{"complex, to be listed", `{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}`, 8, "[a]"},
	} {
		t.Run(c.what, func(t *testing.T) {
			ck := mustOpen(t, save(t, "", "x.safetensors", image(c.header, c.data)))
			if got := fmt.Sprint(ck.Names()); got != c.names {
				t.Errorf("names %s, expected %s", got, c.names)
			}
			for _, name := range ck.Names() {
				tensor, _ := ck.Lookup(name)
				raw, err := ck.Raw(name)
				if err != nil || int64(len(raw)) != tensor.Bytes {
					t.Errorf("%q: %d bytes, expected %d: %v", name, len(raw), tensor.Bytes, err)
				}
				start := tensor.Offset - 8 - int64(len(c.header))
				for i := range raw {
					if raw[i] != byte(start+int64(i)) {
						t.Fatalf("%q: byte %d is %d, expected %d", name, i, raw[i], byte(start+int64(i)))
					}
				}
			}
		})
	}
}

// TestLargeFileReadsHeaderOnly opens a sparse file of 4 GiB and reads its last tensor.
func TestLargeFileReadsHeaderOnly(t *testing.T) {
	header := `{"big":{"dtype":"F32","shape":[1073741824],"data_offsets":[0,4294967296]},` +
		`"end":{"dtype":"F32","shape":[2],"data_offsets":[4294967296,4294967304]}}`
	path := saveSparse(t, "model.safetensors", withLength(uint64(len(header)), header),
		8+int64(len(header))+1<<32+8)
	took := time.Hour
	for try := 0; try < 10 && took > time.Second; try++ { // a busy machine may be late, but not every time
		start := time.Now()
		c := mustOpen(t, filepath.Dir(path))
		took = time.Since(start)
		c.Close()
	}
	if took > time.Second {
		t.Errorf("opening took %v", took)
	}
	c := mustOpen(t, filepath.Dir(path))
	if got, err := c.Float64s("end", nil); err != nil || fmt.Sprint(got) != "[0 0]" {
		t.Errorf("got %v, %v", got, err)
	}
}
