package cudasource

import (
	"fmt"
	"strings"

	"archc/ir"
	"archc/passes/plan"
)

// maskText writes which keys a lane sees.
func (p *attend) maskText() string {
	first, end := "0", "0x7fffffff"
	if p.a.First != nil {
		first = p.bound(p.a.First)
	}
	if p.a.End != nil {
		end = p.bound(p.a.End)
	}
	var b strings.Builder
	b.WriteString(p.functor("mask", "The keys that a lane sees: from first to below end, where admits holds."))
	fmt.Fprintf(&b, "static constexpr bool everywhere = %t;\n", p.a.Admits == nil)
	fmt.Fprintf(&b, "template <class P> __device__ int first(const P& at) const { return %s; }\n", first)
	fmt.Fprintf(&b, "template <class P> __device__ int end(const P& at) const { return %s; }\n", end)
	if p.a.Admits != nil {
		if text, ok := p.condition(p.folded(p.a.Admits, p.where), true); ok {
			fmt.Fprintf(&b, "template <class P, class N> __device__ auto admits(const P& at, N key) const { return %s; }\n", bare(text))
		} else {
			p.use("numbers.cuh")
			text := p.expr(p.folded(p.a.Admits, p.at))
			fmt.Fprintf(&b, "template <class P> __device__ bool admits(const P& at, int key) const { return %s != 0.; }\n", text)
			b.WriteString("template <class P> __device__ Maybe admits(const P&, Range) const { return {true, false}; }\n")
		}
	}
	b.WriteString("};\n")
	return b.String()
}

// bound is a whole number of a lane.
func (p *attend) bound(e *plan.Expr) string {
	if text, ok := p.whole(p.folded(e, p.where), false); ok {
		return "int(" + bare(text) + ")"
	}
	p.use("numbers.cuh")
	return "int(" + p.expr(p.folded(e, p.at)) + ")"
}

// polynomial is a folded expression as a size, where whole numbers, sums and products make it.
func polynomial(e *plan.Expr) (ir.Size, bool) {
	switch e.Fn {
	case "const":
		n := int64(e.Const)
		return ir.Const(n), e.Const == float64(n) && n < 1<<30 && n > -1<<30
	case "size":
		return e.Size, true
	}
	var args []ir.Size
	for _, a := range e.Args {
		s, ok := polynomial(a)
		if !ok {
			return ir.Size{}, false
		}
		args = append(args, s)
	}
	switch e.Fn {
	case "add":
		return args[0].Add(args[1]), true
	case "sub":
		return args[0].Sub(args[1]), true
	case "mul":
		return args[0].Mul(args[1]), true
	case "neg":
		return ir.Size{}.Sub(args[0]), true
	}
	return ir.Size{}, false
}

// bare is an expression without the parentheses around all of it.
func bare(text string) string {
	if !strings.HasPrefix(text, "(") {
		return text
	}
	depth := 0
	for i, c := range text {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 && i < len(text)-1 {
			return text
		}
	}
	return text[1 : len(text)-1]
}

// wholes are functions of whole numbers, of which ranges know all but the last.
var wholes = map[string]string{
	"add": "(%s + %s)", "sub": "(%s - %s)", "mul": "(%s * %s)", "neg": "(-%s)", "abs": "whole_abs(%s)", "min": "whole_min(%s, %s)",
	"max": "whole_max(%s, %s)", "quo": "whole_quo(%s, %s)", "mod": "whole_mod(%s, %s)", "floor": "%s", "ceil": "%s", "round": "%s",
}

// whole writes a folded expression of whole numbers, if it is one; for ranges too, if it is to be.
func (p *attend) whole(e *plan.Expr, ranges bool) (string, bool) {
	if s, ok := polynomial(e); ok {
		text := p.kernel.text(s)
		if s.Terms() > 1 {
			text = "(" + text + ")"
		}
		return text, true
	}
	switch e.Fn {
	case "const":
		return "", false
	case "select":
		c, ok := p.condition(e.Args[0], ranges)
		x, one := p.whole(e.Args[1], ranges)
		y, two := p.whole(e.Args[2], ranges)
		return fmt.Sprintf("(%s ? %s : %s)", c, x, y), ok && one && two && !ranges
	}
	form, ok := wholes[e.Fn]
	if !ok {
		return "", false
	}
	if e.Fn == "quo" || e.Fn == "mod" {
		// Of a range by a range nothing is known; by 0 there is no whole number.
		d := e.Args[1]
		if d.Fn == "const" && d.Const <= 0 || d.Fn != "const" {
			return "", false
		}
	}
	args := make([]any, len(e.Args))
	for i, a := range e.Args {
		text, ok := p.whole(a, ranges)
		if !ok {
			return "", false
		}
		args[i] = text
	}
	return fmt.Sprintf(form, args...), true
}

// condition writes a folded condition of whole numbers, if it is one.
func (p *attend) condition(e *plan.Expr, ranges bool) (string, bool) {
	signs := map[string]string{"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=", "and": "&&", "or": "||"}
	switch e.Fn {
	case "const":
		return fmt.Sprint(e.Const != 0), true
	case "not":
		x, ok := p.condition(e.Args[0], ranges)
		return "!" + x, ok
	case "and", "or":
		x, one := p.condition(e.Args[0], ranges)
		y, two := p.condition(e.Args[1], ranges)
		return fmt.Sprintf("(%s %s %s)", x, signs[e.Fn], y), one && two
	}
	sign, ok := signs[e.Fn]
	if !ok {
		return "", false
	}
	x, one := p.whole(e.Args[0], ranges)
	y, two := p.whole(e.Args[1], ranges)
	return fmt.Sprintf("(%s %s %s)", x, sign, y), one && two
}
