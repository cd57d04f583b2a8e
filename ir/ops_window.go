package ir

import (
	"fmt"
	"math/big"
)

// WindowsAttr lays overlapping windows over an axis: element (o, k) of the axes Out and Window is element
// o*Stride + k*Dilate - Low of the axis Label, or Fill where there is none.
type WindowsAttr struct {
	Label          string
	Out, Window    Axis  // the windows, and the places in one
	Stride, Dilate int64 // 1 or more: from one window to the next, from one place in a window to the next
	Low, High      int64 // 0 or more: elements of Fill in front of the axis and behind it
	Fill           float64
}

// OutSize is the number of windows over an axis of the given size:
// floor((size + Low + High - Dilate*(Window - 1) - 1) / Stride) + 1. Stride has to be 1 or more.
func (a *WindowsAttr) OutSize(size Size) Size {
	one := Const(1)
	reach := Const(a.Dilate).Mul(a.Window.Size.Sub(one)).Add(one) // of one window
	room := size.Add(Const(a.Low)).Add(Const(a.High)).Sub(reach)
	return Floor(room.Mul(Rational(big.NewRat(1, a.Stride)))).Add(one)
}

// maxWindow bounds the numbers of a windows node.
const maxWindow = 1 << 31

func (a *WindowsAttr) bounded() bool {
	return min(a.Stride, a.Dilate) >= 1 && min(a.Low, a.High) >= 0 &&
		max(a.Stride, a.Dilate, a.Low, a.High) < maxWindow
}

// Reverse turns an axis around.
var Reverse = &Op{
	Name: "reverse",
	Doc:  "the same tensor, one axis from its last element to its first",
	Rule: "the argument as it is",
	Args: Arity{1, 1},
	Attr: func() Attr { return new(LabelAttr) },
	Infer: func(n *Node) ([]Type, error) {
		t, l := n.Args[0].Type(), n.Attr.(*LabelAttr).Label
		if !t.Has(l) {
			return nil, fmt.Errorf("the argument has no axis %s", l)
		}
		return []Type{t}, nil
	},
}

// Stop keeps derivatives from what made its argument.
var Stop = &Op{
	Name:  "stop",
	Doc:   "the same tensor, as a constant to whoever takes derivatives",
	Rule:  "the argument as it is",
	Args:  Arity{1, 1},
	Infer: func(n *Node) ([]Type, error) { return []Type{n.Args[0].Type()}, nil },
}

// Windows is what convolution and pooling read: a convolution is a contraction over the places of each window.
var Windows = &Op{
	Name: "windows",
	Doc: "overlapping windows along one axis, as two: element (o, k) is element o*stride + k*dilate - low of the " +
		"axis, where low and high are the two numbers behind pad, or the number behind fill where there is none. A " +
		"contraction over k is a convolution, a reduction a pooling",
	Rule: "the argument, the windows and the places in one in the place of the axis; there are floor((size + low + " +
		"high - dilate*(places - 1) - 1) / stride) + 1 windows",
	Args: Arity{1, 1},
	Attr: func() Attr { return new(WindowsAttr) },
	Infer: func(n *Node) ([]Type, error) {
		a, t := n.Attr.(*WindowsAttr), n.Args[0].Type()
		if a.Window.Size.Sub(Const(1)).negative() {
			return nil, fmt.Errorf("a window of %s elements", a.Window.Size)
		}
		if i := t.Find(a.Label); i >= 0 {
			size := t.Axes[i].Size
			switch want := a.OutSize(size); {
			case want.negative():
				return nil, fmt.Errorf("no window of %s by steps of %d fits axis %s of size %s between %d and %d",
					a.Window.Size, a.Dilate, a.Label, size, a.Low, a.High)
			case !want.Equal(a.Out.Size):
				return nil, fmt.Errorf("axis %s of size %s has %s windows, not %s", a.Label, size, want, a.Out.Size)
			}
		}
		return replace(t, a.Label, a.Out, a.Window)
	},
}

// TopKAttr takes the Into.Size largest elements along Label.
type TopKAttr struct {
	Label string
	Into  Axis
}

// TopK is the selection that routers and sparse attention make.
var TopK = &Op{
	Name: "topk",
	Doc: "where the largest elements along an axis stand: their numbers along it, by falling value; among equal " +
		"ones the first comes first, and NaN is above every number",
	Rule: "int; the argument's axes without the one, then the new one, which is no longer; numbers only",
	Args: Arity{1, 1},
	Attr: func() Attr { return new(TopKAttr) },
	Infer: func(n *Node) ([]Type, error) {
		a, t := n.Attr.(*TopKAttr), n.Args[0].Type()
		at := t.Find(a.Label)
		switch {
		case at < 0:
			return nil, fmt.Errorf("the argument has no axis %s", a.Label)
		case t.Kind == Bool:
			return nil, fmt.Errorf("takes numbers, not bool")
		case t.Axes[at].Size.Sub(a.Into.Size).negative():
			return nil, fmt.Errorf("%s of the %s elements along %s", a.Into.Size, t.Axes[at].Size, a.Label)
		}
		out := t.Without(a.Label)
		out.Kind, out.Axes = Int, append(out.Axes, a.Into)
		return []Type{out}, out.distinct()
	},
	Cost: func(n *Node) Work { return Work{Elementwise: n.Args[0].Type().Elements()} },
}
