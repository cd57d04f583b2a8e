package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"archc/backends/checkpoint"
)

// named is a tensor that counts up from a number.
func named(name string, from float32, shape ...int64) checkpoint.Named {
	n := int64(1)
	for _, d := range shape {
		n *= d
	}
	t := checkpoint.Named{Name: name, Shape: shape}
	for i := range n {
		t.Float32 = append(t.Float32, from+float32(i))
	}
	return t
}

func save(t *testing.T, tensors ...checkpoint.Named) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), checkpoint.SingleFile)
	if err := checkpoint.Write(path, tensors, nil); err != nil {
		t.Fatal(err)
	}
	return path
}

// spec is a model of a table and a stack of two maps; its head may be stored once more.
var spec = Spec{
	Model: "Tiny",
	Rules: Rules{Prefix: "model.", Optional: true, Ignore: []string{"*.mask"}},
	Each: func(tensor func(key string, shape ...int64)) {
		tensor("embed.weight", 3, 2)
		tensor("layers.0.weight", 2, 2)
		tensor("layers.1.weight", 2, 2)
	},
	Copies: map[string][]string{"head.weight": {"embed.weight"}},
}

func fitting(prefix string) []checkpoint.Named {
	return []checkpoint.Named{named(prefix+"embed.weight", 0, 3, 2), named(prefix+"layers.0.weight", 10, 2, 2),
		named(prefix+"layers.1.weight", 20, 2, 2)}
}

func TestOpen(t *testing.T) {
	for _, c := range []struct {
		name string
		more []checkpoint.Named
		in   string
	}{
		{"with the prefix", nil, "model."},
		{"without the prefix", nil, ""},
		{"with ignored tensors", []checkpoint.Named{named("model.a.mask", 0, 1), named("b.mask", 0, 1)}, "model."},
		{"with a second copy", []checkpoint.Named{named("head.weight", 0, 3, 2)}, "model."},
		{"with a second copy behind the prefix", []checkpoint.Named{named("model.head.weight", 0, 3, 2)}, "model."},
	} {
		s, err := Open(save(t, append(fitting(c.in), c.more...)...), spec, true)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		dst := make([]float32, 2)
		if err := s.Float32s("layers.1.weight", 1, dst); err != nil || dst[0] != 21 || dst[1] != 22 {
			t.Errorf("%s: read %v, %v", c.name, dst, err)
		}
		if err := s.Float32s("layers.2.weight", 0, dst); err == nil {
			t.Errorf("%s: a tensor that the model does not have is read", c.name)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestRefuses: a checkpoint of another model, with both sides named.
func TestRefuses(t *testing.T) {
	larger := fitting("")
	larger[1], larger[2] = named("layers.0.weight", 0, 4, 2), named("layers.1.weight", 0, 2, 4)
	changed := named("head.weight", 0, 3, 2)
	changed.Float32[5]++
	for _, c := range []struct {
		name    string
		tensors []checkpoint.Named
		code    string
		want    []string
	}{
		{"another size", larger, checkpoint.CodeNotExpected,
			[]string{"not one of Tiny", "2 of 3 tensors", `"layers.0.weight"`, "[4, 2]", "[2, 2]"}},
		{"a missing tensor", fitting("")[:2], checkpoint.CodeNoTensor, []string{"1 of 3 tensors", `"layers.1.weight"`}},
		{"a tensor too many", append(fitting(""), named("x", 0, 1)), checkpoint.CodeUnused, []string{"more than Tiny", `"x"`}},
		{"a copy that differs", append(fitting(""), changed), checkpoint.CodeNotTied, []string{"head.weight", "element 5"}},
		{"no checkpoint", nil, checkpoint.CodeNothingHere, nil},
	} {
		path := filepath.Join(t.TempDir(), "no")
		if c.tensors != nil {
			path = save(t, c.tensors...)
		}
		_, err := Open(path, spec, true)
		var stored *checkpoint.Error
		if !errors.As(err, &stored) || stored.Code != c.code {
			t.Errorf("%s: got %v, want %s", c.name, err, c.code)
			continue
		}
		for _, text := range c.want {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %q does not say %q", c.name, err, text)
			}
		}
		var m *Mismatch
		if errors.As(err, &m) && m.Help == "" {
			t.Errorf("%s: no help", c.name)
		}
	}
}

func TestFinite(t *testing.T) {
	zero := float32(0)
	bad := fitting("")
	bad[0].Float32[3] = 1 / zero
	for _, finite := range []bool{true, false} {
		s, err := Open(save(t, bad...), spec, finite)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var stored *checkpoint.Error
		err = s.Float32s("embed.weight", 0, make([]float32, 6))
		if refused := errors.As(err, &stored) && stored.Code == checkpoint.CodeNotFinite; refused != finite {
			t.Errorf("finite %v: got %v", finite, err)
		}
	}
}

// TestOpenReadsHeaders: whether a checkpoint of 4 GiB is one of a model is known without its data. The file has none: it is
// a header and a hole, which a read of a page would fill with zeros.
func TestOpenReadsHeaders(t *testing.T) {
	const rows, columns = 1 << 18, 1 << 12
	header := fmt.Sprintf(`{"w":{"dtype":"F32","shape":[%d,%d],"data_offsets":[0,%d]}}`, rows, columns, 4*rows*columns)
	path := filepath.Join(t.TempDir(), checkpoint.SingleFile)
	text := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(len(text))+4*rows*columns); err != nil {
		t.Skipf("the file system has no sparse file: %v", err)
	}
	for _, c := range []struct {
		rows int64
		fits bool
	}{{rows, true}, {rows + 1, false}} {
		spec := Spec{Model: "Large", Each: func(tensor func(key string, shape ...int64)) { tensor("w", c.rows, columns) }}
		took, held := time.Hour, uint64(0)
		for try := 0; try < 10 && took > time.Second; try++ { // a busy machine may be late, but not every time
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			s, err := Open(path, spec, true)
			took = time.Since(began)
			runtime.ReadMemStats(&after)
			if held = after.TotalAlloc - before.TotalAlloc; (err == nil) != c.fits {
				t.Errorf("%d rows: %v", c.rows, err)
			}
			if err == nil {
				s.Close()
			}
		}
		if t.Logf("%d rows: %d bytes of memory in %v", c.rows, held, took); held > 1<<20 || took > time.Second { // reading 4 GiB takes longer
			t.Errorf("%d rows: %d bytes of memory in %v", c.rows, held, took)
		}
	}
}
