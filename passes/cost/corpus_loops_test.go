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
	{"carries that gain a batch for sure", func(t *testing.T) *ir.Module {
		return shifted(t, ir.Free("T").Add(ir.Const(2)))
	}},
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
	{"attend in experts, masked by data", maskedInExperts},
	{"experts in attend", func(t *testing.T) *ir.Module { return expertsInAttend(t, causal) }},
	{"attend in attend", attendInAttend},
	{"scan over the keys of a row", scanOfKeys},
	{"experts in a scan", expertsInScan},
	{"experts for each head", expertsForEachHead},
	{"carries that may gain a batch", func(t *testing.T) *ir.Module { return shifted(t, ir.Free("T")) }},
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
	back := n.fn("exp", n.add(ir.Stop, nil, []ir.Value{n.add(ir.Reverse, &ir.LabelAttr{Label: "T"}, []ir.Value{x})}))
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

// scanOfKeys has weights that a scan over the admitted keys makes: w = s + (w before)/2.
func scanOfKeys(t *testing.T) *ir.Module {
	n := newNet(t)
	q := n.input("q", ir.Real, free("T"), dim("H", 2))
	k := n.input("k", ir.Real, free("S"), dim("H", 2))
	score := n.Enter("score")
	n.Param(ir.Scalar(ir.Int), "i")
	n.Param(keyNumbers(), "j")
	score.Results = []ir.Value{n.fn("mul", n.Param(rowType(q, "T", "S"), "q"), n.Param(rowType(k, "T", "S"), "k"))}
	n.Leave()
	norm := n.Enter("norm")
	s := n.Param(score.Results[0].Type(), "s")
	r := n.Enter("body")
	n.Param(ir.Scalar(ir.Int), "t")
	was, is := n.Param(s.Type().Without("S"), "w"), n.Param(s.Type().Without("S"), "s")
	next := n.fn("add", is, n.fn("div", was, n.real(2)))
	r.Results = []ir.Value{next, next}
	n.Leave()
	a := &ir.RepeatAttr{Var: "t", Step: 1, Count: ir.Free("S"), Slices: []string{"S"}, Stacked: []ir.Axis{free("S")}}
	scan := n.add(ir.Repeat, a, []ir.Value{n.reduce("sum", s, "S"), s}, r)
	norm.Results = []ir.Value{{Node: scan.Node, Out: 1}}
	n.Leave()
	attr := &ir.AttendAttr{Query: "T", Key: "S", Queries: 1, Keys: 1}
	return n.done(n.add(ir.Attend, attr, []ir.Value{q, k, k}, score, n.maskRegion(causal), norm))
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
	j := n.Param(numbers, "j") // even where its square is a multiple of 4, for which there is no closed form
	mask.Results = []ir.Value{n.fn("eq", n.fn("mod", n.fn("mul", j, j), n.num(4)), n.num(0))}
	n.Leave()
	norm := n.Enter("norm")
	s := n.Param(score.Results[0].Type(), "s")
	norm.Results = []ir.Value{n.fn("div", s, n.reduce("sum", s, "R"))}
	n.Leave()
	return n.add(ir.Attend, &ir.AttendAttr{Key: "R", Queries: 1, Keys: 1}, []ir.Value{q, memory, memory}, score, mask, norm)
}
