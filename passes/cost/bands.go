package cost

import (
	"fmt"

	"archc/ir"
)

// Counting is done by one sum. With T rows 0 <= i < T and S keys 0 <= j < S, the pairs with i - j <= h
// are, key by key, clamp(j + h + 1, 0, T); summed over j, staircase(S+h+1, T) - staircase(h+1, T), where
// staircase(x, T) is the sum of clamp(y, 0, T) over y < x. A band lo <= i - j <= hi is a difference of
// two, and a box a band of a smaller rectangle.

// staircase is the sum of min(y, t) over 0 <= y < x: c(c-1)/2 + t(x-c) with c = min(x, t); 0 for x <= 0.
func staircase(x, t ir.Size) ir.Size {
	x = larger(x, ir.Size{})
	c := smaller(x, t)
	return triangle(c).Add(t.Mul(x.Sub(c)))
}

// triangle is c(c-1)/2.
func triangle(c ir.Size) ir.Size {
	return c.Mul(c.Sub(ir.Const(1))).Mul(half())
}

// upTo is the number of pairs with i - j <= h in t rows and s keys. Both forms hold for every h; the one
// is chosen that folds: from the diagonal's side on which h lies.
func upTo(h, t, s ir.Size) ir.Size {
	one := ir.Const(1)
	if atMost(h, -2) {
		return t.Mul(s).Sub(upTo(ir.Size{}.Sub(h).Sub(one), s, t))
	}
	return staircase(s.Add(h).Add(one), t).Sub(staircase(h.Add(one), t))
}

// band is the number of pairs with lo <= i - j <= hi.
func band(d span, t, s ir.Size) ir.Size {
	all := t.Mul(s)
	if d.hi != nil {
		hi := *d.hi
		if d.lo != nil {
			hi = larger(hi, d.lo.Sub(ir.Const(1)))
		}
		all = upTo(hi, t, s)
	}
	if d.lo != nil {
		all = all.Sub(upTo(d.lo.Sub(ir.Const(1)), t, s))
	}
	return all
}

// cut is the first number of a span within 0 <= x < n, and how many there are.
func (s span) cut(n ir.Size) (first, count ir.Size) {
	last := n.Sub(ir.Const(1))
	if s.lo != nil {
		first = larger(*s.lo, first)
	}
	if s.hi != nil {
		last = smaller(*s.hi, last)
	}
	return first, larger(last.Sub(first).Add(ir.Const(1)), ir.Size{})
}

// count is the number of pairs of a box in t rows and s keys.
func (b box) count(t, s ir.Size) ir.Size {
	i, rows := b.i.cut(t)
	j, keys := b.j.cut(s)
	move := func(bound *ir.Size) *ir.Size { // i - j counted from the corner of the smaller rectangle
		if bound == nil {
			return nil
		}
		v := bound.Sub(i).Add(j)
		return &v
	}
	return band(span{move(b.d.lo), move(b.d.hi)}, rows, keys)
}

// maxIntersections bounds inclusion and exclusion.
const maxIntersections = 1 << 12

// count is the number of pairs of a union, by inclusion and exclusion over the intersections that are not
// empty.
func (z zone) count(t, s ir.Size) (ir.Size, error) {
	var total ir.Size
	steps := 0
	var add func(from int, both box, sign int64) error
	add = func(from int, both box, sign int64) error {
		for k := from; k < len(z); k++ {
			b := both.and(z[k])
			if b.isEmpty() {
				continue
			}
			if steps++; steps > maxIntersections {
				return fmt.Errorf("the mask's parts overlap in more than %d ways", maxIntersections)
			}
			total = total.Add(b.count(t, s).Mul(ir.Const(sign)))
			if err := add(k+1, b, -sign); err != nil {
				return err
			}
		}
		return nil
	}
	err := add(0, box{}, 1)
	return total, err
}

// rows is the number of rows with a key: a formula when there is one box, or one that reaches every row;
// else nil.
func (z zone) rows(t, s ir.Size) *ir.Size {
	if len(z) == 0 {
		return new(ir.Size)
	}
	for _, b := range z {
		if rows, ok := b.rows(t, s); ok && (len(z) == 1 || rows.Equal(t)) {
			return &rows
		}
	}
	return nil
}

// rows of a box. Row i has the keys j in the key span with i - hi <= j <= i - lo, so it has one exactly
// when each lower bound of j is at most each upper bound; those bounds without i have to be proved in
// order.
func (b box) rows(t, s ir.Size) (ir.Size, bool) {
	lowKeys, highKeys := bounds(b.j, s)
	lows, highs := bounds(b.i, t)
	if !inOrder(lowKeys, highKeys) || b.d.lo != nil && b.d.hi != nil && !atLeast(b.d.hi.Sub(*b.d.lo), 0) {
		return ir.Size{}, false
	}
	for _, j := range lowKeys {
		if b.d.lo != nil {
			lows = append(lows, b.d.lo.Add(j))
		}
	}
	for _, j := range highKeys {
		if b.d.hi != nil {
			highs = append(highs, b.d.hi.Add(j))
		}
	}
	first, last := lows[0], highs[0]
	for _, v := range lows {
		first = larger(first, v)
	}
	for _, v := range highs {
		last = smaller(last, v)
	}
	return larger(last.Sub(first).Add(ir.Const(1)), ir.Size{}), true
}

// bounds lists what bounds x below and above for 0 <= x < n in a span.
func bounds(s span, n ir.Size) (lows, highs []ir.Size) {
	lows, highs = []ir.Size{{}}, []ir.Size{n.Sub(ir.Const(1))}
	if s.lo != nil {
		lows = append(lows, *s.lo)
	}
	if s.hi != nil {
		highs = append(highs, *s.hi)
	}
	return lows, highs
}

func inOrder(lows, highs []ir.Size) bool {
	for _, l := range lows {
		for _, h := range highs {
			if !atLeast(h.Sub(l), 0) {
				return false
			}
		}
	}
	return true
}
