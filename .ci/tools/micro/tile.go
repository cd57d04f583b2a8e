// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The arguments of every tile. Strides are in bytes. c += a b where add is not 0, else c = a b: each accumulator is one
// chain over k that starts from c or from 0. With every step a tall tile fetches one more line from next on.
const signature = "func(k int, a *float32, aRow, aCol int, b *byte, bRow, bPanel int, c *float32, cRow, add int, mask *int32, next *float32)"

// strips are tiles below each other, in one call. With every step one fetches a line, far and then farStep bytes on; the next
// strip fetches the lines behind these.
const strips = "func(strips, k int, a *float32, aRow, aCol int, b *byte, bRow, bPanel int, c *float32, cRow, add int, far uintptr, farStep int)"

// How far ahead of the columns being used they are asked for, in bytes of each panel.
const ahead = 2048

var (
	left                    = reg.RCX // steps of k
	a, a7                   = reg.RSI, reg.R8
	aRow, aRow3, aRow5      = reg.R9, reg.R10, reg.R11
	aCol                    = reg.R12
	b, bRow, panel1, panel3 = reg.RDI, reg.RBX, reg.R13, reg.R15
	c, cRow                 = reg.RDX, reg.RAX
	next                    = reg.R15 // no tile has both four panels and packed rows
	strip                   = reg.R15 // the rows of the strip, where nothing is fetched
	spare                   = reg.R14
)

var ymm = []reg.VecPhysical{reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15}

var zmm = []reg.VecPhysical{reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7, reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
	reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23, reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31}

// layout deals out the vector registers of a tile.
type layout struct {
	shape
	bytes   int                 // of a vector of float32
	vectors int                 // of a row of the tile
	sums    [][]reg.VecPhysical // rows by vectors
	columns []reg.VecPhysical   // vectors of b
	rows    []reg.VecPhysical   // broadcast elements of a, taken in turn
	masks   []reg.VecPhysical
}

func newLayout(s shape) layout {
	l := layout{shape: s, bytes: 64, vectors: s.panels}
	file := zmm
	if s.isa == "avx2" {
		l.bytes, l.vectors, file = 32, 2*max(s.panels, 1), ymm
	}
	take := func(n int) []reg.VecPhysical {
		taken := file[:n]
		file = file[n:]
		return taken
	}
	for range s.rows {
		l.sums = append(l.sums, take(l.vectors))
	}
	if s.panels == 0 {
		l.masks = take(2)
	}
	l.columns = take(2)
	l.rows = take(2)
	if s.isa == "avx512" && s.rows <= 4 {
		l.rows = append(l.rows, take(2)...)
	}
	return l
}

func writeTile(g *build.Context, s shape) {
	l := newLayout(s)
	g.Function(s.name())
	g.Attributes(attr.NOSPLIT)
	if s.strips {
		g.SignatureExpr(strips)
	} else {
		g.SignatureExpr(signature)
	}
	g.Pragma("noescape")
	g.Load(g.Param("a"), a)
	g.Load(g.Param("aRow"), aRow)
	g.Load(g.Param("aCol"), aCol)
	g.Load(g.Param("bRow"), bRow)
	g.Load(g.Param("c"), c)
	g.Load(g.Param("cRow"), cRow)
	if s.rows > 3 {
		g.LEAQ(operand.Mem{Base: aRow, Index: aRow, Scale: 2}, aRow3)
	}
	if s.rows > 5 {
		g.LEAQ(operand.Mem{Base: aRow, Index: aRow, Scale: 4}, aRow5)
	}
	if s.panels > 1 {
		g.Load(g.Param("bPanel"), panel1)
	}
	if s.panels > 3 {
		g.LEAQ(operand.Mem{Base: panel1, Index: panel1, Scale: 2}, panel3)
	}
	if s.panels == 0 {
		g.Load(g.Param("mask"), spare)
		for i, m := range l.masks {
			g.VMOVDQU(operand.Mem{Base: spare, Disp: 32 * i}, m)
		}
	}
	if s.strips {
		g.MOVQ(a, strip)
		g.Label("strip")
		g.MOVQ(strip, a)
	}
	if s.rows > 7 {
		g.LEAQ(operand.Mem{Base: a, Index: aRow3, Scale: 2}, a7)
		g.ADDQ(aRow, a7)
	}
	g.Load(g.Param("b"), b)
	g.Load(g.Param("k"), left)
	l.start(g)
	if s.tall() {
		g.Load(g.Param("next"), next)
	}
	if s.strips {
		g.Load(g.Param("far"), spare)
	}
	g.TESTQ(left, left)
	g.JZ(operand.LabelRef("store"))
	g.Instruction(&ir.Instruction{Opcode: "PCALIGN", Operands: []operand.Op{operand.Imm(64)}})
	g.Label("step")
	l.step(g)
	g.ADDQ(aCol, a)
	if s.rows > 7 {
		g.ADDQ(aCol, a7)
	}
	g.ADDQ(bRow, b)
	if s.tall() {
		// Into the second-level cache: the first-level one is full of this tile's rows and columns.
		g.PREFETCHT1(operand.Mem{Base: next})
		g.ADDQ(operand.U8(64), next)
	}
	if s.strips {
		g.PREFETCHT1(operand.Mem{Base: spare})
		g.ADDQ(param(g, "farStep"), spare)
	}
	g.DECQ(left)
	g.JNZ(operand.LabelRef("step"))
	g.Label("store")
	l.rowsOfC(g, func(m operand.Mem, sum reg.VecPhysical, v int) {
		if s.panels == 0 {
			g.VMASKMOVPS(sum, l.masks[v], m)
		} else {
			g.VMOVUPS(sum, m)
		}
	}, c)
	if s.strips {
		g.ADDQ(cRow, c)
		for done := 0; done < s.rows; { // 14 rows are 5+5+4
			switch n := s.rows - done; {
			case n >= 5:
				g.ADDQ(aRow5, strip)
				done += 5
			default:
				g.LEAQ(operand.Mem{Base: strip, Index: aRow, Scale: uint8(n)}, strip)
				done = s.rows
			}
		}
		g.ADDQ(operand.Imm(64), param(g, "far"))
		g.DECQ(param(g, "strips"))
		g.JNZ(operand.LabelRef("strip"))
	}
	g.VZEROUPPER()
	g.RET()
}

