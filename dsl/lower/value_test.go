package lower_test

import (
	"math"
	"strings"
	"testing"

	"archc/dsl/lower"
	"archc/ir/eval"
)

// The tests of meaning compile a small program, run it with hashed weights and inputs, and compare every element of an
// output with a formula written out in Go.

// program is a compiled source with its inputs.
type program struct {
	t      testing.TB
	inputs map[string]*eval.Tensor
	outs   map[string]*eval.Tensor
}

// body is the model around most programs: its dims are in reach.
const header = "model M(D=8, H=4, G=2, R=H/G, K=D/H, F=6, V=10, L=4, eps=1e-3) {\n"

// execute runs a source: a whole one, or a body for the model of header.
func execute(t testing.TB, text string, inputs map[string]*eval.Tensor) *program {
	t.Helper()
	if !strings.Contains(text, "model ") {
		text = header + text + "\n}"
	}
	m := compile(t, text, lower.Options{})
	return &program{t, inputs, run(t, m, inputs)}
}

// is compares an output with a formula over its indices.
func (p *program) is(name string, formula func(ix map[string]int) float64) {
	p.t.Helper()
	out := p.outs[name]
	if out == nil {
		p.t.Fatalf("no output %s", name)
	}
	for i, got := range out.Data {
		ix := map[string]int{}
		rest := i
		for k := len(out.Axes) - 1; k >= 0; k-- {
			ix[out.Axes[k].Label] = rest % out.Axes[k].Size
			rest /= out.Axes[k].Size
		}
		want := formula(ix)
		if math.IsNaN(got) || math.Abs(got-want) > 1e-12*max(1, math.Abs(want)) {
			p.t.Fatalf("%s%v = %v, want %v", name, ix, got, want)
		}
	}
}

// x reads an input at indices in the order of its axes.
func (p *program) x(name string, ix ...int) float64 {
	t := p.inputs[name]
	at := 0
	for i, a := range t.Axes {
		at = at*a.Size + ix[i]
	}
	return t.Data[at]
}

// w reads a hashed weight: the stored shape, and one index for each of its dims.
func w(key string, shape []int, ix ...int) float64 {
	at := 0
	for i, n := range shape {
		at = at*n + ix[i]
	}
	return eval.Hash(key, at)
}

// sum adds a formula from 0 to below n.
func sum(n int, f func(i int) float64) float64 {
	s := 0.0
	for i := range n {
		s += f(i)
	}
	return s
}

func axis(label string, size int) eval.Axis { return eval.Axis{Label: label, Size: size} }

// real makes a hashed input, named.
func inputs(ts ...*namedTensor) map[string]*eval.Tensor {
	out := map[string]*eval.Tensor{}
	for _, t := range ts {
		out[t.name] = t.Tensor
	}
	return out
}

type namedTensor struct {
	name string
	*eval.Tensor
}

func in(name string, axes ...eval.Axis) *namedTensor {
	return &namedTensor{name, tensor(name, axes...)}
}
