package decode

import (
	"fmt"

	"archc/ir"
)

// held is a state inside a place: what it is there, and which row of the program's table it is.
type held struct {
	in    ir.Value
	index int
}

// state makes a state of the type that a value has in a place; in loops there is one for each run.
func (b *builder) state(n *ir.Node, name string, p *place, k Kind, t ir.Type, why string) held {
	if b.first == nil {
		b.refuse(n, "what comes before the first step would have a state of its own")
	}
	if k != Constant {
		b.inLoop(n, p)
	}
	s := State{Kind: k, In: b.unusedName(name), Of: n, Why: why}
	in := p.take(t, func(t ir.Type) ir.Value {
		s.Type = t
		return b.root.leaf(n, ir.Input, &ir.InputAttr{Name: s.In}, t)
	})
	b.states = append(b.states, s)
	return held{in, len(b.states) - 1}
}

// inLoop refuses a state in the body of a scan: its rows are one after another there.
func (b *builder) inLoop(n *ir.Node, p *place) {
	for ; p != nil; p = p.parent {
		if p.scan {
			b.refuse(n, "inside of a scan it reads other rows than the scan's own")
		}
	}
}

// next says what a state is for the next step.
func (b *builder) next(s held, p *place, v ir.Value) {
	in := b.states[s.index].In
	b.states[s.index].Next = ir.NextName(in)
	p.hand(v, func(v ir.Value) { b.outs = append(b.outs, ir.Port{Name: ir.NextName(in), Value: v}) })
}

func (b *builder) unusedName(s string) string {
	out := s
	for k := 2; b.names[out] || b.names[ir.NextName(out)]; k++ {
		out = fmt.Sprintf("%s#%d", s, k)
	}
	b.names[out], b.names[ir.NextName(out)] = true, true
	return out
}

// cached is a value with all its rows so far: those that a state has, then the new ones.
func (b *builder) cached(v ir.Value, label string, w wanted) ir.Value {
	n, p := v.Node, b.place(v.Node)
	now := b.get(v, w.with(label, extent{}))
	rows := now.Type()
	at := rows.Find(label)
	t := ir.Type{Kind: rows.Kind, Axes: append([]ir.Axis{}, rows.Axes...)}
	t.Axes[at].Size = ir.Free(b.past)
	s := b.state(n, b.stateName(n), p, Cache, t, "read by later rows")
	into := ir.Axis{Label: label, Size: ir.Free(b.past).Add(ir.Free(b.axis))}
	out := p.add(n, ir.Concat, &ir.ConcatAttr{Labels: []string{label, label}, Into: into}, s.in, now)
	b.next(s, p, out)
	switch c := b.offset(v.Type(), label); {
	case c < 0: // the rows of the first tokens are none
		into.Size = into.Size.Add(ir.Const(c))
		out = p.add(n, ir.Slice, &ir.SliceAttr{Label: label, Start: ir.Const(-c), Into: into}, out)
	case c > 0:
		front := b.get(v, w.with(label, extent{span: heads}))
		into.Size = into.Size.Add(ir.Const(c))
		out = p.add(n, ir.Concat, &ir.ConcatAttr{Labels: []string{label, label}, Into: into}, front, out)
	}
	return out
}

// tailOf is a value with the rows of a tail.
func (b *builder) tailOf(v ir.Value, label string, e extent, w wanted) ir.Value {
	n, p := v.Node, b.place(v.Node)
	now := b.get(v, w.with(label, extent{}))
	past, rows := ir.Free(b.past), ir.Free(b.axis)
	first, last := e.before(past)
	t := ir.Type{Kind: now.Type().Kind, Axes: append([]ir.Axis{}, now.Type().Axes...)}
	at := t.Find(label)
	t.Axes[at].Size = first.Add(last)
	why := fmt.Sprintf("read by the next %d rows", e.back)
	if e.keep > 0 {
		why += fmt.Sprintf(", the first %d by all", e.keep)
	}
	s := b.state(n, b.stateName(n), p, Ring, t, why)
	whole := first.Add(last).Add(rows)
	lay := func(labels []string, args ...ir.Value) ir.Value {
		size := ir.Size{}
		for _, x := range args {
			size = size.Add(x.Type().Axes[x.Type().Find(label)].Size)
		}
		return p.add(n, ir.Concat, &ir.ConcatAttr{Labels: labels, Into: ir.Axis{Label: label, Size: size}}, args...)
	}
	out := lay([]string{label, label}, s.in, now)
	cut := func(start, size ir.Size) ir.Value {
		return p.add(n, ir.Slice, &ir.SliceAttr{Label: label, Start: start, Into: ir.Axis{Label: label, Size: size}}, out)
	}
	first, last = e.before(past.Add(rows))
	next := cut(whole.Sub(last), last)
	if e.keep > 0 {
		next = lay([]string{label, label}, cut(ir.Size{}, first), next)
	}
	b.next(s, p, next)
	return out
}

// ring is a value with some rows before the new ones.
func (b *builder) ring(v ir.Value, label string, back int64, w wanted) ir.Value {
	now := b.get(v, w.with(label, extent{}))
	if back == 0 {
		return now
	}
	n, p := v.Node, b.place(v.Node)
	t := ir.Type{Kind: now.Type().Kind, Axes: append([]ir.Axis{}, now.Type().Axes...)}
	at := t.Find(label)
	t.Axes[at].Size = ir.Const(back)
	s := b.state(n, b.stateName(n), p, Ring, t, fmt.Sprintf("the last %d rows", back))
	into := ir.Axis{Label: label, Size: ir.Free(b.axis).Add(ir.Const(back))}
	out := p.add(n, ir.Concat, &ir.ConcatAttr{Labels: []string{label, label}, Into: into}, s.in, now)
	b.next(s, p, p.add(n, ir.Slice, &ir.SliceAttr{Label: label, Start: ir.Free(b.axis), Into: t.Axes[at]}, out))
	return out
}

// constant is what Init computes once.
func (b *builder) constant(v ir.Value) ir.Value {
	p := b.place(v.Node)
	for q := p; q != nil; q = q.parent {
		if q.scan {
			p = q.parent // the same in every run
		}
	}
	s := b.state(v.Node, b.stateName(v.Node), p, Constant, v.Type(), "computed once")
	b.startFrom(s, v.Node, v)
	return s.in
}

// startFrom lets Init give the first value of a state that stands where a node does: one for each run of the loops
// around it, also where all are the same.
func (b *builder) startFrom(s held, at *ir.Node, v ir.Value) {
	x := &b.states[s.index]
	x.Start = x.In + ".start"
	start, p := x.Start, b.first.place(at)
	p.hand(p.ordered(at, b.first.get(v, nil), v.Type().Labels()), func(v ir.Value) {
		b.first.outs = append(b.first.outs, ir.Port{Name: start, Value: v})
	})
}
