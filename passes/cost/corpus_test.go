package cost

import (
	"testing"

	"archc/ir"
)

// corpus has a module for each way in which work is counted; together they hold every op of the table.
// Free dims are T and S.
var corpus = []struct {
	name string
	make func(t *testing.T) *ir.Module
}{
	{"every tensor op", everyTensorOp},
	{"stack", smallStack},
	{"causal", func(t *testing.T) *ir.Module { return masked(t, ir.Free("T"), ir.Free("T"), causal) }},
	{"window", func(t *testing.T) *ir.Module { return masked(t, ir.Free("T"), ir.Free("S"), causalWindow(3)) }},
	{"strided", func(t *testing.T) *ir.Module { return masked(t, ir.Free("T"), ir.Free("S"), strided(3)) }},
	{"rows without keys", func(t *testing.T) *ir.Module { return perRow(t, strictlyCausal) }},
	{"rows without keys, enumerated", func(t *testing.T) *ir.Module { return perRow(t, oddKeys) }},
	{"a window for each head", windowForEachHead},
	{"left out", func(t *testing.T) *ir.Module {
		return gathered(t, func(n *net) ir.Value { return n.optional("valid", 1, ir.Bool, free("S")) })
	}},
	{"given", func(t *testing.T) *ir.Module {
		return gathered(t, func(n *net) ir.Value { return n.input("valid", ir.Bool, free("S")) })
	}},
	{"bias without batch", distanceBias},
	{"one query", oneQuery},
	{"carries that gain a batch", func(t *testing.T) *ir.Module { return gaining(t, 5) }},
}

func strictlyCausal(n *net, i, j ir.Value) ir.Value { return n.fn("lt", j, i) }

// oddKeys admits odd keys before i: no closed form, and rows 0 and 1 have none.
func oddKeys(n *net, i, j ir.Value) ir.Value {
	return n.fn("and", strictlyCausal(n, i, j), n.fn("eq", n.fn("mod", j, n.num(2)), n.num(1)))
}

// everyTensorOp uses each op without regions on an input and on parameters.
func everyTensorOp(t *testing.T) *ir.Module {
	n := newNet(t)
	n.Scope = "views"
	ids := n.input("ids", ir.Int, free("T"))
	x := n.gather(n.param("table", dim("V", 9), dim("D", 6)), ids, "V")
	w := n.param("w", dim("D", 6), dim("F", 4))
	y := n.dot(x, w, "D")                                                                             // [T, F]
	y = n.fn("add", y, n.add(ir.Cast, &ir.KindAttr{Kind: ir.Real}, []ir.Value{n.size(ir.Free("T"))})) // no batch
	parts := n.split(y, "F", dim("G", 2), dim("R", 2))
	parts = n.add(ir.Transpose, &ir.SumAttr{Labels: []string{"R", "T", "G"}}, []ir.Value{parts})
	merged := n.merge(parts, dim("H", 4), "G", "R")
	run := n.add(ir.Reduce, &ir.ReduceAttr{Fn: "sum", Labels: []string{"T"}, Prefix: true}, []ir.Value{merged})
	cut := n.add(ir.Slice, &ir.SliceAttr{Label: "H", Start: ir.Const(1), Into: dim("E", 2)}, []ir.Value{run})
	one := n.add(ir.Pick, &ir.PickAttr{Label: "E", At: ir.Const(1)}, []ir.Value{cut})
	cat := n.add(ir.Concat, &ir.ConcatAttr{Labels: []string{"E", "H"}, Into: dim("C", 6)}, []ir.Value{cut, run})
	pair := n.add(ir.Stack, &ir.AxisAttr{Axis: dim("P", 2)}, []ir.Value{one, n.reduce("max", cat, "C")})
	at := n.add(ir.Position, &ir.AxisAttr{Axis: free("T")}, nil)
	triple := n.add(ir.Contract, &ir.SumAttr{Labels: []string{"T"}}, []ir.Value{pair, x, at}) // [P, D]
	alone := n.fn("mul", n.dot(w, n.param("v", dim("F", 4)), "F"), n.real(2))                 // nothing given
	return n.done(n.fn("select", n.fn("lt", triple, alone), n.rename(triple, "P", "Q"), alone))
}

// smallStack is two runs of layers with residual products.
func smallStack(t *testing.T) *ir.Module {
	n := newNet(t)
	x := n.input("x", ir.Real, free("T"), dim("D", 4))
	for first := range int64(2) {
		x = n.repeat(first, 2, 3, x, func(x ir.Value) ir.Value {
			n.Scope = "layers.{l}.mlp"
			h := n.fn("tanh", n.dot(x, n.param("layers.{l}.up", dim("D", 4), dim("F", 5)), "D"))
			return n.fn("add", x, n.dot(h, n.param("layers.{l}.down", dim("D", 4), dim("F", 5)), "F"))
		})
	}
	return n.done(x)
}

