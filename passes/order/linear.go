package order

import (
	"slices"

	"archc/ir"
)

// Attention whose weights are products of a feature of the query and one of the key, divided at most by numbers of the
// row, is a sum that does not need the pairs (Katharopoulos et al. 2020, equations 4 to 6, 9 to 11):
//
//	sum over j of (f_i g_j / z_i) v_j = (f_i sum over j of g_j v_j) / z_i,   z_i = f_i sum over j of g_j
//
// The sums over the keys up to i are running sums along the keys.

// linear rewrites the attend so where it can and that is cheaper. The attend is gone then.
func (a *attention) linear() bool {
	who, ok := a.reach()
	if !ok || a.n.RegionNamed("weight") != nil {
		return false
	}
	l := &linear{attention: a, s: a.sketch(a.n), who: who}
	if !l.readScore() || !l.readNorm() {
		return false
	}
	before := l.quadratic()
	after := l.denominator()
	sums := make([]*site, len(a.values()))
	for o, v := range a.values() {
		sums[o] = l.site(l.factors(v), a.n.Outs[o].Without(a.where.key))
		after = after.Add(sums[o].problem.best(l.allowed(sums[o])).cost)
	}
	if grown(after).Cmp(grown(before)) >= 0 {
		return false
	}
	for o, st := range sums {
		by := l.s.ordered(l.weigh(l.sum(st), l.chain), a.n.Outs[o])
		a.replace(ir.Value{Node: a.n, Out: o}, by)
	}
	l.s.insert(a.n, false)
	a.settle()
	return true
}

type linear struct {
	*attention
	s     *sketch
	who   reach
	score network // of values from outside
	chain []rowOp // what norm does to a score
	total ir.Value
}

// rowOp scales a score, by a number of its row; scale is the value in norm, zero for neg.
type rowOp struct {
	fn  string
	row ir.Value
}

// readScore writes the score as a product of values from outside.
func (l *linear) readScore() bool {
	net, ok := l.product(l.attention.score().Results[0])
	if !ok || len(net.factors) >= maxFactors {
		return false
	}
	l.score = net
	has := func(label string) bool {
		return label == "" || slices.ContainsFunc(net.factors, func(v ir.Value) bool { return v.Type().Has(label) })
	}
	return has(l.where.key) && has(l.where.query)
}

func (l *linear) product(v ir.Value) (network, bool) {
	n, score := v.Node, l.attention.score()
	if l.home[n] != score {
		return leaf(v), n.Outs[0].Kind == ir.Real
	}
	if out, ok := l.outside(n); ok {
		return leaf(out), out.Type().Kind == ir.Real
	}
	at, isMap := n.Attr.(*ir.MapAttr)
	switch {
	case n.Op == ir.Contract:
		return l.joined(n, n.Attr.(*ir.SumAttr).Labels)
	case n.Op == ir.Transpose:
		return l.product(n.Args[0])
	case isMap && at.Fn.Name == "neg":
		return l.times(n.Args[0], scale{fn: "neg"})
	case isMap && at.Fn.Name == "mul" && n.Args[1].Node.Op == ir.Constant:
		return l.times(n.Args[0], scale{"mul", n.Args[1].Node})
	case isMap && at.Fn.Name == "div" && n.Args[1].Node.Op == ir.Constant:
		return l.times(n.Args[0], scale{"div", n.Args[1].Node})
	case isMap && at.Fn.Name == "mul" && n.Args[0].Node.Op == ir.Constant:
		return l.times(n.Args[1], scale{"mul", n.Args[0].Node})
	case isMap && at.Fn.Name == "mul":
		return l.joined(n, nil)
	}
	return network{}, false
}

func (l *linear) times(v ir.Value, by scale) (network, bool) {
	n, ok := l.product(v)
	n.scales = append(slices.Clone(n.scales), by)
	return n, ok
}

