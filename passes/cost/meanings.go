package cost

import (
	"math/big"

	"archc/ir"
)

// rule gives the meaning of a function from that of its arguments. Rules use of closer only its zones and
// failure, so that the table needs no initialization at run time.
type rule func(c *closer, x []meaning) meaning

// meanings has the functions that masks are made of; others, and these where they leave affine values,
// fail and the mask is enumerated. Numbers need no row: Eval gives the number.
var meanings = map[string]rule{
	"add":    pairwise(func(_ *closer, a, b affine) []choice { return only(a.add(b)) }),
	"sub":    pairwise(func(_ *closer, a, b affine) []choice { return only(a.sub(b)) }),
	"mul":    pairwise(product),
	"div":    pairwise(quotient),
	"quo":    pairwise(floorQuotient),
	"max":    pairwise(func(c *closer, a, b affine) []choice { return split(c, a.sub(b), b, a) }),
	"min":    pairwise(func(c *closer, a, b affine) []choice { return split(c, a.sub(b), a, b) }),
	"neg":    each(func(_ *closer, a affine) []choice { return only(negative(a)) }),
	"abs":    each(func(c *closer, a affine) []choice { return split(c, a, negative(a), a) }),
	"sign":   each(signs),
	"floor":  each(floorOf),
	"ceil":   each(ceilOf),
	"round":  each(roundOf),
	"lt":     compare(func(c *closer, d affine) zone { return below(c, d, true) }),
	"le":     compare(func(c *closer, d affine) zone { return below(c, d, false) }),
	"gt":     compare(func(c *closer, d affine) zone { return below(c, negative(d), true) }),
	"ge":     compare(func(c *closer, d affine) zone { return below(c, negative(d), false) }),
	"eq":     same,
	"ne":     func(c *closer, x []meaning) meaning { return truth(c.not(same(c, x).holds)) },
	"and":    func(c *closer, x []meaning) meaning { return truth(c.and(x[0].holds, x[1].holds)) },
	"or":     func(c *closer, x []meaning) meaning { return truth(c.or(x[0].holds, x[1].holds)) },
	"not":    func(c *closer, x []meaning) meaning { return truth(c.not(x[0].holds)) },
	"select": selected,
}

func only(a affine) []choice { return []choice{{always(), a}} }

func negative(a affine) affine { return a.scale(big.NewRat(-1, 1)) }

// split is a where d <= 0 and b where d > 0.
func split(c *closer, d, a, b affine) []choice {
	return []choice{{below(c, d, false), a}, {below(c, negative(d), true), b}}
}

// each lifts a function of one affine value over cases.
func each(f func(c *closer, a affine) []choice) rule {
	return func(c *closer, x []meaning) meaning {
		var out meaning
		for _, p := range x[0].cases {
			out.cases = append(out.cases, within(c, p.where, f(c, p.is))...)
		}
		return out
	}
}

// pairwise lifts a function of two affine values over cases.
func pairwise(f func(c *closer, a, b affine) []choice) rule {
	return func(c *closer, x []meaning) meaning {
		var out meaning
		for _, p := range x[0].cases {
			for _, q := range x[1].cases {
				if both := c.and(p.where, q.where); len(both) > 0 {
					out.cases = append(out.cases, within(c, both, f(c, p.is, q.is))...)
				}
			}
		}
		return out
	}
}

// within restricts choices to a zone and drops those that are nowhere.
func within(c *closer, z zone, choices []choice) []choice {
	var out []choice
	for _, p := range choices {
		if both := c.and(z, p.where); len(both) > 0 {
			out = append(out, choice{both, p.is})
		}
	}
	return out
}

// compare lifts a condition on the difference of two affine values over cases.
func compare(f func(c *closer, d affine) zone) rule {
	return func(c *closer, x []meaning) meaning {
		z := never()
		for _, p := range x[0].cases {
			for _, q := range x[1].cases {
				if both := c.and(p.where, q.where); len(both) > 0 {
					z = c.or(z, c.and(both, f(c, p.is.sub(q.is))))
				}
			}
		}
		return truth(z)
	}
}

// same is equality of numbers or of truth values.
func same(c *closer, x []meaning) meaning {
	if x[0].truth && x[1].truth {
		a, b := x[0].holds, x[1].holds
		return truth(c.or(c.and(a, b), c.and(c.not(a), c.not(b))))
	}
	return compare(func(c *closer, d affine) zone {
		return c.and(below(c, d, false), below(c, negative(d), false))
	})(c, x)
}

func selected(c *closer, x []meaning) meaning {
	yes, no := x[0].holds, c.not(x[0].holds)
	if x[1].truth {
		return truth(c.or(c.and(yes, x[1].holds), c.and(no, x[2].holds)))
	}
	return meaning{cases: append(within(c, yes, x[1].cases), within(c, no, x[2].cases)...)}
}

// below is where a <= 0, or a < 0 when strict.
func below(c *closer, a affine, strict bool) zone {
	switch {
	case a.isFixed():
		return settled(c, a.c, strict)
	case a.j.Sign() == 0:
		return zone{{i: ray(a.i, a.c, strict)}}
	case a.i.Sign() == 0:
		return zone{{j: ray(a.j, a.c, strict)}}
	case new(big.Rat).Add(a.i, a.j).Sign() == 0:
		return zone{{d: ray(a.i, a.c, strict)}}
	}
	c.fail("%s*i + %s*j is no multiple of i - j", a.i.RatString(), a.j.RatString())
	return never()
}

// settled decides v <= 0, or v < 0 when strict, for a value without positions.
func settled(c *closer, v ir.Size, strict bool) zone {
	if most, ok := extremeOf(v, -1); ok && (most.Sign() < 0 || (most.Sign() == 0 && !strict)) {
		return always()
	}
	if least, ok := extremeOf(v, 1); ok && (least.Sign() > 0 || (least.Sign() == 0 && strict)) {
		return never()
	}
	c.fail("the sign of %s depends on the sizes", v)
	return never()
}

// ray is the whole x with k*x + v <= 0, or < 0 when strict; k is not 0.
func ray(k *big.Rat, v ir.Size, strict bool) span {
	at := v.Mul(ir.Rational(new(big.Rat).Inv(new(big.Rat).Neg(k)))) // x <= at or x >= at
	var bound ir.Size
	switch up := k.Sign() < 0; {
	case up && strict:
		bound = ir.Floor(at).Add(ir.Const(1))
		return span{lo: &bound}
	case up:
		bound = ceil(at)
		return span{lo: &bound}
	case strict:
		bound = ceil(at).Sub(ir.Const(1))
	default:
		bound = ir.Floor(at)
	}
	return span{hi: &bound}
}

func ceil(s ir.Size) ir.Size { return ir.Size{}.Sub(ir.Floor(ir.Size{}.Sub(s))) }
