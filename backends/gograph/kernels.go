package gograph

import (
	"slices"

	"archc/backends/kernel"
	"archc/passes/plan"
)

func (g *graph) move(m *plan.Move) func() error {
	size, to, from := g.extent(m.To.Axes), g.view(m.To), g.view(along(m.From, m.To.Labels()))
	return func() error {
		kernel.Move(size.sizes(), to.tensor(), from.tensor())
		return nil
	}
}

func (g *graph) fill(f *plan.Fill) func() error {
	size, to := g.extent(f.To.Axes), g.view(f.To)
	return func() error {
		kernel.Set(size.sizes(), to.tensor(), float32(f.Value))
		return nil
	}
}

func (g *graph) products(list ...*plan.Product) func() error {
	var add []func(jobs []kernel.Job) []kernel.Job
	for _, p := range list {
		add = append(add, g.jobs(p))
	}
	var jobs []kernel.Job
	return func() error {
		jobs = jobs[:0]
		for _, f := range add {
			jobs = f(jobs)
		}
		if len(jobs) > 0 {
			g.crew.Products(jobs)
		}
		return nil
	}
}

// jobs are the jobs of a product, one for each element of Over.
func (g *graph) jobs(p *plan.Product) func([]kernel.Job) []kernel.Job {
	in, out, panels := g.view(p.In), g.view(p.Out), g.weights.panel(p.Weights)
	rows := g.sizes.number(p.Rows)
	type lane struct{ size, in, out, panel int }
	var over []lane
	for _, l := range p.Over {
		over = append(over, lane{g.sizes.number(l.Size), g.sizes.number(l.In), g.sizes.number(l.Out), g.sizes.number(l.Panel)})
	}
	var add func(jobs []kernel.Job, x, y kernel.Tensor, axis, a, o, p int) []kernel.Job
	add = func(jobs []kernel.Job, x, y kernel.Tensor, axis, a, o, p int) []kernel.Job {
		v := g.sizes.values
		if axis == len(over) {
			return append(jobs, kernel.Job{
				In:   kernel.Matrix{Data: x.Data[a:], Row: x.Stride[0], Col: x.Stride[1]},
				Out:  kernel.Matrix{Data: y.Data[o:], Row: y.Stride[0], Col: 1},
				Rows: v[rows], Weights: panels.at(g.runs, p),
			})
		}
		l := over[axis]
		for k := range v[l.size] {
			jobs = add(jobs, x, y, axis+1, a+k*v[l.in], o+k*v[l.out], p+k*v[l.panel])
		}
		return jobs
	}
	return func(jobs []kernel.Job) []kernel.Job {
		if g.sizes.values[rows] == 0 {
			return jobs
		}
		x, y := in.tensor(), out.tensor()
		return add(jobs, x, y, 0, x.Base, y.Base, 0)
	}
}

func (g *graph) contract(c *plan.Contract) func() error {
	a, b, out := g.view(c.A), g.view(c.B), g.view(c.Out)
	type pair struct{ size, a, b, out int }
	bind := func(p plan.Pair) pair {
		return pair{g.sizes.number(p.Size), g.sizes.number(p.A), g.sizes.number(p.B), g.sizes.number(p.Out)}
	}
	all := func(list []plan.Pair) (out []pair) {
		for _, p := range list {
			out = append(out, bind(p))
		}
		return out
	}
	over, inside, m, n, k := all(c.Over), all(c.Inside), bind(c.M), bind(c.N), bind(c.K)
	x := &kernel.Contraction{Over: make([]kernel.Strides, len(over)), Inside: make([]kernel.Strides, len(inside))}
	now := func(p pair) kernel.Strides {
		v := g.sizes.values
		return kernel.Strides{Size: v[p.size], A: v[p.a], B: v[p.b], Out: v[p.out]}
	}
	return func() error {
		for i, p := range over {
			x.Over[i] = now(p)
		}
		for i, p := range inside {
			x.Inside[i] = now(p)
		}
		x.M, x.N, x.K = now(m), now(n), now(k)
		x.A, x.B, x.Out = from(a), from(b), from(out)
		g.crew.Contract(x)
		return nil
	}
}

