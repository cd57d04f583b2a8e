// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gen writes the assembly. A method that computes takes registers of 8 float32 (or 4 float64, where its name says so)
// and gives a new one, so that a formula reads as such; avo gives them their places.
type gen struct {
	*build.Context
	constants map[uint64]int // the offset of each in the table of numbers: two float32, or a float64, four times
	order     []uint64
}

type ymm = reg.VecVirtual

func newGen() *gen { return &gen{Context: build.NewContext(), constants: map[uint64]int{}} }

// bits8 is the place in memory of 32 bits, eight times.
func (g *gen) bits8(b uint32) operand.Mem { return g.bits4(uint64(b)<<32 | uint64(b)) }

// bits4 is the place in memory of 64 bits, four times.
func (g *gen) bits4(b uint64) operand.Mem {
	at, ok := g.constants[b]
	if !ok {
		at = len(g.order) * 32
		g.constants[b] = at
		g.order = append(g.order, b)
	}
	return operand.NewDataAddr(operand.Symbol{Name: "numbers", Static: true}, at)
}

// c is a constant in memory, as the last operand of an instruction takes it.
func (g *gen) c(x float64) operand.Mem { return g.bits8(math.Float32bits(float32(x))) }

// c64 is a constant for float64 registers.
func (g *gen) c64(x float64) operand.Mem { return g.bits4(math.Float64bits(x)) }

// load takes a constant, or any other 32 bytes, into a register.
func (g *gen) load(from operand.Mem) ymm {
	y := g.YMM()
	g.VMOVUPS(from, y)
	return y
}

// data writes the tables: the numbers, and eight words of ones before eight of zeros, from which the mask of a rest
// is read.
func (g *gen) data() {
	g.table("numbers", g.order, 4)
	g.table("masks", []uint64{math.MaxUint64, 0}, 4)
}

func (g *gen) table(name string, words []uint64, times int) {
	g.StaticGlobal(name)
	g.DataAttributes(attr.RODATA | attr.NOPTR)
	for _, w := range words {
		for range times {
			g.AppendDatum(operand.U64(w))
		}
	}
}

// The instructions, named by what they do. b may be memory.

func (g *gen) add(a, b operand.Op) ymm { y := g.YMM(); g.VADDPS(b, a, y); return y }
func (g *gen) sub(a, b operand.Op) ymm { y := g.YMM(); g.VSUBPS(b, a, y); return y }
func (g *gen) mul(a, b operand.Op) ymm { y := g.YMM(); g.VMULPS(b, a, y); return y }
func (g *gen) div(a, b operand.Op) ymm { y := g.YMM(); g.VDIVPS(b, a, y); return y }
func (g *gen) and(a, b operand.Op) ymm { y := g.YMM(); g.VANDPS(b, a, y); return y }
func (g *gen) or(a, b operand.Op) ymm  { y := g.YMM(); g.VORPS(b, a, y); return y }
func (g *gen) xor(a, b operand.Op) ymm { y := g.YMM(); g.VXORPS(b, a, y); return y }
func (g *gen) root(a ymm) ymm          { y := g.YMM(); g.VSQRTPS(a, y); return y }

// lower is the smaller of two, and b where one is NaN or both are zeros; upper likewise.
func (g *gen) lower(a, b operand.Op) ymm { y := g.YMM(); g.VMINPS(b, a, y); return y }
func (g *gen) upper(a, b operand.Op) ymm { y := g.YMM(); g.VMAXPS(b, a, y); return y }

// without is b where the mask a has no bits.
func (g *gen) without(a, b operand.Op) ymm { y := g.YMM(); g.VANDNPS(b, a, y); return y }

// Predicates of compare: Intel, "Software Developer's Manual", volume 2, CMPPD. The unordered ones hold where one is
// NaN.
const (
	equal, less, atMost         = 0x00, 0x11, 0x12
	unordered, unequal, atLeast = 0x03, 0x04, 0x1d
	more                        = 0x1e
	notLess, notAtMost          = 0x15, 0x16
)

func (g *gen) compare(a operand.Op, predicate uint8, b operand.Op) ymm {
	y := g.YMM()
	g.VCMPPS(operand.Imm(uint64(predicate)), b, a, y)
	return y
}

// choose is yes where the mask is set, else no.
func (g *gen) choose(mask, yes, no operand.Op) ymm {
	y := g.YMM()
	g.VBLENDVPS(mask, yes, no, y)
	return y
}

// Modes of rounding to a whole number; without the flag of an inexact result.
const (
	toNearest, down, up, towardZero = 0x8, 0x9, 0xa, 0xb
)

func (g *gen) round(a operand.Op, mode uint8) ymm {
	y := g.YMM()
	g.VROUNDPS(operand.Imm(uint64(mode)), a, y)
	return y
}

// truth is 1 where the mask is set, else 0.
func (g *gen) truth(mask ymm) ymm { return g.and(mask, g.c(1)) }

// fnma is c - a*b.
func (g *gen) fnma(a, b, c operand.Op) ymm {
	y := g.YMM()
	g.VMOVAPS(c, y)
	g.VFNMADD231PS(b, a, y)
	return y
}

// poly is the polynomial with these coefficients, lowest first, at x: Horner's rule.
func (g *gen) poly(name string, x ymm) ymm {
	c := polynomials[name]
	y := g.load(g.c(c[len(c)-1]))
	for i := len(c) - 2; i >= 0; i-- {
		g.VFMADD213PS(g.c(c[i]), x, y)
	}
	return y
}

// magnitude and signOf are the two parts of a number.
func (g *gen) magnitude(x ymm) ymm { return g.and(x, g.bits8(1<<31-1)) }
func (g *gen) signOf(x ymm) ymm    { return g.and(x, g.bits8(1<<31)) }
func (g *gen) negated(x ymm) ymm   { return g.xor(x, g.bits8(1<<31)) }
