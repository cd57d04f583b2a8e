package cudasource

import (
	"math"
	"strconv"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// move writes a copy; axes that the source lacks are repeated. Where both sides are one memory it goes by way of another.
func (w *printer) move(to, from plan.View) {
	if to.Store == from.Store {
		axes := source.Compact(to.Axes)
		between := plan.View{Store: w.memory.room(source.Product(axes)), Axes: axes}
		w.move(between, from)
		w.move(to, between)
		w.memory.free()
		return
	}
	axes := source.Merged(w.axes(to.Axes, to, from))
	k := w.kernel("copy")
	k.say("a copy of %s numbers.", k.shown(elements(axes)))
	k.copies(elements(axes), 1)
	k.each(axes, func(at map[string]ir.Size) {
		k.put("%s[%s] = %s[%s];", k.data(to, true), k.spot(to, axes, 0, at), k.data(from, false), k.spot(from, axes, 1, at))
	})
	k.launch("items("+w.text(elements(axes))+")", "")
}

// spot is an element of a view along merged axes.
func (k *kernel) spot(v plan.View, axes []source.Axis, view int, at map[string]ir.Size) string {
	sum := k.base(v)
	for _, a := range axes {
		sum = sum.Add(a.Stride[view].Mul(at[a.Label]))
	}
	return k.text(sum)
}

func (w *printer) fill(f *plan.Fill) {
	axes := source.Merged(w.axes(f.To.Axes, f.To))
	k := w.kernel("fill")
	k.say("%v everywhere, %s numbers.", f.Value, k.shown(elements(axes)))
	k.copies(elements(axes), 0)
	if f.Value != f.Value {
		k.use("numbers.cuh")
	}
	k.each(axes, func(at map[string]ir.Size) {
		k.put("%s[%s] = %s;", k.data(f.To, true), k.spot(f.To, axes, 0, at), number32(f.Value))
	})
	k.launch("items("+w.text(elements(axes))+")", "")
}

// number32 is a number as a float.
func number32(x float64) string {
	f := float32(x)
	switch {
	case f != f:
		return "not_a_number()"
	case math.IsInf(float64(f), 1):
		return "INFINITY"
	case math.IsInf(float64(f), -1):
		return "-INFINITY"
	}
	return pointed(strconv.FormatFloat(float64(f), 'g', -1, 32)) + "f"
}

// number64 is a number as a double.
func number64(x float64) string {
	switch {
	case x != x:
		return "double(not_a_number())"
	case math.IsInf(x, 1):
		return "double(INFINITY)"
	case math.IsInf(x, -1):
		return "-double(INFINITY)"
	}
	return pointed(strconv.FormatFloat(x, 'g', -1, 64))
}

// pointed is a number that is no whole one for the compiler.
func pointed(s string) string {
	if !strings.ContainsAny(s, ".e") {
		s += "."
	}
	return s
}

// gather writes a look-up, in a table or in packed weights.
func (w *printer) gather(g *plan.Gather) {
	k := w.kernel("lookup")
	points := w.axes(g.Index.Axes)
	rest := w.axes(source.Without(g.Out.Axes, g.Index.Axes))
	k.say("the elements of a table of %s at looked-up numbers: %s numbers each, at %s places.", w.shown(g.Size), k.shown(elements(rest)), k.shown(elements(points)))
	k.each(append(append([]source.Axis(nil), points...), rest...), func(at map[string]ir.Size) {
		id, n := k.fresh("n")
		k.put("const long %s = element(%s, %s, %d, fault);", id, k.load(g.Index, at), k.text(g.Size), k.faultNumber())
		from := ""
		if g.Panels != nil {
			k.use("stream.cuh")
			column := ir.Const(0)
			for _, a := range source.Compact(g.Panels.K) {
				if i, ok := at[a.Label]; ok {
					column = column.Add(a.Stride.Mul(i))
				}
			}
			from = k.packed(g.Panels, n, column)
		} else {
			sum := k.base(g.Table).Add(n.Mul(g.Along))
			for _, a := range g.Table.Axes {
				if i, ok := at[a.Label]; ok {
					sum = sum.Add(a.Stride.Mul(i))
				}
			}
			from = k.data(g.Table, false) + "[" + k.text(sum) + "]"
		}
		k.put("%s[%s] = %s;", k.data(g.Out, true), k.place(g.Out, at), from)
	})
	k.launch("items("+w.text(elements(points).Mul(elements(rest)))+")", "")
}

// topK writes a selection: a warp for each row.
func (w *printer) topK(t *plan.TopK) {
	k := w.kernel("topk")
	last := len(t.In.Axes) - 1
	outer := w.axes(t.In.Axes[:last])
	n, count := t.In.Axes[last], t.Out.Axes[last]
	k.say("the numbers of the %s largest of %s, in %s rows.", w.shown(count.Size), w.shown(n.Size), k.shown(elements(outer)))
	k.use("topk.cuh")
	w.model.check("check_topk(%v, %v);", w.size(n.Size), w.size(count.Size))
	k.put("for (long at = blockIdx.x; at < %s; at += gridDim.x) {", k.text(elements(outer)))
	at := k.parts(outer)
	in, out := k.base(t.In), k.base(t.Out)
	for _, a := range outer {
		in, out = in.Add(t.In.Stride(a.Label).Mul(at[a.Label])), out.Add(t.Out.Stride(a.Label).Mul(at[a.Label]))
	}
	k.put("topk([&](int i) { return %s[%s]; }, int(%s), int(%s), [&](int place, int i) { %s[%s] = float(i); });",
		k.data(t.In, false), k.text(in.Add(n.Stride.Mul(k.named("i")))), k.text(n.Size), k.text(count.Size),
		k.data(t.Out, true), k.text(out.Add(count.Stride.Mul(k.named("place")))))
	k.put("}")
	k.launch("groups("+w.text(elements(outer))+", 32)", "__launch_bounds__(32) ")
}
