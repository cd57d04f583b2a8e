package plan

import (
	"slices"

	"archc/ir"
)

func one() ir.Size  { return ir.Const(1) }
func zero() ir.Size { return ir.Const(0) }

// Find is the place of an axis, -1 without it.
func (v View) Find(label string) int {
	return slices.IndexFunc(v.Axes, func(a Axis) bool { return a.Label == label })
}

// Stride is the stride along a label, 0 without the axis.
func (v View) Stride(label string) ir.Size {
	if i := v.Find(label); i >= 0 {
		return v.Axes[i].Stride
	}
	return zero()
}

// Labels are the labels in order.
func (v View) Labels() []string {
	out := make([]string, len(v.Axes))
	for i, a := range v.Axes {
		out[i] = a.Label
	}
	return out
}

// Elements is the product of the sizes.
func (v View) Elements() ir.Size { return elements(v.Axes) }

func elements(axes []Axis) ir.Size {
	n := one()
	for _, a := range axes {
		n = n.Mul(a.Size)
	}
	return n
}

// Same reports whether two views are the same elements under the same labels, whatever the order of the axes.
func (v View) Same(o View) bool {
	if v.Store != o.Store || !v.Base.Equal(o.Base) || len(v.Axes) != len(o.Axes) || len(v.Steps) != len(o.Steps) || v.Ahead != o.Ahead {
		return false
	}
	for i, s := range v.Steps {
		if s.Loop != o.Steps[i].Loop || !s.Stride.Equal(o.Steps[i].Stride) {
			return false
		}
	}
	for _, a := range v.Axes {
		i := o.Find(a.Label)
		if i < 0 || !a.Size.Equal(o.Axes[i].Size) {
			return false
		}
		if n, ok := a.Size.Int(); (!ok || n != 1) && !a.Stride.Equal(o.Axes[i].Stride) {
			return false
		}
	}
	return true
}

// with puts axes in the place of one.
func (v View) with(i int, axes ...Axis) View {
	v.Axes = slices.Concat(v.Axes[:i:i], axes, v.Axes[i+1:])
	return v
}

func (v View) rename(from, to string) View {
	i := v.Find(from)
	if i < 0 {
		return v
	}
	return v.with(i, Axis{to, v.Axes[i].Size, v.Axes[i].Stride})
}

// split makes several axes of one.
func (v View) split(label string, into []ir.Axis) View {
	i := v.Find(label)
	if i < 0 {
		return v
	}
	axes := make([]Axis, len(into))
	stride := v.Axes[i].Stride
	for k := len(into) - 1; k >= 0; k-- {
		axes[k] = Axis{into[k].Label, into[k].Size, stride}
		stride = stride.Mul(into[k].Size)
	}
	return v.with(i, axes...)
}

// isOne reports whether a size is the number 1.
func isOne(s ir.Size) bool {
	n, ok := s.Int()
	return ok && n == 1
}

// merged is one axis that runs over several, outer first, where one stride does.
func merged(axes []Axis, label string) (Axis, bool) {
	out := Axis{label, one(), one()}
	started := false
	for i := len(axes) - 1; i >= 0; i-- {
		a := axes[i]
		switch {
		case isOne(a.Size):
		case !started:
			out.Size, out.Stride, started = a.Size, a.Stride, true
		case !a.Stride.Equal(out.Stride.Mul(out.Size)):
			return Axis{}, false
		default:
			out.Size = out.Size.Mul(a.Size)
		}
	}
	return out, true
}

// pickAxes are the axes of those labels, in their order.
func (v View) pickAxes(labels []string) []Axis {
	out := make([]Axis, 0, len(labels))
	for _, l := range labels {
		if i := v.Find(l); i >= 0 {
			out = append(out, v.Axes[i])
		}
	}
	return out
}

// merge makes one axis of several, in the place of the last of them, where their strides allow it.
func (v View) merge(labels []string, into string) (View, bool) {
	axis, ok := merged(v.pickAxes(labels), into)
	if !ok {
		return View{}, false
	}
	out := v
	out.Axes = nil
	last := -1
	for i, a := range v.Axes {
		if slices.Contains(labels, a.Label) {
			last = i
		}
	}
	for i, a := range v.Axes {
		switch {
		case i == last:
			out.Axes = append(out.Axes, axis)
		case !slices.Contains(labels, a.Label):
			out.Axes = append(out.Axes, a)
		}
	}
	return out, true
}

// slice takes a range of an axis.
func (v View) slice(label string, start ir.Size, into ir.Axis) View {
	i := v.Find(label)
	if i < 0 {
		return v
	}
	a := v.Axes[i]
	v.Base = v.Base.Add(start.Mul(a.Stride))
	return v.with(i, Axis{into.Label, into.Size, a.Stride})
}

// pick takes one element of an axis.
func (v View) pick(label string, at ir.Size) View {
	i := v.Find(label)
	if i < 0 {
		return v
	}
	v.Base = v.Base.Add(at.Mul(v.Axes[i].Stride))
	return v.with(i)
}

// at takes the element of an axis that has the number of a loop's run.
func (v View) at(label string, loop *Loop) View {
	i := v.Find(label)
	if i < 0 {
		return v
	}
	v.Steps = append(slices.Clone(v.Steps), Step{loop, v.Axes[i].Stride})
	return v.with(i)
}

func (v View) reverse(label string) View {
	i := v.Find(label)
	if i < 0 {
		return v
	}
	a := v.Axes[i]
	v.Base = v.Base.Add(a.Size.Sub(one()).Mul(a.Stride))
	return v.with(i, Axis{a.Label, a.Size, zero().Sub(a.Stride)})
}

// windows lays overlapping windows over an axis that is padded already.
func (v View) windows(w *ir.WindowsAttr) View {
	i := v.Find(w.Label)
	if i < 0 {
		return v
	}
	s := v.Axes[i].Stride
	return v.with(i, Axis{w.Out.Label, w.Out.Size, s.Mul(ir.Const(w.Stride))},
		Axis{w.Window.Label, w.Window.Size, s.Mul(ir.Const(w.Dilate))})
}

// compact are axes in their order without room between elements.
func compact(axes []Axis) []Axis {
	out := slices.Clone(axes)
	stride := one()
	for i := len(out) - 1; i >= 0; i-- {
		out[i].Stride = stride
		stride = stride.Mul(out[i].Size)
	}
	return out
}

// ordered is the view with its axes in that order; labels that it lacks are left out.
func (v View) ordered(labels []string) View {
	v.Axes = v.pickAxes(labels)
	return v
}
