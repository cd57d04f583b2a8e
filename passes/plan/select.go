package plan

import (
	"slices"

	"archc/ir"
)

// gather looks a table up. At the number of a loop's run, or at one known number, it is a view.
func (b *builder) gather(n *ir.Node) value {
	label := n.Attr.(*ir.LabelAttr).Label
	table, at := b.value(n.Args[0]), b.value(n.Args[1])
	if at.expr != nil && table.expr != nil {
		return value{expr: table.expr.replace(label, at.expr)}
	}
	if at.expr != nil {
		e := at.expr
		switch {
		case e.Fn == "loop" && e.Loop.First == 0 && e.Loop.Stride == 1:
			v := table.view.at(label, e.Loop)
			return value{view: &v}
		case e.Fn == "size":
			v := table.view.pick(label, e.Size)
			return value{view: &v}
		case e.Fn == "index":
			if e.Axis.Label == label {
				return table
			}
			if i := table.view.Find(label); i >= 0 && table.view.Find(e.Axis.Label) < 0 &&
				table.view.Axes[i].Size.Equal(e.Axis.Size) {
				v := table.view.rename(label, e.Axis.Label)
				return value{view: &v}
			}
		}
	}
	index, from := b.inMemory(at), b.inMemory(table)
	i := from.Find(label)
	if i < 0 { // the same along the label
		return value{view: &from}
	}
	g := &Gather{Index: index, Label: label, Size: from.Axes[i].Size, Along: from.Axes[i].Stride, Table: from.with(i)}
	axes := slices.Clone(index.Axes)
	common := false
	for _, a := range g.Table.Axes {
		if index.Find(a.Label) < 0 {
			axes = append(axes, a)
		} else {
			common = true
		}
	}
	g.Out = b.into(ir.Value{Node: n}, axes)
	if packable(from) && !common && len(g.Table.Axes) > 0 && contiguous(g.Out.pickAxes(g.Table.Labels())) {
		g.Panels = b.pack(from, nil, from.Axes[i:i+1], g.Table.Axes)
	}
	b.add(g)
	return value{view: &g.Out}
}

func (b *builder) topK(n *ir.Node) View {
	a := n.Attr.(*ir.TopKAttr)
	v := b.read(n.Args[0])
	if v.Find(a.Label) < 0 {
		t := b.typeOf(n.Args[0])
		room := b.fresh(append(slices.Clone(v.Axes), Axis{Label: a.Label, Size: t.Axes[t.Find(a.Label)].Size}))
		b.add(&Move{To: room, From: v})
		v = room
	}
	rest := slices.DeleteFunc(v.Labels(), func(l string) bool { return l == a.Label })
	k := &TopK{In: v.ordered(append(slices.Clone(rest), a.Label))}
	axes := append(v.pickAxes(rest), Axis{Label: a.Into.Label, Size: b.size(a.Into.Size)})
	out := b.into(ir.Value{Node: n}, axes)
	k.Out = out.ordered(append(slices.Clone(rest), a.Into.Label))
	b.add(k)
	return out
}

// contiguous reports whether axes are one behind the other without room between elements.
func contiguous(axes []Axis) bool {
	a, ok := merged(axes, "")
	return ok && isOne(a.Stride)
}