// perRow has, besides the work of masked, one logarithm for each row and head that has a key.
func perRow(t *testing.T, mask predicate) *ir.Module {
	m := masked(t, ir.Free("T"), ir.Free("T"), mask)
	norm := m.Outputs[0].Node.RegionNamed("norm")
	sum := norm.Nodes[len(norm.Nodes)-2]
	norm.Nodes = append(norm.Nodes, &ir.Node{Op: ir.Map, Attr: &ir.MapAttr{Fn: ir.FnNamed("log")},
		Args: []ir.Value{{Node: sum}}, Outs: []ir.Type{sum.Outs[0]}, Scope: "log"})
	return m
}

// windowForEachHead admits the keys less than 2(h + 1) behind: each head evaluates its rows on its own.
func windowForEachHead(t *testing.T) *ir.Module {
	return masked(t, ir.Free("T"), ir.Free("T"), func(n *net, i, j ir.Value) ir.Value {
		head := n.add(ir.Position, &ir.AxisAttr{Axis: dim("H", 2)}, nil)
		reach := n.fn("add", n.fn("mul", head, n.num(2)), n.num(2))
		return n.fn("and", causal(n, i, j), n.fn("lt", n.fn("sub", i, j), reach))
	})
}

// gathered is attention whose mask reads a tensor at j.
func gathered(t *testing.T, valid func(n *net) ir.Value) *ir.Module {
	n := newNet(t)
	n.Scope = "attn"
	v := valid(n)
	q := n.input("q", ir.Real, free("T"), dim("K", 3))
	k := n.input("k", ir.Real, free("S"), dim("K", 3))
	return n.done(n.attention(q, k, k, func(n *net, i, j ir.Value) ir.Value {
		return n.fn("and", causal(n, i, j), n.gather(v, j, "S"))
	}))
}

// distanceBias has scores that only the positions decide, and a weight region; the values alone are given.
func distanceBias(t *testing.T) *ir.Module {
	n := newNet(t)
	v := n.input("v", ir.Real, free("S"), dim("W", 2))
	q := n.param("slope", dim("T", 5), dim("H", 3))
	score := n.Enter("score")
	i, j := n.Param(ir.Scalar(ir.Int), "i"), n.Param(keyNumbers(), "j")
	score.Results = []ir.Value{n.fn("mul", n.fn("sub", i, j), n.Param(rowType(q, "T", "S"), "q"))}
	n.Leave()
	norm := n.Enter("norm")
	norm.Results = []ir.Value{n.fn("exp", n.Param(score.Results[0].Type(), "s"))}
	n.Leave()
	weight := n.Enter("weight")
	weight.Results = []ir.Value{n.fn("abs", n.Param(score.Results[0].Type(), "w"))}
	n.Leave()
	attr := &ir.AttendAttr{Query: "T", Key: "S", Queries: 1}
	return n.done(n.add(ir.Attend, attr, []ir.Value{q, v, v}, score, n.maskRegion(causal), norm, weight))
}

// oneQuery has no query axis: i is 0.
func oneQuery(t *testing.T) *ir.Module {
	n := newNet(t)
	q := n.input("q", ir.Real, dim("K", 3))
	k := n.input("k", ir.Real, free("S"), dim("K", 3))
	v := n.attention(q, k, k, func(n *net, i, j ir.Value) ir.Value {
		return n.fn("le", j, n.fn("add", i, n.num(2)))
	})
	v.Node.Attr.(*ir.AttendAttr).Query = ""
	return n.done(v)
}

// gaining has carries that start as constants and get an input's batch one run after another.
func gaining(t *testing.T, count int64) *ir.Module {
	n := newNet(t)
	x := n.input("x", ir.Real, dim("D", 1))
	zero := n.fn("mul", n.param("z", dim("D", 1)), n.real(0))
	r := n.Enter("body")
	n.Param(ir.Scalar(ir.Int), "l")
	a, b := n.Param(zero.Type(), "a"), n.Param(zero.Type(), "b")
	r.Results = []ir.Value{n.fn("neg", x), n.fn("neg", a)} // batched; batched from the second run on
	n.fn("exp", b)                                         // from the third
	n.Leave()
	return n.done(n.add(ir.Repeat, &ir.RepeatAttr{Var: "l", Step: 1, Count: ir.Const(count)}, []ir.Value{zero, zero}, r))
}