// param is where a parameter stands.
func param(g *build.Context, name string) operand.Mem {
	p, err := g.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}

// start sets the chains to what stands in c, or to zero.
func (l layout) start(g *build.Context) {
	g.Load(g.Param("add"), spare)
	g.TESTQ(spare, spare)
	g.JZ(operand.LabelRef("zero"))
	g.MOVQ(c, spare)
	l.rowsOfC(g, func(m operand.Mem, sum reg.VecPhysical, v int) {
		if l.panels == 0 {
			g.VMASKMOVPS(m, l.masks[v], sum)
		} else {
			g.VMOVUPS(m, sum)
		}
	}, spare)
	g.JMP(operand.LabelRef("ready"))
	g.Label("zero")
	for _, row := range l.sums {
		for _, sum := range row {
			if l.isa == "avx2" {
				g.VXORPS(sum, sum, sum)
			} else {
				g.VPXORD(sum, sum, sum)
			}
		}
	}
	g.Label("ready")
}

// rowsOfC walks a pointer down the rows of c.
func (l layout) rowsOfC(g *build.Context, f func(m operand.Mem, sum reg.VecPhysical, v int), at reg.GPPhysical) {
	for i, row := range l.sums {
		if i > 0 {
			g.ADDQ(cRow, at)
		}
		for v, sum := range row {
			f(operand.Mem{Base: at, Disp: v * l.bytes}, sum, v)
		}
	}
}

// step is one k: every sum takes one fused multiply-add.
func (l layout) step(g *build.Context) {
	halves := l.vectors / max(l.panels, 1)
	if l.rowsFirst() {
		// All of b in registers; each element of a is broadcast once.
		l.prefetch(g, 0)
		if l.panels == 2 {
			l.prefetch(g, 1)
		}
		for v := range l.vectors {
			l.load(g, v/halves, v%halves, l.columns[v])
		}
		for i := range l.sums {
			if l.vectors == 1 {
				g.VFMADD231PS_BCST(l.element32(i), l.columns[0], l.sums[i][0])
				continue
			}
			x := l.rows[i%2]
			g.VBROADCASTSS(l.element32(i), x)
			for v, sum := range l.sums[i] {
				g.VFMADD231PS(l.columns[v], x, sum)
			}
		}
		return
	}
	// Panel by panel.
	for p := range max(l.panels, 1) {
		l.prefetch(g, p)
		for h := range halves {
			l.load(g, p, h, l.columns[h])
		}
		for i := range l.sums {
			x := l.rows[i%len(l.rows)]
			if p == 0 || len(l.sums) > len(l.rows) {
				g.VBROADCASTSS(l.element32(i), x)
			}
			for h := range halves {
				g.VFMADD231PS(l.columns[h], x, l.sums[i][p*halves+h])
			}
		}
	}
}

// rowsFirst says whether a row of b fits the registers kept for it.
func (l layout) rowsFirst() bool { return l.vectors <= len(l.columns) }

// element32 is where element (i, k) of a is.
func (l layout) element32(i int) operand.Mem {
	base := a
	if i >= 7 {
		base, i = a7, i-7
	}
	switch i {
	case 0:
		return operand.Mem{Base: base}
	case 1, 2, 4:
		return operand.Mem{Base: base, Index: aRow, Scale: uint8(i)}
	case 3, 6:
		return operand.Mem{Base: base, Index: aRow3, Scale: uint8(i / 3)}
	}
	return operand.Mem{Base: base, Index: aRow5, Scale: 1}
}

func (l layout) panel(p, disp int) operand.Mem {
	switch p {
	case 0:
		return operand.Mem{Base: b, Disp: disp}
	case 3:
		return operand.Mem{Base: b, Index: panel3, Scale: 1, Disp: disp}
	}
	return operand.Mem{Base: b, Index: panel1, Scale: uint8(p), Disp: disp}
}

func (l layout) prefetch(g *build.Context, p int) {
	if !l.lanes() {
		g.PREFETCHT0(l.panel(p, ahead))
	}
}

// load reads and widens a vector of a panel.
func (l layout) load(g *build.Context, p, half int, to reg.VecPhysical) {
	switch l.element {
	case "Float32":
		m := l.panel(p, half*l.bytes)
		if l.panels == 0 { // b may end within the vector
			g.VMASKMOVPS(m, l.masks[half], to)
		} else {
			g.VMOVUPS(m, to)
		}
	case "BFloat16":
		g.VPMOVZXWD(l.panel(p, half*l.bytes/2), to)
		g.VPSLLD(operand.Imm(16), to, to)
	case "Float16":
		g.VCVTPH2PS(l.panel(p, half*l.bytes/2), to)
	}
}
