// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The two products of attention with few lanes, which is bound by memory: keys and values are read once, in place, and
// rows far ahead are asked for. A row of one head lies among those of others, so that the processor does not foresee
// where the next one begins.

// fewLanes are the numbers of lanes that dots are written for, fewRows those of sums.
var (
	fewLanes = []int{1, 2, 4, 8}
	fewRows  = []int{1, 2, 3, 4}
)

func writeFew(g *build.Context) {
	for _, n := range fewLanes {
		writeFewDots(g, n)
	}
	for _, n := range fewRows {
		writeFewSums(g, n)
	}
}

// writeFewDots writes products of 16 keys at a time with some queries, one key in each lane of a vector. Four elements of
// each key are read; those of one number change places with each other in registers.
func writeFewDots(g *build.Context, lanes int) {
	g.Function(fmt.Sprintf("avx512FewDots%d", lanes))
	g.Attributes(attr.NOSPLIT)
	g.SignatureExpr("func(blocks, lines int, key *float32, keyRow, far int, query, out *float32, outRow int)")
	g.Pragma("noescape")
	g.Doc(fmt.Sprintf("avx512FewDots%d writes, for %d queries that lie side by side and blocks of 16 keys of so many lines, rows of products.", lanes, lanes),
		"It asks for the keys far bytes ahead.")
	var (
		left                  = reg.RCX
		places                = []reg.GPPhysical{reg.RSI, reg.R8, reg.R9, reg.R10} // of keys 0, 4, 8 and 12
		row, row3             = reg.R11, reg.R12
		query, ahead          = reg.RDI, reg.RBX
		out, outRow           = reg.RDX, reg.RAX
		back, key, to         = reg.R13, reg.R15, reg.R14
		sums, parts, elements = zmm[:lanes], zmm[8:12], zmm[12:20]
		masks                 = []reg.OpmaskPhysical{reg.K1, reg.K2, reg.K3}
	)
	for i, m := range masks {
		g.MOVL(operand.U32(0xf0<<(4*i)), reg.EAX)
		g.KMOVW(reg.EAX, m)
	}
	g.Load(g.Param("key"), key)
	g.Load(g.Param("keyRow"), row)
	g.Load(g.Param("out"), out)
	g.Load(g.Param("outRow"), outRow)
	g.LEAQ(operand.Mem{Base: row, Index: row, Scale: 2}, row3)
	g.MOVQ(row, back)
	g.SHLQ(operand.Imm(4), back)
	g.SUBQ(operand.Imm(64), back)
	g.Label("block")
	g.Load(g.Param("lines"), left)
	g.Load(g.Param("query"), query)
	g.Load(g.Param("far"), ahead)
	g.ADDQ(key, ahead)
	g.MOVQ(key, places[0])
	for i := 1; i < 4; i++ {
		g.LEAQ(operand.Mem{Base: places[i-1], Index: row, Scale: 4}, places[i])
	}
	for _, s := range sums {
		g.VPXORD(s, s, s)
	}
	g.Label("line")
	for four := range 4 {
		rows := func(p reg.GPPhysical) []operand.Mem {
			return []operand.Mem{{Base: p}, {Base: p, Index: row, Scale: 1}, {Base: p, Index: row, Scale: 2}, {Base: p, Index: row3, Scale: 1}}
		}
		for k, p := range places {
			for r, m := range rows(p) {
				if m.Disp = 16 * four; k == 0 {
					g.VBROADCASTF32X4(m, parts[r])
				} else {
					g.VBROADCASTF32X4(m, masks[k-1], parts[r])
				}
			}
		}
		for _, m := range rows(ahead) {
			g.PREFETCHT0(m)
		}
		g.LEAQ(operand.Mem{Base: ahead, Index: row, Scale: 4}, ahead)
		// Pairs of keys, then pairs of pairs, within each four lanes.
		for i := range 2 {
			g.VUNPCKLPS(parts[2*i+1], parts[2*i], elements[4+i])
			g.VUNPCKHPS(parts[2*i+1], parts[2*i], elements[6+i])
		}
		for i := range 2 {
			g.VUNPCKLPD(elements[5+2*i], elements[4+2*i], elements[2*i])
			g.VUNPCKHPD(elements[5+2*i], elements[4+2*i], elements[2*i+1])
		}
		for e := range 4 {
			for l, s := range sums {
				g.VFMADD231PS_BCST(operand.Mem{Base: query, Disp: 4 * ((4*four+e)*lanes + l)}, elements[e], s)
			}
		}
	}
	for _, p := range places {
		g.ADDQ(operand.Imm(64), p)
	}
	g.SUBQ(back, ahead)
	g.ADDQ(operand.U32(64*lanes), query)
	g.DECQ(left)
	g.JNZ(operand.LabelRef("line"))
	g.MOVQ(out, to)
	for l, s := range sums {
		if l > 0 {
			g.ADDQ(outRow, to)
		}
		g.VMOVUPS(s, operand.Mem{Base: to})
	}
	g.ADDQ(operand.Imm(64), out)
	g.LEAQ(operand.Mem{Base: key, Index: row, Scale: 8}, key)
	g.LEAQ(operand.Mem{Base: key, Index: row, Scale: 8}, key)
	countDown(g, "blocks", "block")
}

