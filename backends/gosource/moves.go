package gosource

import (
	"fmt"
	"strconv"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// move writes a copy: the plain one of Go where both sides are without gaps.
func (w *printer) move(to, from plan.View) {
	axes := source.Merged(w.axes(to.Axes, to, from))
	zero := ir.Const(0)
	switch {
	case len(axes) == 0:
		w.line("%s[%s] = %s[%s]", w.data(to), w.text(w.base(to)), w.data(from), w.text(w.base(from)))
	case len(axes) == 1 && source.IsOne(axes[0].Stride[0]) && source.IsOne(axes[0].Stride[1]):
		w.line("copy(%s, %s)", w.part(to, zero, axes[0].Size), w.part(from, zero, axes[0].Size))
	case len(axes) == 1 && source.IsOne(axes[0].Stride[0]) && axes[0].Stride[1].IsZero():
		w.line("kernel.Fill(%s, %s[%s])", w.part(to, zero, axes[0].Size), w.data(from), w.text(w.base(from)))
	default:
		w.line("kernel.Move(%s, %s, %s)", w.ints(sizesOf(axes)), w.tensor(to, stridesOf(axes, 0)), w.tensor(from, stridesOf(axes, 1)))
	}
}

func (w *printer) fill(f *plan.Fill) {
	axes := source.Merged(w.axes(f.To.Axes, f.To))
	zero := ir.Const(0)
	switch {
	case len(axes) == 0:
		w.line("%s[%s] = %s", w.data(f.To), w.text(w.base(f.To)), w.number32(f.Value))
	case len(axes) == 1 && source.IsOne(axes[0].Stride[0]) && f.Value == 0 && 1/f.Value > 0:
		w.line("clear(%s)", w.part(f.To, zero, axes[0].Size))
	case len(axes) == 1 && source.IsOne(axes[0].Stride[0]):
		w.line("kernel.Fill(%s, %s)", w.part(f.To, zero, axes[0].Size), w.number32(f.Value))
	default:
		w.line("kernel.Set(%s, %s, %s)", w.ints(sizesOf(axes)), w.tensor(f.To, stridesOf(axes, 0)), w.number32(f.Value))
	}
}

// number32 is a number as a float32: a literal, or how what has none is made.
func (w *printer) number32(x float64) string {
	f := float32(x)
	switch {
	case f != f || f-f != 0 || f == 0 && 1/f < 0:
		return "float32(" + w.number64(float64(f)) + ")"
	}
	return strconv.FormatFloat(float64(f), 'g', -1, 32)
}

// number64 is a number as a float64 expression.
func (w *printer) number64(x float64) string {
	switch {
	case x != x:
		return "math.NaN()"
	case x-x != 0 && x > 0:
		return "math.Inf(1)"
	case x-x != 0:
		return "math.Inf(-1)"
	case x == 0 && 1/x < 0:
		return "math.Copysign(0, -1)"
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// gather writes a look-up, in a table or in packed weights.
func (w *printer) gather(g *plan.Gather) {
	points := w.axes(g.Index.Axes, g.Out, g.Index, g.Table)
	rest := w.axes(source.Without(g.Table.Axes, g.Index.Axes), g.Out, g.Index, g.Table)
	all := append(append([]source.Axis(nil), points...), rest...)
	to, index := w.tensor(g.Out, stridesOf(all, 0)), w.tensor(g.Index, stridesOf(points, 1))
	if g.Panels != nil && contiguous(rest) {
		panels := w.panels(g.Panels, ir.Const(0))
		w.check("kernel.LookupPanels(%s, %s, %s, %s)", w.ints(sizesOf(points)), to, index, panels)
		return
	}
	w.check("kernel.Lookup(%s, %s, %s, %s, %s, %s, %s)", w.ints(sizesOf(points)), w.ints(sizesOf(rest)), to, index,
		w.tensor(g.Table, stridesOf(all, 2)), w.text(g.Along), w.text(g.Size))
}

// contiguous reports whether axes have no gaps in their first view.
func contiguous(axes []source.Axis) bool {
	m := source.Merged(firstView(axes))
	return len(m) == 0 || len(m) == 1 && source.IsOne(m[0].Stride[0])
}

func firstView(axes []source.Axis) (out []source.Axis) {
	for _, a := range axes {
		out = append(out, source.Axis{Label: a.Label, Size: a.Size, Stride: a.Stride[:1]})
	}
	return out
}

// check writes a call that may find a number that is no element.
func (w *printer) check(format string, args ...any) {
	w.line("if err := "+format+"; err != nil {", args...)
	w.line("return %s\n}", w.failed())
}

// failed is the error of a call with its place in the user's file.
func (w *printer) failed() string {
	if w.scope == "" {
		return "err"
	}
	return fmt.Sprintf("%s(%s, err)", w.help("where"), quoted(w.scope))
}

func (w *printer) topK(k *plan.TopK) {
	last := len(k.In.Axes) - 1
	outer := w.axes(k.In.Axes[:last], k.Out, k.In)
	n, most := w.size(k.In.Axes[last].Size), w.size(k.Out.Axes[last].Size)
	room := w.memory.temporary(n.Add(most))
	to := append(stridesOf(outer, 0), k.Out.Axes[last].Stride)
	from := append(stridesOf(outer, 1), k.In.Axes[last].Stride)
	w.line("kernel.Largest(%s, %s, %s, %s, %s, %s)", w.ints(sizesOf(outer)), w.tensor(k.Out, to), w.tensor(k.In, from),
		w.text(n), w.text(most), room)
	w.memory.release(room)
}

// admit writes the choice of the keys that a mask lets through.
func (w *printer) admit(a *plan.Admit) {
	n := w.symbol(a.Symbol)
	w.line("if %s = kernel.Admitted(%s, %s, %s); %s > 0 {", n, w.from(a.List, ir.Const(0)),
		w.tensor(a.Mask, []ir.Size{a.Mask.Axes[0].Stride}), w.text(a.Mask.Axes[0].Size), n)
	w.inside(func() { w.block(a.Body) })
	w.line("}")
	w.scope = ""
}

// choose writes the choice of the rows that selected an expert.
func (w *printer) choose(s *plan.Select) {
	n := w.symbol(s.Symbol)
	axes := w.axes(s.Index.Axes, s.Index, s.Valid)
	w.used["err"] = true
	w.line("%s, err = kernel.Selected(%s, %s, %s, %s, %s, %s)", n, w.from(s.List, ir.Const(0)), w.ints(sizesOf(axes)),
		w.tensor(s.Index, stridesOf(axes, 0)), w.tensor(s.Valid, stridesOf(axes, 1)), w.text(w.runOf(s.Loop)), w.text(s.Loop.Count))
	w.line("if err != nil {\nreturn %s\n}", w.failed())
	w.line("if %s > 0 {", n)
	w.inside(func() { w.block(s.Body) })
	w.line("}")
	w.scope = ""
}

// symbol gives the number of rows of a choice an identifier.
func (w *printer) symbol(name string) string {
	id := w.frame.count("chosen", "rows that were chosen")
	w.dims[name] = id
	return id
}

func (w *printer) collect(c *plan.Collect) {
	wide, narrow := c.From, c.To // wide has the points
	if c.Scatter {
		wide, narrow = c.To, c.From
	}
	points := source.AxesOf(c.Points)
	at := w.axes(points, wide)
	rest := w.axes(source.Without(wide.Axes, points), wide, narrow)
	rows := c.List.Axes[0].Label
	w.line("kernel.Collect(%s, %s, %s, %s, %s, %t)", w.part(c.List, ir.Const(0), c.List.Axes[0].Size), w.ints(sizesOf(at)), w.ints(sizesOf(rest)),
		w.tensor(narrow, append([]ir.Size{narrow.Stride(rows)}, stridesOf(rest, 1)...)),
		w.tensor(wide, append(stridesOf(at, 0), stridesOf(rest, 0)...)), c.Scatter)
}
