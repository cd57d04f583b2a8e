package sparsity

import (
	"testing"

	"archc/ir"
)

// build makes attend nodes by hand; a broken type rule fails the test.
type build struct {
	*ir.Builder
	t testing.TB
}

// predicate makes a mask of i and j.
type predicate func(b build, i, j ir.Value) ir.Value

func (b build) add(op *ir.Op, attr ir.Attr, args []ir.Value, regions ...*ir.Region) ir.Value {
	b.t.Helper()
	n, err := b.Add(op, attr, args, regions...)
	if err != nil {
		b.t.Fatal(err)
	}
	return ir.Value{Node: n}
}

func (b build) fn(name string, args ...ir.Value) ir.Value {
	b.t.Helper()
	return b.add(ir.Map, &ir.MapAttr{Fn: ir.FnNamed(name)}, args)
}

func (b build) num(x int64) ir.Value {
	return b.Leaf(ir.Constant, &ir.ConstAttr{Value: float64(x)}, ir.Scalar(ir.Int))
}

func (b build) size(s ir.Size) ir.Value { return b.add(ir.Extent, &ir.SizeAttr{Size: s}, nil) }

// attend is a node over so many queries and keys whose score is j.
func (b build) attend(queries, keys ir.Size, mask predicate) *ir.Node {
	b.t.Helper()
	input := func(name string, axis ir.Axis) ir.Value {
		return b.Leaf(ir.Input, &ir.InputAttr{Name: name}, ir.Type{Axes: []ir.Axis{axis}})
	}
	q := input("q", ir.Axis{Label: "T", Size: queries})
	k := input("k", ir.Axis{Label: "S", Size: keys})
	row := ir.Type{Kind: ir.Int, Axes: []ir.Axis{{Label: "S", Size: ir.Free("S")}}}
	region := func(name string, params ...ir.Type) (*ir.Region, []ir.Value) {
		r := b.Enter(name)
		var values []ir.Value
		for _, p := range params {
			values = append(values, b.Param(p, ""))
		}
		return r, values
	}
	score, in := region("score", ir.Scalar(ir.Int), row, ir.Scalar(ir.Real), ir.Type{Axes: row.Axes})
	score.Results = []ir.Value{b.add(ir.Cast, &ir.KindAttr{Kind: ir.Real}, in[1:2])}
	b.Leave()
	masked, in := region("mask", ir.Scalar(ir.Int), row)
	masked.Results = []ir.Value{mask(b, in[0], in[1])}
	b.Leave()
	norm, in := region("norm", score.Results[0].Type())
	norm.Results = in
	b.Leave()
	attr := &ir.AttendAttr{Query: "T", Key: "S", Queries: 1, Keys: 1}
	return b.add(ir.Attend, attr, []ir.Value{q, k, k}, score, masked, norm).Node
}
