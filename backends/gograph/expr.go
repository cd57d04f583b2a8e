package gograph

import (
	"archc/ir"
	"archc/passes/plan"
)

// scalar makes a function of positions callable: at holds where the point stands along each of the labels.
func (g *graph) scalar(e *plan.Expr, labels []string) func(at []int) float64 {
	switch e.Fn {
	case "const":
		return func([]int) float64 { return e.Const }
	case "size":
		n := g.sizes.number(e.Size)
		return func([]int) float64 { return float64(g.sizes.values[n]) }
	case "loop":
		return func([]int) float64 { return float64(e.Loop.First) + float64(e.Loop.Stride)*float64(g.runs[e.Loop.ID]) }
	case "index":
		for i, l := range labels {
			if l == e.Axis.Label {
				return func(at []int) float64 { return float64(at[i]) }
			}
		}
		return func([]int) float64 { return 0 }
	}
	var args []func([]int) float64
	for _, a := range e.Args {
		args = append(args, g.scalar(a, labels))
	}
	switch e.Fn {
	case "add":
		return func(at []int) float64 { return args[0](at) + args[1](at) }
	case "sub":
		return func(at []int) float64 { return args[0](at) - args[1](at) }
	case "mul":
		return func(at []int) float64 { return args[0](at) * args[1](at) }
	case "and":
		return func(at []int) float64 {
			if args[0](at) == 0 {
				return 0
			}
			return args[1](at)
		}
	case "or":
		return func(at []int) float64 {
			if x := args[0](at); x != 0 {
				return x
			}
			return args[1](at)
		}
	}
	fn := ir.FnNamed(e.Fn).Eval
	return func(at []int) float64 {
		var in [3]float64
		for i, a := range args {
			in[i] = a(at)
		}
		return fn(in[:len(args)])
	}
}
