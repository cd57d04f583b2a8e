package sparsity

import (
	"slices"

	"archc/ir"
)

// span is the whole numbers from lo to hi; nil is open. Bounds are whole.
type span struct{ lo, hi *ir.Size }

// piece is the pairs (i, j) with each of six numbers in a span. With the period P of the space and i = P x + r,
// j = P y + s, 0 <= r, s < P, they are x, y, x - y and r, s, r - s: half-planes of three directions among the
// blocks, and among the places in a block. Pieces are closed under "and".
type piece [6]span

// The numbers that a piece bounds.
const (
	rowBlock = iota // x
	keyBlock        // y
	blockGap        // x - y
	rowRest         // r
	keyRest         // s
	restGap         // r - s
)

// zone is a union of pieces no two of which share a pair. None: never; one without bounds: always.
type zone []piece

func never() zone  { return nil }
func always() zone { return zone{{}} }

// space is what zones are made in. Without a modulus the period is 1: then x = i, y = j, and r = s = 0.
type space struct {
	period           int64
	facts            ir.Facts
	lastRow, lastKey ir.Size // the last x and y
	tooMany          bool    // a zone had more than maxPieces pieces, and what was given for it means nothing
}

// implied is what holds of a number without any bound.
func (sp *space) implied(k int) span {
	zero, last := ir.Size{}, ir.Const(sp.period-1)
	switch k {
	case rowBlock:
		return span{&zero, &sp.lastRow}
	case keyBlock:
		return span{&zero, &sp.lastKey}
	case rowRest, keyRest:
		return span{&zero, &last}
	case restGap:
		first := ir.Const(1 - sp.period)
		return span{&first, &last}
	}
	return span{}
}

