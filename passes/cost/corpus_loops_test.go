package cost

import (
	"testing"

	"archc/ir"
)

// loopCorpus has modules with windows, scans and experts; the tests of corpus run them too.
var loopCorpus = []struct {
	name string
	make func(t *testing.T) *ir.Module
}{
	{"views of sequences", sequenceViews},
	{"convolution", convolution},
	{"scan", func(t *testing.T) *ir.Module { return scanned(t, ir.Free("T")) }},
	{"scan of a known length", func(t *testing.T) *ir.Module { return scanned(t, ir.Const(5)) }},
	{"stack with slices", slicedStack},
	{"scan with carries that gain a batch", slowGain},
	{"attend in a scan", attendInScan},
	{"sizes over the number of the run", growing},
	{"experts", func(t *testing.T) *ir.Module { return routed(t, 0, nil) }},
	{"experts in layers", func(t *testing.T) *ir.Module { return routed(t, 3, nil) }},
	{"experts without a batch", constantExperts},
	{"experts of some", func(t *testing.T) *ir.Module {
		return routed(t, 0, func(n *net) ir.Value { return n.input("valid", ir.Bool, free("T")) })
	}},
	{"experts in experts", nestedExperts},
	{"attend in experts", attendInExperts},
	{"experts in attend", expertsInAttend},
	{"attend in attend", attendInAttend},
}

func (n *net) windows(v ir.Value, label string, out, window ir.Axis, stride, low, high int64) ir.Value {
	n.t.Helper()
	a := &ir.WindowsAttr{Label: label, Out: out, Window: window, Stride: stride, Dilate: 1, Low: low, High: high}
	t := v.Type()
	a.Out.Size = a.OutSize(t.Axes[t.Find(label)].Size)
	return n.add(ir.Windows, a, []ir.Value{v})
}

func (n *net) topk(v ir.Value, label string, into ir.Axis) ir.Value {
	n.t.Helper()
	return n.add(ir.TopK, &ir.TopKAttr{Label: label, Into: into}, []ir.Value{v})
}

// sequenceViews has what the tensor ops of corpus lack, each behind and before work that tells how large it is.
func sequenceViews(t *testing.T) *ir.Module {
	n := newNet(t)
	n.Scope = "views"
	x := n.input("x", ir.Real, free("T"), dim("D", 4))
	back := n.fn("exp", n.add(ir.Reverse, &ir.LabelAttr{Label: "T"}, []ir.Value{x}))
	pooled := n.reduce("max", n.windows(back, "T", ir.Axis{Label: "P"}, dim("K", 3), 2, 1, 2), "K")
	best := n.topk(pooled, "D", dim("B4", 2))
	many := n.reduce("sum", n.fn("gt", best, n.num(1)), "B4")
	table := n.topk(n.param("w", dim("V", 9)), "V", dim("V2", 3)) // of no input
	return n.done(n.fn("add", many, n.reduce("sum", table, "V2")))
}

// convolution is two of 3 places, the second by steps of 2, over F filters.
func convolution(t *testing.T) *ir.Module {
	n := newNet(t)
	x := n.input("x", ir.Real, free("T"), dim("C", 2))
	y := n.dot(n.windows(x, "T", free("T"), dim("K", 3), 1, 2, 0), n.param("a", dim("C", 2), dim("F", 5), dim("K", 3)), "C", "K")
	y = n.windows(n.fn("tanh", y), "T", ir.Axis{Label: "P"}, dim("K", 3), 2, 1, 1)
	return n.done(n.dot(y, n.param("b", dim("F", 5), dim("G", 2), dim("K", 3)), "F", "K"))
}

// scanned is a recurrence whose state starts as a constant, and gives the states and the inputs of the last run.
func scanned(t *testing.T, count ir.Size) *ir.Module {
	n := newNet(t)
	length := ir.Axis{Label: "T5", Size: count}
	x := n.input("x", ir.Real, length, dim("D", 3))
	h := n.fn("mul", n.param("h", dim("D", 3)), n.real(0))
	n.Scope = "cell"
	r := n.Enter("body")
	n.Param(ir.Scalar(ir.Int), "t")
	was, xt := n.Param(h.Type(), "h"), n.Param(x.Type().Without("T5"), "x")
	u := n.rename(n.dot(was, n.param("u", dim("D", 3), dim("E", 3)), "D"), "E", "D")
	is := n.fn("tanh", n.fn("add", xt, u))
	r.Results = []ir.Value{is, is}
	n.Leave()
	a := &ir.RepeatAttr{Var: "t", Step: 1, Count: count, Slices: []string{"T5"},
		Stacked: []ir.Axis{{Label: "S5", Size: count}}}
	scan := n.add(ir.Repeat, a, []ir.Value{h, x}, r)
	n.Scope = ""
	states := ir.Value{Node: scan.Node, Out: 1}
	return n.done(n.reduce("sum", n.fn("exp", states), "S5"), n.fn("exp", scan))
}

// slicedStack is a stack of layers that take and give an element each.
func slicedStack(t *testing.T) *ir.Module {
	n := newNet(t)
	x, mem := n.input("x", ir.Real, free("T")), n.param("mem", dim("L", 4))
	r := n.Enter("body")
	n.Param(ir.Scalar(ir.Int), "l")
	h, m := n.Param(x.Type(), "h"), n.Param(ir.Scalar(ir.Real), "m")
	y := n.fn("add", n.fn("mul", h, n.param("w.{l}")), n.fn("exp", m))
	r.Results = []ir.Value{y, n.reduce("sum", y, "T")}
	n.Leave()
	a := &ir.RepeatAttr{Var: "l", Step: 1, Count: ir.Const(4), Slices: []string{"L"}, Stacked: []ir.Axis{dim("L", 4)}}
	rep := n.add(ir.Repeat, a, []ir.Value{x, mem}, r)
	return n.done(rep, n.fn("exp", ir.Value{Node: rep.Node, Out: 1}))
}

