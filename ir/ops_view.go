package ir

import (
	"fmt"
	"slices"
)

// replace puts axes in the place of one label; a label that then stands twice is an error.
func replace(t Type, label string, with ...Axis) ([]Type, error) {
	i := t.Find(label)
	if i < 0 {
		return nil, fmt.Errorf("the argument has no axis %s", label)
	}
	out := Type{t.Kind, slices.Concat(t.Axes[:i:i], with, t.Axes[i+1:])}
	return []Type{out}, out.distinct()
}

// distinct says which label stands twice.
func (t Type) distinct() error {
	for k, a := range t.Axes {
		if t.Find(a.Label) != k {
			return fmt.Errorf("axis %s would stand twice", a.Label)
		}
	}
	return nil
}

// Rename changes a label.
var Rename = &Op{
	Name: "rename",
	Doc:  "the same tensor, one axis under another label",
	Rule: "the argument, the new label in the place of the old one",
	Args: Arity{1, 1},
	Attr: func() Attr { return new(RenameAttr) },
	Infer: func(n *Node) ([]Type, error) {
		a, t := n.Attr.(*RenameAttr), n.Args[0].Type()
		i := t.Find(a.From)
		if i < 0 {
			return nil, fmt.Errorf("the argument has no axis %s", a.From)
		}
		return replace(t, a.From, Axis{a.To, t.Axes[i].Size})
	},
}

func product(axes []Axis) Size { return Type{Axes: axes}.Elements() }

// Split makes several axes of one.
var Split = &Op{
	Name: "split",
	Doc:  "one axis as several, outer first: H = G R",
	Rule: "the argument, the parts in the place of the axis; the product of their sizes is its size",
	Args: Arity{1, 1},
	Attr: func() Attr { return new(SplitAttr) },
	Infer: func(n *Node) ([]Type, error) {
		a, t := n.Attr.(*SplitAttr), n.Args[0].Type()
		if i := t.Find(a.Label); i >= 0 && !t.Axes[i].Size.Equal(product(a.Into)) {
			return nil, fmt.Errorf("axis %s has size %s, its parts %s", a.Label, t.Axes[i].Size, product(a.Into))
		}
		return replace(t, a.Label, a.Into...)
	},
}

// Merge makes one axis of several.
var Merge = &Op{
	Name: "merge",
	Doc:  "several axes as one, outer first, wherever they stand; it takes the place of the last of them",
	Rule: "the argument, the new axis in the place of the last that it merges; its size is the product of theirs",
	Args: Arity{1, 1},
	Attr: func() Attr { return new(MergeAttr) },
	Infer: func(n *Node) ([]Type, error) {
		a, t := n.Attr.(*MergeAttr), n.Args[0].Type()
		if len(a.Labels) == 0 {
			return nil, fmt.Errorf("needs an axis")
		}
		if err := among(a.Labels, t, "the argument has no axis %s"); err != nil {
			return nil, err
		}
		size := Const(1)
		for _, l := range a.Labels {
			size = size.Mul(t.Axes[t.Find(l)].Size)
		}
		if !size.Equal(a.Into.Size) {
			return nil, fmt.Errorf("parts of size %s make no axis of size %s", size, a.Into.Size)
		}
		last := a.Labels[0]
		for _, x := range t.Axes {
			if slices.Contains(a.Labels, x.Label) {
				last = x.Label
			}
		}
		others := slices.DeleteFunc(slices.Clone(a.Labels), func(l string) bool { return l == last })
		return replace(t.Without(others...), last, a.Into)
	},
}

// Slice takes a range of an axis.
var Slice = &Op{
	Name: "slice",
	Doc:  "a range of consecutive elements along one axis",
	Rule: "the argument, the new axis in the place of the old one; the range lies within it where numbers tell",
	Args: Arity{1, 1},
	Attr: func() Attr { return new(SliceAttr) },
	Infer: func(n *Node) ([]Type, error) {
		a, t := n.Attr.(*SliceAttr), n.Args[0].Type()
		if i := t.Find(a.Label); i >= 0 {
			rest := t.Axes[i].Size.Sub(a.Start).Sub(a.Into.Size)
			if rest.negative() || a.Start.negative() {
				return nil, fmt.Errorf("range of %s from %s leaves axis %s of size %s",
					a.Into.Size, a.Start, a.Label, t.Axes[i].Size)
			}
		}
		return replace(t, a.Label, a.Into)
	},
}

