package cudasource

import (
	"fmt"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// table writes a function of positions, element by element, in double.
func (w *printer) table(t *plan.Table) {
	does := "table"
	if ir.FnNamed(t.Expr.Fn) != nil {
		does = t.Expr.Fn
	}
	w.called = lastWord(w.scope) + "_" + does
	k := w.kernel(does + "_of")
	axes := w.axes(t.Out.Axes, t.Out)
	k.say("a function of positions, %s numbers.", k.shown(elements(axes)))
	k.use("numbers.cuh")
	k.each(axes, func(at map[string]ir.Size) {
		k.put("%s[%s] = float(%s);", k.data(t.Out, true), k.place(t.Out, at), k.expr(k.folded(t.Expr, at)))
	})
	k.launch("items("+w.text(elements(axes))+")", "")
}

// folded computes what hangs on constants alone (source.Folded); at has where an element stands along axes. Of an axis
// without an index there is one element.
func (k *kernel) folded(e *plan.Expr, at map[string]ir.Size) *plan.Expr {
	return source.Folded(e, k.size, k.runOf, func(label string) ir.Size { return at[label] })
}

// functions are the scalar functions as C++ writes them, of float and of double: %s are the arguments, T is the type.
var functions = map[string]string{
	"add": "%s + %s", "sub": "%s - %s", "mul": "%s * %s", "div": "%s / %s", "quo": "quotient(%s, %s)", "mod": "remainder_of(%s, %s)",
	"pow": "power(%s, %s)", "neg": "-(%s)", "abs": "magnitude(%s)", "sign": "sign(%s)", "max": "larger(%s, %s)", "min": "smaller(%s, %s)",
	"floor": "floor_of(%s)", "ceil": "ceil_of(%s)", "round": "round_of(%s)", "exp": "exponential(%s)", "log": "logarithm(%s)",
	"sqrt": "root(%s)", "rsqrt": "root_inverse(%s)", "sin": "sine(%s)", "cos": "cosine(%s)", "tanh": "tangent_h(%s)",
	"erf": "error_function(%s)", "and": "%s * %s", "or": "larger(%s, %s)", "not": "1 - %s",
	"lt": "truth<T>(%s < %s)", "le": "truth<T>(%s <= %s)", "gt": "truth<T>(%s > %s)", "ge": "truth<T>(%s >= %s)",
	"eq": "truth<T>(%s == %s)", "ne": "truth<T>(%s != %s)", "select": "choose(%s, %s, %s)",
}

// applied is a scalar function of arguments.
func applied(fn, kind string, args ...string) string {
	form, ok := functions[fn]
	if !ok {
		panic("cudasource: no code for " + fn)
	}
	list := make([]any, len(args))
	for i, a := range args {
		list[i] = a
	}
	return fmt.Sprintf(typed(form, kind), list...)
}

func typed(form, kind string) string {
	if i := len("truth<"); len(form) > i && form[:i] == "truth<" {
		return "truth<" + kind + form[i+1:]
	}
	return form
}

// expr writes a folded expression, of type double.
func (k *kernel) expr(e *plan.Expr) string {
	switch e.Fn {
	case "const":
		return number64(e.Const)
	case "size":
		return "double(" + k.text(e.Size) + ")"
	}
	args := make([]string, len(e.Args))
	for i, a := range e.Args {
		args[i] = k.expr(a)
	}
	text := applied(e.Fn, "double", args...)
	switch e.Fn {
	case "add", "sub", "mul", "div", "neg", "not", "and":
		return "(" + text + ")"
	}
	return text
}