// slowGain is a scan over T + 2 places whose carries get the batch one run after another.
func slowGain(t *testing.T) *ir.Module {
	n := newNet(t)
	x := n.input("x", ir.Real, free("T"))
	s := n.reduce("sum", x, "T")
	zero := n.fn("mul", n.param("z"), n.real(0))
	r := n.Enter("body")
	n.Param(ir.Scalar(ir.Int), "t")
	a, b := n.Param(zero.Type(), "a"), n.Param(zero.Type(), "b")
	r.Results = []ir.Value{n.fn("neg", s), n.fn("neg", a), n.fn("exp", b)}
	n.Leave()
	count := ir.Free("T").Add(ir.Const(2))
	attr := &ir.RepeatAttr{Var: "t", Step: 1, Count: count, Stacked: []ir.Axis{{Label: "U", Size: count}}}
	rep := n.add(ir.Repeat, attr, []ir.Value{zero, zero}, r)
	return n.done(n.fn("exp", rep), n.fn("exp", ir.Value{Node: rep.Node, Out: 1}),
		n.fn("exp", ir.Value{Node: rep.Node, Out: 2}))
}

// attendInScan attends causally in each run.
func attendInScan(t *testing.T) *ir.Module {
	n := newNet(t)
	q := n.input("q", ir.Real, free("T"), dim("K", 3))
	k := n.input("k", ir.Real, free("S"), dim("K", 3))
	r := n.Enter("body")
	n.Param(ir.Scalar(ir.Int), "s")
	x, ks := n.Param(q.Type(), "x"), n.Param(k.Type().Without("S"), "k")
	r.Results = []ir.Value{n.fn("mul", n.attention(x, k, k, causal), ks)}
	n.Leave()
	a := &ir.RepeatAttr{Var: "s", Step: 1, Count: ir.Free("S"), Slices: []string{"S"}}
	return n.done(n.add(ir.Repeat, a, []ir.Value{q, k}, r))
}

// growing looks at s + 2 elements in run s, and at their pairs.
func growing(t *testing.T) *ir.Module {
	n := newNet(t)
	x := n.input("x", ir.Real, free("T"))
	w := n.param("w", dim("V", 30))
	x = n.repeat(1, 3, 9, x, func(x ir.Value) ir.Value {
		size := ir.Free("l").Add(ir.Const(2))
		part := n.add(ir.Slice, &ir.SliceAttr{Label: "V", Into: ir.Axis{Label: "N", Size: size}}, []ir.Value{w})
		pairs := n.fn("mul", part, n.rename(part, "N", "M"))
		return n.fn("add", x, n.dot(pairs, pairs, "N", "M"))
	})
	return n.done(x)
}

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

// expertsInAttend chooses an expert for each pair, by positions alone.
func expertsInAttend(t *testing.T) *ir.Module {
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
	return n.done(n.add(ir.Attend, attr, []ir.Value{q, v}, score, n.maskRegion(causal), norm))
}

// attendInAttend has scores that are, for each pair, an attention over stored keys R, half of them.
func attendInAttend(t *testing.T) *ir.Module {
	n := newNet(t)
	q := n.input("q", ir.Real, free("T"), dim("K", 3))
	k := n.input("k", ir.Real, free("S"), dim("K", 3))
	memory := n.param("memory", dim("R", 6), dim("K", 3))
	score := n.Enter("score")
	n.Param(ir.Scalar(ir.Int), "i")
	n.Param(keyNumbers(), "j")
	row, key := n.Param(rowType(q, "T", "S"), "q"), n.Param(rowType(k, "T", "S"), "k")
	score.Results = []ir.Value{n.dot(n.overMemory(n.fn("mul", row, key), memory), row, "K")}
	n.Leave()
	norm := n.Enter("norm")
	norm.Results = []ir.Value{n.fn("exp", n.Param(score.Results[0].Type(), "s"))}
	n.Leave()
	attr := &ir.AttendAttr{Query: "T", Key: "S", Queries: 1, Keys: 1}
	return n.done(n.add(ir.Attend, attr, []ir.Value{q, k, k}, score, n.maskRegion(causal), norm))
}

// overMemory is attention of one query over the even keys of a memory [R, K].
func (n *net) overMemory(q, memory ir.Value) ir.Value {
	n.t.Helper()
	numbers := ir.Type{Kind: ir.Int, Axes: []ir.Axis{free("R")}}
	score := n.Enter("score")
	n.Param(ir.Scalar(ir.Int), "i")
	n.Param(numbers, "j")
	own := n.Param(q.Type(), "q")
	keys := n.Param(ir.Type{Axes: []ir.Axis{free("R"), dim("K", 3)}}, "k")
	score.Results = []ir.Value{n.dot(own, keys, "K")}
	n.Leave()
	mask := n.Enter("mask")
	n.Param(ir.Scalar(ir.Int), "i")
	mask.Results = []ir.Value{n.fn("eq", n.fn("mod", n.Param(numbers, "j"), n.num(2)), n.num(0))}
	n.Leave()
	norm := n.Enter("norm")
	s := n.Param(score.Results[0].Type(), "s")
	norm.Results = []ir.Value{n.fn("div", s, n.reduce("sum", s, "R"))}
	n.Leave()
	return n.add(ir.Attend, &ir.AttendAttr{Key: "R", Queries: 1, Keys: 1}, []ir.Value{q, memory, memory}, score, mask, norm)
}
