package checkpoint

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"
)

// byFields computes a small float from its fields as the standards define it, by Ldexp.
func byFields(bits uint64, exponent, fraction int, special func(frac uint64) float64) float64 {
	frac := bits & (1<<fraction - 1)
	exp := int(bits >> fraction & (1<<exponent - 1))
	sign := 1 - 2*float64(bits>>(exponent+fraction)&1)
	bias := 1<<(exponent-1) - 1
	switch {
	case special != nil && exp == 1<<exponent-1 && !math.IsInf(special(frac), -1):
		return sign * special(frac)
	case exp == 0:
		return sign * math.Ldexp(float64(frac), 1-bias-fraction)
	}
	return sign * math.Ldexp(float64(frac+1<<fraction), exp-bias-fraction)
}

func ieeeSpecial(frac uint64) float64 {
	if frac == 0 {
		return math.Inf(1)
	}
	return math.NaN()
}

// e4m3Special: only all ones is NaN; -Inf here means an ordinary number.
func e4m3Special(frac uint64) float64 {
	if frac == 7 {
		return math.NaN()
	}
	return math.Inf(-1)
}

func sameFloat(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Float64bits(a) == math.Float64bits(b)
}

// TestWidenEveryPattern goes through all bit patterns of the small types.
func TestWidenEveryPattern(t *testing.T) {
	for _, c := range []struct {
		dtype DType
		bits  int
		want  func(bits uint64) float64
	}{
		{F16, 16, func(b uint64) float64 { return byFields(b, 5, 10, ieeeSpecial) }},
		{BF16, 16, func(b uint64) float64 { return byFields(b, 8, 7, ieeeSpecial) }},
		{F8E5M2, 8, func(b uint64) float64 { return byFields(b, 5, 2, ieeeSpecial) }},
		{F8E4M3, 8, func(b uint64) float64 { return byFields(b, 4, 3, e4m3Special) }},
		{F8E8M0, 8, func(b uint64) float64 {
			if b == 255 {
				return math.NaN()
			}
			return math.Ldexp(1, int(b)-127)
		}},
		{I8, 8, func(b uint64) float64 { return float64(b) - 256*float64(b>>7) }},
		{U8, 8, func(b uint64) float64 { return float64(b) }},
		{I16, 16, func(b uint64) float64 { return float64(b) - 65536*float64(b>>15) }},
		{U16, 16, func(b uint64) float64 { return float64(b) }},
	} {
		row, _ := dtypeOf(string(c.dtype))
		for b := range uint64(1) << c.bits {
			var got [1]float64
			src := binary.LittleEndian.AppendUint64(nil, b)[:c.bits/8]
			if n := row.widen(got[:], src); n != 1 || !sameFloat(got[0], c.want(b)) {
				t.Fatalf("%s %#x is %v (n=%d), expected %v", c.dtype, b, got[0], n, c.want(b))
			}
		}
	}
}

func TestWidenLargeTypes(t *testing.T) {
	for _, c := range []struct {
		dtype DType
		bits  uint64
		want  float64
	}{
		{F64, math.Float64bits(math.Pi), math.Pi}, {F64, 1, 0x1p-1074}, {F64, 1 << 63, math.Copysign(0, -1)},
		{F32, uint64(math.Float32bits(0.1)), 0x1.99999ap-4}, {F32, 1, 0x1p-149}, {F32, 0xff800000, math.Inf(-1)},
		{F32, 0x7fc00000, math.NaN()},
		{I32, 0x80000000, -1 << 31}, {I32, 0x7fffffff, 1<<31 - 1}, {U32, 0xffffffff, 1<<32 - 1},
		{I64, math.MaxUint64, -1}, {I64, 1 << 53, 1 << 53}, {I64, 1 << 63, -1 << 63}, {I64, 1<<53 + 2, 1<<53 + 2},
		{U64, 1 << 63, 1 << 63}, {U64, math.MaxUint64 - 2047, 0x1.fffffffffffffp63},
		{Bool, 0, 0}, {Bool, 1, 1},
	} {
		row, _ := dtypeOf(string(c.dtype))
		var got [1]float64
		if n := row.widen(got[:], binary.LittleEndian.AppendUint64(nil, c.bits)); n != 1 || !sameFloat(got[0],
			c.want) {
			t.Errorf("%s %#x is %v (n=%d), expected %v", c.dtype, c.bits, got[0], n, c.want)
		}
	}
}

// TestInexact has integers that no float64 equals and bools that are none, behind a good one.
func TestInexact(t *testing.T) {
	for _, c := range []struct {
		dtype DType
		bits  uint64
	}{
		{I64, 1<<53 + 1}, {I64, math.MaxInt64}, {I64, math.MaxUint64 - 1<<53}, {U64, math.MaxUint64}, {U64,
			1<<63 + 1},
		{Bool, 2}, {Bool, 255},
	} {
		size := int(c.dtype.Bytes())
		data := binary.LittleEndian.AppendUint64(make([]byte, size), c.bits)[:2*size]
		header := fmt.Sprintf(`{"w":{"dtype":"%s","shape":[1,2],"data_offsets":[0,%d]}}`, c.dtype, 2*size)
		path := save(t, "", "x.safetensors", withLength(uint64(len(header)), header+string(data)))
		_, err := mustOpen(t, path).Float64s("w", nil)
		e := demand(t, err, CodeInexact, path, "w", "element 1, at [0, 1] of [1, 2]")
		if want := int64(8 + len(header) + size); e.Offset != want {
			t.Errorf("%s: offset %d, expected %d", c.dtype, e.Offset, want)
		}
	}
}

