package decode

import (
	"slices"

	"archc/ir"
)

// skips reports what a program does not carry through its loops: Step has what does not change as constants, Init
// knows nothing that comes with the rows.
func (b *builder) skips(v ir.Value) bool {
	on := b.deriver.of(v).on
	if b.first == nil {
		return on == onTime
	}
	return on == onStatic
}

// unchanged reports a carry that every run gives back as it is.
func unchanged(n *ir.Node, i int) bool {
	body := n.Regions[0]
	return body.Results[i] == ir.Value{Node: body.Params[i+1]}
}

// repeat writes a loop: over layers the same loop on the new rows, along the sequence a loop over the new rows that
// begins where the last step ended.
func (b *builder) repeat(v ir.Value, w wanted) ir.Value {
	n := v.Node
	a := n.Attr.(*ir.RepeatAttr)
	if v.Out < a.Carries(len(n.Args)) && unchanged(n, v.Out) {
		return b.get(n.Args[v.Out], w)
	}
	if _, e := b.beyond(v, w); e.span != fresh {
		b.refuse(n, "more of its rows are read than the new ones")
	}
	if _, ok := b.places[n.Regions[0]]; ok {
		b.refuse(n, "its result is read inside of it")
	}
	b.written(n)
	return b.made[request{v, w.key()}]
}

// loop is a loop that is being written.
type loop struct {
	place   *place
	attr    ir.RepeatAttr
	args    []ir.Value // carries, then slices
	carries []int      // which of the module's
	states  []held     // of a loop along the sequence: those of the carries
}

// enter opens the body of a loop in Init, for constants that its runs have.
func (b *builder) enter(n *ir.Node) *place {
	if b.first != nil || n == nil || n.Op != ir.Repeat {
		panic("decode: a region is written before its node")
	}
	if _, scan := b.along(n.Attr.(*ir.RepeatAttr).Count); scan {
		return b.place(n) // the same in every run, so it is computed outside
	}
	l := b.begin(n)
	b.pending = append(b.pending, func() { b.finish(n, l) })
	return l.place
}

// close ends the loops of Init, the inner ones first.
func (b *builder) close() {
	for i := len(b.pending) - 1; i >= 0; i-- {
		b.pending[i]()
	}
}

// written writes the whole loop.
func (b *builder) written(n *ir.Node) {
	b.finish(n, b.begin(n))
}

// begin opens the body and gives it its parameters.
func (b *builder) begin(n *ir.Node) *loop {
	a, body := n.Attr.(*ir.RepeatAttr), n.Regions[0]
	_, scan := b.along(a.Count)
	outer := b.place(n)
	l := &loop{attr: *a, place: newPlace(outer, "body")}
	l.attr.Slices, l.attr.Stacked = nil, nil
	l.place.scan, l.place.loop = scan, &l.attr
	if scan {
		l.attr.Count = ir.Free(b.axis)
	}
	b.places[body] = l.place
	number := l.place.b.Param(ir.Scalar(ir.Int), body.Params[0].Name)
	if scan {
		before := ir.Free(b.past).Mul(ir.Const(a.Step))
		number = l.place.apply(n, "add", number, l.place.extent(n, before))
	}
	b.give(body.Params[0], number)
	carries := a.Carries(len(n.Args))
	for i, v := range n.Args[:carries] {
		p := body.Params[i+1]
		switch {
		case !scan && unchanged(n, i):
			b.alias(p, v)
			continue
		case !scan && b.skips(ir.Value{Node: p}):
			continue
		}
		x := b.start(n, p, l, v, scan)
		l.args, l.carries = append(l.args, x), append(l.carries, i)
		b.give(p, l.place.b.Param(x.Type(), p.Name))
	}
	for i, v := range n.Args[carries:] {
		p := body.Params[carries+1+i]
		if b.skips(v) {
			continue
		}
		x := b.ordered(n, v, nil)
		l.args = append(l.args, x)
		l.attr.Slices = append(l.attr.Slices, a.Slices[i])
		b.give(p, l.place.b.Param(x.Type().Without(a.Slices[i]), p.Name))
	}
	return l
}

