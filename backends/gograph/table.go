package gograph

import (
	"archc/ir"
	"archc/passes/plan"
)

// table computes a function of positions element by element. A part that does not differ along the inner axes is
// computed when an outer index changes.
func (g *graph) table(t *plan.Table) func() error {
	e := &tabulator{g: g, numbers: map[string]int{}}
	for _, a := range t.Out.Axes {
		e.axes = append(e.axes, a.Label)
	}
	e.levels = make([][]func(), len(e.axes)+1)
	e.at = make([]float64, len(e.axes))
	result := e.compile(t.Expr)
	size, out := g.extent(t.Out.Axes), g.view(t.Out)
	return func() error {
		n, to := size.sizes(), out.tensor()
		for _, k := range n {
			if k == 0 {
				return nil
			}
		}
		e.fill(0, n, to.Data, to.Base, to.Stride, result)
		return nil
	}
}

// tabulator is an expression as straight code: levels[k] is what differs along the first k axes.
type tabulator struct {
	g       *graph
	axes    []string
	at      []float64
	values  []float64
	level   []int
	levels  [][]func()
	numbers map[string]int
}

func (e *tabulator) fill(axis int, n []int, data []float32, base int, stride []int, result int) {
	for _, f := range e.levels[axis] {
		f()
	}
	if axis == len(n) {
		data[base] = float32(e.values[result])
		return
	}
	for i := range n[axis] {
		if axis+1 < len(n) && e.g.ctx.Err() != nil {
			return // a large table takes seconds
		}
		e.at[axis] = float64(i)
		e.fill(axis+1, n, data, base+i*stride[axis], stride, result)
	}
}

// compile gives the number of an expression's value.
func (e *tabulator) compile(x *plan.Expr) int {
	key := x.String()
	if id, ok := e.numbers[key]; ok {
		return id
	}
	var args []int
	level := 0
	for _, a := range x.Args {
		id := e.compile(a)
		args = append(args, id)
		level = max(level, e.level[id])
	}
	id := len(e.values)
	e.values = append(e.values, 0)
	var f func()
	switch x.Fn {
	case "const":
		f = func() { e.values[id] = x.Const }
	case "size":
		n := e.g.sizes.number(x.Size)
		f = func() { e.values[id] = float64(e.g.sizes.values[n]) }
	case "loop":
		f = func() { e.values[id] = float64(x.Loop.First) + float64(x.Loop.Stride)*float64(e.g.runs[x.Loop.ID]) }
	case "index":
		axis := 0
		for i, l := range e.axes {
			if l == x.Axis.Label {
				axis = i
			}
		}
		level = axis + 1
		f = func() { e.values[id] = e.at[axis] }
	default:
		fn, in := ir.FnNamed(x.Fn).Eval, make([]float64, len(args))
		f = func() {
			for i, a := range args {
				in[i] = e.values[a]
			}
			e.values[id] = fn(in)
		}
	}
	e.level = append(e.level, level)
	e.levels[level] = append(e.levels[level], f)
	e.numbers[key] = id
	return id
}
