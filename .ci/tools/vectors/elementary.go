// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
)

// The exponential is 2^n e^r with n the whole number nearest to x/ln 2. A number plus 1.5 2^23 has the whole number
// nearest to it in its low bits; with a bias more they are the exponent of 2^n when they are shifted to its place.
const shift = 0x1.8p23

// exp is e^x. Beyond [-104.5, 89] the value is 0 or infinite already; the bound keeps n small, and NaN, which is the
// second operand, passes. 2^n may be beyond what is normal, so it is two factors; the first product is exact, the
// second rounds what is subnormal.
func exp(g *gen, x ymm) ymm {
	x = g.upper(g.load(g.c(-104.5)), x)
	x = g.lower(g.load(g.c(89)), x)
	n, p := expParts(g, x, 2*127)
	half := g.YMM()
	g.VPSRLD(operand.Imm(1), n, half)
	g.VPSUBD(half, n, n)
	return g.mul(g.mul(p, g.toExponent(half)), g.toExponent(n))
}

// expOfNegative is e^x for x up to 0, with the bits of exp: n + 63 is the exponent of a normal number.
func expOfNegative(g *gen, x ymm) ymm {
	x = g.upper(g.load(g.c(-104.5)), x)
	n, p := expParts(g, x, 127+63)
	return g.mul(g.mul(p, g.toExponent(n)), g.c(0x1p-63))
}

// expOfSmall is e^x for x in [-80, 80], where 2^n is normal.
func expOfSmall(g *gen, x ymm) ymm {
	n, p := expParts(g, x, 127)
	return g.mul(p, g.toExponent(n))
}

// toExponent makes the low bits the exponent.
func (g *gen) toExponent(n ymm) ymm {
	y := g.YMM()
	g.VPSLLD(operand.Imm(23), n, y)
	return y
}

const firstOfLn2 = 0x1.63p-1

// expParts gives n plus the bias in the low bits, and e^r. ln 2 is taken off in two parts, the first of 9 bits, so
// that n times it and the difference are exact.
func expParts(g *gen, x ymm, bias float64) (n, p ymm) {
	n = g.load(g.c(shift + bias))
	g.VFMADD231PS(g.c(math.Log2E), x, n)
	whole := g.sub(n, g.c(shift+bias))
	r := g.fnma(whole, g.c(firstOfLn2), x)
	g.VFNMADD231PS(g.c(math.Ln2-firstOfLn2), whole, r)
	p = g.poly("expTail", r)
	g.VFMADD213PS(g.c(1), r, p)
	g.VFMADD213PS(g.c(1), r, p)
	return n, p
}

// logarithm is e ln 2 + ln m for x = 2^e m with m in [2/3, 4/3), so that there is no cancellation; subnormal numbers
// are scaled first.
func logarithm(g *gen, x ymm) ymm {
	tiny := g.compare(x, less, g.c(0x1p-126))
	scaled := g.choose(tiny, g.mul(x, g.c(0x1p24)), x)
	e, m := g.YMM(), g.YMM()
	g.VPSUBD(g.bits8(math.Float32bits(2./3)), scaled, e)
	g.VPSRAD(operand.Imm(23), e, e)
	g.VPSLLD(operand.Imm(23), e, m)
	g.VPSUBD(m, scaled, m)
	f := g.sub(m, g.c(1))
	g.VCVTDQ2PS(e, e)
	e = g.sub(e, g.and(tiny, g.c(24)))

	y := g.poly("logTail", f)
	g.VFMADD213PS(g.c(-0.5), f, y)
	g.VFMADD213PS(f, g.mul(f, f), y)
	g.VFMADD231PS(g.c(math.Ln2), e, y)

	y = g.choose(g.compare(x, equal, g.c(math.Inf(1))), x, y)
	// Below 0 it is NaN, and NaN stays: the comparison that fails for both chooses.
	y = g.choose(g.compare(x, atLeast, g.load(g.c(0))), y, g.load(g.bits8(0x7fc00000)))
	return g.choose(g.compare(x, equal, g.c(0)), g.load(g.c(math.Inf(-1))), y)
}

