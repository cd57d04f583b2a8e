package gograph

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"archc/backends/kernel"
	"archc/ir"
	"archc/passes/plan"
)

// Array is an input or an output: elements in the order of its axes, the batch in front.
type Array struct {
	Axes []Axis
	Data []float32
}

// Axis is an axis of an Array.
type Axis struct {
	Label string
	Size  int
}

// Engine runs one module.
type Engine struct {
	graph *graph
	crew  *kernel.Crew
}

// Crew makes the workers that engines of a process share.
func Crew(workers int) *kernel.Crew {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return kernel.NewCrew(workers)
}

// Weights are loaded weights; engines of one model share them.
type Weights struct{ loaded *loaded }

// NewWeights are weights that are read from a source when an engine needs them. A nil source is for modules without.
func NewWeights(source Source, element kernel.Element) *Weights {
	return &Weights{&loaded{source: source, element: element, params: map[string]*param{}, panels: map[string]*panels{}}}
}

// New makes the engine of a plan and loads its weights.
func New(p *plan.Plan, w *Weights, crew *kernel.Crew) (*Engine, error) {
	if err := w.loaded.load(p); err != nil {
		return nil, err
	}
	return &Engine{graph: newGraph(p, crew, w.loaded), crew: crew}, nil
}

// Arena is the memory of the arena in bytes, as it stands.
func (e *Engine) Arena() int64 { return 4 * int64(len(e.graph.arena)) }

// Poison fills the arena with NaN before each run, so that what nobody wrote is noticed.
func (e *Engine) Poison() { e.graph.poison = true }

// Run computes the outputs of inputs; they are the caller's. Dims are free dims that no input has. An Array may lack the batch; what an absent
// input is, its default says.
func (e *Engine) Run(ctx context.Context, inputs map[string]Array, dims map[string]int) (map[string]Array, error) {
	batch := 1
	for _, x := range inputs {
		for _, a := range x.Axes {
			if a.Label == plan.Batch {
				batch = a.Size
			}
		}
	}
	if n, ok := dims[plan.Batch]; ok && batch == 1 {
		batch = n
	}
	for name, n := range dims {
		if name == plan.Batch {
			continue
		}
		if err := e.graph.sizes.set(name, int64(n)); err != nil {
			return nil, err
		}
	}
	out := map[string]Array{}
	return out, e.run(ctx, inputs, batch, out)
}

// run computes outputs into the memory that out has for them, and in new memory where that is too little.
func (e *Engine) run(ctx context.Context, inputs map[string]Array, batch int, out map[string]Array) error {
	g := e.graph
	if err := g.sizes.set(plan.Batch, int64(batch)); err != nil {
		return err
	}
	for i := range g.inputs {
		if err := g.inputs[i].settle(inputs[g.inputs[i].Name]); err != nil {
			return err
		}
	}
	for i := range g.inputs {
		if err := g.inputs[i].feed(inputs); err != nil {
			return err
		}
	}
	if err := g.run(ctx); err != nil {
		return err
	}
	for i, p := range g.plan.Outputs {
		out[p.Name] = g.outputs[i].result(p, out[p.Name])
	}
	return nil
}

// input is an input bound: what is known of its axes, and memory for one that has to be arranged.
type input struct {
	plan.Port
	seen   seen
	free   []string // of each axis: the free dim that its size is, else empty
	buffer []float32
}

func (g *graph) input(p plan.Port) input {
	in := input{Port: p, seen: g.seen(p.View)}
	for _, a := range p.View.Axes {
		name := ""
		if names := a.Size.Frees(); len(names) == 1 && a.Size.Equal(ir.Free(names[0])) && a.Label != plan.Batch {
			name = names[0]
		}
		in.free = append(in.free, name)
	}
	return in
}

// settle takes free dims from an array.
func (in *input) settle(x Array) error {
	for _, a := range x.Axes {
		if i := in.View.Find(a.Label); i >= 0 && in.free[i] != "" {
			if err := in.seen.view.g.sizes.set(in.free[i], int64(a.Size)); err != nil {
				return err
			}
		}
	}
	return nil
}

// feed gives the graph an input, or what it is where it is absent.
func (in *input) feed(inputs map[string]Array) error {
	memory := &in.seen.view.g.memory[in.seen.view.store]
	n := 1
	for _, k := range in.seen.size.sizes() {
		n *= k
	}
	x, ok := inputs[in.Name]
	if ok && in.arranged(x) && len(x.Data) == n {
		*memory = x.Data
		return nil
	}
	if cap(in.buffer) < n {
		in.buffer = make([]float32, n)
	}
	*memory = in.buffer[:n]
	switch {
	case !ok && in.Default == nil:
		return fmt.Errorf("input %s is missing", in.Name)
	case !ok:
		kernel.Fill(*memory, float32(*in.Default))
	default:
		if err := in.seen.place(in.View, x); err != nil {
			return fmt.Errorf("input %s: %w", in.Name, err)
		}
	}
	return nil
}

// arranged reports whether an array has the axes of the view in their order. A batch of one may be left out.
func (in *input) arranged(x Array) bool {
	axes := in.View.Axes
	if len(axes) == len(x.Axes)+1 && axes[0].Label == plan.Batch && in.seen.size.now[0] == 1 {
		axes = axes[1:]
	}
	return slices.EqualFunc(axes, x.Axes, func(a plan.Axis, b Axis) bool { return a.Label == b.Label })
}

// place copies an array into a view; axes that the array lacks repeat it.
func (s seen) place(v plan.View, x Array) error {
	size := s.size.sizes()
	from := kernel.Tensor{Data: x.Data, Stride: make([]int, len(size))}
	have := 1
	for i := len(x.Axes) - 1; i >= 0; i-- {
		a := x.Axes[i]
		at := v.Find(a.Label)
		if at < 0 || size[at] != a.Size {
			return fmt.Errorf("an axis %s of %d elements, for %v of %v", a.Label, a.Size, v.Labels(), slices.Clone(size))
		}
		from.Stride[at] = have
		have *= a.Size
	}
	if have != len(x.Data) {
		return fmt.Errorf("%d elements, and axes of %d", len(x.Data), have)
	}
	kernel.Move(size, s.view.tensor(), from)
	return nil
}

// seen is a view with its sizes.
type seen struct {
	view    *view
	size    *extent
	compact []int // strides without gaps, kept to be filled in
}

func (g *graph) seen(v plan.View) seen {
	return seen{g.view(v), g.extent(v.Axes), make([]int, len(v.Axes))}
}

// result copies an output into the memory of out.
func (s seen) result(p plan.Port, out Array) Array {
	sizes := s.size.sizes()
	out.Axes = out.Axes[:0]
	n := 1
	for i := len(sizes) - 1; i >= 0; i-- {
		s.compact[i] = n
		n *= sizes[i]
	}
	for i, k := range sizes {
		out.Axes = append(out.Axes, Axis{p.View.Axes[i].Label, k})
	}
	if cap(out.Data) < n {
		out.Data = make([]float32, n)
	}
	out.Data = out.Data[:n]
	kernel.Move(sizes, kernel.Tensor{Data: out.Data, Stride: s.compact}, s.view.tensor())
	return out
}