// negative reports whether the size is a number below 0.
func (s Size) negative() bool {
	r, ok := s.Rat()
	return ok && r.Sign() < 0
}

// Pick takes one element of an axis.
var Pick = &Op{
	Name: "pick",
	Doc:  "one element along an axis, which disappears",
	Rule: "the argument without the axis; the element lies within it where numbers tell",
	Args: Arity{1, 1},
	Attr: func() Attr { return new(PickAttr) },
	Infer: func(n *Node) ([]Type, error) {
		a, t := n.Attr.(*PickAttr), n.Args[0].Type()
		if i := t.Find(a.Label); i >= 0 {
			if a.At.negative() || t.Axes[i].Size.Sub(a.At).Sub(Const(1)).negative() {
				return nil, fmt.Errorf("element %s is outside axis %s of size %s", a.At, a.Label, t.Axes[i].Size)
			}
		}
		return replace(t, a.Label)
	},
}

// Concat is the direct sum along one axis.
var Concat = &Op{
	Name: "concat",
	Doc:  "arguments one behind another along one axis of each; their other axes broadcast by label",
	Rule: "the union of the arguments' axes, the new one in the place of each argument's own; its size is the sum of " +
		"theirs; bool only with bool",
	Args: Arity{1, -1},
	Attr: func() Attr { return new(ConcatAttr) },
	Infer: func(n *Node) ([]Type, error) {
		a := n.Attr.(*ConcatAttr)
		if len(a.Labels) != len(n.Args) {
			return nil, fmt.Errorf("%d labels for %d arguments", len(a.Labels), len(n.Args))
		}
		types, kinds := argTypes(n)
		kind := kinds[0]
		size := Const(0)
		for i, t := range types {
			at := t.Find(a.Labels[i])
			if at < 0 {
				return nil, fmt.Errorf("argument %d has no axis %s", i+1, a.Labels[i])
			}
			if (kinds[i] == Bool) != (kind == Bool) {
				return nil, fmt.Errorf("kinds differ")
			}
			if kinds[i] == Real {
				kind = Real
			}
			size = size.Add(t.Axes[at].Size)
			types[i] = Type{t.Kind, slices.Clone(t.Axes)}
			types[i].Axes[at] = a.Into
			if err := types[i].distinct(); err != nil {
				return nil, err
			}
		}
		if !size.Equal(a.Into.Size) {
			return nil, fmt.Errorf("parts of size %s make no axis of size %s", size, a.Into.Size)
		}
		axes, err := Broadcast(types...)
		return []Type{{kind, axes}}, err
	},
}

// Stack lays arguments side by side along a new axis.
var Stack = &Op{
	Name: "stack",
	Doc:  "arguments as the elements of a new first axis; their axes broadcast by label",
	Rule: "the new axis, whose size is the number of arguments, then the union of their axes; bool only with bool",
	Args: Arity{1, -1},
	Attr: func() Attr { return new(AxisAttr) },
	Infer: func(n *Node) ([]Type, error) {
		types, kinds := argTypes(n)
		kind := kinds[0]
		for _, k := range kinds {
			if (k == Bool) != (kind == Bool) {
				return nil, fmt.Errorf("kinds differ")
			}
			if k == Real {
				kind = Real
			}
		}
		axes, err := Broadcast(types...)
		if err != nil {
			return nil, err
		}
		into := n.Attr.(*AxisAttr).Axis
		if !into.Size.Equal(Const(int64(len(types)))) || (Type{Axes: axes}).Has(into.Label) {
			return nil, fmt.Errorf("axis %s does not fit %d arguments", into.Label, len(types))
		}
		return []Type{{kind, append([]Axis{into}, axes...)}}, nil
	},
}

// Transpose orders the axes.
var Transpose = &Op{
	Name: "transpose",
	Doc:  "the same tensor with its axes in the given order",
	Rule: "the argument's axes in that order, each named once",
	Args: Arity{1, 1},
	Attr: func() Attr { return new(SumAttr) },
	Infer: func(n *Node) ([]Type, error) {
		t, labels := n.Args[0].Type(), n.Attr.(*SumAttr).Labels
		out := Type{Kind: t.Kind}
		for _, l := range labels {
			if i := t.Find(l); i >= 0 && !out.Has(l) {
				out.Axes = append(out.Axes, t.Axes[i])
			}
		}
		if len(out.Axes) != len(t.Axes) || len(labels) != len(t.Axes) {
			return nil, fmt.Errorf("%v is no order of the axes %v", labels, t.Labels())
		}
		return []Type{out}, nil
	},
}
