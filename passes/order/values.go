package order

import (
	"slices"

	"archc/ir"
)

// averages rewrites the averages over values. The weights are a factor like others, the only one for each pair; they
// meet the product of all factors that have the key axis, and what is left multiplies the average.
func (a *attention) averages(c *chooser) {
	for o := range a.values() {
		s := a.sketch(a.n)
		st := a.valueSite(s, o, c)
		if st == nil {
			continue
		}
		t := c.choose(st, "average", st.inOrder)
		if t == nil {
			continue
		}
		b := newBuilder(st, nil)
		v := &valueBuilder{builder: b, out: o, post: a.sketch(a.n)}
		old := ir.Value{Node: a.n, Out: o}
		was := a.n.Outs[o]
		by := v.post.ordered(b.scaledIn(v.post, v.build(t)), was)
		s.insert(a.n, false)
		v.post.insert(a.n, true)
		a.replace(old, by, v.post.r.Nodes...)
		a.outs[o] = a.n.Outs[o]
		a.settle()
	}
}

// valueSite writes one average as a product; factor 0 are the weights. It is nil where the value is no product.
func (a *attention) valueSite(s *sketch, o int, c *chooser) *site {
	x := &expander{sketch: s, region: a.home[a.n], limit: c.limit(a)}
	v := a.values()[o]
	if len(a.users[v]) > 1 {
		return nil
	}
	weights := a.n.Weights().Without(a.where.key)
	mask := a.n.RegionNamed("mask").Results[0].Type()
	taken := map[string]bool{a.where.query: true, a.where.key: true}
	for _, l := range slices.Concat(weights.Labels(), mask.Labels(), v.Type().Labels(), a.n.Outs[o].Labels()) {
		taken[l] = true
	}
	in := x.apart(x.expand(v, false), taken)
	if in.isLeaf() || len(in.factors) >= maxFactors {
		return nil
	}
	w := factor{labels: append(weights.Labels(), a.where.key), pair: true}
	if a.where.query != "" {
		w.labels = append(w.labels, a.where.query)
	}
	st := &site{a: a, s: s, net: network{sum: in.sum, scales: in.scales}}
	factors := []factor{w}
	for _, f := range in.factors {
		factors = append(factors, a.factor(f, false))
	}
	for _, g := range in.groups {
		moved := make([]set, len(g))
		for i, e := range g {
			moved[i] = e << 1
		}
		st.net.groups = append(st.net.groups, moved)
	}
	st.net.groups = append(st.net.groups, []set{1, in.all() << 1})
	keep := keeping(a.n.Outs[o].Labels())
	st.problem = &problem{factors: factors, keep: keep, where: a.where, axes: sizes(in.factors)}
	for _, x := range weights.Axes {
		st.problem.axes[x.Label] = x.Size
	}
	return st
}

// inOrder allows the products that an attend can make: the weights meet all that has the key axis at once.
func (st *site) inOrder(s set) bool {
	if s&1 == 0 {
		return true
	}
	for i, f := range st.problem.factors {
		if s&(1<<i) == 0 && slices.Contains(f.labels, st.problem.where.key) {
			return false
		}
	}
	return true
}

// valueBuilder makes the nodes of an average: in front of the attend, the attend itself, and behind it.
type valueBuilder struct {
	*builder
	out  int
	post *sketch
}

func (b *valueBuilder) build(t *tree) ir.Value {
	if t.of&1 == 0 {
		return b.builder.build(t).v
	}
	weights, other := t.left, t.right
	if other.of&1 != 0 {
		weights, other = other, weights
	}
	by := b.builder.build(other).v
	if weights.left == nil {
		n := b.a.n
		n.Args = slices.Clone(n.Args)
		n.Args[b.a.attr().Queries+b.a.attr().Keys+b.out] = by
		outs, err := n.Op.Infer(n)
		if err != nil {
			panic(bug{err})
		}
		n.Outs = outs
		return ir.Value{Node: n, Out: b.out}
	}
	return b.post.add(ir.Contract, &ir.SumAttr{Labels: b.summed(t)}, b.build(weights), by)
}

// scaledIn multiplies by the numbers where no factor has taken them.
func (b *builder) scaledIn(where *sketch, v ir.Value) ir.Value {
	if b.scaleAt < 0 {
		for _, c := range b.net.scales {
			v = c.on(where, v)
		}
	}
	return v
}
