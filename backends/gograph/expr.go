package gograph

import (
	"archc/ir"
	"archc/passes/plan"
)

// point is where a function of positions is evaluated. A worker has one of its own.
type point struct {
	index     []int     // along each label
	arguments []float64 // of functions, kept so that a call allocates nothing
}

// point is made when all functions are that it may serve.
func (g *graph) point(labels int) *point {
	return &point{make([]int, labels), make([]float64, g.arguments)}
}

// scalar makes a function of positions callable, which stand along labels.
func (g *graph) scalar(e *plan.Expr, labels []string) func(at *point) float64 {
	switch e.Fn {
	case "const":
		return func(*point) float64 { return e.Const }
	case "size":
		n := g.sizes.number(e.Size)
		return func(*point) float64 { return float64(g.sizes.values[n]) }
	case "loop":
		return func(*point) float64 { return float64(e.Loop.First) + float64(e.Loop.Stride)*float64(g.runs[e.Loop.ID]) }
	case "index":
		for i, l := range labels {
			if l == e.Axis.Label {
				return func(at *point) float64 { return float64(at.index[i]) }
			}
		}
		return func(*point) float64 { return 0 }
	}
	var args []func(*point) float64
	for _, a := range e.Args {
		args = append(args, g.scalar(a, labels))
	}
	switch e.Fn {
	case "add":
		return func(at *point) float64 { return args[0](at) + args[1](at) }
	case "sub":
		return func(at *point) float64 { return args[0](at) - args[1](at) }
	case "mul":
		return func(at *point) float64 { return args[0](at) * args[1](at) }
	case "and":
		return func(at *point) float64 {
			if args[0](at) == 0 {
				return 0
			}
			return args[1](at)
		}
	case "or":
		return func(at *point) float64 {
			if x := args[0](at); x != 0 {
				return x
			}
			return args[1](at)
		}
	}
	fn, first := ir.FnNamed(e.Fn).Eval, g.arguments
	g.arguments += len(args)
	return func(at *point) float64 {
		in := at.arguments[first:][:len(args)]
		for i, a := range args {
			in[i] = a(at)
		}
		return fn(in)
	}
}
