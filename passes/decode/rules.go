package decode

import (
	"slices"

	"archc/ir"
)

// rules has a row for each op that may act along the sequence. A rule that gives nothing leaves the node to plain.
var rules map[*ir.Op]func(b *builder, v ir.Value, w wanted) ir.Value

func init() {
	rules = map[*ir.Op]func(b *builder, v ir.Value, w wanted) ir.Value{
		ir.Input:    (*builder).input,
		ir.Position: (*builder).position,
		ir.Rename:   (*builder).rename,
		ir.Slice:    (*builder).slice,
		ir.Pick:     (*builder).pick,
		ir.Concat:   (*builder).concat,
		ir.Windows:  (*builder).windows,
		ir.Reduce:   (*builder).reduce,
		ir.Contract: (*builder).contract,
		ir.Gather:   (*builder).gather,
		ir.Reverse:  (*builder).whole1,
		ir.TopK:     (*builder).whole1,
		ir.Split:    (*builder).whole1,
		ir.Merge:    (*builder).whole1,
		ir.Repeat:   (*builder).repeat,
		ir.Attend:   (*builder).attend,
		ir.Experts:  (*builder).experts,
		ir.Arg:      (*builder).arg,
	}
}

// acts reports an axis of a value that hangs on the sequence.
func (b *builder) acts(v ir.Value, label string) bool {
	return slices.Contains(b.timed(v.Type()), label)
}

func (b *builder) input(v ir.Value, _ wanted) ir.Value {
	n := v.Node
	a := n.Attr.(*ir.InputAttr)
	t := n.Outs[0]
	for _, x := range t.Axes {
		if c, ok := b.along(x.Size); b.mentions(x.Size) && (!ok || c != 0) {
			b.refuse(n, "the input %s has %s rows, the sequence %s", a.Name, x.Size, b.axis)
		}
	}
	return b.named(n, b.root.leaf(n, ir.Input, a, t))
}

func (b *builder) position(v ir.Value, w wanted) ir.Value {
	a := v.Node.Attr.(*ir.AxisAttr).Axis
	if !b.mentions(a.Size) {
		return ir.Value{}
	}
	c, _ := b.along(a.Size)
	return b.place(v.Node).positions(v.Node, b.axisAt(a, w), b.firstRow(c, w[a.Label]))
}

func (b *builder) rename(v ir.Value, w wanted) ir.Value {
	n, a := v.Node, v.Node.Attr.(*ir.RenameAttr)
	if !b.acts(v, a.To) {
		return ir.Value{}
	}
	return b.named(n, b.place(n).add(n, ir.Rename, a, b.get(n.Args[0], w.with(a.From, w[a.To]))))
}

// slice: see deriver.slice for the cases.
func (b *builder) slice(v ir.Value, w wanted) ir.Value {
	n, a := v.Node, v.Node.Attr.(*ir.SliceAttr)
	arg := n.Args[0]
	if !b.acts(arg, a.Label) {
		return ir.Value{}
	}
	old := b.offset(arg.Type(), a.Label)
	cut := func(e extent, start, size ir.Size) ir.Value {
		x := b.get(arg, w.with(a.Label, e))
		return b.place(n).add(n, ir.Slice,
			&ir.SliceAttr{Label: a.Label, Start: start, Into: ir.Axis{Label: a.Into.Label, Size: size}}, x)
	}
	if c, regular := b.along(a.Into.Size); regular {
		start, _ := a.Start.Int()
		late := old - c - start // rows by which it is behind
		switch e := w[a.Into.Label]; {
		case e.span == all:
			return cut(e, a.Start, b.whole(a.Into.Size))
		case e.span == heads:
			return cut(extent{span: all}, a.Start, ir.Const(max(c, 0)))
		case late == 0:
			return b.place(n).called(n, b.get(arg, w.with(a.Label, e)), a.Label, a.Into.Label)
		default:
			return cut(extent{span: recent, back: e.back + late}, ir.Const(0), ir.Free(b.axis).Add(ir.Const(e.back)))
		}
	}
	size, _ := a.Into.Size.Int()
	if start, ok := a.Start.Int(); ok {
		if b.deriver.of(arg).on == onNothing {
			return cut(extent{span: all}, a.Start, a.Into.Size)
		}
		if start+size <= old {
			return cut(extent{span: heads}, a.Start, a.Into.Size)
		}
		if size != 1 {
			b.refuse(n, "it takes rows before and at the first token together")
		}
		return b.latched(n, cut(extent{}, ir.Const(0), ir.Const(1)))
	}
	back, ok := ir.Free(b.axis).Add(ir.Const(old)).Sub(a.Start).Int()
	if !ok {
		b.refuse(n, "where its rows begin is not a number from the end")
	}
	return cut(extent{span: recent, back: back}, ir.Free(b.axis), a.Into.Size)
}