// writeFewSums writes sums of 64 elements of values with the weights of some lanes, and the sums of the weights.
func writeFewSums(g *build.Context, rows int) {
	g.Function(fmt.Sprintf("avx512FewSums%d", rows))
	g.Attributes(attr.NOSPLIT)
	g.SignatureExpr("func(keys int, weight *float32, weightRow int, value *float32, valueRow, far int, out *float32, outRow int, total *float32)")
	g.Pragma("noescape")
	g.Doc(fmt.Sprintf("avx512FewSums%d adds to %d rows of 64 sums the values of so many keys times their weights, and to totals the weights.", rows, rows),
		"It asks for the values far bytes ahead.")
	var (
		left, weight, value, ahead = reg.RCX, reg.RSI, reg.RDI, reg.RBX
		row, row3, valueRow        = reg.R8, reg.R9, reg.R10
		out, outRow, total         = reg.RDX, reg.RAX, reg.R11
	)
	var sums [][]reg.VecPhysical
	for i := range rows {
		sums = append(sums, zmm[4*i:4*i+4])
	}
	totals, weights, columns := zmm[16:16+rows], zmm[20:20+rows], zmm[24:28]
	g.Load(g.Param("keys"), left)
	g.Load(g.Param("weight"), weight)
	g.Load(g.Param("weightRow"), row)
	g.Load(g.Param("value"), value)
	g.Load(g.Param("valueRow"), valueRow)
	g.Load(g.Param("far"), ahead)
	g.Load(g.Param("out"), out)
	g.Load(g.Param("outRow"), outRow)
	g.Load(g.Param("total"), total)
	g.LEAQ(operand.Mem{Base: row, Index: row, Scale: 2}, row3)
	each := func(f func(m operand.Mem, sum reg.VecPhysical)) {
		for i, list := range sums {
			if i > 0 {
				g.ADDQ(outRow, out)
			}
			for v, s := range list {
				f(operand.Mem{Base: out, Disp: 64 * v}, s)
			}
		}
	}
	each(func(m operand.Mem, s reg.VecPhysical) { g.VMOVUPS(m, s) })
	for i, t := range totals {
		g.VBROADCASTSS(operand.Mem{Base: total, Disp: 4 * i}, t)
	}
	g.Label("key")
	at := []operand.Mem{{Base: weight}, {Base: weight, Index: row, Scale: 1}, {Base: weight, Index: row, Scale: 2}, {Base: weight, Index: row3, Scale: 1}}
	for i, w := range weights {
		g.VBROADCASTSS(at[i], w)
		g.VADDPS(w, totals[i], totals[i])
	}
	for v, c := range columns {
		g.VMOVUPS(operand.Mem{Base: value, Disp: 64 * v}, c)
		g.PREFETCHT0(operand.Mem{Base: value, Index: ahead, Scale: 1, Disp: 64 * v})
		for i, w := range weights {
			g.VFMADD231PS(c, w, sums[i][v])
		}
	}
	g.ADDQ(operand.Imm(4), weight)
	g.ADDQ(valueRow, value)
	g.DECQ(left)
	g.JNZ(operand.LabelRef("key"))
	g.Load(g.Param("out"), out)
	each(func(m operand.Mem, s reg.VecPhysical) { g.VMOVUPS(s, m) })
	for i, t := range totals {
		g.VMOVSS(t.AsX(), operand.Mem{Base: total, Disp: 4 * i})
	}
	g.VZEROUPPER()
	g.RET()
}

// countDown ends a function with a loop over a parameter.
func countDown(g *build.Context, name, label string) {
	g.DECQ(param(g, name))
	g.JNZ(operand.LabelRef(label))
	g.VZEROUPPER()
	g.RET()
}