func (l *linear) joined(n *ir.Node, labels []string) (network, bool) {
	var out network
	x := &expander{sketch: l.s}
	taken := map[string]bool{l.where.query: true, l.where.key: true}
	for _, v := range n.Args {
		for _, t := range v.Type().Labels() {
			taken[t] = true
		}
	}
	for _, v := range n.Args {
		in, ok := l.product(v)
		if !ok {
			return network{}, false
		}
		in = x.apart(in, taken)
		for _, t := range in.sum {
			taken[t] = true
		}
		out.factors = append(out.factors, in.factors...)
		out.sum = append(out.sum, in.sum...)
		out.scales = append(out.scales, in.scales...)
	}
	out.sum = append(out.sum, labels...)
	return out, !slices.Contains(labels, l.where.key)
}

// readNorm reads what norm does to a score: numbers of the row multiply or divide it.
func (l *linear) readNorm() bool {
	norm := l.n.RegionNamed("norm")
	chain, ok := l.ops(norm.Results[0], norm)
	l.chain = chain
	return ok
}

func (l *linear) ops(v ir.Value, norm *ir.Region) ([]rowOp, bool) {
	n := v.Node
	if n == norm.Params[0] {
		return nil, true
	}
	at, ok := n.Attr.(*ir.MapAttr)
	if l.home[n] != norm || !ok {
		return nil, false
	}
	of, by := 0, 1
	switch at.Fn.Name {
	case "neg":
		in, ok := l.ops(n.Args[0], norm)
		return append(in, rowOp{fn: "neg"}), ok
	case "mul":
		if l.isRow(n.Args[0], norm) {
			of, by = 1, 0
		}
	case "div":
	default:
		return nil, false
	}
	if !l.isRow(n.Args[by], norm) {
		return nil, false
	}
	in, ok := l.ops(n.Args[of], norm)
	return append(in, rowOp{at.Fn.Name, n.Args[by]}), ok
}

// isRow reports whether a value of norm is made of numbers and sums over the keys of scaled scores.
func (l *linear) isRow(v ir.Value, norm *ir.Region) bool {
	n := v.Node
	switch {
	case l.home[n] != norm:
		return true // V20: what comes from outside has neither axis
	case n.Op == ir.Constant:
		return true
	case n.Op == ir.Reduce:
		at := n.Attr.(*ir.ReduceAttr)
		_, ok := l.ops(n.Args[0], norm)
		return ok && at.Fn == "sum" && !at.Prefix && slices.Equal(at.Labels, []string{l.where.key})
	case n.Op == ir.Map:
		return !slices.ContainsFunc(n.Args, func(x ir.Value) bool { return !l.isRow(x, norm) })
	}
	return false
}

// weigh applies the chain to a sum over the keys: the numbers of a row come out of the sum.
func (l *linear) weigh(v ir.Value, chain []rowOp) ir.Value {
	for _, op := range chain {
		if op.fn == "neg" {
			v = l.s.fn("neg", v)
			continue
		}
		v = l.s.fn(op.fn, v, l.row(op.row))
	}
	return v
}

// row makes a number of the row outside.
func (l *linear) row(v ir.Value) ir.Value {
	n, norm := v.Node, l.n.RegionNamed("norm")
	switch {
	case l.home[n] != norm:
		return v
	case n.Op == ir.Constant:
		return l.s.b.Leaf(n.Op, n.Attr, n.Outs[0])
	case n.Op == ir.Reduce:
		chain, _ := l.ops(n.Args[0], norm)
		return l.weigh(l.scores(), chain)
	}
	args := make([]ir.Value, len(n.Args))
	for i, x := range n.Args {
		args[i] = l.row(x)
	}
	return l.s.add(n.Op, n.Attr, args...)
}

// scores is the sum of the scores of a row, made once.
func (l *linear) scores() ir.Value {
	if l.total.IsZero() {
		l.total = l.sum(l.site(l.score.factors, l.rowType()))
	}
	return l.total
}

// rowType is the type of a sum of scores over the keys.
func (l *linear) rowType() ir.Type {
	t := l.attention.score().Results[0].Type().Without(l.where.key)
	if l.where.query != "" {
		t.Axes = append(slices.Clone(t.Axes), ir.Axis{Label: l.where.query, Size: l.where.rows})
	}
	return t
}

// factors are those of the weighted sum of a value. The labels that the score sums over may be the value's own.
func (l *linear) factors(v ir.Value) []ir.Value {
	x := &expander{sketch: l.s}
	return append(slices.Clone(x.apart(l.score, keeping(v.Type().Labels())).factors), v)
}
