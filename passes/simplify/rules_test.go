package simplify

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"archc/ir"
	"archc/ir/eval"
)

// The fuzz test of a rule is made from the rule: its pattern is built on inputs of random types with random attributes
// until the op table accepts it and the conditions hold; both sides are evaluated on random values.

// world is one random instance of a rule.
type world struct {
	r      *rand.Rand
	in     *ir.Builder
	body   *ir.Region
	b      *bindings
	inputs []ir.Port
	sizes  map[string]int64
}

var labelPool = []string{"A", "B", "C", "D", "6"}

func newWorld(r *rand.Rand) *world {
	w := &world{r: r, in: &ir.Builder{}, b: &bindings{values: map[string]ir.Value{}, parts: map[string]any{}}}
	w.body = w.in.Enter("body")
	w.sizes = map[string]int64{"A": 1 + r.Int64N(3), "B": 2, "C": 3, "D": 1 + r.Int64N(6), "6": 6}
	return w
}

func (w *world) axis() ir.Axis {
	l := labelPool[w.r.IntN(len(labelPool))]
	return ir.Axis{Label: l, Size: ir.Const(w.sizes[l])}
}

func (w *world) axes(most int) []ir.Axis {
	var t ir.Type
	for range w.r.IntN(most + 1) {
		if a := w.axis(); !t.Has(a.Label) {
			t.Axes = append(t.Axes, a)
		}
	}
	return t.Axes
}

// part is a random part of an attribute: each kind in turn, the op's rule refuses what does not fit. Axes that make
// one of two (6 = B C) come up more often than by chance.
func (w *world) part(f *form, i int) any {
	if w.r.IntN(2) == 0 {
		return w.likely(f, i)
	}
	sample := f.op.Attr()
	switch x := sample.(type) {
	case *ir.KindAttr:
		return ir.Kind(w.r.IntN(3))
	case *ir.ReduceAttr:
		x.Fn = []string{"sum", "max", "min"}[w.r.IntN(3)]
		x.Labels = ir.Type{Axes: w.axes(2)}.Labels()
		return f.parts(x)[i]
	}
	switch f.parts(sample)[i].(type) {
	case string:
		return w.axis().Label
	case []string:
		return ir.Type{Axes: w.axes(3)}.Labels()
	case ir.Size:
		return ir.Const(w.r.Int64N(3))
	case ir.Axis:
		a := w.axis()
		if w.r.IntN(2) == 0 {
			a.Size = ir.Const(1 + w.r.Int64N(6))
		}
		return a
	case []ir.Axis:
		return w.axes(3)
	}
	panic(fmt.Sprintf("no random part %d of %s", i, f.op.Name))
}

// likely is a part of 6 = B C, in one of its orders.
func (w *world) likely(f *form, i int) any {
	b, c := ir.Axis{Label: "B", Size: ir.Const(2)}, ir.Axis{Label: "C", Size: ir.Const(3)}
	if w.r.IntN(2) == 0 {
		b, c = c, b
	}
	sample := f.op.Attr()
	switch x := sample.(type) {
	case *ir.KindAttr:
		return ir.Real
	case *ir.ReduceAttr:
		x.Fn, x.Labels = "sum", []string{b.Label}
		return f.parts(x)[i]
	}
	switch f.parts(sample)[i].(type) {
	case string:
		return "6"
	case []string:
		return []string{b.Label, c.Label}
	case ir.Axis:
		return ir.Axis{Label: "6", Size: ir.Const(6)}
	case []ir.Axis:
		return []ir.Axis{b, c}
	}
	return ir.Size{}
}

// build makes a pattern on random inputs; false where it does not fit.
func (w *world) build(t *term) (ir.Value, bool) {
	if t.form != nil {
		for i, name := range t.attrs {
			if _, ok := w.b.parts[name]; !ok {
				w.b.parts[name] = w.part(t.form, i)
			}
		}
	}
	for _, a := range t.args {
		if a.name != "" {
			w.variable(a.name)
		} else if _, ok := w.build(a); !ok {
			return ir.Value{}, false
		}
	}
	return w.b.make(t, w.in)
}

func (w *world) variable(name string) {
	if _, ok := w.b.values[name]; ok {
		return
	}
	if w.r.IntN(3) == 0 { // a number
		x := float64(w.r.IntN(7) - 3)
		kind := ir.Kind(w.r.IntN(2))
		if kind == ir.Real {
			x = w.r.NormFloat64()
		}
		w.b.values[name] = w.in.Leaf(ir.Constant, &ir.ConstAttr{Value: x}, ir.Scalar(kind))
		return
	}
	t := ir.Type{Kind: ir.Kind(w.r.IntN(3)), Axes: w.axes(3)}
	v := w.in.Leaf(ir.Input, &ir.InputAttr{Name: name}, t)
	w.inputs = append(w.inputs, ir.Port{Name: name, Value: v})
	w.b.values[name] = v
}

