package cost

import (
	"testing"

	"archc/ir"
)

// The modules of the corpus that have experts.

// router selects 2 of so many experts for each row of x.
func (n *net) router(x ir.Value, number int64) ir.Value {
	return n.topk(n.dot(x, n.param("router", dim("E", number), dim("D", 4)), "D"), "E", dim("K2", 2))
}

// expertsOn is a layer of experts whose body is given.
func (n *net) expertsOn(index, valid ir.Value, number int64, operands []ir.Value,
	body func(e ir.Value, in []ir.Value) ir.Value) ir.Value {
	n.t.Helper()
	a := &ir.ExpertsAttr{Var: "e", Of: dim("E", number), Slot: "K2", Rows: "N"}
	r := n.Enter("body")
	e := n.Param(ir.Scalar(ir.Int), "e")
	var in []ir.Value
	for _, v := range operands {
		in = append(in, n.Param(a.Operand(index.Type(), v.Type()), ""))
	}
	r.Results = []ir.Value{body(e, in)}
	n.Leave()
	return n.add(ir.Experts, a, append([]ir.Value{index, valid}, operands...), r)
}

func (n *net) yes() ir.Value { return n.Leaf(ir.Constant, &ir.ConstAttr{Value: 1}, ir.Scalar(ir.Bool)) }

// mlp is an expert, weighted by its row's gate.
func (n *net) mlp(prefix string) func(e ir.Value, in []ir.Value) ir.Value {
	return func(e ir.Value, in []ir.Value) ir.Value {
		scope := n.Scope
		n.Scope = prefix + "experts.{e}"
		up := n.dot(in[0], n.param(prefix+"experts.{e}.up", dim("D", 4), dim("F", 5)), "D")
		down := n.dot(n.fn("tanh", up), n.param(prefix+"experts.{e}.down", dim("D", 4), dim("F", 5)), "F")
		bias := n.fn("exp", n.param(prefix+"experts.{e}.bias", dim("D", 4))) // once an expert
		out := n.fn("mul", n.fn("add", down, bias), n.gather(in[1], e, "E"))
		n.Scope = scope
		return out
	}
}

// routed is a mixture of 6 experts, alone or in a stack of layers.
func routed(t *testing.T, layers int64, valid func(n *net) ir.Value) *ir.Module {
	n := newNet(t)
	x := n.input("x", ir.Real, free("T"), dim("D", 4))
	if valid == nil {
		valid = (*net).yes
	}
	which := valid(n)
	layer := func(prefix string, x ir.Value) ir.Value {
		n.Scope = prefix + "moe"
		gates := n.fn("exp", n.dot(x, n.param(prefix+"gate", dim("E", 6), dim("D", 4)), "D"))
		return n.expertsOn(n.router(x, 6), which, 6, []ir.Value{x, gates}, n.mlp(prefix))
	}
	if layers == 0 {
		return n.done(layer("", x))
	}
	return n.done(n.repeat(0, 1, layers, x, func(x ir.Value) ir.Value { return layer("layers.{l}.", x) }))
}

// constantExperts is routed by parameters alone: without a batch.
func constantExperts(t *testing.T) *ir.Module {
	n := newNet(t)
	x := n.input("x", ir.Real, free("T"))
	w := n.param("w", dim("V", 7), dim("D", 4))
	gates := n.param("gates", dim("E", 6), dim("V", 7))
	y := n.expertsOn(n.router(w, 6), n.yes(), 6, []ir.Value{w, gates}, n.mlp(""))
	return n.done(n.fn("mul", x, y))
}

