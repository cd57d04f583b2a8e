package cudasource

import (
	"slices"

	"archc/ir"
	"archc/passes/plan"
)

// axis is an axis of several views at once: its size, and the stride in each.
type axis struct {
	label  string
	size   ir.Size
	stride []ir.Size
}

// axes are the axes of views without those of one element; where a view lacks an axis its stride is 0.
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

func axesOf(dims []plan.Dim) (out []plan.Axis) {
	for _, d := range dims {
		out = append(out, plan.Axis{Label: d.Label, Size: d.Size})
	}
	return out
}

// without are the axes whose labels others lack.
func without(axes, others []plan.Axis) (out []plan.Axis) {
	for _, a := range axes {
		if !slices.ContainsFunc(others, func(x plan.Axis) bool { return x.Label == a.Label }) {
			out = append(out, a)
		}
	}
	return out
}

// compact are axes in their order without gaps.
func compact(axes []plan.Axis) []plan.Axis {
	out := slices.Clone(axes)
	stride := ir.Const(1)
	for i := len(out) - 1; i >= 0; i-- {
		out[i].Stride = stride
		stride = stride.Mul(out[i].Size)
	}
	return out
}

func product(axes []plan.Axis) ir.Size {
	n := ir.Const(1)
	for _, a := range axes {
		n = n.Mul(a.Size)
	}
	return n
}

// elements is the product of the sizes.
func elements(axes []axis) ir.Size {
	n := ir.Const(1)
	for _, a := range axes {
		n = n.Mul(a.size)
	}
	return n
}

// whole is a size that hangs on nothing.
func whole(s ir.Size) int64 {
	n, ok := s.Int()
	if !ok {
		panic("cudasource: the size " + s.String() + " of a weight is free")
	}
	return n
}
