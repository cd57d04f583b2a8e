// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// writeWiden writes the functions that widen n elements of 16 bits, n a multiple of 16.
func writeWiden(g *build.Context) {
	for _, element := range []string{"BFloat16", "Float16"} {
		g.Function("widen" + element)
		g.Attributes(attr.NOSPLIT)
		g.SignatureExpr("func(n int, src *uint16, dst *float32)")
		g.Pragma("noescape")
		g.Load(g.Param("n"), left)
		g.Load(g.Param("src"), a)
		g.Load(g.Param("dst"), b)
		g.TESTQ(left, left)
		g.JZ(operand.LabelRef("done"))
		g.Label("step")
		g.PREFETCHT0(operand.Mem{Base: a, Disp: ahead})
		for i, y := range []reg.VecPhysical{reg.Y0, reg.Y1} {
			m := operand.Mem{Base: a, Disp: 16 * i}
			if element == "BFloat16" {
				g.VPMOVZXWD(m, y)
				g.VPSLLD(operand.Imm(16), y, y)
			} else {
				g.VCVTPH2PS(m, y)
			}
			g.VMOVUPS(y, operand.Mem{Base: b, Disp: 32 * i})
		}
		g.ADDQ(operand.Imm(32), a)
		g.ADDQ(operand.Imm(64), b)
		g.SUBQ(operand.Imm(16), left)
		g.JNZ(operand.LabelRef("step"))
		g.Label("done")
		g.VZEROUPPER()
		g.RET()
	}
}