// sine and cosine reduce to r in [-pi/4, pi/4] and a quadrant in float64: pi/2 is taken off in two parts of 53 bits
// by fused operations, which leaves r with some 2^-40 of itself for |x| below reducible.
const reducible = 1 << 30

func sine(g *gen, x ymm) ymm   { return g.xor(turned(g, g.magnitude(x), 0), g.signOf(x)) }
func cosine(g *gen, x ymm) ymm { return turned(g, g.magnitude(x), 1) }

// turned is the sine of x + quadrants*pi/2.
func turned(g *gen, x ymm, quadrants uint32) ymm {
	// The low bits of a number plus 1.5 2^52 are those of the whole number nearest to it.
	const shift = 0x1.8p52
	const first, second = 0x1.921fb54442d18p+00, 0x1.1a62633145c07p-54
	var r, q [2]ymm
	for half := range r {
		wide := g.wide(x, uint8(half))
		q[half] = g.load(g.c64(shift))
		g.VFMADD231PD(g.c64(2/math.Pi), wide, q[half])
		n := g.sub64(q[half], g.c64(shift))
		g.VFNMADD231PD(g.c64(first), n, wide)
		g.VFNMADD231PD(g.c64(second), n, wide)
		r[half] = wide
	}
	angle := g.narrow(r[0], r[1])
	quadrant := g.YMM()
	g.VSHUFPS(operand.Imm(0x88), q[1], q[0], quadrant) // the low halves: 0 1 4 5 2 3 6 7
	g.VPERMQ(operand.Imm(0xd8), quadrant, quadrant)
	if quadrants > 0 {
		g.VPADDD(g.bits8(quadrants), quadrant, quadrant)
	}

	z := g.mul(angle, angle)
	s := g.poly("sinTail", z)
	g.VFMADD213PS(angle, g.mul(angle, z), s)
	c := g.poly("cosTail", z)
	g.VFMADD213PS(g.c(-0.5), z, c)
	g.VFMADD213PS(g.c(1), z, c)

	odd, sign := g.YMM(), g.YMM()
	g.VPSLLD(operand.Imm(31), quadrant, odd)
	g.VPSRLD(operand.Imm(1), quadrant, sign)
	g.VPSLLD(operand.Imm(31), sign, sign)
	return g.xor(g.choose(odd, c, s), sign)
}

// tangent is x + x^3 P(x^2) near 0 and 1 - 2 / (e^2x + 1) elsewhere, of |x| and with the sign of x.
func tangent(g *gen, x ymm) ymm {
	t := g.magnitude(x)
	z := g.mul(t, t)
	near := g.poly("tanhTail", z)
	g.VFMADD213PS(t, g.mul(t, z), near)
	bounded := g.lower(g.load(g.c(10)), t) // from 9.02 on it is 1
	e := expOfSmall(g, g.add(bounded, bounded))
	far := g.div(g.load(g.c(2)), g.add(e, g.c(1)))
	far = g.sub(g.load(g.c(1)), far)
	return g.or(g.choose(g.compare(t, less, g.c(tanhSplit)), near, far), g.signOf(x))
}

// errorFunction is x + x P(x^2) near 0 and 1 - e^-Q(x) elsewhere, of |x| and with the sign of x.
func errorFunction(g *gen, x ymm) ymm {
	t := g.magnitude(x)
	near := g.poly("erfNear", g.mul(t, t))
	g.VFMADD213PS(t, t, near)
	bounded := g.lower(g.load(g.c(4)), t) // there it is 1
	far := expOfSmall(g, g.negated(g.poly("erfFar", bounded)))
	far = g.sub(g.load(g.c(1)), far)
	return g.or(g.choose(g.compare(t, less, g.c(erfSplit)), near, far), g.signOf(x))
}
