package gograph

import (
	"context"
	"fmt"
	"runtime"

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

// Run computes the outputs of inputs. Dims are free dims that no input has. An Array may lack the batch; what an absent
// input is, its default says.
func (e *Engine) Run(ctx context.Context, inputs map[string]Array, dims map[string]int) (map[string]Array, error) {
	all := map[string]int{plan.Batch: 1}
	for name, n := range dims {
		all[name] = n
	}
	for _, x := range inputs {
		for _, a := range x.Axes {
			if a.Label == plan.Batch {
				all[plan.Batch] = a.Size
			}
		}
	}
	return e.run(ctx, inputs, all)
}

func (e *Engine) run(ctx context.Context, inputs map[string]Array, dims map[string]int) (map[string]Array, error) {
	g := e.graph
	for name, n := range dims {
		if err := g.sizes.set(name, int64(n)); err != nil {
			return nil, err
		}
	}
	for _, p := range g.plan.Inputs {
		for _, a := range inputs[p.Name].Axes {
			if i := p.View.Find(a.Label); i >= 0 && a.Label != plan.Batch {
				if err := e.sees(p, a, i); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, p := range g.plan.Inputs {
		if err := e.feed(p, inputs, dims[plan.Batch]); err != nil {
			return nil, err
		}
	}
	if err := g.run(ctx); err != nil {
		return nil, err
	}
	out := map[string]Array{}
	for i, p := range g.plan.Outputs {
		out[p.Name] = g.outputs[i].result(p)
	}
	return out, nil
}

// sees takes a free dim from an input.
func (e *Engine) sees(p plan.Port, a Axis, i int) error {
	size := p.View.Axes[i].Size
	if names := size.Frees(); len(names) == 1 && size.Equal(ir.Free(names[0])) {
		return e.graph.sizes.set(names[0], int64(a.Size))
	}
	return nil
}

func (e *Engine) feed(p plan.Port, inputs map[string]Array, batch int) error {
	g := e.graph
	id := g.store(p.View.Store)
	n := 1
	for _, a := range p.View.Axes {
		n *= g.sizes.values[g.sizes.number(a.Size)]
	}
	x, ok := inputs[p.Name]
	switch {
	case !ok && p.Default == nil:
		return fmt.Errorf("input %s is missing", p.Name)
	case !ok:
		data := make([]float32, n)
		kernel.Fill(data, float32(*p.Default))
		g.memory[id] = data
	default:
		data, err := e.arranged(p, x, n)
		if err != nil {
			return err
		}
		g.memory[id] = data
	}
	return nil
}

// arranged is an input in the order of its view; without a batch axis it is the same for all of the batch.
func (e *Engine) arranged(p plan.Port, x Array, n int) ([]float32, error) {
	same := len(x.Axes) == len(p.View.Axes)
	for i, a := range x.Axes {
		same = same && p.View.Axes[i].Label == a.Label
	}
	if same && len(x.Data) == n {
		return x.Data, nil
	}
	g := e.graph
	g.memory[g.store(p.View.Store)] = make([]float32, n)
	if err := e.place(p.View, x); err != nil {
		return nil, fmt.Errorf("input %s: %w", p.Name, err)
	}
	return g.memory[g.store(p.View.Store)], nil
}

// place copies an array into a view; axes that the array lacks repeat it.
func (e *Engine) place(v plan.View, x Array) error {
	to := e.graph.seen(v)
	size := to.size.sizes()
	from := kernel.Tensor{Data: x.Data, Stride: make([]int, len(size))}
	have := 1
	for i := len(x.Axes) - 1; i >= 0; i-- {
		a := x.Axes[i]
		at := v.Find(a.Label)
		if at < 0 || size[at] != a.Size {
			return fmt.Errorf("an axis %s of %d elements, for %v of %v", a.Label, a.Size, v.Labels(), size)
		}
		from.Stride[at] = have
		have *= a.Size
	}
	if have != len(x.Data) {
		return fmt.Errorf("%d elements, and axes of %d", len(x.Data), have)
	}
	kernel.Move(size, to.view.tensor(), from)
	return nil
}

// seen is a view with its sizes.
type seen struct {
	view *view
	size *extent
}

func (g *graph) seen(v plan.View) seen { return seen{g.view(v), g.extent(v.Axes)} }

// result copies an output.
func (s seen) result(p plan.Port) Array {
	var out Array
	n := 1
	sizes := s.size.sizes()
	for i, k := range sizes {
		out.Axes = append(out.Axes, Axis{p.View.Axes[i].Label, k})
		n *= k
	}
	out.Data = make([]float32, n)
	stride := make([]int, len(sizes))
	step := 1
	for i := len(stride) - 1; i >= 0; i-- {
		stride[i] = step
		step *= sizes[i]
	}
	kernel.Move(sizes, kernel.Tensor{Data: out.Data, Stride: stride}, s.view.tensor())
	return out
}
