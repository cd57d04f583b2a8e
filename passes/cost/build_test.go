package cost

import (
	"fmt"
	"math/big"
	"testing"

	"archc/ir"
)

// net builds a module by hand; a broken type rule fails the test.
type net struct {
	*ir.Builder
	t *testing.T
	m *ir.Module
}

func newNet(t *testing.T) *net {
	t.Helper()
	b := &ir.Builder{}
	return &net{b, t, &ir.Module{Name: "Test", Body: b.Enter("body")}}
}

// open closes the module without verifying it, for those that are wrong on purpose.
func (n *net) open(outs ...ir.Value) *ir.Module {
	n.Leave()
	n.m.Body.Results = outs
	for i, v := range outs {
		n.m.Outputs = append(n.m.Outputs, ir.Port{Name: fmt.Sprint("out", i), Value: v})
	}
	return n.m
}

// done closes the module, which has to be valid.
func (n *net) done(outs ...ir.Value) *ir.Module {
	n.t.Helper()
	m := n.open(outs...)
	for _, err := range ir.Verify(m) {
		n.t.Fatal(err)
	}
	return m
}

func (n *net) add(op *ir.Op, attr ir.Attr, args []ir.Value, regions ...*ir.Region) ir.Value {
	n.t.Helper()
	node, err := n.Add(op, attr, args, regions...)
	if err != nil {
		n.t.Fatal(err)
	}
	return ir.Value{Node: node}
}

// fn is a map node.
func (n *net) fn(name string, args ...ir.Value) ir.Value {
	n.t.Helper()
	return n.add(ir.Map, &ir.MapAttr{Fn: ir.FnNamed(name)}, args)
}

func (n *net) num(x float64) ir.Value {
	return n.Leaf(ir.Constant, &ir.ConstAttr{Value: x}, ir.Scalar(ir.Int))
}

func (n *net) real(x float64) ir.Value {
	return n.Leaf(ir.Constant, &ir.ConstAttr{Value: x}, ir.Scalar(ir.Real))
}

func (n *net) size(s ir.Size) ir.Value { return n.add(ir.Extent, &ir.SizeAttr{Size: s}, nil) }

func (n *net) param(key string, axes ...ir.Axis) ir.Value {
	return n.stored(ir.ParamAttr{Key: key}, axes...)
}

func (n *net) buffer(key string, axes ...ir.Axis) ir.Value {
	return n.stored(ir.ParamAttr{Key: key, Buffer: true}, axes...)
}

func (n *net) stored(a ir.ParamAttr, axes ...ir.Axis) ir.Value {
	for _, x := range axes {
		a.Stored = append(a.Stored, []string{x.Label})
	}
	return n.Leaf(ir.Param, &a, ir.Type{Axes: axes})
}

func (n *net) input(name string, kind ir.Kind, axes ...ir.Axis) ir.Value {
	v := n.Leaf(ir.Input, &ir.InputAttr{Name: name}, ir.Type{Kind: kind, Axes: axes})
	n.m.Inputs = append(n.m.Inputs, ir.Port{Name: name, Value: v})
	return v
}

// optional is an input with a default.
func (n *net) optional(name string, value float64, kind ir.Kind, axes ...ir.Axis) ir.Value {
	v := n.Leaf(ir.Input, &ir.InputAttr{Name: name, Default: &value}, ir.Type{Kind: kind, Axes: axes})
	n.m.Inputs = append(n.m.Inputs, ir.Port{Name: name, Value: v})
	return v
}

// dot sums the product of two values over labels.
func (n *net) dot(a, b ir.Value, labels ...string) ir.Value {
	n.t.Helper()
	return n.add(ir.Contract, &ir.SumAttr{Labels: labels}, []ir.Value{a, b})
}

func (n *net) reduce(fn string, v ir.Value, labels ...string) ir.Value {
	n.t.Helper()
	return n.add(ir.Reduce, &ir.ReduceAttr{Fn: fn, Labels: labels}, []ir.Value{v})
}

func (n *net) gather(table, index ir.Value, label string) ir.Value {
	n.t.Helper()
	return n.add(ir.Gather, &ir.LabelAttr{Label: label}, []ir.Value{table, index})
}

func (n *net) rename(v ir.Value, from, to string) ir.Value {
	n.t.Helper()
	return n.add(ir.Rename, &ir.RenameAttr{From: from, To: to}, []ir.Value{v})
}

func (n *net) split(v ir.Value, label string, into ...ir.Axis) ir.Value {
	n.t.Helper()
	return n.add(ir.Split, &ir.SplitAttr{Label: label, Into: into}, []ir.Value{v})
}

