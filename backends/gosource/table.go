package gosource

import (
	"fmt"
	"strings"

	"archc/backends/source"
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
	w.nest(w.axes(t.Out.Axes, t.Out), func(a source.Axis, symbol string) {
		index[a.Label] = symbol
		at = at.Add(a.Stride[0].Mul(ir.Free(symbol)))
	}, func() {
		w.line("%s[%s] = float32(%s)", w.data(t.Out), w.text(at), w.expr(w.folded(t.Expr, index)))
	})
}

// folded computes what hangs on constants alone (source.Folded); index has the free dims that say where an element stands.
// Of an axis without an index there is one element.
func (w *printer) folded(e *plan.Expr, index map[string]string) *plan.Expr {
	return source.Folded(e, w.size, w.runOf, func(label string) ir.Size {
		if index[label] == "" {
			return ir.Size{}
		}
		return ir.Free(index[label])
	})
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
