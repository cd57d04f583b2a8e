package order

import (
	"maps"
	"math/big"
	"slices"

	"archc/ir"
)

// plain rewrites the contractions of a region and of the regions inside, from the last to the first: a product is
// looked at together with the products that it is made of.
func (e *editor) plain(r *ir.Region, known map[string]*big.Rat) {
	for _, n := range slices.Backward(slices.Clone(r.Nodes)) {
		if e.home[n] == nil {
			continue
		}
		for _, inner := range n.Regions {
			e.plain(inner, e.rowKeys(n, inner, known))
		}
		if n.Op == ir.Contract {
			e.contraction(n, known)
		}
	}
}

// rowKeys adds how many keys a row of an attend has in a region: all in the mask, else those of the mean row.
func (e *editor) rowKeys(n *ir.Node, r *ir.Region, known map[string]*big.Rat) map[string]*big.Rat {
	if n.Op != ir.Attend {
		return known
	}
	w := e.attention(n).where
	out := maps.Clone(known)
	if out == nil {
		out = map[string]*big.Rat{}
	}
	out[w.key] = grownWith(w.keys, known)
	if rows := grownWith(w.rows, known); r.Name != "mask" && rows.Sign() > 0 {
		out[w.key] = new(big.Rat).Quo(grownWith(w.pairs, known), rows)
	}
	return out
}

func (e *editor) contraction(n *ir.Node, known map[string]*big.Rat) {
	s := e.sketch(n)
	x := &expander{sketch: s, region: e.home[n]}
	v := ir.Value{Node: n}
	net := x.expand(v, true)
	if net.isLeaf() {
		return
	}
	factors := make([]factor, len(net.factors))
	for i, f := range net.factors {
		factors[i] = factor{v: f, labels: f.Type().Labels(), stored: e.isStored(f)}
	}
	p := &problem{factors: factors, keep: keeping(n.Outs[0].Labels()), axes: sizes(net.factors), known: known}
	t := p.best(nil)
	if t == nil || t.number.Cmp(p.value(p.written(net))) >= 0 {
		return
	}
	b := newBuilder(&site{s: s, net: net, problem: p, a: &attention{editor: e}}, s)
	by := s.ordered(b.scaled(b.build(t), b.scaleAt < 0).v, n.Outs[0])
	s.insert(n, false)
	e.replace(v, by)
	e.settle()
}
