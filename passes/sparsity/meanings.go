package sparsity

import (
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
	"mod":    pairwise(remainder),
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
	"ne":     func(c *closer, x []meaning) meaning { return c.notM(same(c, x)) },
	"and":    func(c *closer, x []meaning) meaning { return c.andM(x[0], x[1]) },
	"or":     func(c *closer, x []meaning) meaning { return c.orM(x[0], x[1]) },
	"not":    func(c *closer, x []meaning) meaning { return c.notM(x[0]) },
	"select": selected,
}

func only(a affine) []choice { return []choice{{always(), a}} }

// split is a where d <= 0 and b where d > 0.
func split(c *closer, d, a, b affine) []choice {
	return []choice{{below(c, d, false), a}, {below(c, negative(d), true), b}}
}

// each lifts a function of one affine value over cases.
func each(f func(c *closer, a affine) []choice) rule {
	return func(c *closer, x []meaning) meaning {
		if x[0].vague {
			return unknown(ir.Real)
		}
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
		if x[0].vague || x[1].vague {
			return unknown(ir.Real)
		}
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
		if x[0].vague || x[1].vague {
			return unknown(ir.Bool)
		}
		z := never()
		for _, p := range x[0].cases {
			for _, q := range x[1].cases {
				if both := c.and(p.where, q.where); len(both) > 0 {
					z = append(z, c.and(both, f(c, p.is.sub(q.is)))...) // cases share no pair
				}
			}
		}
		return truth(c.limit(c.join(z)))
	}
}

// same is equality of numbers or of truth values.
func same(c *closer, x []meaning) meaning {
	if x[0].truth && x[1].truth {
		return c.orM(c.andM(x[0], x[1]), c.andM(c.notM(x[0]), c.notM(x[1])))
	}
	return compare(func(c *closer, d affine) zone {
		return c.and(below(c, d, false), below(c, negative(d), false))
	})(c, x)
}

func selected(c *closer, x []meaning) meaning {
	if x[1].truth {
		return c.orM(c.andM(x[0], x[1]), c.andM(c.notM(x[0]), x[2]))
	}
	if x[0].vague || x[1].vague || x[2].vague {
		return unknown(ir.Real)
	}
	yes, no := x[0].holds, c.not(x[0].holds)
	return meaning{cases: append(within(c, yes, x[1].cases), within(c, no, x[2].cases)...)}
}
