package cudasource

import (
	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// axes are the axes of views with what is known put in (source.Axes).
func (w *printer) axes(list []plan.Axis, views ...plan.View) []source.Axis {
	return source.Axes(w.size, list, views...)
}

// elements is the product of the sizes.
func elements(axes []source.Axis) ir.Size {
	n := ir.Const(1)
	for _, a := range axes {
		n = n.Mul(a.Size)
	}
	return n
}
