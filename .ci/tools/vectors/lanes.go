// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The lane functions: a row is two registers.

// rows runs body for each row of 16 elements.
func (g *gen) rows(x reg.GPVirtual, n reg.GPVirtual, body func()) {
	g.passes("row", n, 2*width, func() {
		body()
		g.ADDQ(operand.Imm(64), x)
	})
}

// lanesAt are the registers of 16 floats behind a pointer.
func (g *gen) lanesAt(name string) (reg.GPVirtual, [2]ymm) {
	p := g.number(name)
	return p, [2]ymm{g.load(at(p, 0)), g.load(at(p, 32))}
}

func (g *gen) put(values [2]ymm, p reg.GPVirtual) {
	for k, y := range values {
		g.VMOVUPS(y, at(p, 32*k))
	}
}

func (g *gen) laneMax() {
	g.begin("avx2LaneMax", "func(m *[16]float32, x []float32)")
	n, x := g.length("x"), g.base("x")
	p, m := g.lanesAt("m")
	for k := range m {
		m[k] = g.negated(m[k])
	}
	// Two rows are compared with each other first, so that the chain of comparisons is half as long.
	g.passes("pair", n, 4*width, func() {
		for k := range m {
			y := g.negated(g.load(at(x, 32*k)))
			g.least(g.negated(g.load(at(x, 64+32*k))), y, g.YMM())
			g.least(y, m[k], g.YMM())
		}
		g.ADDQ(operand.Imm(128), x)
	})
	g.rows(x, n, func() {
		for k := range m {
			g.least(g.negated(g.load(at(x, 32*k))), m[k], g.YMM())
		}
	})
	for k := range m {
		m[k] = g.negated(m[k])
	}
	g.put(m, p)
	g.end()
}

func (g *gen) laneSum() {
	g.begin("avx2LaneSum", "func(s *[16]float32, x []float32)")
	n, x := g.length("x"), g.base("x")
	p, s := g.lanesAt("s")
	g.rows(x, n, func() {
		for k := range s {
			g.VADDPS(at(x, 32*k), s[k], s[k])
		}
	})
	g.put(s, p)
	g.end()
}

func (g *gen) laneExpSum() {
	g.begin("avx2LaneExpSum", "func(x []float32, m, s *[16]float32)")
	n, x := g.length("x"), g.base("x")
	_, m := g.lanesAt("m")
	p, s := g.lanesAt("s")
	g.rows(x, n, func() {
		for k := range s {
			v := g.load(at(x, 32*k))
			out := g.compare(v, equal, g.c(math.Inf(-1)))
			e := g.without(out, expOfNegative(g, g.sub(v, m[k])))
			g.VMOVUPS(e, at(x, 32*k))
			g.VADDPS(e, s[k], s[k])
		}
	})
	g.put(s, p)
	g.end()
}

func (g *gen) laneScale() {
	g.begin("avx2LaneScale", "func(x []float32, f *[16]float32)")
	n, x := g.length("x"), g.base("x")
	_, f := g.lanesAt("f")
	g.rows(x, n, func() {
		for k := range f {
			g.VMOVUPS(g.mul(f[k], at(x, 32*k)), at(x, 32*k))
		}
	})
	g.end()
}

func (g *gen) keyFill() {
	g.begin("avx2KeyFill", "func(x, k []float32)")
	n, x, k := g.length("x"), g.base("x"), g.base("k")
	g.rows(x, n, func() {
		y := g.YMM()
		g.VBROADCASTSS(at(k, 0), y)
		g.put([2]ymm{y, y}, x)
		g.ADDQ(operand.Imm(4), k)
	})
	g.end()
}

func (g *gen) laneFill() {
	g.begin("avx2LaneFill", "func(x []float32, v *[16]float32)")
	n, x := g.length("x"), g.base("x")
	_, v := g.lanesAt("v")
	g.rows(x, n, func() { g.put(v, x) })
	g.end()
}

func (g *gen) fill() {
	g.begin("avx2Fill", "func(dst []float32, s float32)")
	n, dst := g.length("dst"), g.base("dst")
	y := g.YMM()
	g.VBROADCASTSS(g.paramAddress("s"), y)
	g.passes("many", n, 4*width, func() {
		for k := range 4 {
			g.VMOVUPS(y, at(dst, 32*k))
		}
		g.ADDQ(operand.Imm(128), dst)
	})
	g.passes("one", n, width, func() {
		g.VMOVUPS(y, at(dst, 0))
		g.ADDQ(operand.Imm(32), dst)
	})
	g.VMASKMOVPS(y, g.mask(n), at(dst, 0))
	g.end()
}

func (g *gen) paramAddress(name string) operand.Mem {
	b, err := g.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// transpose writes 8 lanes of 8 rows at a time as 8 rows: pairs of rows, then pairs of pairs, then halves change
// places.
func (g *gen) transpose() {
	g.begin("avx2Transpose8", "func(dst *float32, drow int, src *float32, rows int)")
	dst, drow, src, n := g.number("dst"), g.number("drow"), g.number("src"), g.number("rows")
	g.SHLQ(operand.Imm(2), drow)
	drow3 := g.GP64()
	g.LEAQ(operand.Mem{Base: drow, Index: drow, Scale: 2}, drow3)
	upper := g.GP64() // of lane 4
	g.LEAQ(operand.Mem{Base: dst, Index: drow, Scale: 4}, upper)
	g.passes("block", n, width, func() {
		var a, b [8]ymm
		// A register holds lanes 0-3 of rows r and r+4, or lanes 4-7 of both: what is left lies within the halves.
		for r := range 4 {
			low := g.YMM()
			for h := range 2 {
				a[r+4*h] = g.YMM()
				g.VMOVUPS(at(src, 64*r+16*h), low.AsX())
				g.VINSERTF128(operand.Imm(1), at(src, 64*(r+4)+16*h), low, a[r+4*h])
			}
		}
		for h := 0; h < 8; h += 4 {
			for i := range 2 {
				b[h+i], b[h+2+i] = g.YMM(), g.YMM()
				g.VUNPCKLPS(a[h+2*i+1], a[h+2*i], b[h+i])   // lanes 0 0 1 1 of rows 2i, 2i+1
				g.VUNPCKHPS(a[h+2*i+1], a[h+2*i], b[h+2+i]) // lanes 2 2 3 3
			}
			base := []reg.GPVirtual{dst, upper}[h/4]
			for i := range 2 {
				for part, pick := range []uint64{0x44, 0xee} {
					y := g.YMM()
					g.VSHUFPS(operand.Imm(pick), b[h+2*i+1], b[h+2*i], y)
					to := argument{base: base, step: drow, step3: drow3, stepped: true}
					g.VMOVUPS(y, to.place(2*i+part))
				}
			}
		}
		g.ADDQ(operand.U32(8*64), src)
		g.ADDQ(operand.Imm(32), dst)
		g.ADDQ(operand.Imm(32), upper)
	})
	g.end()
}
