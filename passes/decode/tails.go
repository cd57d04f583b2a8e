package decode

import (
	"archc/ir"
)

// settleTails gives attends that read one kept value the same rows of it, all that one of them needs.
func (d *deriver) settleTails() {
	readers := map[point][]*ir.Node{}
	whole := map[point]bool{} // read as a table too
	d.module.Body.Walk(func(n *ir.Node, _ int) {
		switch a := n.Attr.(type) {
		case *ir.AttendAttr:
			if _, timed := d.tails[n]; !timed {
				return
			}
			for _, v := range n.Args[a.Queries:] {
				if v.Type().Has(a.Key) {
					for _, p := range d.keptFor(point{v, a.Key}) {
						readers[p] = append(readers[p], n)
					}
				}
			}
		case *ir.LabelAttr:
			if p := (point{n.Args[0], a.Label}); n.Op == ir.Gather && d.read[p] {
				for _, k := range d.keptFor(p) {
					whole[k] = true
				}
			}
		}
	})
	for changed := true; changed; {
		changed = false
		for p, list := range readers {
			e := d.tails[list[0]]
			for _, n := range list {
				e = e.join(d.tails[n])
			}
			if whole[p] {
				e = extent{span: all}
			}
			for _, n := range list {
				if d.tails[n] != e {
					d.tails[n], changed = e, true
				}
			}
		}
	}
}

// keptFor lists the kept values that a point is made of.
func (d *deriver) keptFor(p point) []point {
	if d.kept[p] {
		return []point{p}
	}
	var out []point
	from, _ := d.remake(p, d.budget[p])
	for _, q := range from {
		out = append(out, d.keptFor(q)...)
	}
	return out
}