// from is the memory of a view from its first element on.
func from(v *view) []float32 {
	data := v.data()
	return data[min(v.offset(), len(data)):]
}

func (g *graph) gather(i *plan.Gather) func() error {
	labels := i.Index.Labels()
	points := g.extent(i.Index.Axes)
	index := g.view(i.Index)
	var rest []plan.Axis
	for _, a := range i.Table.Axes {
		if i.Index.Find(a.Label) < 0 {
			rest = append(rest, a)
			labels = append(labels, a.Label)
		}
	}
	to := g.view(along(i.Out, labels))
	if i.Panels != nil {
		panels := g.weights.panel(i.Panels)
		return func() error {
			return kernel.LookupPanels(points.sizes(), to.tensor(), index.tensor(), panels.at(g.runs, 0))
		}
	}
	over, table := g.extent(rest), g.view(along(i.Table, labels))
	step, size := g.sizes.number(i.Along), g.sizes.number(i.Size)
	return func() error {
		v := g.sizes.values
		return kernel.Lookup(points.sizes(), over.sizes(), to.tensor(), index.tensor(), table.tensor(), v[step], v[size])
	}
}

func (g *graph) topK(t *plan.TopK) func() error {
	last := len(t.In.Axes) - 1
	outer := g.extent(t.In.Axes[:last])
	n, k := g.sizes.number(t.In.Axes[last].Size), g.sizes.number(t.Out.Axes[last].Size)
	in, out := g.view(t.In), g.view(t.Out)
	return func() error {
		v := g.sizes.values
		kernel.Largest(outer.sizes(), out.tensor(), in.tensor(), v[n], v[k], g.room(0, v[n]+v[k]))
		return nil
	}
}

func (g *graph) admit(a *plan.Admit) func() error {
	mask, list, size := g.view(a.Mask), g.view(a.List), g.sizes.number(a.Mask.Axes[0].Size)
	body := g.block(a.Body)
	return func() error {
		n := kernel.Admitted(from(list), mask.tensor(), g.sizes.values[size])
		return g.choose(a.Symbol, n, body)
	}
}

func (g *graph) selection(s *plan.Select) func() error {
	index, valid, list := g.view(s.Index), g.view(s.Valid), g.view(s.List)
	size, experts := g.extent(s.Index.Axes), g.sizes.number(s.Loop.Count)
	body := g.block(s.Body)
	return func() error {
		n, err := kernel.Selected(from(list), size.sizes(), index.tensor(), valid.tensor(), g.runs[s.Loop.ID], g.sizes.values[experts])
		if err != nil {
			return err
		}
		return g.choose(s.Symbol, n, body)
	}
}

// choose runs a body on n rows, if there are any.
func (g *graph) choose(symbol string, n int, body []func() error) error {
	if n == 0 {
		return nil
	}
	if err := g.sizes.set(symbol, int64(n)); err != nil {
		return err
	}
	return g.execute(body)
}

func (g *graph) collect(c *plan.Collect) func() error {
	var points []plan.Axis
	var labels, restLabels []string
	for _, d := range c.Points {
		points = append(points, plan.Axis{Label: d.Label, Size: d.Size})
		labels = append(labels, d.Label)
	}
	wide, narrow := c.From, c.To // wide has the points
	if c.Scatter {
		wide, narrow = c.To, c.From
	}
	var rest []plan.Axis
	for _, a := range wide.Axes {
		if !slices.Contains(labels, a.Label) {
			rest = append(rest, a)
			restLabels = append(restLabels, a.Label)
		}
	}
	rows := c.List.Axes[0].Label
	to := g.view(along(narrow, append([]string{rows}, restLabels...)))
	src := g.view(along(wide, append(labels, restLabels...)))
	list, n := g.view(c.List), g.sizes.number(c.List.Axes[0].Size)
	pointSizes, restSizes := g.extent(points), g.extent(rest)
	return func() error {
		kernel.Collect(from(list)[:g.sizes.values[n]], pointSizes.sizes(), restSizes.sizes(), to.tensor(), src.tensor(), c.Scatter)
		return nil
	}
}
