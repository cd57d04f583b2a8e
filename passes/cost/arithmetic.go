package cost

import (
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
		return only(affine{new(big.Rat), new(big.Rat), a.c.Mul(b.c)})
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
	for _, x := range []*big.Rat{r, out.i, out.j} {
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

// floorQuotient of sizes by a number; of positions (blocks) there is no half-plane.
func floorQuotient(c *closer, a, b affine) []choice {
	r, ok := b.rat()
	if !ok || r.Sign() == 0 {
		return none(c, "the mask divides by what is no number")
	}
	if !a.isFixed() {
		return none(c, "quo of positions has no closed form here")
	}
	return only(affine{new(big.Rat), new(big.Rat), ir.Floor(a.c.Mul(ir.Rational(new(big.Rat).Inv(r))))})
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
	if !a.i.IsInt() || !a.j.IsInt() {
		return none(c, "the mask rounds a fraction of a position")
	}
	return only(affine{a.i, a.j, ir.Floor(a.c)})
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