func (sp *space) meet(s, o span) span {
	return span{tighter(s.lo, o.lo, sp.facts.Larger), tighter(s.hi, o.hi, sp.facts.Smaller)}
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

// surelyBelow reports whether a < b is certain; an open bound is below nothing.
func (sp *space) surelyBelow(a, b *ir.Size) bool {
	return a != nil && b != nil && sp.facts.AtLeast(b.Sub(*a), 1)
}

// trim leaves out bounds that hold anyway.
func (sp *space) trim(s span, k int) span {
	all := sp.implied(k)
	if s.lo != nil && all.lo != nil && sp.facts.AtLeast(all.lo.Sub(*s.lo), 0) {
		s.lo = nil
	}
	if s.hi != nil && all.hi != nil && sp.facts.AtLeast(s.hi.Sub(*all.hi), 0) {
		s.hi = nil
	}
	return s
}

// and is the intersection of two pieces; ok is false when it is empty for sure.
func (sp *space) and(p, o piece) (both piece, ok bool) {
	for k := range both {
		both[k] = sp.meet(p[k], o[k])
	}
	return both, !sp.isEmpty(both)
}

// isEmpty reports whether no pair can be in the piece; false is no promise.
func (sp *space) isEmpty(p piece) bool {
	for k := range p {
		p[k] = sp.meet(p[k], sp.implied(k))
		if sp.surelyBelow(p[k].hi, p[k].lo) {
			return true
		}
	}
	return sp.apart(p[rowBlock], p[keyBlock], p[blockGap]) || sp.apart(p[rowRest], p[keyRest], p[restGap])
}

// apart reports whether a in one span and b in another surely have a difference outside the third.
func (sp *space) apart(a, b, gap span) bool {
	least, most := difference(a.lo, b.hi), difference(a.hi, b.lo)
	return sp.surelyBelow(gap.hi, least) || sp.surelyBelow(most, gap.lo)
}

func difference(a, b *ir.Size) *ir.Size {
	if a == nil || b == nil {
		return nil
	}
	d := a.Sub(*b)
	return &d
}

// isSurelyIn reports whether every pair of p is in o; false is no promise.
func (sp *space) isSurelyIn(p, o piece) bool {
	for k := range p {
		s := sp.meet(p[k], sp.implied(k))
		if o[k].lo != nil && (s.lo == nil || !sp.facts.AtLeast(s.lo.Sub(*o[k].lo), 0)) ||
			o[k].hi != nil && (s.hi == nil || !sp.facts.AtLeast(o[k].hi.Sub(*s.hi), 0)) {
			return false
		}
	}
	return true
}

// outside is the rest of the line, in parts that share nothing even where the span is empty.
func (sp *space) outside(s span) []span {
	var out []span
	if s.lo != nil {
		hi := s.lo.Sub(ir.Const(1))
		out = append(out, span{hi: &hi})
	}
	if s.hi != nil {
		lo := s.hi.Add(ir.Const(1))
		if s.lo != nil {
			lo = sp.facts.Larger(*s.lo, lo)
		}
		out = append(out, span{lo: &lo})
	}
	return out
}

// without is the pairs of p that are not in o: for each bounded number of o the part where it is outside, and those
// before it inside.
func (sp *space) without(p, o piece) zone {
	var out zone
	for k := range o {
		for _, s := range sp.outside(o[k]) {
			var half piece
			half[k] = s
			if rest, ok := sp.and(p, half); ok {
				out = append(out, rest)
			}
		}
		p[k] = sp.meet(p[k], o[k])
		if sp.isEmpty(p) {
			return out
		}
	}
	return out
}

// meetZone is the intersection of two zones.
func (sp *space) meetZone(a, b zone) zone {
	var out zone
	for _, p := range a {
		for _, o := range b {
			if both, ok := sp.and(p, o); ok {
				out = append(out, sp.tidy(both))
			}
		}
		if sp.tooMany = sp.tooMany || len(out) > maxPieces; sp.tooMany {
			return nil
		}
	}
	return out
}

// minus is the pairs of a that are not in b.
func (sp *space) minus(a, b zone) zone {
	for _, o := range b {
		var left zone
		for _, p := range a {
			if _, shared := sp.and(p, o); shared {
				left = append(left, sp.without(p, o)...)
			} else {
				left = append(left, p)
			}
		}
		if a = left; len(a) > maxPieces {
			sp.tooMany = true
			return nil
		}
	}
	for k := range a {
		a[k] = sp.tidy(a[k])
	}
	return a
}

// union keeps of b what a does not have, and of a what is in no single piece of b.
func (sp *space) union(a, b zone) zone {
	inside := func(list zone) func(piece) bool {
		return func(p piece) bool {
			return slices.ContainsFunc(list, func(o piece) bool { return sp.isSurelyIn(p, o) })
		}
	}
	b = slices.DeleteFunc(slices.Clone(b), inside(a))
	a = slices.DeleteFunc(slices.Clone(a), inside(b))
	return sp.join(append(a, sp.minus(b, a)...))
}

func (sp *space) tidy(p piece) piece {
	for k := range p {
		p[k] = sp.trim(p[k], k)
	}
	return p
}

// join merges pieces that differ in one number alone whose spans touch.
func (sp *space) join(z zone) zone {
	for again := true; again; {
		again = false
		for a := 0; a < len(z); a++ {
			for b := a + 1; b < len(z); b++ {
				if p, ok := sp.joined(z[a], z[b]); ok {
					z[a], again = p, true
					z = slices.Delete(z, b, b+1)
					b--
				}
			}
		}
	}
	return z
}

func (sp *space) joined(p, o piece) (piece, bool) {
	at := -1
	for k := range p {
		if !sameBound(p[k].lo, o[k].lo) || !sameBound(p[k].hi, o[k].hi) {
			if at >= 0 {
				return p, false
			}
			at = k
		}
	}
	if at < 0 {
		return p, true
	}
	if touch(o[at], p[at]) {
		p, o = o, p
	}
	if !touch(p[at], o[at]) || !sp.isSpan(p[at]) || !sp.isSpan(o[at]) {
		return p, false
	}
	p[at].hi = o[at].hi
	p[at] = sp.trim(p[at], at)
	return p, true
}

// isSpan reports whether a span surely is not the wrong way round, so that it and its neighbour are one.
func (sp *space) isSpan(s span) bool {
	return s.lo == nil || s.hi == nil || sp.facts.AtLeast(s.hi.Sub(*s.lo), -1)
}

func sameBound(a, b *ir.Size) bool {
	return a == b || a != nil && b != nil && a.Equal(*b)
}

// touch reports whether b begins right behind a.
func touch(a, b span) bool {
	return a.hi != nil && b.lo != nil && a.hi.Add(ir.Const(1)).Equal(*b.lo)
}
