package order

import (
	"slices"
	"strings"

	"archc/ir"
)

// chooser decides between the trees of the sites of attends.
type chooser struct {
	few   bool // for one row of queries
	found []Alternative
	last  *ir.Node // the attend of the last of found
}

// limit says which operands are looked into. For few rows a value of the keys is only taken apart where that leaves
// fewer numbers for each key: what is computed once for each key can be kept, and then costs nothing in later passes.
func (c *chooser) limit(a *attention) func(v ir.Value, n network) bool {
	if !c.few {
		return nil
	}
	return func(v ir.Value, n network) bool {
		if !v.Type().Has(a.where.key) {
			return true
		}
		var kept ir.Size
		for _, f := range n.factors {
			if f.Type().Has(a.where.key) {
				kept = kept.Add(f.Type().Without(a.where.key).Elements())
			}
		}
		return grown(kept).Cmp(grown(v.Type().Without(a.where.key).Elements())) < 0
	}
}

// choose gives the tree to build, nil to leave what is written.
func (c *chooser) choose(st *site, what string, allowed func(s set) bool) *tree {
	p := st.problem
	if !c.few {
		return cheaper(p, st.net, allowed)
	}
	long := p.best(allowed)
	where := p.where
	p.where = where.fewRows()
	short := cheaper(p, st.net, allowed)
	p.where = where
	if short == nil {
		return cheaper(p, st.net, allowed)
	}
	if long != nil && !sameTree(long, short) {
		c.note(st, what, long, short)
	}
	return short
}

// cheaper is the best tree, nil when it is not better than what is written.
func cheaper(p *problem, n network, allowed func(s set) bool) *tree {
	t := p.best(allowed)
	if t == nil || t.number.Cmp(grown(p.written(n))) >= 0 {
		return nil
	}
	return t
}

// products lists the pairs of sets that a tree multiplies.
func products(t *tree) map[[2]set]bool {
	out := map[[2]set]bool{}
	var walk func(t *tree)
	walk = func(t *tree) {
		if t.left == nil {
			return
		}
		out[[2]set{min(t.left.of, t.right.of), max(t.left.of, t.right.of)}] = true
		walk(t.left)
		walk(t.right)
	}
	walk(t)
	return out
}

func sameTree(a, b *tree) bool {
	x, y := products(a), products(b)
	for k := range x {
		if !y[k] {
			return false
		}
	}
	return len(x) == len(y)
}

// note records a site whose order depends on the number of rows, with what only one of the forms does.
func (c *chooser) note(st *site, what string, long, short *tree) {
	p, a := *st.problem, st.a
	if p.where.query == "" {
		return
	}
	query, key := p.where.query, p.where.key
	p.where.rows, p.where.keys, p.where.pairs = ir.Free(query), ir.Free(key), ir.Free(Pairs)
	x, y := products(long), products(short)
	price := func(of, other map[[2]set]bool) ir.Size {
		var sum ir.Size
		for k := range of {
			if !other[k] {
				sum = sum.Add(p.join(k[0], k[1]))
			}
		}
		return sum
	}
	var latents []string
	for _, f := range p.factors {
		if f.v.Node != nil && slices.Contains(f.labels, key) {
			latents = append(latents, f.v.Type().String())
		}
	}
	if c.last != a.n {
		c.last = a.n
		c.found = append(c.found, Alternative{Scope: a.n.Scope, Name: a.n.Name, Query: query, Key: key})
	}
	to := &c.found[len(c.found)-1]
	to.Parts = append(to.Parts, Part{what, strings.Join(latents, ", "), price(x, y), price(y, x)})
}
