package plan

import (
	"slices"

	"archc/ir"
)

// experts plans a grouped contraction: each expert runs on the rows that selected it, and each row adds what its
// selections gave in the order of its slots.
func (b *builder) experts(n *ir.Node) View {
	a, body := n.Attr.(*ir.ExpertsAttr), n.Regions[0]
	t := n.Args[0].Type()
	pointAxes := b.typed(n, t)
	index := b.spreadOver(b.read(n.Args[0]), pointAxes)
	valid := b.spreadOver(b.read(n.Args[1]), pointAxes)
	var points []Dim
	for _, x := range pointAxes {
		points = append(points, Dim{x.Label, x.Size})
	}
	total := elements(pointAxes)
	symbol := b.symbol(a.Rows, total)
	count := ir.Free(symbol)
	list := b.fresh([]Axis{{Label: a.Rows, Size: total}})
	var operands []View
	for _, v := range n.Args[2:] {
		operands = append(operands, b.read(v))
	}
	var restAxes []Axis
	for _, x := range b.axes(body.Results[0].Type().Without(a.Rows).Axes) {
		restAxes = append(restAxes, Axis{Label: x.Label, Size: x.Size})
	}
	given := b.fresh(slices.Concat(pointAxes, restAxes))
	b.add(&Fill{To: given})
	loop := b.newLoop(a.Var, 0, 1, b.size(a.Of.Size))
	b.inside(loop, loop, loop.Body, func() {
		b.values[ir.Value{Node: body.Params[0]}] = value{expr: loopVar(loop)}
		s := &Select{Index: index, Valid: valid, Loop: loop, List: list, Symbol: symbol, Body: &Block{}}
		b.inside(s, nil, s.Body, func() {
			chosen := View{Store: list.Store, Axes: []Axis{{a.Rows, count, one()}}}
			for i, v := range operands {
				var axes []Axis
				for _, x := range v.Axes {
					if !slices.ContainsFunc(points, func(d Dim) bool { return d.Label == x.Label }) {
						axes = append(axes, x)
					}
				}
				to := b.fresh(append([]Axis{{Label: a.Rows, Size: count}}, axes...))
				b.add(&Collect{List: chosen, Symbol: symbol, Points: points, From: v, To: to})
				b.values[ir.Value{Node: body.Params[i+1]}] = value{view: &to}
			}
			b.meaning(a.Rows, count, func() { b.region(body) })
			out := b.read(body.Results[0])
			b.add(&Collect{List: chosen, Symbol: symbol, Points: points, From: out, To: given, Scatter: true})
		})
	})
	// From 0, in the order of the slots: dropped selections gave 0.
	return b.reduce(ir.Value{Node: n}, given, a.Slot, "add_all")
}

// spreadOver is a view with all those axes, in that order; it is copied where it lacks one.
func (b *builder) spreadOver(v View, axes []Axis) View {
	var labels []string
	for _, a := range axes {
		labels = append(labels, a.Label)
	}
	if len(v.Axes) == len(axes) {
		return v.ordered(labels)
	}
	to := b.fresh(axes)
	b.add(&Move{To: to, From: v})
	return to
}
