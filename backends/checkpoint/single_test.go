package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"testing"
)

// typed writes one tensor of a type whose elements have these bits.
func typed(t *testing.T, dtype DType, bits ...uint64) *Checkpoint {
	t.Helper()
	var data []byte
	for _, b := range bits {
		data = append(data, binary.LittleEndian.AppendUint64(nil, b)[:dtype.Bytes()]...)
	}
	header := fmt.Sprintf(`{"w":{"dtype":%q,"shape":[%d],"data_offsets":[0,%d]}}`, dtype, len(bits), len(data))
	return mustOpen(t, save(t, "", "m.safetensors", withLength(uint64(len(header)), header+string(data))))
}

// TestFloat32s: every type that is narrower is exact, others round to nearest, ties to even.
func TestFloat32s(t *testing.T) {
	tie := math.Float64bits(1 + 0x1p-24) // between 1 and the next float32
	for _, c := range []struct {
		dtype DType
		bits  []uint64
		want  []float32
	}{
		{F32, []uint64{0x3f800000, 0x80000000, 1}, []float32{1, float32(math.Copysign(0, -1)), math.SmallestNonzeroFloat32}},
		{BF16, []uint64{0x3f80, 0xc049}, []float32{1, -3.140625}},
		{F16, []uint64{0x3c00, 0x0001, 0x7bff}, []float32{1, 0x1p-24, 65504}},
		{F64, []uint64{tie, math.Float64bits(1 + 3*0x1p-24), math.Float64bits(0.1)}, []float32{1, 1 + 0x1p-22, 0.1}},
		{I64, []uint64{1<<24 + 1, ^uint64(0)}, []float32{1 << 24, -1}},
		{Bool, []uint64{0, 1}, []float32{0, 1}},
	} {
		ckpt := typed(t, c.dtype, c.bits...)
		for first := range c.want {
			dst := make([]float32, len(c.want)-first)
			if err := ckpt.Float32s("w", int64(first), dst, true); err != nil {
				t.Errorf("%s: %v", c.dtype, err)
			}
			for i, x := range dst {
				if math.Float32bits(x) != math.Float32bits(c.want[first+i]) {
					t.Errorf("%s: element %d is %v, want %v", c.dtype, first+i, x, c.want[first+i])
				}
			}
		}
	}
}

// TestFloat32sLong: ranges that are longer than a chunk, and begin anywhere, in a type of each path.
func TestFloat32sLong(t *testing.T) {
	const n = chunkBytes/2 + 1000
	for _, dtype := range []DType{F32, BF16, F16} {
		bits := make([]uint64, n)
		for i := range bits {
			bits[i] = uint64(i*7) & 0x3fff // a small number in each of the types
		}
		ckpt := typed(t, dtype, bits...)
		want, err := ckpt.Float64s("w", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, first := range []int{0, 1, 999, n - 1, n} {
			dst := make([]float32, n-first)
			if err := ckpt.Float32s("w", int64(first), dst, true); err != nil {
				t.Fatal(err)
			}
			for i, x := range dst {
				if float64(x) != want[first+i] {
					t.Fatalf("%s from %d: element %d is %v, want %v", dtype, first, first+i, x, want[first+i])
				}
			}
		}
	}
}

func TestFloat32sRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		ckpt   *Checkpoint
		first  int64
		n      int
		finite bool
		code   string
	}{
		{"an infinity", typed(t, F32, 0, 0x7f800000), 0, 2, true, CodeNotFinite},
		{"a NaN of bf16", typed(t, BF16, 0, 0x7fc0), 1, 1, true, CodeNotFinite},
		{"too large for a float32", typed(t, F64, math.Float64bits(1e300)), 0, 1, true, CodeNotFinite},
		{"a complex number", typed(t, C64, 0), 0, 1, true, CodeDType},
		{"a bool of 2", typed(t, Bool, 2), 0, 1, true, CodeInexact},
		{"behind the end", typed(t, F32, 0, 0), 1, 2, true, CodeNotExpected},
		{"before the start", typed(t, F32, 0, 0), -1, 2, true, CodeNotExpected},
		{"allowed", typed(t, F32, 0x7f800000), 0, 1, false, ""},
	} {
		err := c.ckpt.Float32s("w", c.first, make([]float32, c.n), c.finite)
		var e *Error
		if c.code == "" && err != nil || c.code != "" && (!errors.As(err, &e) || e.Code != c.code || e.Tensor != "w") {
			t.Errorf("%s: got %v, want %s", c.name, err, c.code)
		}
	}
}
