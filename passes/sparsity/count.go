package sparsity

import (
	"fmt"
	"math/big"

	"archc/ir"
)

// Counting is done by one sum. With h rows 0 <= x < h and w columns 0 <= y < w, the pairs with x - y <= d are,
// column by column, clamp(y + d + 1, 0, h); summed over y, staircase(w+d+1, h) - staircase(d+1, h), where
// staircase(n, h) is the sum of clamp(m, 0, h) over m < n. A band lo <= x - y <= hi is a difference of two, and
// spans for x and y leave a band of a smaller rectangle.
//
// A piece bounds blocks and places in them apart. Among P a + t rows, place r occurs in a + 1 blocks when r < t, else
// in a; so the pairs of places below (t, u) count the blocks of a+1 by b+1, and so on for the other three corners.

// inverse is 1/n.
func inverse(n int64) ir.Size { return ir.Rational(big.NewRat(1, n)) }

// rectangle is h rows and w columns.
type rectangle struct{ h, w ir.Size }

// maxTerms bounds a formula: a longer one says nothing to a reader, and the pieces count at given sizes without it.
const maxTerms = 64

// count is the number of pairs of a zone, unless the formula is too long.
func (f *frame) count(z zone) (ir.Size, error) {
	total, err := f.sum(z)
	if err != nil {
		return total, err
	}
	if total = f.out(total); total.Terms() > maxTerms {
		return total, errTooLong
	}
	return total, nil
}

var errTooLong = fmt.Errorf("its closed form has more than %d terms", maxTerms)

// sum is the same in the frame's symbols.
func (f *frame) sum(z zone) (ir.Size, error) {
	var total ir.Size
	for _, p := range z {
		if total = total.Add(f.pairs(p)); total.Terms() > 2*maxTerms { // few of them cancel
			return total, errTooLong
		}
	}
	return total, nil
}

// pairs is the number of pairs of a piece.
func (f *frame) pairs(p piece) ir.Size {
	blocks := func(h, w ir.Size) ir.Size { return f.box(p[rowBlock], p[keyBlock], p[blockGap], rectangle{h, w}) }
	places := func(h, w ir.Size) ir.Size { return f.box(p[rowRest], p[keyRest], p[restGap], rectangle{h, w}) }
	one, all := ir.Const(1), ir.Const(f.period)
	moreRows, moreKeys := f.a.Add(one), f.b.Add(one)
	rest := places(all, all)
	var total ir.Size
	corner := func(n, h, w ir.Size) {
		if !n.IsZero() {
			total = total.Add(n.Mul(blocks(h, w)))
		}
	}
	both := places(f.t, f.u)
	high, wide := places(f.t, all).Sub(both), places(all, f.u).Sub(both)
	corner(both, moreRows, moreKeys)
	corner(high, moreRows, f.b)
	corner(wide, f.a, moreKeys)
	corner(rest.Sub(both).Sub(high).Sub(wide), f.a, f.b)
	return total
}

// staircase is the sum of min(m, h) over 0 <= m < n: c(c-1)/2 + h(n-c) with c = min(n, h); 0 for n <= 0.
func (f *frame) staircase(n, h ir.Size) ir.Size {
	if f.facts.AtMost(n, 1) {
		return ir.Size{}
	}
	n = f.facts.Larger(n, ir.Size{})
	c := f.facts.Smaller(n, h)
	return triangle(c).Add(h.Mul(n.Sub(c)))
}

// triangle is c(c-1)/2.
func triangle(c ir.Size) ir.Size { return c.Mul(c.Sub(ir.Const(1))).Mul(inverse(2)) }

// upTo is the number of pairs with x - y <= d. Both forms hold for every d; the one is chosen that folds: from the
// diagonal's side on which d lies.
func (f *frame) upTo(d ir.Size, r rectangle) ir.Size {
	one := ir.Const(1)
	if f.facts.AtMost(d, -2) {
		return r.h.Mul(r.w).Sub(f.upTo(ir.Size{}.Sub(d).Sub(one), rectangle{r.w, r.h}))
	}
	return f.staircase(r.w.Add(d).Add(one), r.h).Sub(f.staircase(d.Add(one), r.h))
}

// band is the number of pairs with x - y in a span.
func (f *frame) band(d span, r rectangle) ir.Size {
	if d.lo != nil && d.hi != nil && d.lo.Equal(*d.hi) {
		return f.diagonal(*d.lo, r)
	}
	all := r.h.Mul(r.w)
	if d.hi != nil {
		hi := *d.hi
		if d.lo != nil {
			hi = f.facts.Larger(hi, d.lo.Sub(ir.Const(1)))
		}
		all = f.upTo(hi, r)
	}
	if d.lo != nil {
		all = all.Sub(f.upTo(d.lo.Sub(ir.Const(1)), r))
	}
	return all
}

// diagonal is the number of pairs with x - y = d.
func (f *frame) diagonal(d ir.Size, r rectangle) ir.Size {
	last := f.facts.Smaller(r.h, r.w.Add(d))
	return f.facts.Larger(last.Sub(f.facts.Larger(d, ir.Size{})), ir.Size{})
}

// cut is the first number of a span within 0 <= x < n, and how many there are.
func (f *frame) cut(s span, n ir.Size) (first, count ir.Size) {
	last := n.Sub(ir.Const(1))
	if s.lo != nil {
		first = f.facts.Larger(*s.lo, first)
	}
	if s.hi != nil {
		last = f.facts.Smaller(*s.hi, last)
	}
	return first, f.facts.Larger(last.Sub(first).Add(ir.Const(1)), ir.Size{})
}

// box is the number of pairs with x, y and x - y in spans.
func (f *frame) box(x, y, d span, r rectangle) ir.Size {
	i, h := f.cut(x, r.h)
	j, w := f.cut(y, r.w)
	move := func(bound *ir.Size) *ir.Size { // x - y counted from the corner of the smaller rectangle
		if bound == nil {
			return nil
		}
		v := bound.Sub(i).Add(j)
		return &v
	}
	return f.band(span{move(d.lo), move(d.hi)}, rectangle{h, w})
}
