package plan

import (
	"slices"

	"archc/ir"
)

// attend plans attention row by row: for each element of the batch, of the axes along which the mask differs and of the
// queries, the admitted keys are collected and the regions run on them as on any other tensors.
func (b *builder) attend(n *ir.Node) {
	if b.lanesAttend(n) {
		return
	}
	a := n.Attr.(*ir.AttendAttr)
	mask := n.RegionNamed("mask")
	outs := make([]View, len(n.Outs))
	for i := range n.Outs {
		v := ir.Value{Node: n, Out: i}
		outs[i] = b.into(v, b.typed(n, n.Outs[i]))
		b.values[v] = value{view: &outs[i]}
		b.add(&Fill{To: outs[i]})
	}
	var axes []ir.Axis
	if b.hasBatch(n) {
		axes = append(axes, ir.Axis{Label: Batch, Size: ir.Free(Batch)})
	}
	axes = append(axes, b.axes(mask.Results[0].Type().Without(a.Key).Axes)...)
	row := func() { b.attendRow(n, outs, nil) }
	for _, q := range n.Args[:a.Queries] {
		if t := b.typeOf(q); a.Query != "" && t.Has(a.Query) {
			// Values from outside keep the axis of the queries: the regions look them up.
			query := t.Axes[t.Find(a.Query)]
			row = func() {
				loop := b.newLoop(query.Label, 0, 1, query.Size)
				b.inside(loop, loop, loop.Body, func() { b.attendRow(n, outs, loop) })
			}
			break
		}
	}
	b.overAll(axes, row)
}

// attendRow plans the row of a query, or the only one where loop is nil.
func (b *builder) attendRow(n *ir.Node, outs []View, loop *Loop) {
	position := constant(0)
	if loop != nil {
		position = loopVar(loop)
	}
	a := n.Attr.(*ir.AttendAttr)
	mask, score, norm := n.RegionNamed("mask"), n.RegionNamed("score"), n.RegionNamed("norm")
	weight := n.RegionNamed("weight")
	size := b.keySize(n)
	key := ir.Axis{Label: a.Key, Size: size}
	row := func(r *ir.Region, args ...value) value {
		for i, p := range r.Params {
			b.values[ir.Value{Node: p}] = args[i]
		}
		b.region(r)
		return b.value(r.Results[0])
	}
	var m View
	b.meaning(a.Key, size, func() { m = b.inMemory(row(mask, value{expr: position}, value{expr: index(key)})) })
	if m.Find(a.Key) < 0 {
		all := b.fresh([]Axis{{Label: a.Key, Size: size}})
		b.add(&Move{To: all, From: m})
		m = all
	}
	symbol := b.symbol(a.Key, size)
	admitted := ir.Free(symbol)
	list := b.fresh([]Axis{{Label: a.Key, Size: size}})
	admit := &Admit{Mask: m, List: list, Symbol: symbol, Body: &Block{}}
	b.inside(admit, nil, admit.Body, func() {
		chosen := View{Store: list.Store, Axes: []Axis{{a.Key, admitted, one()}}}
		take := func(x value) value {
			v := b.inMemory(x)
			i := v.Find(a.Key)
			if i < 0 {
				return value{view: &v}
			}
			rest := v.with(i)
			g := &Gather{Index: chosen, Label: a.Key, Size: v.Axes[i].Size, Along: v.Axes[i].Stride, Table: rest}
			g.Out = b.fresh(append([]Axis{{Label: a.Key, Size: admitted}}, rest.Axes...))
			b.add(g)
			return value{view: &g.Out}
		}
		args := []value{{expr: position}, {view: &chosen}}
		for _, q := range n.Args[:a.Queries] {
			x := b.value(q)
			if loop != nil {
				x = x.at(a.Query, loop)
			}
			args = append(args, x)
		}
		for _, k := range n.Args[a.Queries : a.Queries+a.Keys] {
			args = append(args, take(b.value(k)))
		}
		var w value
		b.meaning(a.Key, admitted, func() {
			weigh := func(r *ir.Region, x value) value { return row(r, append([]value{x}, args[:2]...)[:len(r.Params)]...) }
			w = weigh(norm, row(score, args...))
			if weight != nil {
				w = weigh(weight, w)
			}
		})
		for i, v := range n.Args[a.Queries+a.Keys:] {
			out := b.inMemory(b.product(ir.Value{}, b.alongKeys(w, a.Key, admitted), take(b.value(v)), []string{a.Key}))
			to := outs[i]
			for _, f := range b.fixed {
				to = to.at(f.Label, f.Loop)
			}
			if loop != nil {
				to = to.at(a.Query, loop)
			}
			b.add(&Move{To: to, From: out})
		}
	})
}

// alongKeys writes weights that are the same for all keys out along them.
func (b *builder) alongKeys(w value, key string, size ir.Size) value {
	v := b.inMemory(w)
	if v.Find(key) >= 0 {
		return value{view: &v}
	}
	to := b.fresh(append(slices.Clone(v.Axes), Axis{Label: key, Size: size}))
	b.add(&Move{To: to, From: v})
	return value{view: &to}
}

// keySize is the number of keys.
func (b *builder) keySize(n *ir.Node) ir.Size {
	a := n.Attr.(*ir.AttendAttr)
	for _, v := range n.Args[a.Queries:] {
		if t := b.typeOf(v); t.Has(a.Key) {
			return t.Axes[t.Find(a.Key)].Size
		}
	}
	b.fail("no argument has the axis %s", a.Key)
	return zero()
}