// values are random ones, with zeros, equal ones and negative ones among them.
func (w *world) values(t ir.Type) *eval.Tensor {
	x := &eval.Tensor{Kind: t.Kind}
	n := int64(1)
	for _, a := range t.Axes {
		s, _ := a.Size.Int()
		x.Axes = append(x.Axes, eval.Axis{Label: a.Label, Size: int(s)})
		n *= s
	}
	for range n {
		v := w.r.NormFloat64()
		switch {
		case t.Kind == ir.Bool:
			v = float64(w.r.IntN(2))
		case t.Kind == ir.Int || w.r.IntN(4) == 0:
			v = float64(w.r.IntN(5) - 2)
		}
		x.Data = append(x.Data, v)
	}
	return x
}

// instance tries one random instance; tried is false where the rule does not apply to it.
func instance(r compiled, seed uint64) (tried bool, err error) {
	w := newWorld(rand.New(rand.NewPCG(seed, 3)))
	left, ok := w.build(r.pattern)
	if !ok || !w.b.holds(r.when) {
		return false, nil
	}
	right, ok := w.b.make(r.by, w.in)
	if !ok || !right.Type().Equal(left.Type()) {
		return false, nil
	}
	m := w.module(left, right)
	if errs := ir.Verify(m); len(errs) > 0 {
		return false, nil // an instance that no module has
	}
	in := map[string]*eval.Tensor{}
	for _, p := range m.Inputs {
		in[p.Name] = w.values(p.Type())
	}
	machine, err := eval.New(m, nil)
	if err != nil {
		return true, err
	}
	res, err := machine.Run(context.Background(), in, eval.Options{})
	if err != nil {
		return false, nil // a look-up outside of its table
	}
	x, y := res.Outputs["left"], res.Outputs["right"]
	top := 0.0
	for _, v := range x.Data {
		if !math.IsInf(v, 0) {
			top = max(top, math.Abs(v))
		}
	}
	for i, v := range x.Data {
		u := y.Data[i]
		same := v == u || math.IsNaN(v) && math.IsNaN(u)
		if !same && (r.Exact || !(math.Abs(u-v) <= 1e-12*top)) {
			return true, fmt.Errorf("element %d is %v, then %v:\n%s", i, v, u, ir.Text(m))
		}
	}
	return true, nil
}

func (w *world) module(left, right ir.Value) *ir.Module {
	m := &ir.Module{Name: "instance", Inputs: w.inputs, Body: w.body}
	m.Outputs = []ir.Port{{Name: "left", Value: left}, {Name: "right", Value: right}}
	m.Body.Results = []ir.Value{left, right}
	return m
}

// fuzz is the test made from a rule.
func fuzz(rule Rule) error {
	const want, most = 60, 200_000
	r, tried := compile(rule), 0
	for seed := uint64(1); seed < most && tried < want; seed++ {
		ok, err := instance(r, seed)
		if err != nil {
			return err
		}
		if ok {
			tried++
		}
	}
	if tried < want {
		return fmt.Errorf("only %d instances were found", tried)
	}
	return nil
}

func TestEveryRule(t *testing.T) {
	names := map[string]bool{}
	for _, r := range Rules() {
		if names[r.Name] {
			t.Errorf("two rules are called %s", r.Name)
		}
		names[r.Name] = true
		if err := fuzz(r); err != nil {
			t.Errorf("%s: %s when %q -> %s: %v", r.Name, r.Pattern, r.When, r.By, err)
		}
	}
}

// TestWrongRulesAreFound plants mistakes: rules that look right, and right ones without their condition.
func TestWrongRulesAreFound(t *testing.T) {
	for _, r := range []Rule{
		{"swapped", "neg(sub(x, y))", "", "sub(x, y)", true},
		{"sum of maxima", "reduce[f ls](contract[ms](x, y))", "", "contract[ms+ls](x, y)", false},
		{"real not-lt", "not(lt(div(x, x), y))", "", "ge(div(x, x), y)", true},
		{"merge in another order", "merge[ls into](split[l parts](x))", "", "x", true},
		{"slice from anywhere", "pick[m at](slice[l from part](x))", "", "pick[l at](x)", true},
		{"the wrong extreme", "max(neg(x), neg(y))", "", "neg(max(x, y))", true},
		{"inverted number", "mul(div(x, a), b)", "number(a), number(b)", "mul(x, div(a, b))", false},
		{"reciprocal is not exact", "div(x, y)", "", "mul(x, div(1, y))", true},
		{"mixed reductions", "reduce[f ls](reduce[g ms](x))", "", "reduce[f ms+ls](x)", false},
		{"select the other", "select(c, x, y)", "", "select(not(c), x, y)", true},
	} {
		err := fuzz(r)
		if err == nil || strings.Contains(err.Error(), "instances") {
			t.Errorf("%s: %s -> %s passes: %v", r.Name, r.Pattern, r.By, err)
		}
	}
}
