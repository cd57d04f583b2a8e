package gograph

import (
	"archc/backends/kernel"
	"archc/passes/plan"
)

// view is a view bound: numbers of sizes instead of sizes.
type view struct {
	g      *graph
	store  int
	param  *param // of a weight
	base   int
	loops  []int // numbers of loops
	steps  []int // strides, one for each of loops
	stride []int
	now    []int // strides as they are, kept to be filled in
	ahead  int   // of a weight: the loop whose next run it is taken for, -1 for none
}

func (g *graph) view(v plan.View) *view {
	w := &view{g: g, base: g.sizes.number(v.Base), ahead: -1}
	if v.Ahead != nil {
		w.ahead = v.Ahead.ID
	}
	if v.Store.Role == plan.Weight {
		w.param = g.weights.param(v.Store.Param)
	} else {
		w.store = g.store(v.Store)
	}
	for _, s := range v.Steps {
		w.loops, w.steps = append(w.loops, s.Loop.ID), append(w.steps, g.sizes.number(s.Stride))
	}
	for _, a := range v.Axes {
		w.stride = append(w.stride, g.sizes.number(a.Stride))
	}
	w.now = make([]int, len(w.stride))
	return w
}

// data is the store's memory, as it stands.
func (v *view) data() []float32 {
	if v.param != nil {
		return v.param.data(v.g.runs, v.ahead)
	}
	return v.g.memory[v.store]
}

// offset is where the view begins in the run of the loops that is on.
func (v *view) offset() int {
	at := v.g.sizes.values[v.base]
	for i, l := range v.loops {
		at += v.g.runs[l] * v.g.sizes.values[v.steps[i]]
	}
	return at
}

// tensor is the view as kernels take it; its strides are valid until the next call.
func (v *view) tensor() kernel.Tensor {
	for i, s := range v.stride {
		v.now[i] = v.g.sizes.values[s]
	}
	return kernel.Tensor{Data: v.data(), Base: v.offset(), Stride: v.now}
}

// along is the view with one stride for each of those labels: 0 where it lacks the axis.
func along(v plan.View, labels []string) plan.View {
	var axes []plan.Axis
	for _, l := range labels {
		if i := v.Find(l); i >= 0 {
			axes = append(axes, v.Axes[i])
		} else {
			axes = append(axes, plan.Axis{Label: l})
		}
	}
	v.Axes = axes
	return v
}

// extent are the numbers of the sizes of axes.
type extent struct {
	g   *graph
	ids []int
	now []int
}

func (g *graph) extent(axes []plan.Axis) *extent {
	e := &extent{g: g, now: make([]int, len(axes))}
	for _, a := range axes {
		e.ids = append(e.ids, g.sizes.number(a.Size))
	}
	return e
}

func (e *extent) sizes() []int {
	for i, id := range e.ids {
		e.now[i] = e.g.sizes.values[id]
	}
	return e.now
}
