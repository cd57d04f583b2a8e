// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
)

// raise is x^y of float64, with some 2^-40 of error: e^(y ln |x|), then what is special in the order of math.Pow's
// documentation. Every float32 but 0, infinity and NaN is a normal float64.
func raise(g *gen, args ...ymm) ymm {
	x, y := args[0], args[1]
	base := g.YMM()
	g.VANDPD(g.bits4(1<<63-1), x, base)
	l := naturalLog(g, base)
	// ln 0, ln inf and NaN, so that what follows is right for them.
	l = g.choose64(g.compare64(base, equal, g.c64(0)), g.load(g.c64(math.Inf(-1))), l)
	l = g.choose64(g.compare64(base, notLess, g.c64(math.Inf(1))), base, l)
	p := g.mul64(y, l)
	p = g.upper64(g.load(g.c64(-110)), p)
	p = g.lower64(g.load(g.c64(95)), p)
	v := exponential(g, p)

	// NaN of either argument has passed through the product. 1 is the value wherever y is 0 or |x| is 1 and y is
	// infinite, and of x = 1.
	one := g.compare64(y, equal, g.c64(0))
	g.VORPD(g.compare64(x, equal, g.c64(1)), one, one)
	endless := g.YMM()
	g.VANDPD(g.bits4(1<<63-1), y, endless)
	endless = g.compare64(endless, equal, g.c64(math.Inf(1)))
	g.VANDPD(g.compare64(x, equal, g.c64(-1)), endless, endless)
	g.VORPD(endless, one, one)
	v = g.choose64(one, g.load(g.c64(1)), v)

	// A negative base: with an odd y the sign stays, with a y that is not whole a finite base has no power.
	half := g.mul64(y, g.c64(0.5))
	odd := g.compare64(g.round64(half, down), unequal, half)
	whole := g.compare64(g.round64(y, down), equal, y)
	sign := g.YMM()
	g.VANDPD(whole, odd, odd)
	g.VANDPD(x, odd, sign)
	g.VANDPD(g.bits4(1<<63), sign, sign)
	g.VXORPD(sign, v, v)
	none := g.compare64(x, less, g.c64(0))
	g.VANDPD(g.compare64(x, more, g.c64(math.Inf(-1))), none, none)
	g.VANDNPD(none, whole, none)
	return g.choose64(none, g.load(g.c64(math.NaN())), v)
}

// naturalLog is ln x for normal x above 0: x = 2^e m with m in [2/3, 4/3), and ln m = 2 artanh(s), s = (m-1) / (m+1).
func naturalLog(g *gen, x ymm) ymm {
	const low = 0x3fe5555500000000 // 2/3, up to the upper word
	shifted, e, m := g.YMM(), g.YMM(), g.YMM()
	g.VPSUBQ(g.bits4(low), x, shifted)
	// e in the upper 12 bits, sign included, as a float64: the exponent, biased to be positive, below 2^52.
	g.VPADDQ(g.bits4(1023<<52), shifted, e)
	g.VPSRLQ(operand.Imm(52), e, e)
	g.VPOR(g.bits4(0x433<<52), e, e)
	e = g.sub64(e, g.c64(0x1p52+1023))
	g.VPAND(g.bits4(0xfff<<52), shifted, m)
	g.VPSUBQ(m, x, m)

	s := g.div64(g.sub64(m, g.c64(1)), g.add64(m, g.c64(1)))
	z := g.mul64(s, s)
	y := g.poly64("logTail64", z)
	g.VFMADD213PD(g.c64(2), z, y)
	y = g.mul64(y, s)
	g.VFMADD231PD(g.c64(math.Ln2), e, y)
	return y
}

// exponential is e^x for x in [-110, 95].
func exponential(g *gen, x ymm) ymm {
	n := g.round64(g.mul64(x, g.c64(math.Log2E)), toNearest)
	const first = 0x1.62e42feep-01 // 32 bits of ln 2: n times it is exact
	r := g.fnma64(n, g.c64(first), x)
	g.VFNMADD231PD(g.c64(math.Ln2-first), n, r)
	q := g.poly64("expTail64", r)
	p := g.mul64(r, r)
	g.VFMADD213PD(r, q, p)
	p = g.add64(p, g.c64(1))
	whole, scale := g.XMM(), g.YMM()
	g.VCVTPD2DQY(n, whole)
	g.VPMOVSXDQ(whole, scale)
	g.VPSLLQ(operand.Imm(52), scale, scale)
	g.VPADDQ(scale, p, p)
	return p
}
