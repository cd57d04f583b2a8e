package plan

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir"
)

// Expr is a scalar function of positions: of where an element stands along axes, of sizes and of the numbers of loops.
// It is computed in float64, where whole numbers are exact below 2^53.
type Expr struct {
	Fn    string // const, size, index, loop, truth, whole, or a function of ir's table
	Args  []*Expr
	Const float64
	Size  ir.Size
	Axis  ir.Axis // of index
	Loop  *Loop   // of loop: its variable
}

func constant(x float64) *Expr          { return &Expr{Fn: "const", Const: x} }
func sized(s ir.Size) *Expr             { return &Expr{Fn: "size", Size: s} }
func index(a ir.Axis) *Expr             { return &Expr{Fn: "index", Axis: a} }
func loopVar(l *Loop) *Expr             { return &Expr{Fn: "loop", Loop: l} }
func apply(fn string, a ...*Expr) *Expr { return &Expr{Fn: fn, Args: a} }

// String is the expression as a formula; equal ones have equal strings.
func (e *Expr) String() string {
	switch e.Fn {
	case "const":
		return fmt.Sprint(e.Const)
	case "size":
		return "(" + e.Size.String() + ")"
	case "index":
		return "@" + e.Axis.Label
	case "loop":
		return fmt.Sprintf("#%s.%d", e.Loop.Var, e.Loop.ID)
	}
	var parts []string
	for _, a := range e.Args {
		parts = append(parts, a.String())
	}
	return e.Fn + "(" + strings.Join(parts, ", ") + ")"
}

// Axes are the axes along which it differs, in order of first appearance.
func (e *Expr) Axes() []ir.Axis {
	var out []ir.Axis
	e.walk(func(x *Expr) {
		if x.Fn == "index" && !slices.ContainsFunc(out, func(a ir.Axis) bool { return a.Label == x.Axis.Label }) {
			out = append(out, x.Axis)
		}
	})
	return out
}

// Loops are the loops whose variables it reads.
func (e *Expr) Loops() []*Loop {
	var out []*Loop
	e.walk(func(x *Expr) {
		if x.Fn == "loop" && !slices.Contains(out, x.Loop) {
			out = append(out, x.Loop)
		}
	})
	return out
}

// Frees are the free dims of the sizes that it reads.
func (e *Expr) Frees() []string {
	var out []string
	e.walk(func(x *Expr) {
		switch x.Fn {
		case "size":
			out = append(out, x.Size.Frees()...)
		case "index":
			out = append(out, x.Axis.Size.Frees()...)
		}
	})
	return out
}

func (e *Expr) walk(visit func(*Expr)) {
	visit(e)
	for _, a := range e.Args {
		a.walk(visit)
	}
}

// replace puts an expression in the place of the index of an axis.
func (e *Expr) replace(label string, by *Expr) *Expr {
	if e.Fn == "index" {
		if e.Axis.Label == label {
			return by
		}
		return e
	}
	if len(e.Args) == 0 {
		return e
	}
	out := *e
	out.Args = make([]*Expr, len(e.Args))
	same := true
	for i, a := range e.Args {
		out.Args[i] = a.replace(label, by)
		same = same && out.Args[i] == a
	}
	if same {
		return e
	}
	return &out
}

// split, merge and the others say what a node that moves elements makes of an expression. parts and whole count as in ir.
func (e *Expr) split(label string, into []ir.Axis) *Expr {
	number := index(into[0])
	for _, a := range into[1:] {
		number = apply("add", apply("mul", number, sized(a.Size)), index(a))
	}
	return e.replace(label, number)
}

func (e *Expr) merge(axes []ir.Axis, into ir.Axis) *Expr {
	rest := one()
	out := e
	for i := len(axes) - 1; i >= 0; i-- {
		part := index(into)
		if !rest.Equal(one()) {
			part = apply("quo", part, sized(rest))
		}
		if i > 0 {
			part = apply("mod", part, sized(axes[i].Size))
		}
		out = out.replace(axes[i].Label, part)
		rest = rest.Mul(axes[i].Size)
	}
	return out
}

// number is the value of an expression that hangs on nothing.
func (e *Expr) number() (float64, bool) {
	if e.Fn == "const" {
		return e.Const, true
	}
	f := ir.FnNamed(e.Fn)
	if f == nil || len(e.Args) == 0 {
		return 0, false
	}
	args := make([]float64, len(e.Args))
	for i, a := range e.Args {
		x, ok := a.number()
		if !ok {
			return 0, false
		}
		args[i] = x
	}
	return f.Eval(args), true
}