func (n *net) merge(v ir.Value, into ir.Axis, labels ...string) ir.Value {
	n.t.Helper()
	return n.add(ir.Merge, &ir.MergeAttr{Labels: labels, Into: into}, []ir.Value{v})
}

// repeat builds a stack of count layers with one carry; the body may use further values.
func (n *net) repeat(first, step, count int64, x ir.Value, body func(x ir.Value) ir.Value) ir.Value {
	n.t.Helper()
	r := n.Enter("body")
	n.Param(ir.Scalar(ir.Int), "l")
	r.Results = []ir.Value{body(n.Param(x.Type(), "x"))}
	n.Leave()
	return n.add(ir.Repeat, &ir.RepeatAttr{Var: "l", First: first, Step: step, Count: ir.Const(count)}, []ir.Value{x}, r)
}

// predicate makes a mask of i and j.
type predicate func(n *net, i, j ir.Value) ir.Value

func causal(n *net, i, j ir.Value) ir.Value { return n.fn("le", j, i) }

// rowType is an operand's type inside a region of attend over the given axes.
func rowType(v ir.Value, query, key string) ir.Type {
	t := v.Type().Without(query)
	if k := t.Find(key); k >= 0 {
		t.Axes[k].Size = ir.Free(key)
	}
	return t // Without has copied the axes
}

// keyNumbers is the type of j.
func keyNumbers() ir.Type { return ir.Type{Kind: ir.Int, Axes: []ir.Axis{free("S")}} }

// maskRegion makes the region mask(i, j).
func (n *net) maskRegion(mask predicate) *ir.Region {
	r := n.Enter("mask")
	i, j := n.Param(ir.Scalar(ir.Int), "i"), n.Param(keyNumbers(), "j")
	r.Results = []ir.Value{mask(n, i, j)}
	n.Leave()
	return r
}

// attention is scaled dot product attention over the axes T of q and S of k and v; the score sums over K.
func (n *net) attention(q, k, v ir.Value, mask predicate) ir.Value {
	n.t.Helper()
	score := n.Enter("score")
	n.Param(ir.Scalar(ir.Int), "i")
	n.Param(keyNumbers(), "j")
	rq := n.Param(rowType(q, "T", "S"), "q")
	rk := n.Param(rowType(k, "T", "S"), "k")
	score.Results = []ir.Value{n.fn("div", n.dot(rq, rk, "K"), n.real(8))}
	n.Leave()
	norm := n.Enter("norm")
	s := n.Param(score.Results[0].Type(), "s")
	e := n.fn("exp", n.fn("sub", s, n.reduce("max", s, "S")))
	norm.Results = []ir.Value{n.fn("div", e, n.reduce("sum", e, "S"))}
	n.Leave()
	attr := &ir.AttendAttr{Query: "T", Key: "S", Queries: 1, Keys: 1}
	return n.add(ir.Attend, attr, []ir.Value{q, k, v}, score, n.maskRegion(mask), norm)
}

// masked is a module of one attend over t rows and s keys with heads H=2, K=3 and values W=5.
func masked(t *testing.T, rows, keys ir.Size, mask predicate) *ir.Module {
	t.Helper()
	n := newNet(t)
	n.Scope = "attn"
	q := n.input("q", ir.Real, ir.Axis{Label: "T", Size: rows}, dim("H", 2), dim("K", 3))
	k := n.input("k", ir.Real, ir.Axis{Label: "S", Size: keys}, dim("H", 2), dim("K", 3))
	v := n.input("v", ir.Real, ir.Axis{Label: "S", Size: keys}, dim("H", 2), dim("W", 5))
	return n.done(n.attention(q, k, v, mask))
}

func dim(label string, size int64) ir.Axis { return ir.Axis{Label: label, Size: ir.Const(size)} }

func free(label string) ir.Axis { return ir.Axis{Label: label, Size: ir.Free(label)} }

// report counts with the default options.
func report(t *testing.T, m *ir.Module) *Report {
	t.Helper()
	return reportAs(t, m, Options{})
}

func reportAs(t *testing.T, m *ir.Module, opt Options) *Report {
	t.Helper()
	r, err := Of(m, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wantText(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %s, want %s", what, got, want)
	}
}

func wantInt(t *testing.T, what string, got *big.Int, want int64) {
	t.Helper()
	if got == nil || got.Cmp(big.NewInt(want)) != 0 {
		t.Errorf("%s: got %s, want %d", what, got, want)
	}
}
