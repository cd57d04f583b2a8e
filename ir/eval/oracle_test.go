package eval

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"archc/ir"
)

// program is a module under construction.
type program struct {
	*ir.Builder
	m *ir.Module
}

func newProgram() *program {
	p := &program{&ir.Builder{}, &ir.Module{Name: "test"}}
	p.m.Body = p.Enter("body")
	return p
}

func (p *program) input(name string, kind ir.Kind, axes ...ir.Axis) ir.Value {
	v := p.Leaf(ir.Input, &ir.InputAttr{Name: name}, ir.Type{Kind: kind, Axes: axes})
	p.m.Inputs = append(p.m.Inputs, ir.Port{Name: name, Value: v})
	return v
}

func (p *program) param(key string, stored [][]string, axes ...ir.Axis) ir.Value {
	return p.Leaf(ir.Param, &ir.ParamAttr{Key: key, Stored: stored}, ir.Type{Axes: axes})
}

func (p *program) number(x float64) ir.Value {
	return p.Leaf(ir.Constant, &ir.ConstAttr{Value: x}, ir.Scalar(ir.Real))
}

func (p *program) whole(x float64) ir.Value {
	return p.Leaf(ir.Constant, &ir.ConstAttr{Value: x}, ir.Scalar(ir.Int))
}

func (p *program) fn(name string, args ...ir.Value) ir.Value {
	return p.Must(ir.Map, &ir.MapAttr{Fn: ir.FnNamed(name)}, args...)
}

func (p *program) sum(labels []string, args ...ir.Value) ir.Value {
	return p.Must(ir.Contract, &ir.SumAttr{Labels: labels}, args...)
}

func (p *program) reduce(fn, label string, x ir.Value) ir.Value {
	return p.Must(ir.Reduce, &ir.ReduceAttr{Fn: fn, Labels: []string{label}}, x)
}

func (p *program) output(name string, v ir.Value) {
	p.m.Outputs = append(p.m.Outputs, ir.Port{Name: name, Value: v})
}

func named(v ir.Value, name string) ir.Value {
	v.Node.Name = name
	return v
}

func n(label string, size int64) ir.Axis { return ir.Axis{Label: label, Size: ir.Const(size)} }
func free(label string) ir.Axis          { return ir.Axis{Label: label, Size: ir.Free(label)} }

// tensors is what a test gives a run.
type tensors map[string]*Tensor

// stored is a Weights of a test.
type stored map[string]*Tensor

func (s stored) Read(key string) ([]int64, []float64, error) {
	t, ok := s[key]
	if !ok {
		return nil, nil, fmt.Errorf("no such tensor")
	}
	shape := make([]int64, len(t.Axes))
	for i, a := range t.Axes {
		shape[i] = int64(a.Size)
	}
	return shape, t.Data, nil
}

func run1(t *testing.T, p *program, w Weights, in tensors, opt Options) *Result {
	t.Helper()
	if w == nil {
		w = stored{}
	}
	m, err := New(p.m, w)
	if err != nil {
		t.Fatal(err)
	}
	res, err := m.Run(context.Background(), in, opt)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func runErr(t *testing.T, p *program, w Weights, in tensors, opt Options) string {
	t.Helper()
	if w == nil {
		w = stored{}
	}
	m, err := New(p.m, w)
	if err != nil {
		return err.Error()
	}
	_, err = m.Run(context.Background(), in, opt)
	if err == nil {
		t.Fatal("no error")
	}
	return err.Error()
}

// wantError wants a part of a message.
func wantError(t *testing.T, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// tensor makes a tensor of data.
func tensor(kind ir.Kind, data []float64, axes ...Axis) *Tensor { return &Tensor{kind, axes, data} }

func random(r *rand.Rand, axes ...Axis) *Tensor {
	count, _ := elements(axes)
	t := &Tensor{ir.Real, axes, make([]float64, count)}
	for i := range t.Data {
		t.Data[i] = r.NormFloat64()
	}
	return t
}

func randomInts(r *rand.Rand, below int, axes ...Axis) *Tensor {
	t := random(r, axes...)
	t.Kind = ir.Int
	for i := range t.Data {
		t.Data[i] = float64(r.IntN(below))
	}
	return t
}

func source() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// coords is a point: a number for each label.
type coords map[string]int

// at reads an element the long way; labels that the tensor lacks do not matter.
func (t *Tensor) at(c coords) float64 {
	i := 0
	for _, a := range t.Axes {
		x, ok := c[a.Label]
		if !ok {
			panic("no coordinate for " + a.Label)
		}
		i = i*a.Size + x
	}
	return t.Data[i]
}

// points visits every point of the axes in row-major order; c holds the outer coordinates.
func points(axes []Axis, c coords, visit func(c coords)) {
	if len(axes) == 0 {
		visit(c)
		return
	}
	for i := range axes[0].Size {
		c[axes[0].Label] = i
		points(axes[1:], c, visit)
	}
	delete(c, axes[0].Label)
}

// made builds a tensor from a function of the point: the direct loops that every op is compared with.
func made(axes []Axis, f func(c coords) float64) *Tensor {
	t := &Tensor{Axes: axes}
	points(axes, coords{}, func(c coords) { t.Data = append(t.Data, f(c)) })
	return t
}

// same wants equal axes and equal bits.
func same(t *testing.T, what string, got, want *Tensor) {
	t.Helper()
	if shape(got.Axes) != shape(want.Axes) || len(got.Data) != len(want.Data) {
		t.Fatalf("%s: got %s, want %s", what, shape(got.Axes), shape(want.Axes))
	}
	for i := range want.Data {
		g, w := got.Data[i], want.Data[i]
		if math.Float64bits(g) != math.Float64bits(w) && !(math.IsNaN(g) && math.IsNaN(w)) {
			t.Fatalf("%s: element %d is %v, want %v", what, i, g, w)
		}
	}
}

// near wants equal axes and values within a relative tolerance.
func near(t *testing.T, what string, got, want *Tensor, tol float64) {
	t.Helper()
	if shape(got.Axes) != shape(want.Axes) {
		t.Fatalf("%s: got %s, want %s", what, shape(got.Axes), shape(want.Axes))
	}
	for i, w := range want.Data {
		if g := got.Data[i]; g != w && !(math.Abs(g-w) <= tol*max(1, math.Abs(w))) {
			t.Fatalf("%s: element %d is %v, want %v", what, i, g, w)
		}
	}
}
