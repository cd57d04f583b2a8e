// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// writeProbes writes what the limits of a machine are measured with: fused multiply-adds on registers alone, and a bare
// read of memory.
func writeProbes(g *build.Context) {
	for _, p := range []struct {
		name string
		file []reg.VecPhysical
	}{{"FMA256", ymm}, {"FMA512", zmm}} {
		g.Function(p.name)
		g.Attributes(attr.NOSPLIT)
		g.SignatureExpr("func(n int)")
		g.Doc(p.name + " does n times 12 fused multiply-adds of independent vectors.")
		g.Load(g.Param("n"), left)
		for _, r := range p.file[:14] {
			if p.name == "FMA256" {
				g.VXORPS(r, r, r)
			} else {
				g.VPXORD(r, r, r)
			}
		}
		g.Label("step")
		for _, r := range p.file[:12] {
			g.VFMADD231PS(p.file[12], p.file[13], r)
		}
		g.DECQ(left)
		g.JNZ(operand.LabelRef("step"))
		g.VZEROUPPER()
		g.RET()
	}
	g.Function("read")
	g.Attributes(attr.NOSPLIT)
	g.SignatureExpr("func(n int, p *byte, apart int) uint64")
	g.Pragma("noescape")
	g.Doc("read reads four streams of n bytes, a multiple of 128, that begin so far apart, and gives something that depends on all.")
	g.Load(g.Param("n"), left)
	g.Load(g.Param("p"), a)
	g.Load(g.Param("apart"), panel1)
	g.LEAQ(operand.Mem{Base: panel1, Index: panel1, Scale: 2}, panel3)
	streams := []operand.Mem{{Base: a}, {Base: a, Index: panel1, Scale: 1}, {Base: a, Index: panel1, Scale: 2}, {Base: a, Index: panel3, Scale: 1}}
	for _, y := range ymm[:8] {
		g.VPXOR(y, y, y)
	}
	g.Label("step")
	for line := range 2 {
		for i, m := range streams {
			m.Disp = 64*line + ahead
			g.PREFETCHT0(m)
			for half := range 2 {
				m.Disp = 64*line + 32*half
				g.VPXOR(m, ymm[2*i+half], ymm[2*i+half])
			}
		}
	}
	g.ADDQ(operand.U32(128), a)
	g.SUBQ(operand.U32(128), left)
	g.JNZ(operand.LabelRef("step"))
	for _, y := range ymm[1:8] {
		g.VPXOR(y, reg.Y0, reg.Y0)
	}
	g.MOVQ(reg.X0, reg.RAX)
	g.Store(reg.RAX, g.ReturnIndex(0))
	g.VZEROUPPER()
	g.RET()
}
