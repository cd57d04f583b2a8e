package eval

import (
	"fmt"
	"slices"

	"archc/ir"
)

// reorder copies t into another order of axes, or gives t itself when there is nothing to do.
func (r *run) reorder(t *Tensor, labels []string) (*Tensor, error) {
	if slices.Equal(labels, t.Labels()) {
		return t, nil
	}
	axes := make([]Axis, len(labels))
	for i, l := range labels {
		at := t.Find(l)
		if at < 0 || len(labels) != len(t.Axes) || slices.Contains(labels[:i], l) {
			return nil, fmt.Errorf("%v is no order of the axes of %s", labels, t)
		}
		axes[i] = t.Axes[at]
	}
	out, err := r.alloc(t.Kind, axes)
	if err != nil {
		return nil, err
	}
	return out, r.copy(newNest(axes, out, t), out, t, nil)
}

// copy moves elements: the nest's first operand is the destination, its second the source.
func (r *run) copy(l *nest, to, from *Tensor, base []int) error {
	return l.each(r, base, func(at []int, n int) error {
		for k := range n {
			to.Data[at[0]+k*l.last[0]] = from.Data[at[1]+k*l.last[1]]
		}
		return nil
	})
}

// elect gives the part of t at one element of some axes, which disappear, and at listed elements of one
// more, which stays with the length of the list. Labels that t does not have say nothing; t itself comes
// back when none is there.
type elect struct {
	fixed map[string]int
	label string // "" for none
	list  []int
}

func (r *run) elect(t *Tensor, e elect) (*Tensor, error) {
	if e.label == "" && len(e.fixed) == 0 {
		return t, nil
	}
	var axes, moved []Axis
	base := 0
	chosen, chosenStep, listed := false, 0, -1
	for i, step := range t.strides() {
		a := t.Axes[i]
		at, fixed := e.fixed[a.Label]
		switch {
		case fixed && at >= a.Size:
			return nil, fmt.Errorf("element %d is outside axis %s of size %d", at, a.Label, a.Size)
		case fixed:
			base += at * step
			chosen = true
		case a.Label == e.label:
			chosenStep, listed = step, len(axes)
			axes = append(axes, Axis{a.Label, len(e.list)})
		default:
			axes = append(axes, a)
			moved = append(moved, a)
		}
	}
	if !chosen && listed < 0 {
		return t, nil
	}
	out, err := r.alloc(t.Kind, axes)
	if err != nil {
		return nil, err
	}
	l := newNest(moved, out, t)
	if listed < 0 {
		return out, r.copy(l, out, t, []int{0, base})
	}
	outStep := out.strides()[listed]
	for k, at := range e.list {
		if err := r.copy(l, out, t, []int{k * outStep, base + at*chosenStep}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// place writes src into the part of dst at the fixed elements; along the other axes of dst src broadcasts.
func (r *run) place(dst, src *Tensor, fixed map[string]int) error {
	var free []Axis
	base := 0
	for i, step := range dst.strides() {
		if at, ok := fixed[dst.Axes[i].Label]; ok {
			base += at * step
		} else {
			free = append(free, dst.Axes[i])
		}
	}
	for _, a := range src.Axes {
		if !slices.Contains(free, a) {
			return fmt.Errorf("axis %s=%d has no place in %s", a.Label, a.Size, shape(free))
		}
	}
	return r.copy(newNest(free, dst, src), dst, src, []int{base, 0})
}

// filled is a new tensor of one value.
func (r *run) filled(kind ir.Kind, axes []Axis, x float64) (*Tensor, error) {
	out, err := r.alloc(kind, axes)
	if err != nil || x == 0 {
		return out, err
	}
	for i := range out.Data {
		out.Data[i] = x
	}
	return out, nil
}
