package plan

import (
	"slices"

	"archc/ir"
)

// contracted is a sum of products for a pair. Where the factors are of one side each, those of a side are one factor, and
// the sum is a product of queries and keys; else it is a line of the program.
func (p *scorer) contracted(n *ir.Node) int {
	labels := n.Attr.(*ir.SumAttr).Labels
	if sides, ok := p.factors(n); ok {
		query, key := p.inMemory(sides[0]), p.inMemory(sides[1])
		var both []string
		for _, l := range labels {
			inQuery, inKey := query.Find(l) >= 0, key.Find(l) >= 0
			switch {
			case inQuery && inKey:
				both = append(both, l)
			case inQuery:
				query = p.reduce(ir.Value{}, query, l, "sum")
			case inKey:
				key = p.reduce(ir.Value{}, key, l, "sum")
			default: // neither differs along it
				both = append(both, l)
			}
		}
		return p.dot(p.full(query, n, both), p.full(key, n, both), both)
	}
	x := p.reg(n.Args[0])
	last := len(n.Args) - 1
	for _, v := range n.Args[1:last] {
		x = p.function("mul", x, p.reg(v))
	}
	y := p.reg(n.Args[last])
	return p.op(PairOp{Fn: "product", Args: []int{x, y}, Axes: p.without(p.joined([]int{x, y}), labels), Sum: p.sums(labels, n.Args...)})
}

// factors are the query's and the key's factor of a product whose factors are of one side each, and which has no axes
// beyond the pair. What is of neither side is the query's.
func (p *scorer) factors(n *ir.Node) (out [2]value, ok bool) {
	if len(p.beyond(n.Outs[0])) > 0 || slices.ContainsFunc(n.Args, p.paired) {
		return out, false
	}
	var have [2]bool
	for _, v := range n.Args {
		i := 0
		if p.side[v.Node]&ofKey != 0 {
			i = 1
		}
		if x := p.value(v); have[i] {
			out[i] = p.mapped(ir.Value{}, "mul", out[i], x)
		} else {
			out[i] = x
		}
		have[i] = true
	}
	return out, have[0] && have[1]
}

// dot is a sum over labels of products of a query's and a key's elements.
func (p *scorer) dot(query, key View, labels []string) int {
	order := slices.DeleteFunc(key.Labels(), func(l string) bool { return !slices.Contains(labels, l) })
	unit, ok := merged(key.pickAxes(order), "")
	if !ok || backwards(key) {
		var rest []string
		for _, l := range key.Labels() {
			if !slices.Contains(order, l) {
				rest = append(rest, l)
			}
		}
		key = p.copied(key, append(rest, order...))
		unit, _ = merged(key.pickAxes(order), "")
	}
	d := Dot{Query: query, Unit: unit.Stride}
	for _, x := range key.pickAxes(order) {
		d.Sum = append(d.Sum, Dim{x.Label, x.Size})
	}
	d.Key = key
	d.Key.Axes = slices.DeleteFunc(slices.Clone(key.Axes), func(x Axis) bool { return slices.Contains(order, x.Label) })
	p.a.Dots = append(p.a.Dots, d)
	return p.op(PairOp{Fn: "dot", Dot: len(p.a.Dots) - 1})
}

// full is a factor of a sum with all those labels.
func (p *scorer) full(v View, n *ir.Node, labels []string) View {
	axes := slices.Clone(v.Axes)
	for _, d := range p.sums(labels, n.Args...) {
		if v.Find(d.Label) < 0 {
			axes = append(axes, Axis{Label: d.Label, Size: d.Size})
		}
	}
	if len(axes) == len(v.Axes) {
		return v
	}
	to := p.fresh(axes)
	p.add(&Move{To: to, From: v})
	return to
}
