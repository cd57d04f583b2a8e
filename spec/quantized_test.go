package spec_test

import (
	"fmt"
	"math"
	"strings"

	"archc/backends/cudasource"
	"archc/ir/eval"
	"archc/passes/plan"
)

// coded are weights as an engine holds them: the numbers of its quantized matrices are those that codes and scales stand for,
// by section "Quantized weights" of spec/numerics.md.
type coded struct {
	from     eval.Weights
	format   *cudasource.Format
	matrices map[string][]codedMatrix // by the key of their tensor
	even     bool                     // scales are powers of two, and a block has the largest number: quantizing changes nothing
}

// codedMatrix says where the numbers of a matrix stand in its tensor.
type codedMatrix struct{ rows, columns []int }

func newCoded(from eval.Weights, format *cudasource.Format, list []cudasource.Matrix) *coded {
	w := &coded{from: from, format: format, matrices: map[string][]codedMatrix{}}
	for _, m := range list {
		w.runs(m, m.Loops, m.Param.Key, whole(m.Base.Int()))
	}
	return w
}

// whole is a size that hangs on nothing.
func whole(n int64, ok bool) int {
	if !ok {
		panic("the size of a weight is free")
	}
	return int(n)
}

// runs adds the matrices of all runs of loops: a loop changes the key, or where in the tensor the matrix begins.
func (w *coded) runs(m cudasource.Matrix, loops []*plan.Loop, key string, base int) {
	if len(loops) == 0 {
		for _, b := range offsets([]int{base}, m.Batch) {
			w.matrices[key] = append(w.matrices[key], codedMatrix{offsets([]int{b}, m.N), offsets([]int{0}, m.K)})
		}
		return
	}
	l := loops[0]
	for i := range whole(l.Count.Int()) {
		n, at := int(l.First)+i*int(l.Stride), base
		for _, s := range m.Steps {
			if s.Loop == l {
				at += i * whole(s.Stride.Int())
			}
		}
		named := strings.NewReplacer("{"+l.Var+"}", fmt.Sprint(n), "{"+l.Var+"+1}", fmt.Sprint(n+1), "{"+l.Var+"-1}", fmt.Sprint(n-1))
		w.runs(m, loops[1:], named.Replace(key), at)
	}
}

// offsets are those of all elements along axes.
func offsets(from []int, axes []plan.Axis) []int {
	for _, a := range axes {
		var next []int
		for _, o := range from {
			for i := range whole(a.Size.Int()) {
				next = append(next, o+i*whole(a.Stride.Int()))
			}
		}
		from = next
	}
	return from
}

func (w *coded) Read(key string) ([]int64, []float64, error) {
	shape, data, err := w.from.Read(key)
	if err != nil {
		return nil, nil, err
	}
	out := append([]float64{}, data...)
	for _, m := range w.matrices[key] {
		down, across := int(w.format.Rows), int(w.format.Columns)
		for r := 0; r < len(m.rows); r += down {
			for c := 0; c < len(m.columns); c += across {
				var at []int
				for _, x := range m.rows[r:min(r+down, len(m.rows))] {
					for _, y := range m.columns[c:min(c+across, len(m.columns))] {
						at = append(at, x+y)
					}
				}
				w.block(data, out, at)
			}
		}
	}
	return shape, out, nil
}

// block gives the numbers of a block what their codes and its scale stand for.
func (w *coded) block(data, out []float64, at []int) {
	largest, most := float32(0), map[string]float32{"int8": 127, "int4": 7, "fp8": 448}[w.format.Name]
	for _, i := range at {
		largest = max(largest, float32(math.Abs(data[i])))
	}
	scale := largest / most
	if w.format.Name == "int4" {
		scale = bfloat16(scale)
	}
	if w.even {
		_, exponent := math.Frexp(float64(scale))
		scale = float32(math.Ldexp(1, exponent))
		defer func() { out[at[0]] = float64(most * scale) }()
	}
	for _, i := range at {
		code := float32(0)
		if scale > 0 {
			code = nearest(w.format.Name, max(-most, min(most, float32(data[i])/scale)))
		}
		out[i] = float64(scale * code)
	}
}

// bfloat16 rounds to bf16, ties to even.
func bfloat16(x float32) float32 {
	bits := math.Float32bits(x)
	return math.Float32frombits((bits + 0x7fff + bits>>16&1) &^ 0xffff)
}

// nearest is the number of a format that is nearest, the even one of two.
func nearest(format string, x float32) float32 {
	if format != "fp8" {
		return float32(math.RoundToEven(float64(x)))
	}
	best := 0
	for code := range 0x7f { // fp8 is symmetric
		d, b := math.Abs(e4m3(code)-math.Abs(float64(x))), math.Abs(e4m3(best)-math.Abs(float64(x)))
		if d < b || d == b && code%2 == 0 {
			best = code
		}
	}
	return float32(math.Copysign(e4m3(best), float64(x)))
}

// e4m3 is the number of a code of fp8 without its sign: 4 bits of exponent with bias 7, 3 of fraction.
func e4m3(code int) float64 {
	if code < 8 {
		return math.Ldexp(float64(code), -9)
	}
	return math.Ldexp(float64(8+code%8), code/8-10)
}