// start is what a carry has before the first run.
func (b *builder) start(n, carry *ir.Node, l *loop, v ir.Value, scan bool) ir.Value {
	if !scan {
		return b.ordered(n, v, nil)
	}
	p := b.place(n)
	s := b.state(n, b.name(carry), p, Carry, v.Type(), "what the rows before left")
	l.states = append(l.states, s)
	if b.deriver.of(v).on != onTime {
		b.startFrom(s, n, v)
		return s.in
	}
	began := p.apply(n, "gt", p.extent(n, ir.Free(b.past)), p.number(n, ir.Int, 0))
	return p.ordered(n, p.apply(n, "select", began, s.in, b.get(v, nil)), v.Type().Labels())
}

// ordered is a value for a node, with its axes in the order that the module has.
func (b *builder) ordered(n *ir.Node, v ir.Value, w wanted) ir.Value {
	return b.place(n).ordered(n, b.get(v, w), v.Type().Labels())
}

// give says what a parameter is in the program, with its fresh rows.
func (b *builder) give(p *ir.Node, v ir.Value) {
	x := ir.Value{Node: p}
	b.made[request{x, wanted{}.of(b.deriver, x.Type()).key()}] = v
}

// alias lets a parameter be the value around the loop that it is in every run.
func (b *builder) alias(p *ir.Node, v ir.Value) { b.same[ir.Value{Node: p}] = v }

// finish asks for what the runs give and puts the loop behind what it reads.
func (b *builder) finish(n *ir.Node, l *loop) {
	a, body := n.Attr.(*ir.RepeatAttr), n.Regions[0]
	carries := a.Carries(len(n.Args))
	for _, i := range l.carries {
		v := body.Results[i]
		x := l.place.ordered(n, b.get(v, nil), v.Type().Labels())
		l.place.region.Results = append(l.place.region.Results, x)
	}
	var kept []int // of the module's stacked results
	for i, v := range body.Results[carries:] {
		if b.skips(v) {
			continue
		}
		kept = append(kept, i)
		x := l.place.ordered(n, b.get(v, nil), v.Type().Labels())
		l.place.region.Results = append(l.place.region.Results, x)
		axis := a.Stacked[i]
		if l.place.scan {
			axis.Size = l.attr.Count
		}
		l.attr.Stacked = append(l.attr.Stacked, axis)
	}
	for i := 0; i < len(l.place.stacked); i++ {
		s := l.place.stacked[i]
		l.place.region.Results = append(l.place.region.Results, s.element)
		l.attr.Stacked = append(l.attr.Stacked, s.axis)
	}
	args := slices.Concat(l.args, l.place.slices)
	l.attr.Slices = append(l.attr.Slices, l.place.labels...)
	outer := l.place.parent
	outer.b.Src, outer.b.Scope = n.Src, n.Scope
	node, err := outer.b.Add(ir.Repeat, &l.attr, args, l.place.region)
	if err != nil {
		panic("decode: " + err.Error())
	}
	node.Name = n.Name
	delete(b.places, body)
	out := func(at, of int) {
		v := ir.Value{Node: n, Out: of}
		b.made[request{v, wanted{}.of(b.deriver, v.Type()).key()}] = ir.Value{Node: node, Out: at}
	}
	for k, i := range l.carries {
		out(k, i)
		if l.place.scan {
			b.next(l.states[k], outer, ir.Value{Node: node, Out: k})
		}
	}
	for k, i := range kept {
		out(len(l.carries)+k, carries+i)
	}
	for k, s := range l.place.stacked {
		s.then(ir.Value{Node: node, Out: len(l.carries) + len(kept) + k})
	}
}