// nestedExperts has in each of 3 experts a choice between the same 2.
func nestedExperts(t *testing.T) *ir.Module {
	n := newNet(t)
	x := n.input("x", ir.Real, free("T"), dim("D", 4))
	yes := n.yes()
	return n.done(n.expertsOn(n.router(x, 3), yes, 3, []ir.Value{x}, func(_ ir.Value, in []ir.Value) ir.Value {
		score := n.dot(in[0], n.param("inner.{e}", dim("I", 2), dim("D", 4)), "D")
		index := n.topk(score, "I", dim("K1", 1))
		a := &ir.ExpertsAttr{Var: "i", Of: dim("I", 2), Slot: "K1", Rows: "M"}
		r := n.Enter("body")
		n.Param(ir.Scalar(ir.Int), "i")
		v := n.Param(a.Operand(index.Type(), in[0].Type()), "x")
		w := n.param("inner.{e}.{i}", dim("D", 4), dim("F", 5))
		r.Results = []ir.Value{n.dot(v, n.fn("exp", w), "D")}
		n.Leave()
		return n.add(ir.Experts, a, []ir.Value{index, yes, in[0]}, r)
	}))
}

// attendInExperts lets each row of an expert attend over stored keys, in a window.
func attendInExperts(t *testing.T) *ir.Module {
	n := newNet(t)
	rows := ir.Axis{Label: "rows", Size: ir.Free("T")}
	x := n.input("x", ir.Real, rows, dim("D", 4))
	q := n.input("q", ir.Real, rows, dim("Q", 5), dim("K", 3))
	keys := n.param("keys", dim("S", 6), dim("K", 3))
	return n.done(n.expertsOn(n.router(x, 3), n.yes(), 3, []ir.Value{q}, func(_ ir.Value, in []ir.Value) ir.Value {
		return n.fn("exp", n.attention(n.rename(in[0], "Q", "T"), keys, keys, causalWindow(2)))
	}))
}

// maskedInExperts lets each row of an expert attend to the keys that its row says are valid.
func maskedInExperts(t *testing.T) *ir.Module {
	n := newNet(t)
	x := n.input("x", ir.Real, free("T"), dim("K", 3))
	keys := n.input("keys", ir.Real, free("S"), dim("K", 3))
	valid := n.input("valid", ir.Bool, free("T"), free("S"))
	index := n.topk(n.dot(x, n.param("router", dim("E", 3), dim("K", 3)), "K"), "E", dim("K2", 2))
	return n.done(n.expertsOn(index, n.yes(), 3, []ir.Value{x, keys, valid}, func(_ ir.Value, in []ir.Value) ir.Value {
		own := n.attention(in[0], in[1], n.rename(in[1], "K", "W"), func(n *net, i, j ir.Value) ir.Value {
			return n.gather(in[2], j, "S")
		})
		own.Node.Attr.(*ir.AttendAttr).Query = ""
		return own
	}))
}

// expertsInAttend chooses an expert for each pair, by positions alone.
func expertsInAttend(t *testing.T, mask predicate) *ir.Module {
	n := newNet(t)
	q := n.input("q", ir.Real, free("T"), dim("D", 4))
	v := n.input("v", ir.Real, free("S"), dim("W", 2))
	w := n.param("router", dim("E", 3), dim("D", 4))
	yes := n.yes()
	score := n.Enter("score")
	n.Param(ir.Scalar(ir.Int), "i")
	j := n.Param(keyNumbers(), "j")
	row := n.Param(rowType(q, "T", "S"), "q")
	pair := n.fn("mul", row, j)
	index := n.topk(n.dot(pair, w, "D"), "E", dim("K2", 2))
	score.Results = []ir.Value{n.expertsOn(index, yes, 3, []ir.Value{pair}, func(_ ir.Value, in []ir.Value) ir.Value {
		return n.dot(in[0], n.fn("exp", n.param("experts.{e}", dim("D", 4))), "D")
	})}
	n.Leave()
	norm := n.Enter("norm")
	norm.Results = []ir.Value{n.fn("exp", n.Param(score.Results[0].Type(), "s"))}
	n.Leave()
	attr := &ir.AttendAttr{Query: "T", Key: "S", Queries: 1}
	return n.done(n.add(ir.Attend, attr, []ir.Value{q, v}, score, n.maskRegion(mask), norm))
}

