// Package scalar says which kernel computes each scalar function of the IR: as functions, for who calls them in this
// process, and by their names, for who writes code.
//
// It must not know plans, or what a backend does with a kernel.
package scalar

import "archc/backends/kernel"

// Unary is the kernel of a function of one number.
type Unary struct {
	Name string // in package kernel
	F    func(dst, x []float32)
}

// Binary are the kernels of a function of two numbers: of two rows, of a row and a number, of a number and a row.
type Binary struct {
	Name string // of VV; VN and NV have an N behind it and in front
	VV   func(dst, x, y []float32)
	VN   func(dst, x []float32, s float32)
	NV   func(dst []float32, s float32, y []float32)
}

// Unaries and Binaries are the kernels by the names of the functions in the IR. What has three arguments, select, is
// kernel.Select.
var (
	Unaries = map[string]Unary{
		"neg": {"Neg", kernel.Neg}, "abs": {"Abs", kernel.Abs}, "sign": {"Sign", kernel.Sign},
		"floor": {"Floor", kernel.Floor}, "ceil": {"Ceil", kernel.Ceil}, "round": {"Round", kernel.Round},
		"exp": {"Exp", kernel.Exp}, "log": {"Log", kernel.Log}, "sqrt": {"Sqrt", kernel.Sqrt}, "rsqrt": {"Rsqrt", kernel.Rsqrt},
		"sin": {"Sin", kernel.Sin}, "cos": {"Cos", kernel.Cos}, "tanh": {"Tanh", kernel.Tanh}, "erf": {"Erf", kernel.Erf},
		"not": {"Not", kernel.Not},
	}
	Binaries = map[string]Binary{
		"add": {"Add", kernel.Add, kernel.AddN, kernel.NAdd},
		"sub": {"Sub", kernel.Sub, kernel.SubN, kernel.NSub},
		"mul": {"Mul", kernel.Mul, kernel.MulN, kernel.NMul},
		"div": {"Div", kernel.Div, kernel.DivN, kernel.NDiv},
		"quo": {"Quo", kernel.Quo, kernel.QuoN, kernel.NQuo},
		"mod": {"Mod", kernel.Mod, kernel.ModN, kernel.NMod},
		"pow": {"Pow", kernel.Pow, kernel.PowN, kernel.NPow},
		"max": {"Max", kernel.Max, kernel.MaxN, kernel.NMax},
		"min": {"Min", kernel.Min, kernel.MinN, kernel.NMin},
		"lt":  {"Lt", kernel.Lt, kernel.LtN, kernel.NLt},
		"le":  {"Le", kernel.Le, kernel.LeN, kernel.NLe},
		"gt":  {"Gt", kernel.Gt, kernel.GtN, kernel.NGt},
		"ge":  {"Ge", kernel.Ge, kernel.GeN, kernel.NGe},
		"eq":  {"Eq", kernel.Eq, kernel.EqN, kernel.NEq},
		"ne":  {"Ne", kernel.Ne, kernel.NeN, kernel.NNe},
		"and": {"And", kernel.And, kernel.AndN, kernel.NAnd},
		"or":  {"Or", kernel.Or, kernel.OrN, kernel.NOr},
	}
)
