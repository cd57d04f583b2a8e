package decode

import (
	"archc/ir"
)

// attend: new queries, all keys so far. In the regions the rows are numbered as in the whole sequence.
func (b *builder) attend(v ir.Value, w wanted) ir.Value {
	n := v.Node
	a := n.Attr.(*ir.AttendAttr)
	query, key := b.axisOf(n, a.Query), b.axisOf(n, a.Key)
	if _, e := b.beyond(v, w); e.span != fresh {
		b.refuse(n, "more of its rows are read than the new ones")
	}
	args := make([]ir.Value, len(n.Args))
	for i, x := range n.Args {
		rows := w
		if key.timed && i >= a.Queries {
			rows = w.with(a.Key, b.tails[n])
		}
		args[i] = b.ordered(n, x, rows)
	}
	p := b.place(n)
	c := &copier{b: b, key: b.tails[n]}
	if query.timed {
		c.first = ir.Free(b.past).Add(ir.Const(query.offset))
	}
	regions := make([]*ir.Region, len(n.Regions))
	for i, r := range n.Regions {
		regions[i] = c.region(r)
	}
	p.b.Src, p.b.Scope = n.Src, n.Scope
	out, err := p.b.Add(ir.Attend, a, args, regions...)
	if err != nil {
		panic("decode: " + err.Error())
	}
	out.Name = n.Name
	for i := range n.Outs {
		o := ir.Value{Node: n, Out: i}
		b.made[request{o, w.of(b.deriver, o.Type()).key()}] = p.ordered(n, ir.Value{Node: out, Out: i}, o.Type().Labels())
	}
	return b.made[request{v, w.of(b.deriver, v.Type()).key()}]
}

// experts: rows are apart.
func (b *builder) experts(v ir.Value, w wanted) ir.Value {
	n := v.Node
	if _, e := b.beyond(v, w); e.span != fresh {
		b.refuse(n, "more of its rows are read than the new ones")
	}
	args := make([]ir.Value, len(n.Args))
	for i, x := range n.Args {
		args[i] = b.ordered(n, x, w)
	}
	p := b.place(n)
	body := (&copier{b: b}).region(n.Regions[0])
	p.b.Src, p.b.Scope = n.Src, n.Scope
	out, err := p.b.Add(ir.Experts, n.Attr, args, body)
	if err != nil {
		panic("decode: " + err.Error())
	}
	out.Name = n.Name
	return p.ordered(n, ir.Value{Node: out}, v.Type().Labels())
}

// copier copies a region whose nodes do not act along the sequence: regions of an attend, the body of an experts.
type copier struct {
	b     *builder
	outer *copier
	made  map[ir.Value]ir.Value
	// first is the row that the first query is in the whole sequence; zero where it is the first one.
	first ir.Size
	key   extent                // the keys that there are
	own   map[*ir.Node]ir.Value // a position of the query: its number among the new rows
}

func (c *copier) region(r *ir.Region) *ir.Region {
	in := &copier{b: c.b, outer: c, made: map[ir.Value]ir.Value{}, own: map[*ir.Node]ir.Value{}}
	p := newPlace(nil, r.Name)
	query, keys := r.Positions()
	for _, x := range r.Params {
		v := p.b.Param(x.Outs[0], x.Name)
		if x == query && !c.first.IsZero() {
			in.own[x] = v
			v = p.apply(x, "add", v, p.extent(x, c.first))
		}
		if x == keys && c.key.span == tail {
			v = c.b.rowOfTail(p, x, v, c.key)
		}
		in.made[ir.Value{Node: x}] = v
	}
	for _, n := range r.Nodes {
		in.node(p, n)
	}
	for _, v := range r.Results {
		p.region.Results = append(p.region.Results, in.value(v))
	}
	return p.region
}

func (c *copier) node(p *place, n *ir.Node) {
	args := make([]ir.Value, len(n.Args))
	if n.Op == ir.Gather && c.b.acts(n.Args[0], n.Attr.(*ir.LabelAttr).Label) {
		args[0], args[1] = c.table(n)
	} else {
		for i, v := range n.Args {
			args[i] = c.value(v)
		}
	}
	attr := n.Attr
	if s, ok := attr.(*ir.SizeAttr); ok {
		attr = &ir.SizeAttr{Size: c.b.whole(s.Size)}
	}
	var out *ir.Node
	p.b.Src, p.b.Scope = n.Src, n.Scope
	if n.Op == ir.Param || n.Op == ir.Constant {
		out = p.b.Leaf(n.Op, attr, n.Outs[0]).Node
	} else {
		regions := make([]*ir.Region, len(n.Regions))
		for i, r := range n.Regions {
			regions[i] = c.region(r)
		}
		var err error
		if out, err = p.b.Add(n.Op, attr, args, regions...); err != nil {
			panic("decode: " + err.Error())
		}
	}
	out.Name = n.Name
	for i := range n.Outs {
		c.made[ir.Value{Node: n, Out: i}] = ir.Value{Node: out, Out: i}
	}
}

// value finds a value of a region around, or of the module outside.
func (c *copier) value(v ir.Value) ir.Value {
	for q := c; q != nil; q = q.outer {
		if x, ok := q.made[v]; ok {
			return x
		}
	}
	return c.b.get(v, nil)
}

// table is a table along the sequence, and where it is read: at the query's own row among the new rows, else in all.
func (c *copier) table(n *ir.Node) (table, at ir.Value) {
	label := n.Attr.(*ir.LabelAttr).Label
	for q := c; q != nil; q = q.outer {
		if _, inside := q.made[n.Args[0]]; inside {
			panic(refusal{c.b.refusal(n, "it reads a value of each two rows of the sequence, to whose rows every token adds a column").
				Suggest("what a score takes of a query and a key is computed in it, from its operands")})
		}
	}
	for q := c; q != nil; q = q.outer {
		if own, ok := q.own[n.Args[1].Node]; ok {
			return c.b.get(n.Args[0], nil), own
		}
	}
	return c.b.get(n.Args[0], wanted{label: {span: all}}), c.value(n.Args[1])
}

// rowOfTail is which row of the whole sequence a row of a tail is.
func (b *builder) rowOfTail(p *place, like *ir.Node, at ir.Value, e extent) ir.Value {
	first, last := e.before(ir.Free(b.past))
	late := p.apply(like, "add", at, p.extent(like, ir.Free(b.past).Sub(first).Sub(last)))
	if e.keep == 0 {
		return late
	}
	return p.apply(like, "select", p.apply(like, "lt", at, p.extent(like, first)), at, late)
}
