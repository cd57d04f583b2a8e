package ir

import (
	"fmt"
	"math"
)

// Fn is a row of the table of scalar functions, what map applies element by element.
type Fn struct {
	Name  string
	Arity int
	Doc   string
	Rule  func(args []Kind) (Kind, bool) // false: these kinds do not go together
	Eval  func(x []float64) float64      // bools are 0 and 1, ints are exact below 2^53
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func numeric(args []Kind) (Kind, bool) {
	out := Int
	for _, k := range args {
		if k == Bool {
			return Real, false
		}
		if k == Real {
			out = Real
		}
	}
	return out, true
}

func toReal(args []Kind) (Kind, bool) {
	_, ok := numeric(args)
	return Real, ok
}

func compare(args []Kind) (Kind, bool) {
	_, ok := numeric(args)
	return Bool, ok
}

func equal(args []Kind) (Kind, bool) {
	return Bool, (args[0] == Bool) == (args[1] == Bool)
}

func logical(args []Kind) (Kind, bool) {
	for _, k := range args {
		if k != Bool {
			return Bool, false
		}
	}
	return Bool, true
}

func choose(args []Kind) (Kind, bool) {
	if args[0] != Bool {
		return Real, false
	}
	if args[1] == Bool || args[2] == Bool {
		return Bool, args[1] == args[2]
	}
	return numeric(args[1:])
}

func floorInt(args []Kind) (Kind, bool) {
	_, ok := numeric(args)
	return Int, ok
}

// Fns lists the scalar functions. Each counts as one elementwise operation an element.
func Fns() []*Fn { return fns }

// FnNamed finds a scalar function, nil when there is none.
func FnNamed(name string) *Fn {
	for _, f := range fns {
		if f.Name == name {
			return f
		}
	}
	return nil
}

var fns = []*Fn{
	{"add", 2, "x + y", numeric, func(x []float64) float64 { return x[0] + x[1] }},
	{"sub", 2, "x - y", numeric, func(x []float64) float64 { return x[0] - x[1] }},
	{"mul", 2, "x y", numeric, func(x []float64) float64 { return x[0] * x[1] }},
	{"div", 2, "x / y, real", toReal, func(x []float64) float64 { return x[0] / x[1] }},
	{"quo", 2, "floor(x / y)", numeric, func(x []float64) float64 { return math.Floor(x[0] / x[1]) }},
	{"mod", 2, "x - y floor(x / y), with the sign of y", numeric, func(x []float64) float64 {
		return x[0] - float64(x[1]*math.Floor(x[0]/x[1])) // rounded apart, so that no platform fuses it
	}},
	{"pow", 2, "x to the power y", toReal, func(x []float64) float64 { return math.Pow(x[0], x[1]) }},
	{"neg", 1, "-x", numeric, func(x []float64) float64 { return -x[0] }},
	{"abs", 1, "|x|", numeric, func(x []float64) float64 { return math.Abs(x[0]) }},
	{"sign", 1, "-1, 0 or 1", numeric, func(x []float64) float64 {
		if math.IsNaN(x[0]) {
			return x[0]
		}
		return truth(x[0] > 0) - truth(x[0] < 0)
	}},
	{"max", 2, "the larger", numeric, func(x []float64) float64 { return max(x[0], x[1]) }},
	{"min", 2, "the smaller", numeric, func(x []float64) float64 { return min(x[0], x[1]) }},
	{"floor", 1, "the largest whole number not above x", floorInt, func(x []float64) float64 { return math.Floor(x[0]) }},
	{"ceil", 1, "the smallest whole number not below x", floorInt, func(x []float64) float64 { return math.Ceil(x[0]) }},
	{"round", 1, "the nearest whole number, halves to even", floorInt, func(x []float64) float64 {
		return math.RoundToEven(x[0])
	}},
	{"exp", 1, "e to the power x", toReal, func(x []float64) float64 { return math.Exp(x[0]) }},
	{"log", 1, "natural logarithm", toReal, func(x []float64) float64 { return math.Log(x[0]) }},
	{"sqrt", 1, "square root", toReal, func(x []float64) float64 { return math.Sqrt(x[0]) }},
	{"rsqrt", 1, "1 / sqrt(x)", toReal, func(x []float64) float64 { return 1 / math.Sqrt(x[0]) }},
	{"sin", 1, "sine", toReal, func(x []float64) float64 { return math.Sin(x[0]) }},
	{"cos", 1, "cosine", toReal, func(x []float64) float64 { return math.Cos(x[0]) }},
	{"tanh", 1, "hyperbolic tangent", toReal, func(x []float64) float64 { return math.Tanh(x[0]) }},
	{"erf", 1, "2/sqrt(pi) times the integral of exp(-t^2) from 0 to x", toReal, func(x []float64) float64 {
		return math.Erf(x[0])
	}},
	{"lt", 2, "x < y", compare, func(x []float64) float64 { return truth(x[0] < x[1]) }},
	{"le", 2, "x <= y", compare, func(x []float64) float64 { return truth(x[0] <= x[1]) }},
	{"gt", 2, "x > y", compare, func(x []float64) float64 { return truth(x[0] > x[1]) }},
	{"ge", 2, "x >= y", compare, func(x []float64) float64 { return truth(x[0] >= x[1]) }},
	{"eq", 2, "x == y", equal, func(x []float64) float64 { return truth(x[0] == x[1]) }},
	{"ne", 2, "x != y", equal, func(x []float64) float64 { return truth(x[0] != x[1]) }},
	{"and", 2, "both", logical, func(x []float64) float64 { return x[0] * x[1] }},
	{"or", 2, "either", logical, func(x []float64) float64 { return math.Max(x[0], x[1]) }},
	{"not", 1, "the other truth value", logical, func(x []float64) float64 { return 1 - x[0] }},
	{"select", 3, "y where c holds, else z", choose, func(x []float64) float64 {
		if x[0] != 0 {
			return x[1]
		}
		return x[2]
	}},
}

// MapAttr names the scalar function of a map node.
type MapAttr struct{ Fn *Fn }

// Broadcast joins axes by label, in order of first appearance; a label with two sizes is an error.
func Broadcast(types ...Type) ([]Axis, error) {
	var out Type
	for _, t := range types {
		for _, a := range t.Axes {
			i := out.Find(a.Label)
			if i < 0 {
				out.Axes = append(out.Axes, a)
			} else if !out.Axes[i].Size.Equal(a.Size) {
				return nil, fmt.Errorf("axis %s has size %s and %s", a.Label, out.Axes[i].Size, a.Size)
			}
		}
	}
	return out.Axes, nil
}

// Map applies a scalar function element by element; arguments broadcast by label.
var Map = &Op{
	Name: "map",
	Doc:  "a scalar function of the arguments, element by element; axes broadcast by label",
	Rule: "the union of the arguments' axes, in order of first appearance; the kind is the function's",
	Args: Arity{1, 3},
	Attr: func() Attr { return new(MapAttr) },
	Infer: func(n *Node) ([]Type, error) {
		a, ok := n.Attr.(*MapAttr)
		if !ok || a.Fn == nil || len(n.Args) != a.Fn.Arity {
			return nil, fmt.Errorf("the function does not take %d arguments", len(n.Args))
		}
		types, kinds := argTypes(n)
		kind, ok := a.Fn.Rule(kinds)
		if !ok {
			return nil, fmt.Errorf("%s does not take %v", a.Fn.Name, kinds)
		}
		axes, err := Broadcast(types...)
		return []Type{{kind, axes}}, err
	},
	Cost: func(n *Node) Work { return Work{Elementwise: n.Outs[0].Elements()} },
}

func argTypes(n *Node) ([]Type, []Kind) {
	types, kinds := make([]Type, len(n.Args)), make([]Kind, len(n.Args))
	for i, v := range n.Args {
		types[i] = v.Type()
		kinds[i] = types[i].Kind
	}
	return types, kinds
}
