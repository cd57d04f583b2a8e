package order

import (
	"math/big"
	"math/bits"
	"slices"

	"archc/ir"
)

// factor is what a tree multiplies: a value, and the labels that it has where pairs are counted.
type factor struct {
	v      ir.Value
	labels []string
	pair   bool // stands in a region of an attend, one value for each pair
	stored bool // made of stored tensors alone
}

// problem asks for the cheapest tree of one product of factors, summed over all labels that are not kept.
type problem struct {
	factors []factor
	keep    map[string]bool
	where   space
	axes    map[string]ir.Size
	known   map[string]*big.Rat // in the regions of attends: how many keys a row has
}

// space is where a product is computed: what a pair of query and key costs instead of rows times keys, and at which
// sizes two costs are compared.
type space struct {
	query, key string  // "" outside of attention
	rows, keys ir.Size // of the two axes
	pairs      ir.Size
}

// large is what the free dims are when two costs are compared.
var large = new(big.Int).Lsh(big.NewInt(1), 40)

func half() ir.Size { return ir.Rational(big.NewRat(1, 2)) }

// grown is a cost as the free dims grow together.
func grown(s ir.Size) *big.Rat { return grownWith(s, nil) }

// grownWith is that with some of the dims at numbers of their own.
func grownWith(s ir.Size, known map[string]*big.Rat) *big.Rat {
	env := map[string]ir.Size{}
	for _, f := range s.Frees() {
		env[f] = ir.Rational(new(big.Rat).SetInt(large))
		if r := known[f]; r != nil {
			env[f] = ir.Rational(r)
		}
	}
	r, ok := s.Substitute(env).Rat()
	if !ok {
		panic(bug{errNotNumber(s)})
	}
	return r
}

type errNotNumber ir.Size

func (e errNotNumber) Error() string { return ir.Size(e).String() + " has no value" }

// points is the number of points of the axes with these labels.
func (p *problem) points(labels []string) ir.Size {
	n, query, key := ir.Const(1), false, false
	for _, l := range labels {
		switch {
		case p.where.key != "" && l == p.where.key:
			key = true
		case p.where.query != "" && l == p.where.query:
			query = true
		default:
			n = n.Mul(p.axes[l])
		}
	}
	switch {
	case key && (query || p.where.query == ""):
		return n.Mul(p.where.pairs)
	case key:
		return n.Mul(p.where.keys)
	case query:
		return n.Mul(p.where.rows)
	}
	return n
}

// value is a cost as a number that is compared.
func (p *problem) value(s ir.Size) *big.Rat { return grownWith(s, p.known) }

// tree is a way to multiply a set of factors.
type tree struct {
	of          set
	left, right *tree
	cost        ir.Size // of all products in it
	number      *big.Rat
}

// labels are those of a product of a set of factors that is summed as early as it can be.
func (p *problem) labels(s set) []string {
	var out []string
	for i, f := range p.factors {
		if s&(1<<i) == 0 {
			continue
		}
		for _, l := range f.labels {
			if !slices.Contains(out, l) && (p.keep[l] || p.outside(s, l)) {
				out = append(out, l)
			}
		}
	}
	return out
}

// outside reports whether a factor outside of the set has the label.
func (p *problem) outside(s set, label string) bool {
	for i, f := range p.factors {
		if s&(1<<i) == 0 && slices.Contains(f.labels, label) {
			return true
		}
	}
	return false
}

// join is the cost of one product of results of the sets: as many operations a point as there are factors.
func (p *problem) join(parts ...set) ir.Size {
	var all []string
	for _, s := range parts {
		for _, l := range p.labels(s) {
			if !slices.Contains(all, l) {
				all = append(all, l)
			}
		}
	}
	return p.points(all).Mul(ir.Const(int64(len(parts))))
}

// single is the cost of a factor by itself: labels that only it has, and that nobody keeps, are summed first.
func (p *problem) single(i int) ir.Size {
	if len(p.labels(1<<i)) == len(p.factors[i].labels) {
		return ir.Size{}
	}
	return p.points(p.factors[i].labels)
}

// stored reports whether all factors of a set are stored tensors.
func (p *problem) stored(s set) bool {
	for i, f := range p.factors {
		if s&(1<<i) != 0 && !f.stored {
			return false
		}
	}
	return true
}

// best is the cheapest tree. Of equal ones it is the first in the order of the sets, so the result does not depend on
// anything but the factors' order. Allowed says which products may be made; nil allows all.
func (p *problem) best(allowed func(s set) bool) *tree {
	trees := map[set]*tree{}
	full := set(1)<<len(p.factors) - 1
	for s := set(1); s <= full; s++ {
		if bits.OnesCount64(uint64(s)) == 1 {
			c := p.single(bits.TrailingZeros64(uint64(s)))
			trees[s] = &tree{of: s, cost: c, number: p.value(c)}
			continue
		}
		if s != full && (p.stored(s) || allowed != nil && !allowed(s)) {
			continue
		}
		low := s & -s
		for l := (s - 1) & s; l > 0; l = (l - 1) & s {
			a, b := trees[l], trees[s&^l]
			if l&low == 0 || a == nil || b == nil {
				continue
			}
			c := p.join(l, s&^l).Add(a.cost).Add(b.cost)
			if v := p.value(c); trees[s] == nil || v.Cmp(trees[s].number) < 0 {
				trees[s] = &tree{of: s, left: a, right: b, cost: c, number: v}
			}
		}
	}
	return trees[full]
}

// written is what the network costs as it stands.
func (p *problem) written(n network) ir.Size {
	var c ir.Size
	for _, g := range n.groups {
		c = c.Add(p.join(g...))
	}
	for i := range p.factors {
		c = c.Add(p.single(i))
	}
	return c
}

// isStored reports whether a value is made of stored tensors and numbers alone.
func (e *editor) isStored(v ir.Value) bool { return !e.fed[v.Node] }

// sizes collects the sizes of the labels of values.
func sizes(vs []ir.Value) map[string]ir.Size {
	out := map[string]ir.Size{}
	for _, v := range vs {
		for _, a := range v.Type().Axes {
			out[a.Label] = a.Size
		}
	}
	return out
}

func keeping(labels []string) map[string]bool {
	out := map[string]bool{}
	for _, l := range labels {
		out[l] = true
	}
	return out
}
