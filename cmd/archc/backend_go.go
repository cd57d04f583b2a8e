package main

import (
	"context"
	"math"
	"math/big"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/ir"
	"archc/ir/eval"
	"archc/passes"
	"archc/passes/plan"
)

// floats32 is the kernel plan, run in this process.
type floats32 struct {
	crew    *kernel.Crew
	element kernel.Element
	fast    bool // few rows are computed in a form of their own, where the model has one
}

func (v *backendFlags) engine() *floats32 {
	return &floats32{gograph.Crew(v.Threads), v.element(), v.Fast}
}

func (*floats32) single() bool { return true }
func (b *floats32) close()     { b.crew.Close() }

// weights are read as an engine needs them.
func (b *floats32) weights(s *session, r *runnable) *gograph.Weights {
	switch {
	case r.random:
		return gograph.NewWeights(hashed{s.ctx}, b.element)
	case r.weights == nil:
		return gograph.NewWeights(nil, b.element)
	}
	return gograph.NewWeights(&streamed{r.weights, s.ctx, r.finite}, b.element)
}

func (b *floats32) whole(s *session, r *runnable, inputs arrays, _ *trace) (*computed, error) {
	x, err := prepared(s, r, inputs)
	if err != nil {
		return nil, err
	}
	need, err := gograph.Needs(x.plan, b.element, x.dims)
	if err == nil {
		err = withinLimit(need, r.limit)
	}
	if err != nil {
		return nil, err
	}
	s.enter("reading the weights")
	engine, err := gograph.New(x.plan, b.weights(s, r), b.crew)
	if err != nil {
		return nil, err
	}
	s.enter("computing")
	out, err := engine.Run(s.ctx, x.given, x.dims)
	if err != nil {
		return nil, err
	}
	c := &computed{arrays{}, true}
	for _, port := range r.module.Outputs {
		c.outputs[port.Name] = doubled(out[port.Name], port.Type().Kind, x.batched)
	}
	return c, nil
}

// atOnce is a model that is about to be computed at once.
type atOnce struct {
	plan    *plan.Plan
	given   map[string]gograph.Array
	dims    map[string]int // free dims; the batch is 1 without one
	batched bool           // an input has the axis of a batch
}

// prepared checks the inputs and plans the kernels.
func prepared(s *session, r *runnable, inputs arrays) (*atOnce, error) {
	s.enter("checking the inputs")
	all, env, err := eval.Bind(s.ctx, r.module, inputs, eval.Options{MaxBytes: r.limit, Seed: r.seed})
	if err != nil {
		return nil, err
	}
	x := &atOnce{dims: map[string]int{}}
	if x.given, err = singles(all); err != nil {
		return nil, err
	}
	for name, n := range env {
		x.dims[name] = int(n)
	}
	if _, x.batched = x.dims[plan.Batch]; !x.batched {
		x.dims[plan.Batch] = 1
	}
	s.enter("planning")
	behind, err := passes.Run(r.module.Clone(), false)
	if err != nil {
		return nil, err
	}
	x.plan, err = plan.Of(behind, plan.Options{})
	return x, err
}

// singles makes float32 of inputs. A whole number that is none any more is refused.
func singles(inputs arrays) (map[string]gograph.Array, error) {
	const exact = 1 << 24
	out := map[string]gograph.Array{}
	for name, t := range inputs {
		a := gograph.Array{Data: narrowed(t.Data)}
		for _, x := range t.Axes {
			a.Axes = append(a.Axes, gograph.Axis{Label: x.Label, Size: x.Size})
		}
		if t.Kind == ir.Int {
			for _, x := range t.Data {
				if math.Abs(x) > exact {
					return nil, wrong(codeBadInput, "input %s: %.0f is above 2^24, up to which float32 has all whole numbers", name, x).
						help("--backend reference computes in float64")
				}
			}
		}
		out[name] = a
	}
	return out, nil
}

// doubled is an output as the reference would give it: without the axis of a batch that no input has.
func doubled(a gograph.Array, kind ir.Kind, batched bool) *eval.Tensor {
	t := &eval.Tensor{Kind: kind, Data: make([]float64, len(a.Data))}
	for _, x := range a.Axes {
		if batched || x.Label != plan.Batch {
			t.Axes = append(t.Axes, eval.Axis{Label: x.Label, Size: x.Size})
		}
	}
	for i, x := range a.Data {
		t.Data[i] = float64(x)
	}
	return t
}

// withinLimit refuses a run that would hold too much.
func withinLimit(need gograph.Memory, limit int64) error {
	if need.Total() <= limit {
		return nil
	}
	n := func(bytes int64) string { return grouped(big.NewInt(bytes)) }
	return wrong(codeMemory, "the run needs %s bytes, the limit is %s: weights %s, arena %s, states %s, inputs %s",
		n(need.Total()), n(limit), n(need.Weights), n(need.Arena), n(need.States), n(need.Inputs)).
		help("--max-memory %d allows it", (need.Total()+1<<30-1)>>30)
}

func (b *floats32) decode(s *session, r *runnable, d *decoding) (decoder, error) {
	m, err := b.model(s, r, d.steps, gograph.Decoding{First: d.prompt, Rows: d.rows})
	if err != nil {
		return nil, err
	}
	return b.begin(s.ctx, m.model, d)
}

// loaded is a model that is ready to run.
type loaded struct {
	program *plan.Program
	weights *gograph.Weights
	model   *gograph.Model
}

// model plans the steps and loads their weights, if what the uses hold is within the limit.
func (b *floats32) model(s *session, r *runnable, steps *passes.Steps, uses ...gograph.Decoding) (*loaded, error) {
	s.enter("planning")
	p, err := programOf(steps, b.fast)
	if err != nil {
		return nil, err
	}
	for _, use := range uses {
		need, err := gograph.ProgramNeeds(p, b.element, use)
		if err == nil {
			err = withinLimit(need, r.limit)
		}
		if err != nil {
			return nil, err
		}
	}
	s.enter("reading the weights")
	m := &loaded{program: p, weights: b.weights(s, r)}
	m.model, err = gograph.NewModel(p, m.weights, b.crew)
	return m, err
}

// programOf plans the steps, with scores behind the last row alone: in one form, or in all that there are.
func programOf(steps *passes.Steps, fast bool) (*plan.Program, error) {
	if fast {
		return plan.OfForms(steps, true)
	}
	return plan.OfSteps(steps, true)
}

// begin starts a sequence, with room for all its rows.
func (b *floats32) begin(ctx context.Context, model *gograph.Model, d *decoding) (*floats32Decoder, error) {
	before, err := singles(d.before())
	if err != nil {
		return nil, err
	}
	session, err := model.Start(ctx, before, 1)
	if err == nil {
		err = session.Reserve(d.rows)
	}
	return &floats32Decoder{d, session}, err
}

type floats32Decoder struct {
	*decoding
	session *gograph.Session
}

func (d *floats32Decoder) past() int { return d.session.Past() }

func (d *floats32Decoder) scores(ctx context.Context, rows *eval.Tensor) ([]float64, error) {
	in, err := singles(d.with(rows, d.past()))
	if err != nil {
		return nil, err
	}
	out, err := d.session.Step(ctx, in)
	if err != nil {
		return nil, err
	}
	return lastRow(doubled(out[d.output], ir.Real, false)), nil
}