// expertsInScan routes one state at a time: its only rows are the batch, from the first run on by its input.
func expertsInScan(t *testing.T) *ir.Module {
	n := newNet(t)
	x := n.input("x", ir.Real, free("T"), dim("D", 4))
	h := n.fn("exp", n.param("h", dim("D", 4)))
	gates, yes := n.param("gates", dim("E", 6)), n.yes()
	r := n.Enter("body")
	n.Param(ir.Scalar(ir.Int), "t")
	was, xt := n.Param(h.Type(), "h"), n.Param(h.Type(), "x")
	first := n.expertsOn(n.router(was, 6), yes, 6, []ir.Value{was, gates}, n.mlp("a."))
	second := n.expertsOn(n.router(xt, 6), yes, 6, []ir.Value{first, gates}, n.mlp("b."))
	r.Results = []ir.Value{second}
	n.Leave()
	a := &ir.RepeatAttr{Var: "t", Step: 1, Count: ir.Free("T"), Slices: []string{"T"}}
	return n.done(n.add(ir.Repeat, a, []ir.Value{h, x}, r))
}

// expertsForEachHead has a mask that differs from head to head, and experts inside that go by head.
func expertsForEachHead(t *testing.T) *ir.Module {
	n := newNet(t)
	q := n.input("q", ir.Real, free("T"), dim("H", 2), dim("D", 4))
	v := n.input("v", ir.Real, free("S"), dim("H", 2))
	yes := n.yes()
	score := n.Enter("score")
	n.Param(ir.Scalar(ir.Int), "i")
	j := n.Param(keyNumbers(), "j")
	pair := n.fn("mul", n.Param(rowType(q, "T", "S"), "q"), j)
	score.Results = []ir.Value{n.expertsOn(n.router(pair, 3), yes, 3, []ir.Value{pair},
		func(_ ir.Value, in []ir.Value) ir.Value {
			return n.dot(in[0], n.param("experts.{e}", dim("D", 4)), "D")
		})}
	n.Leave()
	mask := n.maskRegion(func(n *net, i, j ir.Value) ir.Value {
		head := n.add(ir.Position, &ir.AxisAttr{Axis: dim("H", 2)}, nil)
		return n.fn("and", causal(n, i, j), n.fn("le", n.fn("sub", i, j), head))
	})
	norm := n.Enter("norm")
	norm.Results = []ir.Value{n.fn("exp", n.Param(score.Results[0].Type(), "s"))}
	n.Leave()
	attr := &ir.AttendAttr{Query: "T", Key: "S", Queries: 1}
	return n.done(n.add(ir.Attend, attr, []ir.Value{q, v}, score, mask, norm))
}

// shifted shifts an input along two carries; which of them have a batch behind the last run, its number decides.
func shifted(t *testing.T, count ir.Size) *ir.Module {
	n := newNet(t)
	s := n.reduce("sum", n.input("x", ir.Real, free("T")), "T")
	zero := n.fn("mul", n.param("z"), n.real(0))
	r := n.Enter("body")
	n.Param(ir.Scalar(ir.Int), "t")
	a, b := n.Param(zero.Type(), "a"), n.Param(zero.Type(), "b")
	r.Results = []ir.Value{n.fn("neg", s), n.fn("neg", a), n.fn("exp", b)}
	n.Leave()
	attr := &ir.RepeatAttr{Var: "t", Step: 1, Count: count, Stacked: []ir.Axis{{Label: "U", Size: count}}}
	rep := n.add(ir.Repeat, attr, []ir.Value{zero, zero}, r)
	return n.done(n.fn("exp", rep), n.fn("exp", ir.Value{Node: rep.Node, Out: 1}),
		n.fn("exp", ir.Value{Node: rep.Node, Out: 2}))
}
