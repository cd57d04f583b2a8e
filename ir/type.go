package ir

import (
	"slices"
	"strings"
)

// Kind is what the elements of a tensor are. Precision is not part of the architecture.
type Kind int

// The three kinds.
const (
	Real Kind = iota
	Int
	Bool
)

var kindNames = [...]string{"real", "int", "bool"}

// String is the kind's name in the language and in the text form.
func (k Kind) String() string { return kindNames[k] }

// Axis is a label and a size. Labels make axes the same; sizes are checked.
type Axis struct {
	Label string
	Size  Size
}

// Type is a kind and axes. Order is that of the declaration; labels are distinct.
type Type struct {
	Kind Kind
	Axes []Axis
}

// Scalar is the type without axes.
func Scalar(k Kind) Type { return Type{Kind: k} }

// Find returns the position of a label, -1 when the type does not have it.
func (t Type) Find(label string) int {
	return slices.IndexFunc(t.Axes, func(a Axis) bool { return a.Label == label })
}

// Has reports whether the type has an axis of that label.
func (t Type) Has(label string) bool { return t.Find(label) >= 0 }

// Labels lists the axis labels in order.
func (t Type) Labels() []string {
	out := make([]string, len(t.Axes))
	for i, a := range t.Axes {
		out[i] = a.Label
	}
	return out
}

// Elements is the product of the sizes.
func (t Type) Elements() Size {
	n := Const(1)
	for _, a := range t.Axes {
		n = n.Mul(a.Size)
	}
	return n
}

// Without returns the type without the given labels.
func (t Type) Without(labels ...string) Type {
	out := Type{Kind: t.Kind}
	for _, a := range t.Axes {
		if !slices.Contains(labels, a.Label) {
			out.Axes = append(out.Axes, a)
		}
	}
	return out
}

// Equal compares kind, labels, sizes and order.
func (t Type) Equal(o Type) bool {
	return t.Kind == o.Kind && slices.EqualFunc(t.Axes, o.Axes, func(a, b Axis) bool {
		return a.Label == b.Label && a.Size.Equal(b.Size)
	})
}

// String prints [T, D] with labels alone, and the kind in front unless it is real.
func (t Type) String() string {
	s := "[" + strings.Join(t.Labels(), ", ") + "]"
	if t.Kind == Real {
		return s
	}
	return t.Kind.String() + s
}
