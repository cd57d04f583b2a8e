package gosource

import (
	"fmt"
	"strings"

	"archc/backends/source"
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

// axes are the axes of views with what is known put in (source.Axes).
func (w *printer) axes(list []plan.Axis, views ...plan.View) []source.Axis {
	return source.Axes(w.size, list, views...)
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

func sizesOf(axes []source.Axis) (out []ir.Size) {
	for _, a := range axes {
		out = append(out, a.Size)
	}
	return out
}

func stridesOf(axes []source.Axis, view int) (out []ir.Size) {
	for _, a := range axes {
		out = append(out, a.Stride[view])
	}
	return out
}
