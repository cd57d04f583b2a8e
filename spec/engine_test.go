package spec_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"archc/backends/checkpoint"
	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/ir"
	"archc/ir/eval"
	"archc/passes"
	"archc/passes/plan"
)

// rounded are weights rounded to float32: what an engine reads, as the reference reads it.
type rounded struct {
	from eval.Weights
	read map[string][]float64
}

func newRounded(w eval.Weights) *rounded { return &rounded{w, map[string][]float64{}} }

func (r *rounded) Read(key string) ([]int64, []float64, error) {
	shape, data, err := r.from.Read(key)
	out := make([]float64, len(data))
	for i, x := range data {
		out[i] = float64(float32(x))
	}
	return shape, out, err
}

func (r *rounded) Float32s(key string, first int64, dst []float32) error {
	if r.read[key] == nil {
		_, data, err := r.from.Read(key)
		if err != nil {
			return err
		}
		r.read[key] = data
	}
	for i := range dst {
		dst[i] = float32(r.read[key][int(first)+i])
	}
	return nil
}

// roundInputs rounds inputs to float32.
func roundInputs(inputs map[string]*eval.Tensor) {
	for _, t := range inputs {
		for i, x := range t.Data {
			t.Data[i] = float64(float32(x))
		}
	}
}

func arrays(inputs map[string]*eval.Tensor) map[string]gograph.Array {
	out := map[string]gograph.Array{}
	for name, t := range inputs {
		a := gograph.Array{Data: make([]float32, len(t.Data))}
		for _, x := range t.Axes {
			a.Axes = append(a.Axes, gograph.Axis{Label: x.Label, Size: x.Size})
		}
		for i, x := range t.Data {
			a.Data[i] = float32(x)
		}
		out[name] = a
	}
	return out
}

// enginePlans are the plans of a module: as a whole, and its steps with all rows and with the last one; without steps
// those are nil.
type enginePlans struct {
	whole         *plan.Plan
	behind        *ir.Module
	steps         *passes.Steps
	program, last *plan.Program
}

func plansOf(m *ir.Module) (*enginePlans, error) {
	out := &enginePlans{}
	steps, fault, err := passes.StepsOf(m.Clone(), "", false)
	if err != nil {
		return nil, err
	}
	if fault != nil {
		out.behind, err = passes.Run(m.Clone(), false)
	} else {
		out.steps, out.behind = steps, steps.Behind
		if out.program, err = plan.OfSteps(steps, false); err == nil {
			out.last, err = plan.OfSteps(steps, true)
		}
	}
	if err != nil {
		return nil, err
	}
	if out.whole, err = plan.Of(out.behind, plan.Options{}); err != nil {
		return nil, err
	}
	return out, out.verify()
}

func (p *enginePlans) verify() error {
	list := []*plan.Plan{p.whole}
	if p.program != nil {
		list = append(list, p.program.Init, p.program.Step, p.last.Init, p.last.Step)
	}
	for _, x := range list {
		if errs := plan.Verify(x); len(errs) > 0 {
			return errs[0]
		}
	}
	return nil
}

// engineWhole computes a module on the engine, whole, and shows the outputs to the judge.
func engineWhole(ctx context.Context, p *plan.Plan, w *rounded, inputs map[string]*eval.Tensor, crew *kernel.Crew, j *judge) error {
	engine, err := gograph.New(p, gograph.NewWeights(w, kernel.Float32), crew)
	if err != nil {
		return err
	}
	engine.Poison()
	got, err := engine.Run(ctx, arrays(inputs), nil)
	if err != nil {
		return err
	}
	for name := range j.full.Outputs {
		j.sees(name, got[name])
	}
	return nil
}

// enginePieces gives the outputs of a session that takes its rows in pieces of the given sizes, rows one behind another.
func enginePieces(ctx context.Context, model *gograph.Model, axis string, inputs map[string]*eval.Tensor, batch int, sizes []int) (map[string][]gograph.Array, error) {
	static, rows := map[string]*eval.Tensor{}, map[string]*eval.Tensor{}
	for name, x := range inputs {
		if x.Find(axis) >= 0 {
			rows[name] = x
		} else {
			static[name] = x
		}
	}
	s, err := model.Start(ctx, arrays(static), batch)
	if err != nil {
		return nil, err
	}
	out := map[string][]gograph.Array{}
	at := 0
	for _, n := range sizes {
		in := map[string]*eval.Tensor{}
		for name, x := range rows {
			in[name] = rowsOf(x, axis, at, at+n)
		}
		res, err := s.Step(ctx, arrays(in))
		if err != nil {
			return nil, fmt.Errorf("rows %d to %d: %w", at, at+n, err)
		}
		at += n
		for name, x := range kept(res) {
			out[name] = append(out[name], x)
		}
	}
	for name, x := range s.Outputs {
		out[name] = append(out[name], x)
	}
	return out, nil
}

