package ir

import (
	"fmt"
	"slices"
)

// ParamAttr says which stored tensor a parameter is.
type ParamAttr struct {
	Key    string     // checkpoint key; {l} and {l+1} stand for the variable of a repeat or experts around
	Stored [][]string // the stored dims in order, each the labels it merges, outer first
	Buffer bool       // stored, but not a parameter and not counted
}

// InputAttr names an input; Default is what an absent optional input is, nil when it is required. Draw is how a random
// draw is distributed, empty for other inputs: Uniform or Normal.
type InputAttr struct {
	Name    string
	Default *float64
	Draw    string
}

// Distributions of draws: the numbers from 0 up to but not including 1, all alike, and the normal ones of mean 0 and
// variance 1.
const (
	Uniform = "uniform"
	Normal  = "normal"
)

// ConstAttr is a number or truth value.
type ConstAttr struct{ Value float64 }

// SizeAttr is a size used as a value.
type SizeAttr struct{ Size Size }

// AxisAttr is one axis.
type AxisAttr struct{ Axis Axis }

// SumAttr lists the labels that a contraction sums over.
type SumAttr struct{ Labels []string }

// ReduceAttr is a reduction over labels; Prefix keeps the axis and gives the running value (cumsum).
type ReduceAttr struct {
	Fn     string // sum, max, min
	Labels []string
	Prefix bool
}

// LabelAttr is one label.
type LabelAttr struct{ Label string }

// KindAttr is the kind to convert to.
type KindAttr struct{ Kind Kind }

// RenameAttr gives an axis another label.
type RenameAttr struct{ From, To string }

// SplitAttr splits an axis into factors, outer first.
type SplitAttr struct {
	Label string
	Into  []Axis
}

// MergeAttr merges axes, outer first, into one; their order in the argument does not matter.
type MergeAttr struct {
	Labels []string
	Into   Axis
}

// SliceAttr takes Into.Size consecutive elements of an axis from Start on.
type SliceAttr struct {
	Label string
	Start Size
	Into  Axis
}

// PickAttr takes one element of an axis, which disappears.
type PickAttr struct {
	Label string
	At    Size
}

// ConcatAttr lays arguments one behind another: Labels[i] is the axis of argument i, Into the axis of the result.
type ConcatAttr struct {
	Labels []string
	Into   Axis
}

// given is the rule of ops whose type is stated, not derived: the builder's caller sets Outs through the attribute.
func given(n *Node) ([]Type, error) {
	if len(n.Outs) != 1 {
		return nil, fmt.Errorf("its type must be stated")
	}
	return n.Outs, nil
}

// Leaf adds a param, input or const node, whose type is stated.
func (b *Builder) Leaf(op *Op, attr Attr, t Type) Value {
	n := &Node{Op: op, Attr: attr, Outs: []Type{t}, Src: b.Src, Scope: b.Scope}
	top := b.stack[len(b.stack)-1]
	top.Nodes = append(top.Nodes, n)
	b.count++
	return Value{n, 0}
}

// Arg is a parameter of a region.
var Arg = &Op{Name: "arg", Doc: "a parameter of the region it heads", Rule: "stated", Infer: given}

// Param is a stored tensor.
var Param = &Op{
	Name:  "param",
	Doc:   "a stored tensor, by its checkpoint key; stored dims may merge several axes",
	Rule:  "stated",
	Attr:  func() Attr { return new(ParamAttr) },
	Infer: given,
}

// Input is what the caller gives.
var Input = &Op{
	Name:  "input",
	Doc:   "an input of the model, by name; with a number, what an absent one is; drawn, a random one, whose numbers whoever runs the model gives",
	Rule:  "stated",
	Attr:  func() Attr { return new(InputAttr) },
	Infer: given,
}

// Constant is a number.
var Constant = &Op{
	Name:  "const",
	Doc:   "a number or truth value, without axes",
	Rule:  "stated; no axes",
	Attr:  func() Attr { return new(ConstAttr) },
	Infer: given,
}

// Extent is a size as a number.
var Extent = &Op{
	Name:  "extent",
	Doc:   "a size as a whole number, without axes",
	Rule:  "int, no axes",
	Attr:  func() Attr { return new(SizeAttr) },
	Infer: func(*Node) ([]Type, error) { return []Type{Scalar(Int)}, nil },
}