func (b *builder) pick(v ir.Value, w wanted) ir.Value {
	n, a := v.Node, v.Node.Attr.(*ir.PickAttr)
	arg := n.Args[0]
	if !b.acts(arg, a.Label) {
		return ir.Value{}
	}
	old := b.offset(arg.Type(), a.Label)
	take := func(e extent, at ir.Size) ir.Value {
		return b.place(n).add(n, ir.Pick, &ir.PickAttr{Label: a.Label, At: at}, b.get(arg, w.with(a.Label, e)))
	}
	at, ok := a.At.Int()
	switch {
	case ok && b.deriver.of(arg).on == onNothing:
		return take(extent{span: all}, a.At)
	case ok && at < old:
		return take(extent{span: heads}, a.At)
	case ok:
		return b.latched(n, take(extent{}, ir.Const(0)))
	}
	back, ok := ir.Free(b.axis).Add(ir.Const(old - 1)).Sub(a.At).Int()
	if !ok {
		b.refuse(n, "which row it takes is not a number from the end")
	}
	return b.named(n, take(extent{span: recent, back: back}, ir.Free(b.axis).Sub(ir.Const(1))))
}

// latched is what the first step has, from then on.
func (b *builder) latched(n *ir.Node, first ir.Value) ir.Value {
	p := b.place(n)
	old := b.state(n, b.stateName(n.Args[0].Node, "first"), p, Carry, first.Type(), "the first row, which later ones read")
	began := p.apply(n, "gt", p.extent(n, ir.Free(b.past)), p.number(n, ir.Int, 0))
	out := p.ordered(n, p.apply(n, "select", began, old.in, first), first.Type().Labels())
	b.next(old, p, out)
	return out
}

// concat: rows of the sequence behind rows that are there from the start.
func (b *builder) concat(v ir.Value, w wanted) ir.Value {
	n, a := v.Node, v.Node.Attr.(*ir.ConcatAttr)
	last := len(n.Args) - 1
	e := w[a.Into.Label]
	if !b.acts(v, a.Into.Label) || e.span == all && !b.acts(n.Args[last], a.Labels[last]) {
		return ir.Value{}
	}
	if b.irregular(a.Into.Size) || !b.acts(n.Args[last], a.Labels[last]) {
		b.refuse(n, "it lays something behind the sequence")
	}
	p := b.place(n)
	lay := func(end extent) ir.Value {
		args := make([]ir.Value, 0, len(n.Args))
		for i, x := range n.Args {
			if i == last {
				if end.span == heads && b.offset(x.Type(), a.Labels[last]) <= 0 {
					break
				}
				x = b.get(x, w.with(a.Labels[i], end))
			} else {
				x = b.get(x, w)
			}
			args = append(args, x)
		}
		size := ir.Const(0)
		for i, x := range args {
			size = size.Add(x.Type().Axes[x.Type().Find(a.Labels[i])].Size)
		}
		into := ir.Axis{Label: a.Into.Label, Size: size}
		return p.ordered(n, p.add(n, ir.Concat, &ir.ConcatAttr{Labels: a.Labels[:len(args)], Into: into}, args...),
			v.Type().Labels())
	}
	inner := b.offset(n.Args[last].Type(), a.Labels[last])
	switch {
	case e.span == all, e.span == heads:
		return lay(e)
	case e.span == fresh && inner >= 0:
		x := p.called(n, b.get(n.Args[last], w.with(a.Labels[last], e)), a.Labels[last], a.Into.Label)
		return p.ordered(n, x, v.Type().Labels())
	}
	// A row below the number of those in front is one of them.
	body := p.called(n, b.get(n.Args[last], w.with(a.Labels[last], e)), a.Labels[last], a.Into.Label)
	outer := b.offset(v.Type(), a.Into.Label)
	count := outer - inner
	front := b.front(p, n, a, w, count)
	row := p.positions(n, b.axisAt(a.Into, w), b.firstRow(outer, e))
	within := p.apply(n, "max", p.apply(n, "min", row, p.number(n, ir.Int, float64(count-1))), p.number(n, ir.Int, 0))
	table := p.add(n, ir.Gather, &ir.LabelAttr{Label: front.label}, front.v, within)
	isFront := p.apply(n, "lt", row, p.number(n, ir.Int, float64(count)))
	return p.ordered(n, p.apply(n, "select", isFront, table, body), v.Type().Labels())
}

