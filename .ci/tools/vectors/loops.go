// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The frames around the formulas. A frame goes through the vectors by whole registers, some at a time, then by one;
// what is left is read and written under a mask, so that every element goes through the same instructions, wherever
// it stands.

const width = 8 // float32 in a register

func (g *gen) begin(name, signature string) {
	g.Function(name)
	g.Attributes(attr.NOSPLIT)
	g.Pragma("noescape")
	g.SignatureExpr(signature)
}

func (g *gen) end() {
	g.VZEROUPPER()
	g.RET()
}

func (g *gen) base(name string) reg.GPVirtual {
	return g.Load(g.Param(name).Base(), g.GP64()).(reg.GPVirtual)
}
func (g *gen) length(name string) reg.GPVirtual {
	return g.Load(g.Param(name).Len(), g.GP64()).(reg.GPVirtual)
}
func (g *gen) number(name string) reg.GPVirtual {
	return g.Load(g.Param(name), g.GP64()).(reg.GPVirtual)
}

func at(p reg.GPVirtual, bytes int) operand.Mem { return operand.Mem{Base: p, Disp: bytes} }

// passes counts n down by steps: body runs while a whole step is left.
func (g *gen) passes(name string, n reg.GPVirtual, step int, body func()) {
	g.SUBQ(operand.Imm(uint64(step)), n)
	g.JLT(operand.LabelRef(name + "_end"))
	g.Label(name)
	body()
	g.SUBQ(operand.Imm(uint64(step)), n)
	g.JGE(operand.LabelRef(name))
	g.Label(name + "_end")
	g.ADDQ(operand.Imm(uint64(step)), n)
}

// mask reads the mask of the first n elements, n below 8.
func (g *gen) mask(n reg.GPVirtual) ymm {
	p := g.GP64()
	g.LEAQ(operand.NewDataAddr(operand.Symbol{Name: "masks", Static: true}, 32), p)
	back := g.GP64()
	g.MOVQ(n, back)
	g.SHLQ(operand.Imm(2), back)
	g.SUBQ(back, p)
	return g.load(at(p, 0))
}

func (g *gen) masked(from operand.Mem, mask ymm) ymm {
	y := g.YMM()
	g.VMASKMOVPS(from, mask, y)
	return y
}

// argument is a vector that a frame reads. Its step is the bytes from one register to the next: 32, or 0 for one
// number.
type argument struct {
	base, step, step3 reg.GPVirtual
	stepped           bool
}

// place is where register k of a pass begins, k below 4.
func (a argument) place(k int) operand.Mem {
	switch {
	case !a.stepped:
		return at(a.base, 32*k)
	case k == 0:
		return at(a.base, 0)
	case k == 3:
		return operand.Mem{Base: a.base, Index: a.step3, Scale: 1}
	}
	return operand.Mem{Base: a.base, Index: a.step, Scale: uint8(k)}
}

// forward goes on by n registers, 1 or 4.
func (g *gen) forward(a argument, n int) {
	switch {
	case !a.stepped:
		g.ADDQ(operand.Imm(uint64(32*n)), a.base)
	case n == 1:
		g.ADDQ(a.step, a.base)
	default:
		g.LEAQ(operand.Mem{Base: a.base, Index: a.step, Scale: uint8(n)}, a.base)
	}
}

// formula computes a register from registers.
type formula func(g *gen, x ...ymm) ymm

// spread makes of one number a register of it in the frame of the function: read from there again and again it takes
// the place of a vector. It lies in one line of the cache, which the stack alone does not see to.
func (g *gen) spread(a argument, label string) {
	g.TESTQ(a.step, a.step)
	g.JNZ(operand.LabelRef(label))
	y := g.YMM()
	g.VBROADCASTSS(at(a.base, 0), y)
	g.LEAQ(g.AllocLocal(64).Offset(31), a.base)
	g.ANDQ(operand.I8(-32), a.base)
	g.VMOVUPS(y, at(a.base, 0))
	g.Label(label)
}

// elementwise is the frame of a function of vectors. The arguments of a binary one have steps, 0 where there is one
// number.
func (g *gen) elementwise(name string, names []string, stepped bool, times int, f formula) {
	signature := "func(dst, " + list(names) + " []float32"
	if stepped {
		signature += ", xStep, yStep int"
	}
	g.begin(name, signature+")")
	n, dst := g.length("dst"), argument{base: g.base("dst")}
	var args []argument
	for _, a := range names {
		arg := argument{base: g.base(a)}
		if stepped {
			arg.stepped, arg.step = true, g.number(a+"Step")
			g.spread(arg, "spread_"+a)
			g.SHLQ(operand.Imm(5), arg.step)
			if times > 1 {
				arg.step3 = g.GP64()
				g.LEAQ(operand.Mem{Base: arg.step, Index: arg.step, Scale: 2}, arg.step3)
			}
		}
		args = append(args, arg)
	}
	run := func(label string, times int) {
		g.passes(label, n, width*times, func() {
			var out []ymm
			for k := range times {
				var x []ymm
				for _, a := range args {
					x = append(x, g.load(a.place(k)))
				}
				out = append(out, f(g, x...))
			}
			for k, y := range out {
				g.VMOVUPS(y, dst.place(k))
			}
			for _, a := range append(args, dst) {
				g.forward(a, times)
			}
		})
	}
	if times > 1 {
		run("many", times)
	}
	run("one", 1)
	g.TESTQ(n, n)
	g.JZ(operand.LabelRef("done"))
	mask := g.mask(n)
	var x []ymm
	for _, a := range args {
		x = append(x, g.masked(a.place(0), mask))
	}
	g.VMASKMOVPS(f(g, x...), mask, dst.place(0))
	g.Label("done")
	g.end()
}

// bounded is the frame of a function of one vector that computes only what is not above a bound in magnitude: it
// stops before the register that holds more, or NaN, and gives the number of elements done.
func (g *gen) bounded(name string, bound float64, f formula) {
	g.begin(name, "func(dst, x []float32) (done int)")
	n, dst, from := g.length("dst"), g.base("dst"), g.base("x")
	done := g.GP64()
	g.XORQ(done, done)
	check := func(x ymm) {
		over := g.GP32()
		g.VMOVMSKPS(g.compare(g.magnitude(x), notAtMost, g.c(bound)), over)
		g.TESTL(over, over)
		g.JNZ(operand.LabelRef("stop"))
	}
	g.passes("one", n, width, func() {
		x := g.load(at(from, 0))
		check(x)
		g.VMOVUPS(f(g, x), at(dst, 0))
		for _, p := range []reg.GPVirtual{from, dst} {
			g.ADDQ(operand.Imm(32), p)
		}
		g.ADDQ(operand.Imm(width), done)
	})
	g.TESTQ(n, n)
	g.JZ(operand.LabelRef("stop"))
	mask := g.mask(n)
	x := g.masked(at(from, 0), mask)
	check(x)
	g.VMASKMOVPS(f(g, x), mask, at(dst, 0))
	g.ADDQ(n, done)
	g.Label("stop")
	g.Store(done, g.Return("done"))
	g.end()
}

func list(names []string) string {
	text := names[0]
	for _, n := range names[1:] {
		text = fmt.Sprintf("%s, %s", text, n)
	}
	return text
}
