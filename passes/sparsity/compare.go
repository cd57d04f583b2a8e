package sparsity

import (
	"math/big"

	"archc/ir"
)

// below is where a <= 0, or a < 0 when strict.
func below(c *closer, a affine, strict bool) zone {
	if a.isFixed() {
		return settled(c, a.c, strict)
	}
	a = a.whole()
	// What stands before the constant is whole: it is at most k.
	k := ir.Floor(ir.Size{}.Sub(a.c))
	if strict {
		k = ir.Size{}.Sub(ir.Floor(a.c)).Sub(ir.Const(1))
	}
	block, times, ok := direction(a.k[0], a.k[1])
	place, inner, fits := direction(a.k[2], a.k[3])
	switch {
	case !ok || !fits:
		c.fail("%s is no multiple of i, j or i - j", c.text(a))
		return never()
	case times.Sign() == 0: // places alone: their coefficients have no common divisor, so it is 1 or -1
		return c.half(rowRest+place, bounded(inner, k))
	case inner.Sign() == 0:
		return c.half(rowBlock+block, bounded(times, k))
	}
	return c.lexical(a, k, rowBlock+block, rowRest+place, times, inner)
}

// half is where one number is in a span.
func (c *closer) half(which int, s span) zone {
	var p piece
	p[which] = s
	if c.isEmpty(p) {
		return never()
	}
	return zone{c.tidy(p)}
}

// lexical is where A X + g <= k for a number X of the blocks and g = inner*Y of a number Y of places, which is
// bounded: X <= floor((k - g)/A) takes few values. Up to the least of them X is free, at each further one g has to
// be small enough. For A < 0 it is the same for -X.
func (c *closer) lexical(a affine, k ir.Size, which, place int, times, inner *big.Rat) zone {
	width := new(big.Rat).Abs(times)
	by, ok := wholeNumber(width)
	least, most := c.rest(a)
	if !ok {
		c.fail("the mask has a number that is too large")
		return never()
	}
	p := c.split(k, by)
	floor := func(n int64, g *big.Rat) int64 { // floor((n - g)/A)
		v := new(big.Rat).Sub(big.NewRat(n, 1), g)
		v.Quo(v, width)
		return new(big.Int).Div(v.Num(), v.Denom()).Int64()
	}
	low, high := floor(p.first, most), floor(p.last, least)
	if high-low > maxPieces {
		c.fail("the mask has more than %d parts", maxPieces)
		return never()
	}
	sign := big.NewRat(int64(times.Sign()), 1)
	out := c.half(which, bounded(sign, p.q.Add(ir.Const(low))))
	unit := big.NewRat(int64(inner.Sign()), 1)
	for v := low + 1; v <= high; v++ {
		at := p.q.Add(ir.Const(v)).Mul(ir.Rational(sign))
		room := p.rest.Sub(ir.Rational(new(big.Rat).Mul(width, big.NewRat(v, 1)))) // inner*Y <= room
		room = ir.Floor(room.Mul(ir.Rational(new(big.Rat).Inv(new(big.Rat).Abs(inner)))))
		here := c.half(which, span{&at, &at})
		out = append(out, c.and(here, c.half(place, bounded(unit, room)))...)
	}
	return c.limit(out)
}

// settled decides v <= 0, or v < 0 when strict, for a value without positions.
func settled(c *closer, v ir.Size, strict bool) zone {
	least, most := c.facts.Bounds(v)
	if most != nil && (most.Sign() < 0 || (most.Sign() == 0 && !strict)) {
		return always()
	}
	if least != nil && (least.Sign() > 0 || (least.Sign() == 0 && strict)) {
		return never()
	}
	c.fail("the sign of %s depends on the sizes", v)
	return never()
}

func wholeNumber(r *big.Rat) (int64, bool) {
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return r.Num().Int64(), true
}
