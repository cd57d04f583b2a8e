package order

import (
	"slices"

	"archc/ir"
)

// The sums over keys that linear attention is made of, and their costs.

// site is the product of factors summed over the keys, with the axes of a type.
func (l *linear) site(factors []ir.Value, out ir.Type) *site {
	fs := make([]factor, len(factors))
	for i, v := range factors {
		fs[i] = l.factor(v, false)
	}
	p := l.problem(fs, keeping(out.Labels()))
	return &site{a: l.attention, s: l.s, problem: p}
}

// allowed asks for the sum over the keys to be made before a factor of the query comes in.
func (l *linear) allowed(st *site) func(s set) bool {
	var query, key set
	for i, f := range st.problem.factors {
		if slices.Contains(f.labels, l.where.key) {
			key |= 1 << i
		} else if l.where.query != "" && slices.Contains(f.labels, l.where.query) {
			query |= 1 << i
		}
	}
	return func(s set) bool { return s&query == 0 || s&key == 0 || s&key == key }
}

// quadratic is the cost of the pairs as they are: products of the score, and averages.
func (l *linear) quadratic() ir.Size {
	var c ir.Size
	for _, n := range l.attention.score().Nodes {
		if n.Op.Cost != nil && n.Outs[0].Has(l.where.key) {
			w := n.Op.Cost(n)
			c = c.Add(w.Contraction).Add(w.Elementwise)
		}
	}
	c = c.Substitute(map[string]ir.Size{l.where.key: ir.Const(1)})
	return c.Add(l.n.Op.Cost(l.n).Contraction).Mul(l.where.pairs)
}

// denominator is the cost of the sum of scores, where norm asks for it.
func (l *linear) denominator() ir.Size {
	norm := l.n.RegionNamed("norm")
	if !slices.ContainsFunc(norm.Nodes, func(n *ir.Node) bool { return n.Op == ir.Reduce }) {
		return ir.Size{}
	}
	st := l.site(l.score.factors, l.rowType())
	return st.problem.best(l.allowed(st)).cost
}

// sum makes the cheapest tree of a site, with the numbers of the score.
func (l *linear) sum(st *site) ir.Value {
	v := l.build(st, st.problem.best(l.allowed(st)))
	for _, c := range l.score.scales {
		v = c.on(l.s, v)
	}
	return v
}

func (l *linear) build(st *site, t *tree) ir.Value {
	b := &builder{site: st}
	if t.left == nil {
		i := first(t.of)
		v := st.problem.factors[i].v
		private := b.private(i)
		if !slices.Contains(private, l.where.key) {
			return l.s.total(v, private)
		}
		private = slices.DeleteFunc(private, func(x string) bool { return x == l.where.key })
		return l.overKeys(l.s.total(v, private))
	}
	sum := b.summed(t)
	left, right := l.build(st, t.left), l.build(st, t.right)
	if !slices.Contains(sum, l.where.key) || l.who.all {
		return l.s.add(ir.Contract, &ir.SumAttr{Labels: sum}, left, right)
	}
	sum = slices.DeleteFunc(sum, func(x string) bool { return x == l.where.key })
	return l.overKeys(l.s.add(ir.Contract, &ir.SumAttr{Labels: sum}, left, right))
}

// overKeys sums over all keys; or gives each row the running sum at the last key that it sees.
func (l *linear) overKeys(v ir.Value) ir.Value {
	key := l.where.key
	if l.who.all {
		return l.s.total(v, []string{key})
	}
	v = l.s.add(ir.Reduce, &ir.ReduceAttr{Fn: "sum", Labels: []string{key}, Prefix: true}, v)
	into := ir.Axis{Label: l.where.query, Size: l.where.rows}
	if l.who.behind.IsZero() && l.where.rows.Equal(l.where.keys) {
		return l.s.relabel(v, key, l.where.query)
	}
	return l.s.add(ir.Slice, &ir.SliceAttr{Label: key, Start: l.who.behind, Into: into}, v)
}