func TestComplexIsNoReal(t *testing.T) {
	path := save(t, "", "x.safetensors", image(entryText(`"C64"`, `[1]`, `[0,8]`), 8))
	c := mustOpen(t, path)
	_, err := c.Float64s("w", nil)
	demand(t, err, CodeDType, path, "w", "not real numbers")
}

// TestScanFinite plants NaN and infinities, one far behind the first chunk.
func TestScanFinite(t *testing.T) {
	const n = 300_000
	values := make([]float64, n)
	good := []Named{{Name: "a", Shape: []int64{3, n / 3}, Float64: values}, {Name: "z", Shape: []int64{},
		Float32: []float32{1}}}
	path := save(t, "", "x.safetensors", "")
	scan := func(names ...string) error {
		if err := Write(path, good, nil); err != nil {
			t.Fatal(err)
		}
		return mustOpen(t, path).ScanFinite(names...)
	}
	if err := scan(); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		index int
		x     float64
		says  string
	}{{0, math.NaN(), "element 0, at [0, 0] of [3, 100000], is NaN"}, {299_999, math.Inf(-1),
		"at [2, 99999] of [3, 100000], is -Inf"}} {
		values[c.index] = c.x
		err := scan()
		demand(t, err, CodeNotFinite, path, "a", c.says)
		if err := scan("z"); err != nil {
			t.Errorf("z alone: %v", err)
		}
		values[c.index] = 0
	}
	good[1].Float32[0] = float32(math.Inf(1))
	demand(t, scan(), CodeNotFinite, path, "z", "element 0, at [] of [], is +Inf")
	demand(t, scan("none"), CodeNoTensor, path, "none", "does not have it")
}

// TestFloat64sMemory: given memory is used, and only the tensor's part of it.
func TestFloat64sMemory(t *testing.T) {
	c := mustOpen(t, save(t, "", "x.safetensors", image(entryText(`"U8"`, `[3]`, `[0,3]`), 3)))
	dst := []float64{9, 9, 9, 9}
	got, err := c.Float64s("w", dst[:0])
	if err != nil || len(got) != 3 || &got[0] != &dst[0] || fmt.Sprint(dst) != "[0 1 2 9]" {
		t.Errorf("got %v in %v: %v", got, dst, err)
	}
	if got, err := c.Float64s("w", dst[:1:1]); err != nil || fmt.Sprint(got) != "[0 1 2]" {
		t.Errorf("got %v: %v", got, err)
	}
}

func TestExpect(t *testing.T) {
	path := save(t, "", "x.safetensors",
		image(`{"model.up.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
		"model.down.weight":{"dtype":"BF16","shape":[3,2],"data_offsets":[24,36]}}`, 36))
	c := mustOpen(t, path)
	if tensor, err := c.Expect("model.up.weight", []int64{2, 3}, F32, F16); err != nil || tensor.Bytes != 24 {
		t.Errorf("%+v, %v", tensor, err)
	}
	for _, e := range []struct {
		name             string
		shape            []int64
		types            []DType
		code, says, help string
	}{
		{"up.weight", []int64{2, 3}, nil, CodeNoTensor, "does not have it", `did you mean "model.up.weight"?`},
		{"base.model.up.weight", []int64{2, 3}, nil, CodeNoTensor, "does not have it", `"model.up.weight"`},
		{"model.dwon.weight", []int64{2, 3}, nil, CodeNoTensor, "does not have it", `"model.down.weight"`},
		{"Model.Up.Weight", []int64{2, 3}, nil, CodeNoTensor, "does not have it", `"model.up.weight"`},
		{"lm_head", []int64{2, 3}, nil, CodeNoTensor, "does not have it", ""},
		{"model.up.weight", []int64{3, 2}, nil, CodeNotExpected, "shape is [2, 3], expected [3, 2]",
			"transposed"},
		{"model.up.weight", []int64{6}, nil, CodeNotExpected, "expected [6]", "element counts are equal"},
		{"model.up.weight", []int64{2, 4}, nil, CodeNotExpected, "expected [2, 4]", ""},
		{"model.down.weight", []int64{3, 2}, []DType{F32, F64}, CodeNotExpected,
			"type is BF16, expected F32 or F64", ""},
	} {
		_, err := c.Expect(e.name, e.shape, e.types...)
		got := demand(t, err, e.code, path, e.name, e.says)
		if (e.help == "") != (got.Help == "") || !strings.Contains(got.Help, e.help) {
			t.Errorf("%s: help %q, expected %q", e.name, got.Help, e.help)
		}
	}
	used := func(name string) bool { return name == "model.up.weight" }
	demand(t, c.Unused(used), CodeUnused, path, "model.down.weight", "nothing uses it")
	demand(t, c.Unused(func(string) bool { return false }), CodeUnused, path, "model.down.weight",
		"and one other")
	if err := c.Unused(func(string) bool { return true }); err != nil {
		t.Error(err)
	}
	if err := c.Tied("model.up.weight", "model.up.weight"); err != nil {
		t.Error(err)
	}
	demand(t, c.Tied("model.up.weight", "model.down.weight"), CodeNotTied, path, "model.up.weight",
		"is F32 [2, 3], but")
}

func TestTiedBytes(t *testing.T) {
	a := make([]float32, 200_000)
	b := make([]float32, len(a))
	b[150_000] = math.Float32frombits(1 << 31) // -0 equals 0, its bytes do not
	path := save(t, "", "x.safetensors", "")
	shape := []int64{int64(len(a))}
	if err := Write(path, []Named{{Name: "a", Shape: shape, Float32: a}, {Name: "b", Shape: shape,
		Float32: b}}, nil); err != nil {
		t.Fatal(err)
	}
	demand(t, mustOpen(t, path).Tied("a", "b"), CodeNotTied, path, "a",
		`differs from "b", which is tied to it, from element 150000 on`)
}
