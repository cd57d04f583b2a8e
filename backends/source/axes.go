package source

import (
	"slices"

	"archc/ir"
	"archc/passes/plan"
)

// Axis is an axis of several views at once: its size, and the stride in each.
type Axis struct {
	Label  string
	Size   ir.Size
	Stride []ir.Size
}

// Axes are the axes of views, with what is known of sizes put in, without those of one element; where a view lacks an
// axis its stride is 0.
func Axes(known func(ir.Size) ir.Size, list []plan.Axis, views ...plan.View) []Axis {
	var out []Axis
	for _, a := range list {
		x := Axis{Label: a.Label, Size: known(a.Size)}
		if IsOne(x.Size) {
			continue
		}
		for _, v := range views {
			x.Stride = append(x.Stride, known(v.Stride(a.Label)))
		}
		out = append(out, x)
	}
	return out
}

// Merged joins neighbours that one stride runs over in all views.
func Merged(axes []Axis) []Axis {
	var out []Axis
	for _, a := range axes {
		if n := len(out); n > 0 && Joins(out[n-1], a) {
			out[n-1] = Axis{a.Label, out[n-1].Size.Mul(a.Size), a.Stride}
			continue
		}
		out = append(out, a)
	}
	return out
}

// Joins reports whether the stride of the inner axis runs over both, in all views.
func Joins(outer, inner Axis) bool {
	for i, s := range inner.Stride {
		if !outer.Stride[i].Equal(s.Mul(inner.Size)) {
			return false
		}
	}
	return true
}

// IsOne reports whether a size is known to be 1.
func IsOne(s ir.Size) bool {
	n, ok := s.Int()
	return ok && n == 1
}

// AxesOf are dims as axes, without strides.
func AxesOf(dims []plan.Dim) (out []plan.Axis) {
	for _, d := range dims {
		out = append(out, plan.Axis{Label: d.Label, Size: d.Size})
	}
	return out
}

// Without are the axes whose labels others lack.
func Without(axes, others []plan.Axis) (out []plan.Axis) {
	for _, a := range axes {
		if !slices.ContainsFunc(others, func(x plan.Axis) bool { return x.Label == a.Label }) {
			out = append(out, a)
		}
	}
	return out
}

// Compact are axes in their order without gaps.
func Compact(axes []plan.Axis) []plan.Axis {
	out := slices.Clone(axes)
	stride := ir.Const(1)
	for i := len(out) - 1; i >= 0; i-- {
		out[i].Stride = stride
		stride = stride.Mul(out[i].Size)
	}
	return out
}

// Product is how many elements axes have.
func Product(axes []plan.Axis) ir.Size {
	n := ir.Const(1)
	for _, a := range axes {
		n = n.Mul(a.Size)
	}
	return n
}
