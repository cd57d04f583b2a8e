package gosource

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes/plan"
)

// data is the memory that a view is in: a store, or a weight.
func (w *printer) data(v plan.View) string {
	if v.Store.Role == plan.Weight {
		return w.param(v.Store.Param, v.Ahead)
	}
	return w.store(v.Store)
}

// base is the offset of a view's first element in the runs that are on.
func (w *printer) base(v plan.View) ir.Size {
	at := v.Base
	for _, s := range v.Steps {
		at = at.Add(s.Stride.Mul(w.runOf(s.Loop)))
	}
	return w.size(at)
}

// from is the memory of a view from an offset on.
func (w *printer) from(v plan.View, more ir.Size) string {
	at := w.size(w.base(v).Add(more))
	if at.IsZero() {
		return w.data(v)
	}
	return fmt.Sprintf("%s[%s:]", w.data(v), w.text(at))
}

// part is n elements of a view from an offset on, without a gap.
func (w *printer) part(v plan.View, more, n ir.Size) string {
	if w.base(v).Add(more).IsZero() && w.size(v.Store.Elements).Equal(w.size(n)) && w.memory.exact(n) {
		return w.data(v)
	}
	return fmt.Sprintf("%s[:%s]", w.from(v, more), w.text(n))
}

// axis is an axis of several views at once: its size, and the stride in each.
type axis struct {
	label  string
	size   ir.Size
	stride []ir.Size
}

// axes are the axes of views with what is known put in, without those of one element; where a view lacks an axis its
// stride is 0. Neighbours that one stride runs over in all views are one axis.
func (w *printer) axes(list []plan.Axis, views ...plan.View) []axis {
	var out []axis
	for _, a := range list {
		x := axis{label: a.Label, size: w.size(a.Size)}
		if isOne(x.size) {
			continue
		}
		for _, v := range views {
			x.stride = append(x.stride, w.size(v.Stride(a.Label)))
		}
		out = append(out, x)
	}
	return out
}

// merged joins neighbours that one stride runs over in all views.
func merged(axes []axis) []axis {
	var out []axis
	for _, a := range axes {
		if n := len(out); n > 0 && joins(out[n-1], a) {
			out[n-1] = axis{a.label, out[n-1].size.Mul(a.size), a.stride}
			continue
		}
		out = append(out, a)
	}
	return out
}

func joins(outer, inner axis) bool {
	for i, s := range inner.stride {
		if !outer.stride[i].Equal(s.Mul(inner.size)) {
			return false
		}
	}
	return true
}

func isOne(s ir.Size) bool {
	n, ok := s.Int()
	return ok && n == 1
}

// tensor writes a view as a kernel takes it.
func (w *printer) tensor(v plan.View, strides []ir.Size) string {
	args := []string{w.data(v), w.text(w.base(v))}
	for _, s := range strides {
		args = append(args, w.text(s))
	}
	f := "s.tensor"
	if !w.kept {
		f = w.help("tensor")
	}
	return f + "(" + strings.Join(args, ", ") + ")"
}

// ints writes sizes as a list.
func (w *printer) ints(sizes []ir.Size) string {
	parts := make([]string, len(sizes))
	for i, s := range sizes {
		parts[i] = w.text(s)
	}
	if w.kept {
		return "s.ints(" + strings.Join(parts, ", ") + ")"
	}
	return "[]int{" + strings.Join(parts, ", ") + "}"
}

func sizesOf(axes []axis) (out []ir.Size) {
	for _, a := range axes {
		out = append(out, a.size)
	}
	return out
}

func stridesOf(axes []axis, view int) (out []ir.Size) {
	for _, a := range axes {
		out = append(out, a.stride[view])
	}
	return out
}

func axesOf(dims []plan.Dim) (out []plan.Axis) {
	for _, d := range dims {
		out = append(out, plan.Axis{Label: d.Label, Size: d.Size})
	}
	return out
}

// without are the axes whose labels a view lacks.
func without(axes []plan.Axis, v []plan.Axis) (out []plan.Axis) {
	for _, a := range axes {
		if !slices.ContainsFunc(v, func(x plan.Axis) bool { return x.Label == a.Label }) {
			out = append(out, a)
		}
	}
	return out
}
