// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The lane functions: a row is two registers.

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

// apart runs body for rows of 16 elements that begin step elements apart, so many rows at a time, while n elements
// hold them.
func (g *gen) apart(name string, x, n, step reg.GPVirtual, rows int, body func()) {
	last, forward := g.GP64(), g.GP64() // from the first row of a pass to the end of its last, and to the next pass
	g.MOVQ(operand.I32(2*width), last)
	g.MOVQ(step, forward)
	if rows == 2 {
		g.ADDQ(step, last)
		g.ADDQ(step, forward)
	}
	g.SUBQ(last, n)
	g.JLT(operand.LabelRef(name + "_end"))
	g.Label(name)
	body()
	g.LEAQ(operand.Mem{Base: x, Index: forward, Scale: 4}, x)
	g.SUBQ(forward, n)
	g.JGE(operand.LabelRef(name))
	g.Label(name + "_end")
	g.ADDQ(last, n)
}

// laneMax keeps what stands where x is NaN: then a maximum is its last argument. Rows take turns in two chains.
func (g *gen) laneMax() {
	g.begin("avx2LaneMax", "func(m *[16]float32, x []float32, step int)")
	n, x, step := g.length("x"), g.base("x"), g.number("step")
	p, m := g.lanesAt("m")
	var other [2]ymm
	for k := range m {
		other[k] = g.YMM()
		g.VMOVAPS(m[k], other[k])
	}
	g.apart("pair", x, n, step, 2, func() {
		for k := range m {
			g.VMAXPS(m[k], g.load(at(x, 32*k)), m[k])
			g.VMAXPS(other[k], g.load(operand.Mem{Base: x, Index: step, Scale: 4, Disp: 32 * k}), other[k])
		}
	})
	g.apart("row", x, n, step, 1, func() {
		for k := range m {
			g.VMAXPS(m[k], g.load(at(x, 32*k)), m[k])
		}
	})
	for k := range m {
		g.VMAXPS(other[k], m[k], m[k])
	}
	g.put(m, p)
	g.end()
}

func (g *gen) laneExpSum() {
	g.begin("avx2LaneExpSum", "func(dst, x []float32, step int, m, s *[16]float32)")
	n, dst, x, step := g.length("x"), g.base("dst"), g.base("x"), g.number("step")
	_, m := g.lanesAt("m")
	p, s := g.lanesAt("s")
	g.apart("row", x, n, step, 1, func() {
		for k := range s {
			v := g.load(at(x, 32*k))
			out := g.compare(v, equal, g.c(math.Inf(-1)))
			e := g.without(out, expOfNegative(g, g.sub(v, m[k])))
			g.VMOVUPS(e, at(dst, 32*k))
			g.VADDPS(e, s[k], s[k])
		}
		g.LEAQ(operand.Mem{Base: dst, Index: step, Scale: 4}, dst)
	})
	g.put(s, p)
	g.end()
}

// laneExpSum512 is laneExpSum with a row in one register, and its constants in others: the same operations in the same
// order, so the same bits.
func (g *gen) laneExpSum512() {
	g.begin("avx512LaneExpSum", "func(dst, x []float32, step int, m, s *[16]float32)")
	n, dst, x, step := g.length("x"), g.base("dst"), g.base("x"), g.number("step")
	load := func(from operand.Mem) ymm { z := g.ZMM(); g.VMOVUPS(from, z); return z }
	c := func(x float64) ymm { z := g.ZMM(); g.VBROADCASTSS(g.c(x), z); return z }
	m, to := load(at(g.number("m"), 0)), g.number("s")
	s := load(at(to, 0))
	none, lowest, bias, log2e := c(math.Inf(-1)), c(-104.5), c(shift+127+63), c(math.Log2E)
	ln2, rest, one, scale := c(firstOfLn2), c(math.Ln2-firstOfLn2), c(1), c(0x1p-63)
	var tail []ymm
	for _, a := range polynomials["expTail"] {
		tail = append(tail, c(a))
	}
	g.apart("row", x, n, step, 1, func() {
		v := load(at(x, 0))
		seen, r, k, whole, p := g.K(), g.ZMM(), g.ZMM(), g.ZMM(), g.ZMM()
		g.VCMPPS(operand.Imm(unequal), none, v, seen)
		g.VSUBPS(m, v, r)
		g.VMAXPS(r, lowest, r)
		g.VMOVAPS(bias, k)
		g.VFMADD231PS(log2e, r, k)
		g.VSUBPS(bias, k, whole)
		g.VFNMADD231PS(ln2, whole, r)
		g.VFNMADD231PS(rest, whole, r)
		g.VMOVAPS(tail[len(tail)-1], p)
		for i := len(tail) - 2; i >= 0; i-- {
			g.VFMADD213PS(tail[i], r, p)
		}
		g.VFMADD213PS(one, r, p)
		g.VFMADD213PS(one, r, p)
		g.VPSLLD(operand.Imm(23), k, k)
		g.VMULPS(k, p, p)
		g.VMULPS_Z(scale, p, seen, p)
		g.VMOVUPS(p, at(dst, 0))
		g.VADDPS(p, s, s)
		g.LEAQ(operand.Mem{Base: dst, Index: step, Scale: 4}, dst)
	})
	g.VMOVUPS(s, at(to, 0))
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
	g.begin("avx2Transpose8", "func(dst *float32, drow int, src *float32, srow, rows int)")
	dst, drow, src, srow, n := g.number("dst"), g.number("drow"), g.number("src"), g.number("srow"), g.number("rows")
	g.SHLQ(operand.Imm(2), drow)
	g.SHLQ(operand.Imm(2), srow)
	drow3, srow3 := g.GP64(), g.GP64()
	g.LEAQ(operand.Mem{Base: drow, Index: drow, Scale: 2}, drow3)
	g.LEAQ(operand.Mem{Base: srow, Index: srow, Scale: 2}, srow3)
	upper := g.GP64() // of lane 4
	g.LEAQ(operand.Mem{Base: dst, Index: drow, Scale: 4}, upper)
	later := g.GP64() // row 4 of a block
	g.LEAQ(operand.Mem{Base: src, Index: srow, Scale: 4}, later)
	g.passes("block", n, width, func() {
		first := argument{base: src, step: srow, step3: srow3, stepped: true}
		second := first
		second.base = later
		var a, b [8]ymm
		// A register holds lanes 0-3 of rows r and r+4, or lanes 4-7 of both: what is left lies within the halves.
		for r := range 4 {
			low := g.YMM()
			for h := range 2 {
				a[r+4*h] = g.YMM()
				upper, lower := first.place(r), second.place(r)
				upper.Disp, lower.Disp = 16*h, 16*h
				g.VMOVUPS(upper, low.AsX())
				g.VINSERTF128(operand.Imm(1), lower, low, a[r+4*h])
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
		g.LEAQ(operand.Mem{Base: src, Index: srow, Scale: 8}, src)
		g.LEAQ(operand.Mem{Base: later, Index: srow, Scale: 8}, later)
		g.ADDQ(operand.Imm(32), dst)
		g.ADDQ(operand.Imm(32), upper)
	})
	g.end()
}
