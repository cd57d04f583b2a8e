package checkpoint

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"testing"
)

// FuzzHeader feeds whole files. Nothing may panic; what is accepted must also be what
// encoding/json reads, and the tensors must tile the data.
func FuzzHeader(f *testing.F) {
	for _, c := range badFiles {
		if len(c.content) < 1<<12 {
			f.Add([]byte(c.content))
		}
	}
	f.Add([]byte(shardOf("a", "b", "c")))
	f.Add([]byte(image(`{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},`+
		`"b":{"data_offsets":[16,18],"shape":[],"dtype":"BF16"},`+
		`"\u00e9":{"dtype":"I64","shape":[0],"data_offsets":[18,18]}}   `, 18)))
	f.Fuzz(func(t *testing.T, file []byte) {
		size := int64(len(file))
		read := func(dst []byte, offset int64) error {
			if offset < 0 || offset+int64(len(dst)) > size {
				t.Fatalf("reads [%d, %d] of %d bytes", offset, offset+int64(len(dst)), size)
			}
			copy(dst, file[offset:])
			return nil
		}
		h, err := parseFile("f", size, read, Limits{}.withDefaults())
		if err != nil {
			if e := err.(*Error); e.Code == "" || e.File != "f" || e.Msg == "" || e.Offset > size {
				t.Fatalf("incomplete error %+v", e)
			}
			return
		}
		n := int64(binary.LittleEndian.Uint64(file))
		tilesData(t, h, 8+n, size)
		agreesWithJSON(t, h, file[8:8+n], 8+n)
	})
}

// tilesData marks every byte of the data once.
func tilesData(t *testing.T, h *header, start, size int64) {
	t.Helper()
	marked := make([]bool, size)
	for _, tensor := range h.tensors {
		for i := tensor.Offset; i < tensor.Offset+tensor.Bytes; i++ {
			if marked[i] || i < start {
				t.Fatalf("byte %d belongs to %q and something else", i, tensor.Name)
			}
			marked[i] = true
		}
	}
	if slices.Contains(marked[start:], false) {
		t.Fatal("a byte belongs to no tensor")
	}
}

func agreesWithJSON(t *testing.T, h *header, text []byte, start int64) {
	t.Helper()
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(text, &entries); err != nil {
		t.Fatalf("accepted, but encoding/json says %v", err)
	}
	if raw, ok := entries["__metadata__"]; ok {
		var metadata map[string]string
		if err := json.Unmarshal(raw, &metadata); err != nil || len(metadata) != len(h.metadata) {
			t.Fatalf("metadata %v, expected %v: %v", h.metadata, metadata, err)
		}
		delete(entries, "__metadata__")
	}
	if len(entries) != len(h.tensors) {
		t.Fatalf("%d tensors, expected %d", len(h.tensors), len(entries))
	}
	for _, tensor := range h.tensors {
		var e struct {
			DType   string  `json:"dtype"`
			Shape   []int64 `json:"shape"`
			Offsets []int64 `json:"data_offsets"`
		}
		err := json.Unmarshal(entries[tensor.Name], &e)
		got := []int64{tensor.Offset - start, tensor.Offset - start + tensor.Bytes}
		if err != nil || e.DType != string(tensor.DType) || !slices.Equal(e.Shape, tensor.Shape) ||
			!slices.Equal(e.Offsets, got) {
			t.Fatalf("%+v, expected %+v: %v", tensor, e, err)
		}
	}
}

// FuzzNPY wants no panic and complete errors; an accepted array has as many values as its shape.
func FuzzNPY(f *testing.F) {
	f.Add([]byte(npyImage(dict("'<f4'", "False", "(2, 2)"), 70, 1, "0123456789abcdef")))
	f.Add([]byte(npyImage(dict("'|b1'", "False", "()"), 70, 2, "\x01")))
	f.Add([]byte(npyImage(`{"shape":(0,),"descr":'<i8','fortran_order':False,}`, 0, 1, "")))
	f.Fuzz(func(t *testing.T, file []byte) {
		size := int64(len(file))
		read := func(dst []byte, offset int64) error {
			copy(dst, file[offset:offset+int64(len(dst))])
			return nil
		}
		a, err := readNPY(size, read, Limits{}.withDefaults())
		if err != nil {
			if e := err.(*Error); e.Code == "" || e.Msg == "" || e.Offset > size {
				t.Fatalf("incomplete error %+v", e)
			}
			return
		}
		n := int64(1)
		for _, dim := range a.Shape {
			n *= dim
		}
		if n != int64(len(a.Values)) {
			t.Fatalf("%d values of shape %v", len(a.Values), a.Shape)
		}
	})
}