type labelled struct {
	v     ir.Value
	label string
}

// front lays what stands in front of the sequence together, along a label of its own.
func (b *builder) front(p *place, n *ir.Node, a *ir.ConcatAttr, w wanted, count int64) labelled {
	var args []ir.Value
	for _, x := range n.Args[:len(n.Args)-1] {
		args = append(args, b.get(x, w))
	}
	label := unused(b.module, "front")
	into := ir.Axis{Label: label, Size: ir.Const(count)}
	return labelled{p.add(n, ir.Concat, &ir.ConcatAttr{Labels: a.Labels[:len(args)], Into: into}, args...), label}
}

func (b *builder) windows(v ir.Value, w wanted) ir.Value {
	n, a := v.Node, v.Node.Attr.(*ir.WindowsAttr)
	arg := n.Args[0]
	if !b.acts(arg, a.Label) {
		return ir.Value{}
	}
	e := w[a.Out.Label]
	if e.span == all {
		return b.plain(n, w.with(a.Label, e))
	}
	places, ok := a.Window.Size.Int()
	if !ok {
		b.refuse(n, "its windows have %s places", a.Window.Size)
	}
	p, before := b.place(n), extent{span: recent, back: e.back + a.Dilate*(places-1)}
	x := b.get(arg, w.with(a.Label, before))
	if before.back > 0 {
		in := x.Type().Axes[x.Type().Find(a.Label)]
		row := p.positions(n, in, b.firstRow(b.offset(arg.Type(), a.Label), before))
		there := p.apply(n, "ge", row, p.number(n, ir.Int, 0))
		labels := x.Type().Labels()
		x = p.ordered(n, p.apply(n, "select", there, x, p.number(n, x.Type().Kind, a.Fill)), labels)
	}
	attr := *a
	attr.Low, attr.High, attr.Out = 0, 0, b.axisAt(a.Out, w)
	return b.named(n, p.add(n, ir.Windows, &attr, x))
}

// reduce: a running value, or one over all rows, which is the running value of the last.
func (b *builder) reduce(v ir.Value, w wanted) ir.Value {
	n, a := v.Node, v.Node.Attr.(*ir.ReduceAttr)
	var along []string
	for _, l := range a.Labels {
		if b.acts(n.Args[0], l) {
			along = append(along, l)
		}
	}
	if len(along) == 0 {
		return ir.Value{}
	}
	if e := w[along[0]]; a.Prefix && e.span != fresh {
		b.refuse(n, "more of its rows are read than the new ones")
	}
	p := b.place(n)
	if a.Prefix && a.Fn == "sum" && len(a.Labels) == 1 {
		return b.named(n, b.runningSum(n, p, b.get(n.Args[0], w), along[0]))
	}
	now := p.add(n, ir.Reduce, a, b.get(n.Args[0], w))
	return b.named(n, b.accumulate(n, p, now, a.Fn, a.Prefix, along[0]))
}

