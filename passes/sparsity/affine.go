package sparsity

import (
	"math/big"

	"archc/ir"
)

// affine is k[0]*x + k[1]*y + k[2]*r + k[3]*s + c: with the period P, i is P x + r and j is P y + s.
type affine struct {
	k [4]*big.Rat
	c ir.Size
}

// number is an affine value without positions.
func number(r *big.Rat) affine { return constantly(ir.Rational(r)) }

func constantly(c ir.Size) affine {
	return affine{[4]*big.Rat{new(big.Rat), new(big.Rat), new(big.Rat), new(big.Rat)}, c}
}

// position is i, for axis 0, or j, for axis 1.
func (sp *space) position(axis int) affine {
	a := constantly(ir.Size{})
	a.k[axis] = big.NewRat(sp.period, 1)
	if sp.period > 1 {
		a.k[axis+2] = big.NewRat(1, 1)
	}
	return a
}

func (a affine) scale(r *big.Rat) affine {
	out := affine{c: a.c.Mul(ir.Rational(r))}
	for i, k := range a.k {
		out.k[i] = new(big.Rat).Mul(k, r)
	}
	return out
}

func (a affine) add(b affine) affine {
	out := affine{c: a.c.Add(b.c)}
	for i, k := range a.k {
		out.k[i] = new(big.Rat).Add(k, b.k[i])
	}
	return out
}

func (a affine) sub(b affine) affine { return a.add(negative(b)) }

func negative(a affine) affine { return a.scale(big.NewRat(-1, 1)) }

// isFixed reports whether no position occurs.
func (a affine) isFixed() bool { return a.overBlocks() && a.k[0].Sign() == 0 && a.k[1].Sign() == 0 }

// overBlocks reports whether no place in a block occurs.
func (a affine) overBlocks() bool { return a.k[2].Sign() == 0 && a.k[3].Sign() == 0 }

// rat is the value when it is a number.
func (a affine) rat() (*big.Rat, bool) {
	r, ok := a.c.Rat()
	return r, ok && a.isFixed()
}

// whole makes the coefficients whole and without a common divisor, by scaling with a positive number.
func (a affine) whole() affine {
	over, common := big.NewInt(1), new(big.Int)
	for _, k := range a.k {
		g := new(big.Int).GCD(nil, nil, over, k.Denom())
		over.Mul(over, new(big.Int).Div(k.Denom(), g))
	}
	for _, k := range a.k {
		n := new(big.Rat).Mul(k, new(big.Rat).SetInt(over))
		common.GCD(nil, nil, common, new(big.Int).Abs(n.Num()))
	}
	if common.Sign() == 0 {
		return a
	}
	return a.scale(new(big.Rat).SetFrac(over, common))
}

// rest is k[2]*r + k[3]*s between its least and greatest value in a block.
func (sp *space) rest(a affine) (least, most *big.Rat) {
	least, most = new(big.Rat), new(big.Rat)
	last := big.NewRat(sp.period-1, 1)
	for _, k := range a.k[2:] {
		end := new(big.Rat).Mul(k, last)
		if k.Sign() < 0 {
			least.Add(least, end)
		} else {
			most.Add(most, end)
		}
	}
	return least, most
}

// direction is which of three numbers two coefficients count: the first, the second, or their difference, and how
// often; false for others.
func direction(a, b *big.Rat) (which int, times *big.Rat, ok bool) {
	switch {
	case b.Sign() == 0:
		return 0, a, true
	case a.Sign() == 0:
		return 1, b, true
	}
	return 2, a, new(big.Rat).Add(a, b).Sign() == 0
}

// bounded is x <= at (or -x <= at when times is negative) as a span; times is 1 or -1.
func bounded(times *big.Rat, at ir.Size) span {
	if times.Sign() < 0 {
		at = ir.Size{}.Sub(at)
		return span{lo: &at}
	}
	return span{hi: &at}
}
