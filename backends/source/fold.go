package source

import (
	"archc/ir"
	"archc/passes/plan"
)

// Folded computes what hangs on constants alone: languages evaluate constant expressions exactly, and each function here
// rounds. place is where an element stands along an axis, run the number of a loop's run, and known puts in what is known
// of a size. What is left are functions of sizes and constants.
func Folded(e *plan.Expr, known func(ir.Size) ir.Size, run func(*plan.Loop) ir.Size, place func(label string) ir.Size) *plan.Expr {
	switch e.Fn {
	case "const":
		return e
	case "size", "loop", "index":
		s := e.Size
		if e.Fn == "loop" {
			s = ir.Const(e.Loop.First).Add(ir.Const(e.Loop.Stride).Mul(run(e.Loop)))
		}
		if e.Fn == "index" {
			s = place(e.Axis.Label)
		}
		if n, ok := known(s).Int(); ok {
			return &plan.Expr{Fn: "const", Const: float64(n)}
		}
		return &plan.Expr{Fn: "size", Size: s}
	}
	out := *e
	out.Args = make([]*plan.Expr, len(e.Args))
	values := make([]float64, len(e.Args))
	all := true
	for i, a := range e.Args {
		out.Args[i] = Folded(a, known, run, place)
		values[i] = out.Args[i].Const
		all = all && out.Args[i].Fn == "const"
	}
	if all {
		return &plan.Expr{Fn: "const", Const: ir.FnNamed(e.Fn).Eval(values)}
	}
	return &out
}
