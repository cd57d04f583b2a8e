package plan

import (
	"slices"

	"archc/ir"
)

// Matrix is a product line whose one factor is a stored matrix: for each element of the line's Axes the sum over its
// columns, which are the elements of line X, all of them and in their order.
type Matrix struct {
	W      View // its axes of Over alone
	X      int
	Rows   []ir.Size // strides along the line's Axes
	Column Axis      // the columns as one axis
}

// Matrix sees a stored matrix in a product line, if there is one: a view that differs along neither lanes nor keys, with
// one stride along the axes that are summed.
func (a *Attention) Matrix(line int) (m Matrix, ok bool) {
	o := a.Score[line]
	if o.Fn != "product" {
		return m, false
	}
	for i, w := range o.Args {
		x := o.Args[1-i]
		if !a.Same(w) || a.Score[w].Fn != "view" || a.Same(x) || !slices.EqualFunc(a.Score[x].Axes, o.Sum, func(p, q Dim) bool { return p.Label == q.Label }) {
			continue
		}
		v := a.Score[w].View
		var columns []string
		for _, d := range o.Sum {
			columns = append(columns, d.Label)
		}
		if len(v.pickAxes(columns)) < len(columns) || backwards(v) {
			continue
		}
		if m.Column, ok = merged(v.pickAxes(columns), ""); !ok {
			continue
		}
		for _, d := range o.Axes {
			m.Rows = append(m.Rows, v.Stride(d.Label))
		}
		m.X, m.W = x, v
		m.W.Axes = slices.DeleteFunc(slices.Clone(v.Axes), func(x Axis) bool { return !hasDim(a.Over, x.Label) })
		return m, true
	}
	return m, false
}

// Same reports whether a line of the score has the same values for all lanes and keys of an element of Over.
func (a *Attention) Same(line int) bool {
	o := a.Score[line]
	switch o.Fn {
	case "imm":
		return true
	case "view":
		return !slices.ContainsFunc(o.View.Axes, func(x Axis) bool { return x.Label == a.Key.Label || hasDim(a.Lane, x.Label) })
	}
	return false
}
