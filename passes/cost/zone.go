package cost

import (
	"slices"

	"archc/ir"
)

// span is the whole numbers from lo to hi; nil is open. Bounds are whole.
type span struct{ lo, hi *ir.Size }

// box is the pairs (i, j) with i, j and i - j each in a span: half-planes of three directions, closed
// under "and".
type box struct{ i, j, d span }

// zone is a union of boxes. No box: never; one without bounds: always.
type zone []box

func never() zone  { return nil }
func always() zone { return zone{{}} }

func (s span) and(o span) span {
	return span{tighter(s.lo, o.lo, larger), tighter(s.hi, o.hi, smaller)}
}

func tighter(a, b *ir.Size, choose func(a, b ir.Size) ir.Size) *ir.Size {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	v := choose(*a, *b)
	return &v
}

// isEmpty reports whether no number can be in the span; false is no promise.
func (s span) isEmpty() bool {
	return s.lo != nil && s.hi != nil && atMost(s.hi.Sub(*s.lo), -1)
}

// isSurelyIn reports whether every number of s is in o; false is no promise.
func (s span) isSurelyIn(o span) bool {
	below := o.lo == nil || (s.lo != nil && atLeast(s.lo.Sub(*o.lo), 0))
	above := o.hi == nil || (s.hi != nil && atLeast(o.hi.Sub(*s.hi), 0))
	return below && above
}

// outside is the rest of the line.
func (s span) outside() []span {
	var out []span
	if s.lo != nil {
		hi := s.lo.Sub(ir.Const(1))
		out = append(out, span{hi: &hi})
	}
	if s.hi != nil {
		lo := s.hi.Add(ir.Const(1))
		out = append(out, span{lo: &lo})
	}
	return out
}

func (b box) and(o box) box { return box{b.i.and(o.i), b.j.and(o.j), b.d.and(o.d)} }

func (b box) isEmpty() bool { return b.i.isEmpty() || b.j.isEmpty() || b.d.isEmpty() }

func (b box) isSurelyIn(o box) bool {
	return b.i.isSurelyIn(o.i) && b.j.isSurelyIn(o.j) && b.d.isSurelyIn(o.d)
}

// or is the union, without boxes that lie in others.
func (z zone) or(o zone) zone {
	out := slices.Clone(z)
	for _, b := range o {
		if b.isEmpty() || slices.ContainsFunc(out, b.isSurelyIn) {
			continue
		}
		out = slices.DeleteFunc(out, func(old box) bool { return old.isSurelyIn(b) })
		out = append(out, b)
	}
	return out
}

// and is the intersection.
func (z zone) and(o zone) zone {
	var out zone
	for _, a := range z {
		for _, b := range o {
			out = out.or(zone{a.and(b)})
		}
	}
	return out
}

// not is the complement of a box: a union of half-planes.
func (b box) not() zone {
	var out zone
	for _, s := range b.i.outside() {
		out = append(out, box{i: s})
	}
	for _, s := range b.j.outside() {
		out = append(out, box{j: s})
	}
	for _, s := range b.d.outside() {
		out = append(out, box{d: s})
	}
	return out
}
