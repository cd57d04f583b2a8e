package order

import (
	"math/bits"
	"slices"

	"archc/ir"
)

// site is one product of an attend: where it stands, what it is made of, and its trees.
type site struct {
	a       *attention
	s       *sketch // outside, in front of the attend
	net     network
	problem *problem
}

// scores rewrites the contractions of the score, each with what its operands are contractions of.
func (a *attention) scores(c *chooser) {
	for _, n := range slices.Clone(a.score().Nodes) {
		if a.home[n] == nil || n.Op != ir.Contract || slices.Contains(n.Attr.(*ir.SumAttr).Labels, a.attr().Key) ||
			!n.Outs[0].Has(a.attr().Key) {
			continue
		}
		s := a.sketch(a.n)
		st, ok := a.scoreSite(s, n, c)
		if !ok {
			continue
		}
		t := c.choose(st, "score", nil)
		if t == nil {
			continue
		}
		in := a.sketch(n)
		b := newBuilder(st, in)
		v := in.ordered(b.inner(b.scaled(b.build(t), b.scaleAt < 0)), n.Outs[0])
		s.insert(a.n, false)
		in.insert(n, true)
		a.replace(ir.Value{Node: n}, v, in.r.Nodes...)
		a.settle()
	}
}

// scoreSite writes a contraction of the score as one network over what stands outside.
func (a *attention) scoreSite(s *sketch, n *ir.Node, c *chooser) (*site, bool) {
	x := &expander{sketch: s, region: a.home[a.n], limit: c.limit(a)}
	taken := map[string]bool{a.where.query: true, a.where.key: true}
	for _, v := range n.Args {
		for _, l := range v.Type().Labels() {
			taken[l] = true
		}
	}
	st := &site{a: a, s: s}
	var group []set
	var factors []factor
	for _, v := range n.Args {
		in, pair := leaf(v), false
		if out, ok := a.outside(v.Node); ok {
			in = leaf(out)
			if len(a.users[v]) == 1 {
				in = x.apart(x.expand(out, false), taken)
			}
		} else if a.home[v.Node] == a.score() {
			pair = true
		}
		if len(factors)+len(in.factors) > maxFactors {
			return nil, false
		}
		at := len(factors)
		for _, g := range in.groups {
			moved := make([]set, len(g))
			for i, e := range g {
				moved[i] = e << at
			}
			st.net.groups = append(st.net.groups, moved)
		}
		group = append(group, in.all()<<at)
		for _, l := range in.sum {
			taken[l] = true
		}
		st.net.sum = append(st.net.sum, in.sum...)
		st.net.scales = append(st.net.scales, in.scales...)
		for _, f := range in.factors {
			factors = append(factors, a.factor(f, pair))
		}
	}
	st.net.groups = append(st.net.groups, group)
	keep := keeping(n.Outs[0].Labels())
	keep[a.where.query], keep[a.where.key] = true, true
	st.problem = a.problem(factors, keep)
	has := func(l string) bool { return l == "" || st.problem.outside(0, l) }
	return st, has(a.where.query) && has(a.where.key)
}

// factor describes a value as a factor of a product over pairs.
func (a *attention) factor(v ir.Value, pair bool) factor {
	f := factor{v: v, labels: v.Type().Labels(), pair: pair, stored: a.isStored(v)}
	if pair {
		for _, l := range []string{a.where.query, a.where.key} {
			if l != "" && !slices.Contains(f.labels, l) {
				f.labels = append(f.labels, l)
			}
		}
	}
	return f
}

func (a *attention) problem(factors []factor, keep map[string]bool) *problem {
	vs := make([]ir.Value, len(factors))
	for i, f := range factors {
		vs[i] = f.v
	}
	return &problem{factors: factors, keep: keep, where: a.where, axes: sizes(vs)}
}

// builder makes the nodes of a tree: those of pairs in a region, the others outside.
type builder struct {
	*site
	in      *sketch // in the score
	scaleAt int     // the factor that takes the numbers; -1 is the result
}

// newBuilder puts the numbers on the smallest factor that is no stored tensor: scaling those would be work of every
// pass that an absorbed number did not cost.
func newBuilder(st *site, in *sketch) *builder {
	b := &builder{site: st, in: in, scaleAt: -1}
	for i, f := range st.problem.factors {
		if f.pair || f.stored || f.v.Type().Kind != ir.Real {
			continue
		}
		at := b.scaleAt
		if at < 0 || grown(st.problem.points(f.labels)).Cmp(grown(st.problem.points(st.problem.factors[at].labels))) < 0 {
			b.scaleAt = i
		}
	}
	return b
}

// built is a value, and whether it is one for each pair.
type built struct {
	v    ir.Value
	pair bool
}

func (b *builder) build(t *tree) built {
	if t.left == nil {
		i := first(t.of)
		f := b.problem.factors[i]
		where := b.s
		if f.pair {
			where = b.in
		}
		x := built{where.total(f.v, b.private(i)), f.pair}
		return b.scaled(x, b.scaleAt == i)
	}
	l, r := b.build(t.left), b.build(t.right)
	sum := b.summed(t)
	pair := l.pair || r.pair || b.meets(t)
	if !pair {
		return built{b.s.add(ir.Contract, &ir.SumAttr{Labels: sum}, l.v, r.v), false}
	}
	return built{b.in.add(ir.Contract, &ir.SumAttr{Labels: sum}, b.inner(l), b.inner(r)), true}
}

// private are the labels that only factor i has and nobody keeps.
func (b *builder) private(i int) []string {
	kept := b.problem.labels(1 << i)
	return slices.DeleteFunc(slices.Clone(b.problem.factors[i].labels), func(l string) bool {
		return slices.Contains(kept, l)
	})
}

// summed are the labels that the last product of a tree sums over.
func (b *builder) summed(t *tree) []string {
	kept := b.problem.labels(t.of)
	var out []string
	for _, side := range []*tree{t.left, t.right} {
		for _, l := range b.problem.labels(side.of) {
			if !slices.Contains(kept, l) && !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	return out
}

// meets reports whether a product has a factor of the query and one of the key.
func (b *builder) meets(t *tree) bool {
	var query, key bool
	for i, f := range b.problem.factors {
		if t.of&(1<<i) == 0 {
			continue
		}
		query = query || b.a.where.query == "" || slices.Contains(f.labels, b.a.where.query)
		key = key || slices.Contains(f.labels, b.a.where.key)
	}
	return query && key
}

func (b *builder) inner(x built) ir.Value {
	if x.pair {
		return x.v
	}
	return b.a.inside(x.v)
}

// scaled multiplies by the numbers, here is the place.
func (b *builder) scaled(x built, here bool) built {
	if !here {
		return x
	}
	where := b.s
	if x.pair {
		where = b.in
	}
	for _, c := range b.net.scales {
		x.v = c.on(where, x.v)
	}
	return x
}

func first(s set) int { return bits.TrailingZeros64(uint64(s)) }
