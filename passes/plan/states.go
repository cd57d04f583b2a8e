package plan

import (
	"fmt"

	"archc/ir"
)

// state plans a state: its store has room for the rows to come. Where rows are added behind those that it has, the next
// value is asked for in the store itself.
func (b *builder) state(c ir.Carried) value {
	now, next := b.typed(c.Input.Node, c.Input.Type()), b.typed(c.Input.Node, c.Output.Type())
	grows, slice := appended(c.Output.Value, c.Input.Value)
	s := State{Name: c.Input.Name}
	room := b.capacity(now)
	if slice != nil {
		s.Slide = b.slide(slice, now)
		for i := range room {
			if room[i].Label == slice.Label {
				room[i].Size = ir.Free(s.Slide.Room)
			}
		}
	}
	store := &Store{Name: s.Name, Role: Kept, Elements: elements(room)}
	room = compact(room)
	s.View, s.Next = View{Store: store, Axes: now}, View{Store: store, Axes: next}
	for i, x := range room {
		s.View.Axes[i].Stride = x.Stride
		if at := s.Next.Find(x.Label); at >= 0 {
			s.Next.Axes[at].Stride = x.Stride
		}
	}
	if s.Slide != nil {
		stride := s.View.Stride(s.Slide.Label)
		s.View.Base = ir.Free(s.Slide.Start).Mul(stride)
		s.Next.Base = s.View.Base.Add(s.Slide.By.Mul(stride))
	}
	b.plan.States = append(b.plan.States, s)
	if grows {
		b.wanted[c.Output.Value] = s.Next
	}
	return value{view: &s.View}
}

// slide is the window that a slice of a state and new rows leaves. Equal windows move together.
func (b *builder) slide(a *ir.SliceAttr, now []Axis) *Slide {
	var rows ir.Size
	for _, x := range now {
		if x.Label == a.Label {
			rows = x.Size
		}
	}
	for _, s := range b.plan.States {
		if s.Slide != nil && s.Slide.Label == a.Label && s.Slide.By.Equal(a.Start) && s.Slide.Rows.Equal(rows) {
			return s.Slide
		}
	}
	n := 1
	for _, s := range b.plan.States {
		if s.Slide != nil {
			n++
		}
	}
	return &Slide{
		Label: a.Label, Start: fmt.Sprintf("start#%d", n), Room: fmt.Sprintf("room#%d", n),
		By: a.Start, Rows: rows, Need: a.Start.Add(a.Into.Size),
	}
}

// appended reports whether a value is a state with rows behind it: a concatenation that begins with it, or the end of
// one, inside of the loops that slice and stack the state.
func appended(v, state ir.Value) (bool, *ir.SliceAttr) {
	switch n := v.Node; n.Op {
	case ir.Concat:
		return n.Args[0] == state, nil
	case ir.Slice:
		a := n.Attr.(*ir.SliceAttr)
		in := n.Args[0].Node
		if in.Op == ir.Concat && in.Args[0] == state && in.Attr.(*ir.ConcatAttr).Into.Label == a.Label && a.Into.Label == a.Label {
			return true, a
		}
	case ir.Repeat:
		a, body := n.Attr.(*ir.RepeatAttr), n.Regions[0]
		carries := a.Carries(len(n.Args))
		if v.Out < carries {
			return false, nil
		}
		for i, arg := range n.Args[carries:] {
			if arg == state && a.Stacked[v.Out-carries].Label == a.Slices[i] {
				return appended(body.Results[v.Out], ir.Value{Node: body.Params[1+carries+i]})
			}
		}
	}
	return false, nil
}
