package gograph

import (
	"context"
	"fmt"
	"runtime"

	"archc/backends/kernel"
	"archc/ir"
	"archc/passes/plan"
)

// Options are how an engine computes.
type Options struct {
	Workers int            // 0: one a core
	Element kernel.Element // of packed weights
}

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
type Weights struct{ weights *weights }

// NewWeights are weights that are read from a source when an engine needs them. A nil source is for modules without.
func NewWeights(source Source, element kernel.Element) *Weights {
	return &Weights{&weights{source, element, map[string]*param{}, map[string]*panels{}}}
}

// New makes the engine of a plan and loads its weights.
func New(p *plan.Plan, w *Weights, crew *kernel.Crew) (*Engine, error) {
	if err := w.weights.load(p); err != nil {
		return nil, err
	}
	return &Engine{graph: newGraph(p, crew, w.weights), crew: crew}, nil
}

// Run computes the outputs of inputs. Dims are free dims that no input has. An Array may lack the batch; what an absent
// input is, its default says.
func (e *Engine) Run(ctx context.Context, inputs map[string]Array, dims map[string]int) (map[string]Array, error) {
	g := e.graph
	batch := 1
	for _, p := range g.plan.Inputs {
		x, ok := inputs[p.Name]
		if !ok {
			continue
		}
		if len(x.Axes) > 0 && x.Axes[0].Label == plan.Batch {
			batch = x.Axes[0].Size
		}
		for _, a := range x.Axes {
			if i := p.View.Find(a.Label); i >= 0 && a.Label != plan.Batch {
				if err := e.sees(p, a, i); err != nil {
					return nil, err
				}
			}
		}
	}
	if err := g.sizes.set(plan.Batch, int64(batch)); err != nil {
		return nil, err
	}
	for name, n := range dims {
		if err := g.sizes.set(name, int64(n)); err != nil {
			return nil, err
		}
	}
	for _, p := range g.plan.Inputs {
		if err := e.feed(p, inputs, batch); err != nil {
			return nil, err
		}
	}
	if err := g.run(ctx); err != nil {
		return nil, err
	}
	out := map[string]Array{}
	for _, p := range g.plan.Outputs {
		out[p.Name] = e.result(p)
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
	g := e.graph
	size := g.extent(p.View.Axes).sizes()
	stride := make([]int, len(size))
	same, have := len(x.Axes) == len(size), 1
	for i := len(x.Axes) - 1; i >= 0; i-- {
		a := x.Axes[i]
		at := p.View.Find(a.Label)
		if at < 0 || size[at] != a.Size {
			return nil, fmt.Errorf("input %s has an axis %s of %d elements", p.Name, a.Label, a.Size)
		}
		stride[at] = have
		have *= a.Size
		same = same && at == i
	}
	if have != len(x.Data) {
		return nil, fmt.Errorf("input %s has %d elements, its axes %d", p.Name, len(x.Data), have)
	}
	if same {
		return x.Data, nil
	}
	out := make([]float32, n)
	strides := make([]int, len(size))
	step := 1
	for i := len(size) - 1; i >= 0; i-- {
		strides[i] = step
		step *= size[i]
	}
	kernel.Move(size, kernel.Tensor{Data: out, Stride: strides}, kernel.Tensor{Data: x.Data, Stride: stride})
	return out, nil
}

// result copies an output.
func (e *Engine) result(p plan.Port) Array {
	g := e.graph
	v, size := g.view(p.View), g.extent(p.View.Axes)
	var out Array
	n := 1
	for i, s := range size.sizes() {
		out.Axes = append(out.Axes, Axis{p.View.Axes[i].Label, s})
		n *= s
	}
	out.Data = make([]float32, n)
	stride := make([]int, len(out.Axes))
	step := 1
	for i := len(stride) - 1; i >= 0; i-- {
		stride[i] = step
		step *= out.Axes[i].Size
	}
	kernel.Move(size.sizes(), kernel.Tensor{Data: out.Data, Stride: stride}, v.tensor())
	return out
}