// runningSum takes the sum so far as one more row in front of the new ones: so the sums are one chain of additions, in the
// order of the rows, whatever pieces they come in.
func (b *builder) runningSum(n *ir.Node, p *place, x ir.Value, label string) ir.Value {
	t := x.Type()
	labels := t.Labels()
	if t.Kind == ir.Bool { // a sum of truth values is a number
		t.Kind = ir.Int
		x = p.add(n, ir.Cast, &ir.KindAttr{Kind: ir.Int}, x)
	}
	old := b.state(n, b.stateName(n.Args[0].Node, "sum"), p, Carry, t.Without(label), "a running sum")
	one, rows := ir.Axis{Label: label, Size: ir.Const(1)}, ir.Axis{Label: label, Size: ir.Free(b.axis)}
	all := ir.Axis{Label: label, Size: rows.Size.Add(one.Size)}
	front := p.add(n, ir.Stack, &ir.AxisAttr{Axis: one}, old.in)
	out := p.add(n, ir.Concat, &ir.ConcatAttr{Labels: []string{label, label}, Into: all}, front, x)
	out = p.add(n, ir.Reduce, n.Attr, p.ordered(n, out, labels))
	b.next(old, p, p.add(n, ir.Pick, &ir.PickAttr{Label: label, At: rows.Size}, out))
	return p.add(n, ir.Slice, &ir.SliceAttr{Label: label, Start: one.Size, Into: rows}, out)
}

// accumulate joins what the new rows give with what those before gave.
func (b *builder) accumulate(n *ir.Node, p *place, now ir.Value, fn string, prefix bool, label string) ir.Value {
	kept := now.Type()
	if prefix {
		kept = kept.Without(label)
	}
	old := b.state(n, b.stateName(n.Args[0].Node, fn), p, Carry, kept, "a running "+fn)
	labels := now.Type().Labels()
	var out ir.Value
	if fn == "sum" {
		out = p.apply(n, "add", old.in, now)
	} else {
		began := p.apply(n, "gt", p.extent(n, ir.Free(b.past)), p.number(n, ir.Int, 0))
		out = p.apply(n, "select", began, p.apply(n, fn, old.in, now), now)
	}
	out = p.ordered(n, out, labels)
	last := out
	if prefix {
		last = p.add(n, ir.Pick, &ir.PickAttr{Label: label, At: ir.Free(b.axis).Sub(ir.Const(1))}, out)
	}
	b.next(old, p, last)
	return out
}

// contract: a sum over all rows of products.
func (b *builder) contract(v ir.Value, w wanted) ir.Value {
	n, a := v.Node, v.Node.Attr.(*ir.SumAttr)
	label := ""
	for _, x := range n.Args {
		for _, l := range a.Labels {
			if b.acts(x, l) {
				label = l
			}
		}
	}
	if label == "" {
		return ir.Value{}
	}
	args := make([]ir.Value, len(n.Args))
	for i, x := range n.Args {
		if b.deriver.of(x).total != nil {
			b.refuse(n, "it sums over all rows what changes with every row")
		}
		args[i] = b.get(x, w)
	}
	p := b.place(n)
	return b.accumulate(n, p, p.add(n, ir.Contract, a, args...), "sum", false, label)
}

// gather: a table along the sequence is there as a whole; its rows are numbered from its first one.
func (b *builder) gather(v ir.Value, w wanted) ir.Value {
	n, label := v.Node, v.Node.Attr.(*ir.LabelAttr).Label
	if !b.acts(n.Args[0], label) {
		return ir.Value{}
	}
	table := b.get(n.Args[0], w.with(label, extent{span: all}))
	return b.named(n, b.place(n).add(n, ir.Gather, n.Attr, table, b.get(n.Args[1], w)))
}

// whole1 is an op that works along the whole sequence, on what is made of positions alone.
func (b *builder) whole1(v ir.Value, w wanted) ir.Value {
	n := v.Node
	labels := b.timed(n.Args[0].Type())
	for _, l := range labels {
		if slices.Contains(ir.Along(n), l) {
			for _, k := range slices.Concat(labels, b.timed(v.Type())) {
				w = w.with(k, extent{span: all})
			}
			return b.plain(n, w)
		}
	}
	return ir.Value{}
}

func (b *builder) arg(v ir.Value, _ wanted) ir.Value {
	b.refuse(v.Node, "a parameter of a region is read from outside of it")
	return ir.Value{}
}
