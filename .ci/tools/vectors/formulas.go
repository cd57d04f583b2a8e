// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/mmcloughlin/avo/operand"
)

// of and of1 make formulas of methods.
func of(f func(g *gen, a, b operand.Op) ymm) formula {
	return func(g *gen, x ...ymm) ymm { return f(g, x[0], x[1]) }
}

func of1(f func(g *gen, x ymm) ymm) formula { return func(g *gen, x ...ymm) ymm { return f(g, x[0]) } }

func test(predicate uint8) formula {
	return func(g *gen, x ...ymm) ymm { return g.truth(g.compare(x[0], predicate, x[1])) }
}

func whole(mode uint8) formula { return func(g *gen, x ...ymm) ymm { return g.round(x[0], mode) } }

func minimum(g *gen, x ...ymm) ymm { return g.or(g.lower(x[0], x[1]), g.lower(x[1], x[0])) } // see least

func maximum(g *gen, x ...ymm) ymm { return g.negated(minimum(g, g.negated(x[0]), g.negated(x[1]))) }

func quotient(g *gen, x ...ymm) ymm { return g.round64(g.div64(x[0], x[1]), down) }

func remainder(g *gen, x ...ymm) ymm { return g.sub64(x[0], g.mul64(x[1], quotient(g, x...))) }

// signum is 1 with the sign of x, 0 for zeros, and x for NaN.
func signum(g *gen, x ...ymm) ymm {
	one := g.or(g.signOf(x[0]), g.c(1))
	y := g.without(g.compare(x[0], equal, g.c(0)), one)
	return g.choose(g.compare(x[0], unordered, x[0]), x[0], y)
}

func rsqrt(g *gen, x ...ymm) ymm { return g.div(g.load(g.c(1)), g.root(x[0])) }

func opposite(g *gen, x ...ymm) ymm { return g.sub(g.load(g.c(1)), x[0]) }

func nonzero(g *gen, x ...ymm) ymm { return g.truth(g.compare(x[0], unequal, g.c(0))) }

func selected(g *gen, x ...ymm) ymm { return g.choose(g.compare(x[0], unequal, g.c(0)), x[1], x[2]) }
