package eval

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"archc/ir"
)

// valid is optional, half has half as many elements as T.
func threeInputs() *program {
	p := newProgram()
	x := p.input("x", ir.Int, free("T"), n("D", 2))
	valid := p.input("valid", ir.Bool, free("T"))
	yes := 1.0
	valid.Node.Attr.(*ir.InputAttr).Default = &yes
	half := ir.Rational(big.NewRat(1, 2)).Mul(ir.Free("T"))
	p.output("y", p.fn("select", valid, x, p.input("half", ir.Real, ir.Axis{Label: "U", Size: half})))
	return p
}

func TestInputs(t *testing.T) {
	x := tensor(ir.Int, []float64{1, 2, 3, 4, 5, 6, 7, 8}, Axis{"D", 2}, Axis{"T", 4})
	half := tensor(ir.Real, []float64{-1, -2}, Axis{"U", 2})
	res := run1(t, threeInputs(), nil, tensors{"x": x, "half": half}, Options{})
	want := func(c coords) float64 { return x.at(c) }
	same(t, "default", res.Outputs["y"], made([]Axis{{"T", 4}, {"D", 2}, {"U", 2}}, want))
	valid := tensor(ir.Bool, []float64{1, 0, 1, 1, 0, 0, 1, 1}, Axis{"T", 4}, Axis{Batch, 2})
	res = run1(t, threeInputs(), nil, tensors{"x": x, "half": half, "valid": valid}, Options{})
	axes := []Axis{{Batch, 2}, {"T", 4}, {"D", 2}, {"U", 2}}
	same(t, "given", res.Outputs["y"], made(axes, func(c coords) float64 {
		if valid.at(c) != 0 {
			return x.at(c)
		}
		return half.at(c)
	}))
}

func TestInputErrors(t *testing.T) {
	ints := func(x ...float64) *Tensor { return tensor(ir.Int, x, Axis{"T", len(x) / 2}, Axis{"D", 2}) }
	half := func(k int) *Tensor { return tensor(ir.Real, make([]float64, k), Axis{"U", k}) }
	valid := func(x ...float64) *Tensor { return tensor(ir.Bool, x, Axis{"T", len(x)}) }
	batched := func(k int) *Tensor {
		return tensor(ir.Bool, make([]float64, 2*k), Axis{Batch, k}, Axis{"T", 2})
	}
	halves := tensor(ir.Real, make([]float64, 3), Axis{Batch, 3}, Axis{"U", 1})
	for _, c := range []struct {
		in   tensors
		want string
	}{
		{tensors{"half": half(1)}, "input x: it is required: int[T, D]"},
		{tensors{"x": ints(1, 2, 3, 4), "half": half(1), "Z": half(1)},
			"no input is called Z; there are: x, valid, half"},
		{tensors{"x": ints(1, 2, 3, 4), "half": half(1), "valid": valid(1, 1, 1)},
			"input valid: T is 3 here and 2 in input x"},
		{tensors{"x": ints(1, 2, 3, 4), "valid": batched(2), "half": halves},
			"input half: the batch is 3 here and 2 in input valid"},
		{tensors{"x": ints(1, 2, 3, 4), "half": half(2)}, "input half: its shape is [U=2], not [U=1]"},
		{tensors{"x": ints(1, 2, 3, 4, 5, 6), "half": half(1)},
			"input half: axis U: the size 1/2*T is 3/2, no whole number"},
		{tensors{"x": half(1), "half": half(1)}, "input x: it is [U=1], its type int[T, D]"},
		{tensors{"x": tensor(ir.Int, []float64{1}, Axis{"T", 1})},
			"input x: it is int[T=1], its type int[T, D]"},
		{tensors{"x": tensor(ir.Int, []float64{1}, Axis{"T", 2}, Axis{"D", 2})},
			"has 4 elements, the data 1"},
		{tensors{"x": tensor(ir.Int, nil, Axis{"T", 0}, Axis{"T", 2})}, "axis T stands twice"},
		{tensors{"x": tensor(ir.Int, nil, Axis{"T", -1}, Axis{"D", 2})}, "is negative or too large"},
		{tensors{"x": tensor(ir.Int, nil, Axis{"T", 1 << 40}, Axis{"D", 1 << 40})},
			"is negative or too large"},
		{tensors{"x": tensor(ir.Int, []float64{1, 2, 3, 4, 5, 6}, Axis{"T", 2}, Axis{"D", 3}), "half": half(1)},
			"input x: its shape is [T=2, D=3], not [T=2, D=2]"},
		{tensors{"x": ints(1, 2.5)}, "input x: 2.5 at [T=0, D=1] is no whole number"},
		{tensors{"x": ints(1, math.NaN())}, "input x: NaN at [T=0, D=1] is no whole number"},
		{tensors{"x": ints(1, 1<<60)}, "is no whole number below 2^53"},
		{tensors{"x": ints(1, 2, 3, 4), "half": half(1), "valid": valid(1, 2)},
			"input valid: 2 at [T=1] is no truth value"},
	} {
		wantError(t, runErr(t, threeInputs(), nil, c.in, Options{}), c.want)
	}
}

func TestUnknownSizes(t *testing.T) {
	p := newProgram()
	axis := ir.Axis{Label: "A", Size: ir.Free("S").Mul(ir.Free("T"))}
	p.output("y", p.Must(ir.Position, &ir.AxisAttr{Axis: axis}))
	p.input("x", ir.Real, free("T"))
	got := runErr(t, p, nil, tensors{"x": tensor(ir.Real, []float64{1}, Axis{"T", 1})}, Options{})
	if !strings.Contains(got, "index: axis A: the size S*T is not known: no input gives S") {
		t.Error(got)
	}
}

// A rule of the IR that says something else than the evaluation is found by any run.
func TestResultsMustConform(t *testing.T) {
	p := newProgram()
	v := p.fn("neg", p.input("x", ir.Real, free("T"), n("D", 2)))
	p.output("y", v)
	for _, c := range []struct {
		t    ir.Type
		want string
	}{
		{ir.Type{Axes: []ir.Axis{n("D", 2), free("T")}}, "map: the result is [T=1, D=2], its type [D, T]"},
		{ir.Type{Axes: []ir.Axis{free("T"), n("D", 3)}}, "axis D of the result has size 2, its type says 3"},
	} {
		v.Node.Outs[0] = c.t
		in := tensors{"x": tensor(ir.Real, []float64{1, 2}, Axis{"T", 1}, Axis{"D", 2})}
		wantError(t, runErr(t, p, nil, in, Options{}), c.want)
	}
}
