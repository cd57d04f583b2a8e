// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/mmcloughlin/avo/operand"
)

// The same for registers of 4 float64.

func (g *gen) add64(a, b operand.Op) ymm { y := g.YMM(); g.VADDPD(b, a, y); return y }
func (g *gen) sub64(a, b operand.Op) ymm { y := g.YMM(); g.VSUBPD(b, a, y); return y }
func (g *gen) mul64(a, b operand.Op) ymm { y := g.YMM(); g.VMULPD(b, a, y); return y }
func (g *gen) div64(a, b operand.Op) ymm { y := g.YMM(); g.VDIVPD(b, a, y); return y }

func (g *gen) lower64(a, b operand.Op) ymm { y := g.YMM(); g.VMINPD(b, a, y); return y }
func (g *gen) upper64(a, b operand.Op) ymm { y := g.YMM(); g.VMAXPD(b, a, y); return y }

func (g *gen) fnma64(a, b, c operand.Op) ymm {
	y := g.YMM()
	g.VMOVAPD(c, y)
	g.VFNMADD231PD(b, a, y)
	return y
}

func (g *gen) compare64(a operand.Op, predicate uint8, b operand.Op) ymm {
	y := g.YMM()
	g.VCMPPD(operand.Imm(uint64(predicate)), b, a, y)
	return y
}

func (g *gen) choose64(mask, yes, no operand.Op) ymm {
	y := g.YMM()
	g.VBLENDVPD(mask, yes, no, y)
	return y
}

func (g *gen) round64(a operand.Op, mode uint8) ymm {
	y := g.YMM()
	g.VROUNDPD(operand.Imm(uint64(mode)), a, y)
	return y
}

func (g *gen) poly64(name string, x ymm) ymm {
	c := polynomials[name]
	y := g.load(g.c64(c[len(c)-1]))
	for i := len(c) - 2; i >= 0; i-- {
		g.VFMADD213PD(g.c64(c[i]), x, y)
	}
	return y
}

// wide is one half of a register, 0 or 1, as float64.
func (g *gen) wide(x ymm, half uint8) ymm {
	y := g.YMM()
	if half == 0 {
		g.VCVTPS2PD(x.AsX(), y)
		return y
	}
	upper := g.XMM()
	g.VEXTRACTF128(operand.Imm(1), x, upper)
	g.VCVTPS2PD(upper, y)
	return y
}

// narrow puts two halves together as float32, rounded to nearest.
func (g *gen) narrow(low, high ymm) ymm {
	a, b, y := g.XMM(), g.XMM(), g.YMM()
	g.VCVTPD2PSY(low, a)
	g.VCVTPD2PSY(high, b)
	g.VINSERTF128(operand.Imm(1), b, a.AsY(), y)
	return y
}

// in64 computes with float64: f gets each half of the arguments.
func in64(f func(g *gen, x ...ymm) ymm) func(g *gen, x ...ymm) ymm {
	return func(g *gen, x ...ymm) ymm {
		var halves [2]ymm
		for half := range uint8(2) {
			var args []ymm
			for _, a := range x {
				args = append(args, g.wide(a, half))
			}
			halves[half] = f(g, args...)
		}
		return g.narrow(halves[0], halves[1])
	}
}
