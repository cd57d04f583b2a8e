package gosource

import (
	"fmt"
	"strings"

	"archc/ir"
	"archc/passes/plan"
)

// table writes a function of positions, element by element, in float64.
func (w *printer) table(t *plan.Table) {
	at := w.base(t.Out)
	index := map[string]string{}
	if ir.FnNamed(t.Expr.Fn) != nil {
		w.called = w.result(t.Expr.Fn)
	}
	w.nest(w.axes(t.Out.Axes, t.Out), func(a axis, symbol string) {
		index[a.label] = symbol
		at = at.Add(a.stride[0].Mul(ir.Free(symbol)))
	}, func() {
		w.line("%s[%s] = float32(%s)", w.data(t.Out), w.text(at), w.expr(w.folded(t.Expr, index)))
	})
}

// folded computes what hangs on constants alone: Go evaluates constant expressions exactly, and each function here rounds.
// Of an axis without an index there is one element.
func (w *printer) folded(e *plan.Expr, index map[string]string) *plan.Expr {
	switch e.Fn {
	case "const":
		return e
	case "size", "loop", "index":
		s := e.Size
		if e.Fn == "loop" {
			s = ir.Const(e.Loop.First).Add(ir.Const(e.Loop.Stride).Mul(w.runOf(e.Loop)))
		}
		if e.Fn == "index" {
			if s = (ir.Size{}); index[e.Axis.Label] != "" {
				s = ir.Free(index[e.Axis.Label])
			}
		}
		if n, ok := w.size(s).Int(); ok {
			return &plan.Expr{Fn: "const", Const: float64(n)}
		}
		return &plan.Expr{Fn: "size", Size: s}
	}
	out := *e
	out.Args = make([]*plan.Expr, len(e.Args))
	values := make([]float64, len(e.Args))
	known := true
	for i, a := range e.Args {
		out.Args[i] = w.folded(a, index)
		values[i] = out.Args[i].Const
		known = known && out.Args[i].Fn == "const"
	}
	if known {
		return &plan.Expr{Fn: "const", Const: ir.FnNamed(e.Fn).Eval(values)}
	}
	return &out
}

// scalars are the functions of positions as Go writes them: %s are the arguments. A product is rounded apart, so that no
// machine fuses it with a sum.
var scalars = map[string]string{
	"add": "(%s + %s)", "sub": "(%s - %s)", "mul": "float64(%s * %s)", "div": "(%s / %s)", "quo": "math.Floor(%s / %s)",
	"pow": "math.Pow(%s, %s)", "neg": "(-%s)", "abs": "math.Abs(%s)", "max": "max(%s, %s)", "min": "min(%s, %s)",
	"floor": "math.Floor(%s)", "ceil": "math.Ceil(%s)", "round": "math.RoundToEven(%s)", "exp": "math.Exp(%s)",
	"log": "math.Log(%s)", "sqrt": "math.Sqrt(%s)", "rsqrt": "(1 / math.Sqrt(%s))", "sin": "math.Sin(%s)", "cos": "math.Cos(%s)",
	"tanh": "math.Tanh(%s)", "erf": "math.Erf(%s)", "and": "(%s * %s)", "or": "math.Max(%s, %s)", "not": "(1 - %s)",
	"lt": "truth(%s < %s)", "le": "truth(%s <= %s)", "gt": "truth(%s > %s)", "ge": "truth(%s >= %s)", "eq": "truth(%s == %s)",
	"ne": "truth(%s != %s)", "mod": "mod(%s, %s)", "sign": "sign(%s)", "select": "choose(%s, %s, %s)",
}

// expr writes a folded expression as Go, of type float64.
func (w *printer) expr(e *plan.Expr) string {
	switch e.Fn {
	case "const":
		return w.number64(e.Const)
	case "size":
		return "float64(" + w.text(e.Size) + ")"
	}
	form, ok := scalars[e.Fn]
	if !ok {
		panic(fmt.Sprintf("gosource: no code for %s of positions", e.Fn))
	}
	for _, name := range []string{"truth", "mod", "sign", "choose"} {
		if strings.HasPrefix(form, name+"(") {
			w.help(name)
		}
	}
	args := make([]any, len(e.Args))
	for i, a := range e.Args {
		args[i] = w.expr(a)
	}
	return fmt.Sprintf(form, args...)
}