// kept is a copy of what a step gives, which the next one overwrites.
func kept(res map[string]gograph.Array) map[string]gograph.Array {
	out := map[string]gograph.Array{}
	for name, x := range res {
		out[name] = gograph.Array{Axes: slices.Clone(x.Axes), Data: slices.Clone(x.Data)}
	}
	return out
}

// joined lays pieces one behind another along an axis; without the axis the last one stands for all.
func joined(pieces []gograph.Array, axis string) gograph.Array {
	last := pieces[len(pieces)-1]
	at := slices.IndexFunc(last.Axes, func(a gograph.Axis) bool { return a.Label == axis })
	if at < 0 {
		return last
	}
	out := gograph.Array{Axes: slices.Clone(last.Axes)}
	out.Axes[at].Size = 0
	outer := 1
	for _, a := range last.Axes[:at] {
		outer *= a.Size
	}
	for o := range outer {
		for _, p := range pieces {
			n := len(p.Data) / outer
			out.Data = append(out.Data, p.Data[o*n:(o+1)*n]...)
		}
	}
	for _, p := range pieces {
		out.Axes[at].Size += p.Axes[at].Size
	}
	return out
}

func sameBits(a, b gograph.Array) bool {
	return slices.EqualFunc(a.Data, b.Data, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

// engineStepwise computes a module's steps on the engine, in several pieces, shows the outputs to the judge, and asks
// that all pieces give the same bits. A module without steps has nothing to compute.
func engineStepwise(ctx context.Context, m *ir.Module, plans *enginePlans, w *rounded, inputs map[string]*eval.Tensor, crew *kernel.Crew, seed uint64, j *judge) error {
	p := plans.program
	if p == nil {
		return nil
	}
	model, err := gograph.NewModel(p, gograph.NewWeights(w, kernel.Float32), crew)
	if err != nil {
		return err
	}
	model.Poison()
	batch := 1
	for _, x := range inputs {
		if at := x.Find(eval.Batch); at >= 0 {
			batch = x.Axes[at].Size
		}
	}
	n := int(j.full.Dims[p.Axis])
	if n == 0 {
		return nil
	}
	lastRow, err := lastRows(ctx, plans.last, w, inputs, batch, n, crew)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(seed, 1))
	var first map[string]gograph.Array
	for _, sizes := range append(chunks(r, n), []int{n}) {
		got, err := enginePieces(ctx, model, p.Axis, inputs, batch, sizes)
		if err != nil {
			return err
		}
		now := map[string]gograph.Array{}
		for _, o := range m.Outputs {
			if got[o.Name] == nil {
				return fmt.Errorf("the steps give no %s", o.Name)
			}
			now[o.Name] = joined(got[o.Name], p.Axis)
			j.sees(o.Name, now[o.Name])
			// A sum over the rows themselves, such as a balance loss, adds a piece at a time.
			if first != nil && o.Type().Has(p.Axis) && !sameBits(first[o.Name], now[o.Name]) {
				return fmt.Errorf("output %s in pieces of %v has other bits", o.Name, sizes)
			}
		}
		first = now
	}
	for _, o := range m.Outputs {
		if o.Type().Has(p.Axis) && !sameBits(lastRow[o.Name][0], rowAt(first[o.Name], p.Axis, n-1)) {
			return fmt.Errorf("output %s has other bits where the last row is computed alone", o.Name)
		}
	}
	return nil
}

// lastRows are the outputs of the program that gives the last row of a piece alone.
func lastRows(ctx context.Context, p *plan.Program, w *rounded, inputs map[string]*eval.Tensor, batch, n int, crew *kernel.Crew) (map[string][]gograph.Array, error) {
	model, err := gograph.NewModel(p, gograph.NewWeights(w, kernel.Float32), crew)
	if err != nil {
		return nil, err
	}
	model.Poison()
	return enginePieces(ctx, model, p.Axis, inputs, batch, []int{n})
}

// rowAt is one element of an array along an axis.
func rowAt(x gograph.Array, axis string, k int) gograph.Array {
	at := slices.IndexFunc(x.Axes, func(a gograph.Axis) bool { return a.Label == axis })
	inner := 1
	for _, a := range x.Axes[at+1:] {
		inner *= a.Size
	}
	var out gograph.Array
	for base := k * inner; base < len(x.Data); base += x.Axes[at].Size * inner {
		out.Data = append(out.Data, x.Data[base:base+inner]...)
	}
	return out
}

// engineCase is an oracle case for the engine: weights and inputs in float32, and what the reference gives.
type engineCase struct {
	name   string
	m      *ir.Module
	plans  *enginePlans
	stored eval.Weights
	narrow func(eval.Weights) eval.Weights // to what an engine holds
	first  uint64                          // of the draws of weights, 0 for the case's own
	w      *rounded
	inputs map[string]*eval.Tensor
	truth  *judge
	logits []string // of the outputs
}

// judge is a new judge of the case.
func (c *engineCase) judge() *judge {
	return &judge{keeps: c.truth.keeps, full: c.truth.full, naive: c.truth.naive, logits: c.logits}
}

var engineCases []*engineCase

// allEngineCases are the oracle cases, evaluated once.
func allEngineCases(t *testing.T) []*engineCase {
	t.Helper()
	if engineCases != nil {
		return engineCases
	}
	for _, c := range allOracleCases() {
		engineCases = append(engineCases, newEngineCase(t, c))
	}
	return engineCases
}

// newEngineCase evaluates an oracle case.
func newEngineCase(t *testing.T, c oracleCase) *engineCase {
	t.Helper()
	f := c.read(t)
	io, err := checkpoint.Open("oracle/cases/" + c.name + "/io.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer io.Close()
	x := &engineCase{name: fmt.Sprint(c.name, " ", c.model), m: c.module(t, f), stored: hashed{f, c.prefix}}
	x.w = x.draw(0)
	x.inputs = c.feed(t, x.m, f, io)
	roundInputs(x.inputs)
	if x.plans, err = plansOf(x.m); err != nil {
		t.Fatalf("%s: %v", x.name, err)
	}
	if x.truth, err = newJudge(t.Context(), x.m, x.w, x.inputs); err != nil {
		t.Fatal(err)
	}
	for ours, theirs := range c.outputs {
		if theirs == "logits" {
			x.logits = append(x.logits, ours)
		}
	}
	return x
}

// nudged are weights a little off, by up to a thousandth: the same model, whose roundings fall another way.
type nudged struct {
	from eval.Weights
	by   uint64
}

func (w nudged) Read(key string) ([]int64, []float64, error) {
	shape, data, err := w.from.Read(key)
	data = slices.Clone(data)
	for i := range data {
		data[i] *= 1 + eval.Hash(fmt.Sprint(key, w.by), i)/1000
	}
	return shape, data, err
}

// draw gives weights of the case as an engine holds them: its own, or those of a further draw.
func (c *engineCase) draw(k uint64) *rounded {
	w := c.stored
	if k += c.first; k > 0 {
		w = nudged{w, k}
	}
	if c.narrow != nil {
		w = c.narrow(w)
	}
	return newRounded(w)
}

// judged judges what run shows of a case, on its weights and on further ones.
func (c *engineCase) judged(ctx context.Context, draws int, run func(*rounded, *judge) error) (*judge, error) {
	j := c.judge()
	for k := range uint64(draws) {
		w := c.w
		if k > 0 {
			w = c.draw(k)
			if err := j.other(ctx, c.m, w, c.inputs); err != nil {
				return nil, err
			}
		}
		if err := run(w, j); err != nil {
			return nil, err
		}
	}
	return j, j.broken()
}

// TestEngineOracle runs every oracle case on the engine, whole and in pieces, and holds it to the contract.
func TestEngineOracle(t *testing.T) {
	crew := gograph.Crew(2)
	defer crew.Close()
	for k, c := range allEngineCases(t) {
		t.Run(c.name, func(t *testing.T) {
			j, again, err := onDraws(func(draws int) (*judge, error) {
				return c.judged(t.Context(), draws, func(w *rounded, j *judge) error {
					if err := engineWhole(t.Context(), c.plans.whole, w, c.inputs, crew, j); err != nil {
						return err
					}
					if err := engineStepwise(t.Context(), c.m, c.plans, w, c.inputs, crew, uint64(k), j); err != nil {
						return fmt.Errorf("in pieces: %w", err)
					}
					return nil
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			if t.Log(j.worst()); again {
				t.Logf("judged on %d draws of weights", manyDraws)
			}
		})
	}
}
