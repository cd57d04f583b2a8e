package gosource

import (
	"fmt"
	"slices"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// products writes products with packed weights, in one dispatch.
func (w *printer) products(list ...*plan.Product) {
	if slices.ContainsFunc(list, w.many) {
		w.line("s.jobs = s.jobs[:0]")
		for _, p := range list {
			w.job(p, "s.jobs = append(s.jobs, %s)")
		}
		w.line("s.model.crew.Products(s.jobs)")
		return
	}
	if len(list) == 1 {
		w.job(list[0], "s.products(%s)")
		return
	}
	w.line("s.products(")
	for _, p := range list {
		w.job(p, "%s,")
	}
	w.line(")")
}

// many reports whether a product is several jobs.
func (w *printer) many(p *plan.Product) bool {
	return slices.ContainsFunc(p.Over, func(l plan.Lane) bool { return !source.IsOne(w.size(l.Size)) })
}

// job writes a product, or one for each element of its further axes.
func (w *printer) job(p *plan.Product, format string) {
	out, in := ir.Const(0), ir.Const(0)
	panel := ir.Const(0)
	w.called = w.weights.Packed(p.Weights).Name
	var axes []source.Axis
	for _, l := range p.Over {
		if !source.IsOne(w.size(l.Size)) {
			axes = append(axes, source.Axis{Label: l.Label, Size: w.size(l.Size), Stride: []ir.Size{l.Out, l.In, l.Panel}})
		}
	}
	job := func() (string, string, string, string) {
		return w.matrix(p.Out, out, p.Out.Axes[0].Stride, ir.Const(1)), w.matrix(p.In, in, p.In.Axes[0].Stride, p.In.Axes[1].Stride),
			w.panels(p.Weights, panel), w.text(p.Rows)
	}
	w.nest(axes, func(a source.Axis, symbol string) {
		at := ir.Free(symbol)
		out, in, panel = out.Add(a.Stride[0].Mul(at)), in.Add(a.Stride[1].Mul(at)), panel.Add(a.Stride[2].Mul(at))
	}, func() {
		to, from, weights, rows := job()
		w.line(format, fmt.Sprintf("kernel.Job{Out: %s, In: %s, Weights: %s, Rows: %s}", to, from, weights, rows))
	})
}

// matrix writes a strided matrix.
func (w *printer) matrix(v plan.View, more, row, col ir.Size) string {
	return fmt.Sprintf("%s(%s, %s, %s)", w.help("matrix"), w.from(v, more), w.text(row), w.text(col))
}

// contract writes a product of two tensors.
func (w *printer) contract(c *plan.Contract) {
	zero := ir.Const(0)
	pair := func(p plan.Pair) string {
		return fmt.Sprintf("{Size: %s, A: %s, B: %s, Out: %s}", w.text(p.Size), w.text(p.A), w.text(p.B), w.text(p.Out))
	}
	pairs := func(list []plan.Pair) string {
		var parts []string
		for _, p := range list {
			if !source.IsOne(w.size(p.Size)) {
				parts = append(parts, "kernel.Strides"+pair(p))
			}
		}
		return "s.strides(" + strings.Join(parts, ", ") + ")"
	}
	strides := func(p plan.Pair) string { return "kernel.Strides" + pair(p) }
	w.called = w.result("sum")
	w.line("s.contract(kernel.Contraction{")
	w.line("A: %s, B: %s, Out: %s,", w.from(c.A, zero), w.from(c.B, zero), w.from(c.Out, zero))
	if len(c.Over) > 0 {
		w.line("Over: %s,", pairs(c.Over))
	}
	w.line("M: %s, N: %s, K: %s,", strides(c.M), strides(c.N), strides(c.K))
	if len(c.Inside) > 0 {
		w.line("Inside: %s,", pairs(c.Inside))
	}
	w.line("})")
}
