package plan

import (
	"slices"

	"archc/ir"
)

// finish divides the axes into those that keys or values have, which are run over, and lanes; and says where the results stand.
func (p *scorer) finish(n *ir.Node, query, key ir.Axis, values []View) {
	var sums []string
	var keyed, all []View
	for _, d := range p.a.Dots {
		for _, s := range d.Sum {
			sums = append(sums, s.Label)
		}
		keyed, all = append(keyed, d.Key), append(all, d.Query, d.Key)
	}
	keyed = append(keyed, values...)
	for _, o := range p.a.Score {
		for _, x := range o.Axes {
			sums = append(sums, x.Label)
		}
		if o.Fn == "view" || o.Fn == "lookup" {
			all = append(all, o.View)
			if o.View.Find(key.Label) >= 0 && (query.Label == "" || o.View.Find(query.Label) < 0) {
				keyed = append(keyed, o.View)
			}
		}
	}
	for i, v := range values {
		outs := p.typed(n, n.Outs[i])
		var rest []Axis
		for _, a := range v.Axes {
			if a.Label != key.Label && !p.scored(n, a.Label) {
				rest = append(rest, a)
			}
		}
		x, ok := merged(rest, "")
		if !ok {
			var labels []string
			for _, a := range v.Axes {
				if !slices.ContainsFunc(rest, func(r Axis) bool { return r.Label == a.Label }) {
					labels = append(labels, a.Label)
				}
			}
			for _, a := range rest {
				labels = append(labels, a.Label)
			}
			v = p.copied(v, labels)
			x, _ = merged(v.pickAxes(labels[len(labels)-len(rest):]), "")
		}
		p.raw(v)
		var names []string
		for _, a := range rest {
			names = append(names, a.Label)
		}
		to := p.into(ir.Value{Node: n, Out: i}, outs)
		final := to
		y, ok := merged(to.pickAxes(names), "")
		if !ok {
			to = p.fresh(outs)
			y, ok = merged(to.pickAxes(names), "")
			if !ok { // the axes of the value stand in another order than in the result
				var order []Axis
				for _, a := range outs {
					if !slices.Contains(names, a.Label) {
						order = append(order, a)
					}
				}
				to = p.fresh(append(order, rest...))
				y, _ = merged(to.pickAxes(names), "")
			}
		}
		drop := func(v View) View {
			v.Axes = slices.DeleteFunc(slices.Clone(v.Axes), func(a Axis) bool { return slices.Contains(names, a.Label) })
			return v
		}
		p.a.Values = append(p.a.Values, Average{Size: x.Size, Unit: x.Stride, To: y.Stride, Value: drop(v), Out: drop(to)})
		p.values[ir.Value{Node: n, Out: i}] = value{view: &final}
		all = append(all, drop(to))
		defer func() { p.after(final, to) }()
	}
	for _, v := range all {
		for _, a := range v.Axes {
			known := func(d Dim) bool { return d.Label == a.Label }
			if a.Label == key.Label || slices.Contains(sums, a.Label) || slices.ContainsFunc(p.a.Over, known) || slices.ContainsFunc(p.a.Lane, known) {
				continue
			}
			switch {
			case slices.ContainsFunc(keyed, func(v View) bool { return v.Find(a.Label) >= 0 }) || a.Label == Batch:
				p.a.Over = append(p.a.Over, Dim{a.Label, a.Size})
			case a.Label == query.Label:
				p.a.Lane = append([]Dim{{a.Label, a.Size}}, p.a.Lane...)
			default:
				p.a.Lane = append(p.a.Lane, Dim{a.Label, a.Size})
			}
		}
	}
	p.add(p.a)
}

func (p *scorer) after(final, to View) {
	if !final.Same(to) {
		p.builder.add(&Move{To: final, From: to})
	}
}

// scored reports whether a label is one of the scores', so that a value which has it is another one along it.
func (p *scorer) scored(n *ir.Node, label string) bool {
	return label == Batch || n.Weights().Has(label) || n.RegionNamed("mask").Results[0].Type().Has(label)
}