// Position counts along an axis from 0.
var Position = &Op{
	Name: "index",
	Doc:  "0, 1, 2, ... along an axis",
	Rule: "int, that axis alone",
	Attr: func() Attr { return new(AxisAttr) },
	Infer: func(n *Node) ([]Type, error) {
		return []Type{{Int, []Axis{n.Attr.(*AxisAttr).Axis}}}, nil
	},
}

// Contract is the only matrix product.
var Contract = &Op{
	Name: "contract",
	Doc:  "the sum over labels of the product of two or more arguments; other axes broadcast by label",
	Rule: "the union of the arguments' axes, in order of first appearance, without the labels of the sum, each of " +
		"which some argument has; int when every argument is, else real",
	Args: Arity{2, -1},
	Attr: func() Attr { return new(SumAttr) },
	Infer: func(n *Node) ([]Type, error) {
		types, kinds := argTypes(n)
		kind, ok := numeric(kinds)
		if !ok {
			return nil, fmt.Errorf("takes numbers, not %v", kinds)
		}
		axes, err := Broadcast(types...)
		if err != nil {
			return nil, err
		}
		all := Type{kind, axes}
		if err := among(n.Attr.(*SumAttr).Labels, all, "no argument has axis %s"); err != nil {
			return nil, err
		}
		return []Type{all.Without(n.Attr.(*SumAttr).Labels...)}, nil
	},
	Cost: func(n *Node) Work {
		types, _ := argTypes(n)
		axes, _ := Broadcast(types...)
		return Work{Contraction: Type{Axes: axes}.Elements().Mul(Const(int64(len(n.Args))))}
	},
}

// Reduce folds axes away, or runs along one.
var Reduce = &Op{
	Name: "reduce",
	Doc: "sum, max or min over labels; with prefix the running value along one axis, which stays. The sum of truth " +
		"values is how many are true",
	Rule: "the argument without the labels, with prefix with all axes; the kind is the argument's, but a sum of bool " +
		"is int",
	Args: Arity{1, 1},
	Attr: func() Attr { return new(ReduceAttr) },
	Infer: func(n *Node) ([]Type, error) {
		a, t := n.Attr.(*ReduceAttr), n.Args[0].Type()
		if !slices.Contains([]string{"sum", "max", "min"}, a.Fn) {
			return nil, fmt.Errorf("unknown reduction %s", a.Fn)
		}
		if err := among(a.Labels, t, "the argument has no axis %s"); err != nil {
			return nil, err
		}
		if t.Kind == Bool && a.Fn == "sum" {
			t.Kind = Int
		}
		if a.Prefix {
			if len(a.Labels) != 1 {
				return nil, fmt.Errorf("a prefix runs along one axis")
			}
			return []Type{t}, nil
		}
		return []Type{t.Without(a.Labels...)}, nil
	},
	Cost: func(n *Node) Work { return Work{Elementwise: n.Args[0].Type().Elements()} },
}

// Gather looks up rows of a table.
var Gather = &Op{
	Name: "gather",
	Doc:  "args table, index: the table's elements along a label at the given whole numbers; common labels align",
	Rule: "the index's axes, then the table's without the label; the kind is the table's. The index is int",
	Args: Arity{2, 2},
	Attr: func() Attr { return new(LabelAttr) },
	Infer: func(n *Node) ([]Type, error) {
		table, index, l := n.Args[0].Type(), n.Args[1].Type(), n.Attr.(*LabelAttr).Label
		if !table.Has(l) {
			return nil, fmt.Errorf("the table has no axis %s", l)
		}
		if index.Kind != Int {
			return nil, fmt.Errorf("the index is %s, not int", index.Kind)
		}
		axes, err := Broadcast(index, table.Without(l))
		return []Type{{table.Kind, axes}}, err
	},
}

// Cast converts the kind.
var Cast = &Op{
	Name: "cast",
	Doc:  "the same values as another kind; a number is true when it is not 0, and true is 1",
	Rule: "the argument's axes, the kind asked for",
	Args: Arity{1, 1},
	Attr: func() Attr { return new(KindAttr) },
	Infer: func(n *Node) ([]Type, error) {
		return []Type{{n.Attr.(*KindAttr).Kind, n.Args[0].Type().Axes}}, nil
	},
}

// among reports a label that t lacks, in the words of format, or one that is named twice.
func among(labels []string, t Type, format string) error {
	for i, l := range labels {
		if !t.Has(l) {
			return fmt.Errorf(format, l)
		}
		if slices.Contains(labels[:i], l) {
			return fmt.Errorf("axis %s is named twice", l)
		}
	}
	return nil
}
