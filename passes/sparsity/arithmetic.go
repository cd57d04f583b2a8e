package sparsity

import (
	"fmt"
	"math/big"

	"archc/ir"
)

// product of affine values, one of which is a number, or both of which have no position.
func product(c *closer, a, b affine) []choice {
	if r, ok := a.rat(); ok {
		return scaled(c, b, r)
	}
	if r, ok := b.rat(); ok {
		return scaled(c, a, r)
	}
	if a.isFixed() && b.isFixed() {
		return only(constantly(a.c.Mul(b.c)))
	}
	return none(c, "the mask multiplies positions by what is no number")
}

// quotient by a number whose inverse is exact: the evaluation divides in float64, and 1/3 would round.
func quotient(c *closer, a, b affine) []choice {
	r, ok := b.rat()
	if !ok || r.Sign() == 0 {
		return none(c, "the mask divides by what is no number")
	}
	return scaled(c, a, new(big.Rat).Inv(r))
}

// scaled multiplies by a number with few bits before and after the point, for the reason given at
// exactBits.
func scaled(c *closer, a affine, r *big.Rat) []choice {
	out := a.scale(r)
	for _, x := range append(out.k[:], r) {
		bits := new(big.Rat).Mul(x, big.NewRat(1<<(exactBits/2), 1))
		if !bits.IsInt() || x.Num().BitLen() > exactBits+exactBits/2 {
			return none(c, "the mask scales by "+x.RatString()+", which float64 rounds")
		}
	}
	return only(out)
}

func none(c *closer, why string) []choice {
	c.fail("%s", why)
	return nil
}

// floorQuotient is floor(a/b) by a number, of positions too: with blocks of which it counts a whole number, it is
// one affine value for each of the few values that the places in a block add.
func floorQuotient(c *closer, a, b affine) []choice {
	return divided(c, a, b, func(q, _ affine) affine { return q })
}

// remainder is a - b floor(a/b).
func remainder(c *closer, a, b affine) []choice {
	return divided(c, a, b, func(_, rest affine) affine { return rest })
}

// divided chooses between quotient and remainder of a division by a positive number.
func divided(c *closer, a, b affine, choose func(q, rest affine) affine) []choice {
	by, ok := b.rat()
	if !ok || by.Sign() <= 0 || !by.IsInt() {
		return none(c, "the mask divides by what is no whole number above 0")
	}
	inverse := new(big.Rat).Inv(by)
	if a.isFixed() {
		q := c.quotientOf(a.c, by)
		return only(choose(constantly(q), constantly(a.c.Sub(q.Mul(ir.Rational(by))))))
	}
	var q, rest affine // of the blocks; the places and the constant
	q, rest = constantly(ir.Size{}), constantly(ir.Size{})
	for axis := range 2 {
		q.k[axis] = new(big.Rat).Mul(a.k[axis], inverse)
		if !q.k[axis].IsInt() {
			c.longer(q.k[axis].Denom())
			return nil
		}
		rest.k[axis+2] = a.k[axis+2]
	}
	n, ok := wholeNumber(by)
	if _, number := a.c.Rat(); number {
		rest.c = a.c
	} else if whole := ir.Floor(a.c); ok && whole.Equal(a.c) {
		p := c.split(a.c, n)
		q.c, rest.c = p.q, p.rest
	} else {
		return none(c, "the mask divides a fraction of a size")
	}
	return steps(c, q, rest, by, choose)
}

// quotientOf is floor(size/by) of a size without positions, folded where the frame knows it.
func (c *closer) quotientOf(size ir.Size, by *big.Rat) ir.Size {
	n, ok := wholeNumber(by)
	if ok && ir.Floor(size).Equal(size) {
		if p := c.split(size, n); floorQuo(p.first, n) == floorQuo(p.last, n) {
			return p.q.Add(ir.Const(floorQuo(p.first, n)))
		}
	}
	return ir.Floor(size.Mul(ir.Rational(new(big.Rat).Inv(by))))
}

func floorQuo(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// steps is one choice for each value v of floor(rest/by), which is bounded: by v <= rest < by (v + 1).
func steps(c *closer, q, rest affine, by *big.Rat, choose func(q, rest affine) affine) []choice {
	least, most := c.rest(rest)
	first, last := c.facts.Bounds(rest.c)
	floor := func(a, b *big.Rat) *big.Int {
		v := new(big.Rat).Add(a, b)
		v.Quo(v, by)
		return new(big.Int).Div(v.Num(), v.Denom())
	}
	low, high := floor(least, first), floor(most, last)
	if n := new(big.Int).Sub(high, low); n.Cmp(big.NewInt(maxCases)) > 0 {
		return none(c, fmt.Sprintf("the mask has more than %d cases", maxCases))
	}
	var out []choice
	for v := low; v.Cmp(high) <= 0; v = new(big.Int).Add(v, big.NewInt(1)) {
		value := number(new(big.Rat).SetInt(v))
		from := value.scale(by).sub(rest)    // by v - rest <= 0
		to := negative(from).sub(number(by)) // rest - by v - by < 0
		where := c.and(below(c, from, false), below(c, to, true))
		if len(where) > 0 {
			out = append(out, choice{where, choose(q.add(value), negative(from))})
		}
	}
	return out
}

func signs(c *closer, a affine) []choice {
	minus, zero, plus := big.NewRat(-1, 1), new(big.Rat), big.NewRat(1, 1)
	at := c.and(below(c, a, false), below(c, negative(a), false))
	return []choice{
		{below(c, a, true), number(minus)}, {at, number(zero)}, {below(c, negative(a), true), number(plus)},
	}
}

// floorOf rounds the part without positions; the positions' coefficients have to be whole.
func floorOf(c *closer, a affine) []choice {
	for _, k := range a.k {
		if !k.IsInt() {
			return none(c, "the mask rounds a fraction of a position")
		}
	}
	a.c = ir.Floor(a.c)
	return only(a)
}

func ceilOf(c *closer, a affine) []choice {
	out := floorOf(c, negative(a))
	if c.err != nil {
		return nil
	}
	return only(negative(out[0].is))
}

// roundOf takes whole values only: halves go to even numbers, which is not linear.
func roundOf(c *closer, a affine) []choice {
	if out := floorOf(c, a); c.err == nil && out[0].is.c.Equal(a.c) {
		return out
	}
	return none(c, "the mask rounds a fraction")
}
