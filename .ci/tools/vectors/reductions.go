// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sum keeps 16 partial sums in two registers; elements that are not there are added as 0, which changes no sum that
// began at 0.
func (g *gen) sum() {
	g.begin("avx2Sum", "func(x []float32) float32")
	n, x := g.length("x"), g.base("x")
	s := [2]ymm{g.zero(), g.zero()}
	g.passes("both", n, 2*width, func() {
		g.VADDPS(at(x, 0), s[0], s[0])
		g.VADDPS(at(x, 32), s[1], s[1])
		g.ADDQ(operand.Imm(64), x)
	})
	g.CMPQ(n, operand.Imm(width))
	g.JLT(operand.LabelRef("first"))
	g.VADDPS(at(x, 0), s[0], s[0])
	g.SUBQ(operand.Imm(width), n)
	g.VADDPS(g.masked(at(x, 32), g.mask(n)), s[1], s[1])
	g.JMP(operand.LabelRef("tree"))
	g.Label("first")
	g.VADDPS(g.masked(at(x, 0), g.mask(n)), s[0], s[0])
	g.Label("tree")
	g.VADDPS(s[1], s[0], s[0])
	total := g.fold(s[0], func(from, to reg.Register) { g.VADDPS(from, to, to) })
	g.Store(total, g.ReturnIndex(0))
	g.end()
}

// fold takes the upper half of a register to the lower until one number is left.
func (g *gen) fold(s ymm, step func(from, to reg.Register)) reg.Register {
	low, high := s.AsX(), g.XMM()
	g.VEXTRACTF128(operand.Imm(1), s, high)
	step(high, low)
	g.VPERMILPS(operand.Imm(0x4e), low, high)
	step(high, low)
	g.VPERMILPS(operand.Imm(0x01), low, high)
	step(high, low)
	return low
}

func (g *gen) zero() ymm { y := g.YMM(); g.VXORPS(y, y, y); return y }

// least takes x into y, the smaller of both, NaN where one is NaN, -0 below 0: the two minima differ only for NaN and
// zeros, where both bits together are right. The larger is the negated smaller of the negated.
func (g *gen) least(x, y, spare operand.Op) {
	g.VMINPS(x, y, spare)
	g.VMINPS(y, x, y)
	g.VORPS(spare, y, y)
}

// extreme is the smallest element, or the largest where the sign is turned.
func (g *gen) extreme(name string, turn bool) {
	g.begin(name, "func(x []float32) float32")
	n, x := g.length("x"), g.base("x")
	read := func(y ymm) ymm {
		if turn {
			return g.negated(y)
		}
		return y
	}
	s := [2]ymm{g.load(g.c(math.Inf(1))), g.load(g.c(math.Inf(1)))}
	// Two registers are compared with each other first, so that the chain of comparisons is half as long.
	g.passes("four", n, 4*width, func() {
		for k := range s {
			y := read(g.load(at(x, 32*k)))
			g.least(read(g.load(at(x, 64+32*k))), y, g.YMM())
			g.least(y, s[k], g.YMM())
		}
		g.ADDQ(operand.Imm(128), x)
	})
	g.passes("one", n, width, func() {
		g.least(read(g.load(at(x, 0))), s[0], g.YMM())
		g.ADDQ(operand.Imm(32), x)
	})
	mask := g.mask(n)
	rest := g.choose(mask, read(g.masked(at(x, 0), mask)), g.load(g.c(math.Inf(1))))
	g.least(rest, s[1], g.YMM())
	g.least(s[1], s[0], g.YMM())
	spare := g.XMM()
	result := g.fold(s[0], func(from, to reg.Register) { g.least(from, to, spare) })
	if turn {
		g.VXORPS(g.bits8(1<<31), result, result)
	}
	g.Store(result, g.ReturnIndex(0))
	g.end()
}
