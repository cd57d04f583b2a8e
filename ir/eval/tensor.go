package eval

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"archc/ir"
)

// Batch labels the axis that an input may have beside those of its type. No dim of a program can have this
// name.
const Batch = "*"

// Axis is a label and the number of elements along it.
type Axis struct {
	Label string
	Size  int
}

// Tensor is a value: row-major over Axes, whole numbers and truth values (0 and 1) stored as exact float64.
// Tensors that the package hands out may share Data with each other and are not to be written to.
type Tensor struct {
	Kind ir.Kind
	Axes []Axis
	Data []float64
}

// Scalar is a tensor without axes.
func Scalar(kind ir.Kind, x float64) *Tensor { return &Tensor{Kind: kind, Data: []float64{x}} }

// Find returns the position of a label, -1 when the tensor does not have it.
func (t *Tensor) Find(label string) int {
	return slices.IndexFunc(t.Axes, func(a Axis) bool { return a.Label == label })
}

// Labels lists the axis labels in order.
func (t *Tensor) Labels() []string {
	out := make([]string, len(t.Axes))
	for i, a := range t.Axes {
		out[i] = a.Label
	}
	return out
}

// String is the shape with the kind in front unless it is real: int[T=3, D=4].
func (t *Tensor) String() string {
	s := shape(t.Axes)
	if t.Kind == ir.Real {
		return s
	}
	return t.Kind.String() + s
}

func shape(axes []Axis) string {
	parts := make([]string, len(axes))
	for i, a := range axes {
		parts[i] = a.Label + "=" + strconv.Itoa(a.Size)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// Reorder gives the same tensor with its axes in the given order; labels must be those of the tensor, each
// once. Data is shared when the order already is so.
func (t *Tensor) Reorder(labels ...string) (*Tensor, error) {
	return background().reorder(t, labels)
}

// check reports what makes the tensor unusable: sizes, repeated labels, or Data of another length.
func (t *Tensor) check() error {
	want, ok := elements(t.Axes)
	if !ok {
		return fmt.Errorf("the shape %s is negative or too large", shape(t.Axes))
	}
	for i, a := range t.Axes {
		if t.Find(a.Label) != i {
			return fmt.Errorf("axis %s stands twice in %s", a.Label, shape(t.Axes))
		}
	}
	if int64(len(t.Data)) != want {
		return fmt.Errorf("the shape %s has %d elements, the data %d", shape(t.Axes), want, len(t.Data))
	}
	return nil
}

// elements is the product of the sizes; false when one is negative or the product does not fit.
func elements(axes []Axis) (int64, bool) {
	const limit = 1 << 60
	n, empty := int64(1), false
	for _, a := range axes {
		if a.Size < 0 {
			return 0, false
		}
		if a.Size == 0 {
			empty = true
			continue
		}
		if n > limit/int64(a.Size) {
			return 0, false
		}
		n *= int64(a.Size)
	}
	if empty {
		return 0, true
	}
	return n, true
}

// strides are the row-major distances between neighbours along each axis.
func (t *Tensor) strides() []int {
	out := make([]int, len(t.Axes))
	step := 1
	for i := len(t.Axes) - 1; i >= 0; i-- {
		out[i] = step
		step *= t.Axes[i].Size
	}
	return out
}

// along gives the tensor's stride for each of the axes, 0 for a label that it does not have: that is
// broadcasting.
func (t *Tensor) along(axes []Axis) []int {
	own := t.strides()
	out := make([]int, len(axes))
	for i, a := range axes {
		if at := t.Find(a.Label); at >= 0 {
			out[i] = own[at]
		}
	}
	return out
}

// broadcast joins axes by label in order of first appearance, Batch in front; a label with two sizes is an
// error.
func broadcast(lists ...[]Axis) ([]Axis, error) {
	var out []Axis
	for _, list := range lists {
		for _, a := range list {
			i := slices.IndexFunc(out, func(b Axis) bool { return b.Label == a.Label })
			switch {
			case i >= 0 && out[i].Size != a.Size:
				return nil, fmt.Errorf("axis %s has size %d and %d", a.Label, out[i].Size, a.Size)
			case i < 0 && a.Label == Batch:
				out = slices.Insert(out, 0, a)
			case i < 0:
				out = append(out, a)
			}
		}
	}
	return out, nil
}

func axesOf(ts []*Tensor) [][]Axis {
	out := make([][]Axis, len(ts))
	for i, t := range ts {
		out[i] = t.Axes
	}
	return out
}

// without gives the axes whose labels are not listed.
func without(axes []Axis, labels ...string) []Axis {
	var out []Axis
	for _, a := range axes {
		if !slices.Contains(labels, a.Label) {
			out = append(out, a)
		}
	}
	return out
}

// position names the element at an offset: [T=1, D=0].
func (t *Tensor) position(offset int) string {
	at := make([]Axis, len(t.Axes))
	for i, step := range t.strides() {
		at[i] = Axis{t.Axes[i].Label, offset / step % t.Axes[i].Size}
	}
	return shape(at)
}
