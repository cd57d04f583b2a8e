package decode

import (
	"archc/ir"
	"archc/passes/sparsity"
)

// pattern analyses the mask of an attend; what cannot be analysed admits anything.
func (d *deriver) pattern(n *ir.Node) (*sparsity.Pattern, bool) {
	var around []*ir.Node
	for owner := d.owner[d.home[n]]; owner != nil; owner = d.owner[d.home[owner]] {
		around = append([]*ir.Node{owner}, around...)
	}
	var given []string
	for _, in := range d.module.Inputs {
		given = append(given, in.Name) // whatever the data are
	}
	p, err := sparsity.Of(n, sparsity.Options{Given: given, Around: around})
	return p, err == nil
}

// aheadOf says why a query sees rows behind its own; nil when it sees none.
func (d *deriver) aheadOf(n *ir.Node, query, key int64) *cause {
	p, ok := d.pattern(n)
	if !ok {
		return d.because(n, "its mask is too long to tell which keys it admits")
	}
	switch w, err := p.Future(ir.Const(key - query)); {
	case err != nil:
		return d.because(n, "whether its mask admits keys behind the query is not known: %v", err)
	case w != nil:
		return d.because(n, "its mask admits keys behind the query: %s", w)
	}
	return nil
}

// needed is which keys an attend reads: the last ones and the first ones where its mask reaches no farther.
func (d *deriver) needed(n *ir.Node, query, key role) extent {
	a := n.Attr.(*ir.AttendAttr)
	if !query.timed || query.offset != 0 || key.offset != 0 || query.irregular || key.irregular {
		return extent{span: all}
	}
	for _, v := range n.Args[a.Queries:] {
		if v.Type().Has(a.Key) && d.of(v).on != onTime {
			return extent{span: all} // made of positions: there is nothing to keep
		}
	}
	p, ok := d.pattern(n)
	if !ok {
		return extent{span: all}
	}
	reach := p.Reach(ir.Size{})
	if reach.Window == nil {
		return extent{span: all}
	}
	window, ok := reach.Window.Int()
	sinks, number := reach.Sinks.Int()
	if !ok || !number {
		return extent{span: all}
	}
	return extent{span: tail, back: max(window-1, 0), keep: max(sinks, 0)}
}
