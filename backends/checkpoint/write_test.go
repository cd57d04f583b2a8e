package checkpoint

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWriteRoundTrip(t *testing.T) {
	tensors := []Named{
		{Name: "b\"\\\n\u2028é😀", Shape: []int64{2, 2}, Float32: []float32{1, -0.1, float32(math.Inf(1)),
			0x1p-149}},
		{Name: "a", Shape: []int64{3}, Float64: []float64{math.Pi, math.Copysign(0, -1), 0x1p-1074}},
		{Name: "scalar", Shape: nil, Float32: []float32{7}},
		{Name: "empty", Shape: []int64{4, 0}},
		{Name: "empty64", Shape: []int64{0}, Float64: []float64{}},
		{Name: "", Shape: []int64{1}, Float32: []float32{2}},
	}
	meta := map[string]string{"format": "pt", "<&>": "\x00\x1f\t"}
	path := filepath.Join(t.TempDir(), SingleFile)
	if err := Write(path, tensors, meta); err != nil {
		t.Fatal(err)
	}
	c := mustOpen(t, path)
	if !maps.Equal(c.Metadata(path), meta) {
		t.Errorf("metadata %q", c.Metadata(path))
	}
	if len(c.Names()) != len(tensors) {
		t.Errorf("names %q", c.Names())
	}
	for _, want := range tensors {
		got, ok := c.Lookup(want.Name)
		if !ok || !slices.Equal(got.Shape, want.Shape) || got.DType != want.dtype() ||
			got.Offset%got.DType.Bytes() != 0 {
			t.Errorf("%q: %+v, expected %+v", want.Name, got, want)
		}
		values, err := c.Float64s(want.Name, nil)
		if err != nil || int64(len(values)) != want.elements() {
			t.Fatalf("%q: %v %v", want.Name, values, err)
		}
		for i, x := range values {
			if want.Float64 != nil && !sameFloat(x, want.Float64[i]) || want.Float64 == nil && !sameFloat(x,
				float64(want.Float32[i])) {
				t.Errorf("%q[%d] is %v", want.Name, i, x)
			}
		}
	}
	sameBytesInAnyOrder(t, path, tensors, meta)
}

// sameBytesInAnyOrder writes the tensors again in another order and over the old file.
func sameBytesInAnyOrder(t *testing.T, path string, tensors []Named, meta map[string]string) {
	t.Helper()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reversed := slices.Clone(tensors)
	slices.Reverse(reversed)
	other := filepath.Join(t.TempDir(), "other")
	if err := Write(other, reversed, meta); err != nil {
		t.Fatal(err)
	}
	if err := Write(other, reversed, meta); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(other)
	if err != nil || string(before) != string(after) {
		t.Errorf("another order of tensors gave other bytes: %v", err)
	}
	onlyFile(t, other)
}

// onlyFile demands that nothing else was left in the directory of path.
func onlyFile(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 || entries[0].Name() != filepath.Base(path) {
		t.Errorf("the directory holds %v: %v", entries, err)
	}
}

func TestWriteRefuses(t *testing.T) {
	one := []float32{1}
	for _, c := range []struct {
		what    string
		tensors []Named
		meta    map[string]string
		tensor  string
		says    string
	}{
		{"twice", []Named{{Name: "w", Shape: []int64{1}, Float32: one}, {Name: "w", Shape: []int64{1},
			Float32: one}}, nil, "w", "twice"},
		{"reserved", []Named{{Name: "__metadata__", Shape: []int64{1}, Float32: one}}, nil, "__metadata__",
			"reserved"},
		{"too few", []Named{{Name: "w", Shape: []int64{2}, Float32: one}}, nil, "w",
			"shape [2] does not have 1 elements"},
		{"negative", []Named{{Name: "w", Shape: []int64{-1, -1}, Float32: one}}, nil, "w", "dimension outside"},
		{"overflow", []Named{{Name: "w", Shape: []int64{1 << 30, 1 << 30, 1 << 4}}}, nil, "w",
			"does not have 0 elements"},
		{"both", []Named{{Name: "w", Shape: []int64{2}, Float32: one, Float64: []float64{1}}}, nil, "w", "both"},
		{"rank", []Named{{Name: "w", Shape: []int64{1, 1, 1, 1, 1, 1, 1, 1, 1}, Float32: one}}, nil, "w",
			"rank 9"},
		{"UTF-8", []Named{{Name: "\xff", Shape: []int64{1}, Float32: one}}, nil, "\xff", "UTF-8"},
		{"long", []Named{{Name: strings.Repeat("w", 1025), Shape: []int64{1}, Float32: one}}, nil,
			strings.Repeat("w", 1025), "1024"},
		{"metadata", nil, map[string]string{"a": "\xff"}, "", `"a" is not valid UTF-8`},
	} {
		t.Run(c.what, func(t *testing.T) {
			path := save(t, "", "x.safetensors", "old")
			demand(t, Write(path, c.tensors, c.meta), CodeWrite, path, c.tensor, c.says)
			if now, err := os.ReadFile(path); err != nil || string(now) != "old" {
				t.Errorf("the old file is %q: %v", now, err)
			}
			onlyFile(t, path)
		})
	}
}

// TestWriteFails has targets that cannot be replaced; nothing may be left behind.
func TestWriteFails(t *testing.T) {
	w := []Named{{Name: "w", Shape: []int64{1}, Float32: []float32{1}}}
	none := filepath.Join(t.TempDir(), "none", "x.safetensors")
	demand(t, Write(none, w, nil), CodeWrite, none, "", "no temporary file")
	dir := mkdir(t, filepath.Join(t.TempDir(), "x.safetensors"))
	demand(t, Write(dir, w, nil), CodeWrite, dir, "", "not a regular file")
	onlyFile(t, dir)
	link := filepath.Join(t.TempDir(), "x.safetensors")
	symlink(t, save(t, "", "target", "old"), link)
	demand(t, Write(link, w, nil), CodeWrite, link, "", "not a regular file")
}

func TestErrorText(t *testing.T) {
	for _, c := range []struct {
		e    *Error
		want string
	}{
		{refuse("C999", "bad").in("a b.safetensors").of("w").at(3),
			`a b.safetensors: tensor "w": bad (at byte 3)`},
		{refuse("C999", "bad"), "bad"},
		{refuse("C999", "bad").in(`C:\x`), `C:\x: bad`},
		{refuse("C999", "bad").in("a\x1b[2J"), `"a\x1b[2J": bad`},
		{refuse("C999", "bad").of("a\x1b[2J\n"), `tensor "a\x1b[2J\n": bad`},
		{refuse("C999", "bad").of(strings.Repeat("x", 1000)), fmt.Sprintf("tensor %q... (1000 bytes): bad",
			strings.Repeat("x", 120))},
		{refuse("C999", "bad").in("f").because(&os.PathError{Op: "open", Path: "f", Err: os.ErrPermission}),
			"f: bad: permission denied"},
	} {
		if got := c.e.Error(); got != c.want {
			t.Errorf("got %s, expected %s", got, c.want)
		}
	}
}
