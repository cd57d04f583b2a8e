package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"archc/backends/cudarun"
	"archc/backends/cudasource"
	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/ir"
	"archc/ir/diag"
	"archc/ir/eval"
	"archc/passes/plan"
)

// generated is the CUDA C++ of the kernel plan, compiled and loaded: on a device, or on the CPU for tests.
type generated struct {
	kind    cudarun.Kind
	dtype   dtype
	program *plan.Program
	engine  *cudarun.Engine // nil before it is opened
}

func (*generated) single() bool { return true }

func (b *generated) close() {
	if b.engine != nil {
		b.engine.Close()
	}
}

// open compiles a program, if no run before has, and lets it read the weights. There is room for a batch of sequences with
// so many rows.
func (b *generated) open(s *session, r *runnable, p *plan.Program, batch, rows int) error {
	b.program = p
	s.enter("looking for a compiler")
	compiler, err := cudarun.Find(s.ctx, b.kind)
	if err != nil {
		return b.told(s.ctx, err)
	}
	s.enter("writing the source")
	files, err := cudasource.Files(b.written(r, p))
	if err != nil {
		return withoutKernel(err)
	}
	library, err := compiler.Library(s.ctx, files, func() { s.enter("compiling the engine") })
	if err != nil {
		return b.told(s.ctx, err)
	}
	if r.finite && r.weights != nil {
		if err := r.weights.allFinite(s); err != nil {
			return err
		}
	}
	s.enter("reading the weights")
	b.engine, err = cudarun.Open(s.ctx, library, r.path, batch, max(rows, 1))
	return b.told(s.ctx, err)
}

// written is what an engine is written from.
func (b *generated) written(r *runnable, p *plan.Program) cudasource.Source {
	return cudasource.Source{
		Name: r.module.Name, File: "a run", Module: r.module, Program: p, BFloat16: b.dtype.element == kernel.BFloat16, Matrices: b.dtype.format,
		Rules: r.keys.Rules, Copies: r.copies(),
	}
}

// within asks whether what a run holds is within the limit: what kernels in Go hold, but for the weights.
func (b *generated) within(r *runnable, p *plan.Program, need gograph.Memory) error {
	w, err := cudasource.WeightsOf(b.written(r, p))
	if err != nil {
		return withoutKernel(err)
	}
	need.Weights = w.Bytes
	return withinLimit(need, r.limit)
}

// whole computes everything at once.
func (b *generated) whole(s *session, r *runnable, inputs arrays, _ *trace) (*computed, error) {
	x, err := prepared(s, r, inputs)
	if err != nil {
		return nil, err
	}
	p := cudasource.AtOnce(x.plan)
	need, err := gograph.Needs(x.plan, b.dtype.element, x.dims)
	if err == nil {
		err = b.within(r, p, need)
	}
	if err != nil {
		return nil, err
	}
	if err := b.open(s, r, p, x.dims[plan.Batch], 1); err != nil {
		return nil, err
	}
	s.enter("computing")
	if err := b.set(s.ctx, x.plan.Inputs, x.given, x.dims[plan.Batch]); err != nil {
		return nil, err
	}
	if err := b.engine.Run(s.ctx); err != nil {
		return nil, b.told(s.ctx, err)
	}
	c := &computed{arrays{}, true}
	for _, port := range r.module.Outputs {
		out, err := b.get(s.ctx, x.plan.Outputs, port.Name)
		if err != nil {
			return nil, err
		}
		c.outputs[port.Name] = doubled(out, port.Type().Kind, x.batched)
	}
	return c, nil
}

// set gives the engine those of the ports that are there, each with the batch in front if the plan has it there.
func (b *generated) set(ctx context.Context, ports []plan.Port, given map[string]gograph.Array, batch int) error {
	for _, p := range ports {
		a, ok := given[p.Name]
		if !ok {
			continue
		}
		if p.View.Find(plan.Batch) == 0 && (len(a.Axes) == 0 || a.Axes[0].Label != plan.Batch) {
			a = repeated(a, batch)
		}
		shape := make([]int, len(a.Axes))
		for i, x := range a.Axes {
			shape[i] = x.Size
		}
		if err := b.engine.Set(ctx, p.Name, a.Data, shape); err != nil {
			return b.told(ctx, err)
		}
	}
	return nil
}

// repeated is an array that is the same for all of a batch.
func repeated(a gograph.Array, batch int) gograph.Array {
	out := gograph.Array{Axes: append([]gograph.Axis{{Label: plan.Batch, Size: batch}}, a.Axes...)}
	for range batch {
		out.Data = append(out.Data, a.Data...)
	}
	return out
}

// get is an output of the last run.
func (b *generated) get(ctx context.Context, ports []plan.Port, name string) (gograph.Array, error) {
	for _, p := range ports {
		if p.Name != name {
			continue
		}
		data, shape, err := b.engine.Get(ctx, name)
		if err != nil {
			return gograph.Array{}, b.told(ctx, err)
		}
		out := gograph.Array{Data: data}
		for i, x := range p.View.Axes {
			out.Axes = append(out.Axes, gograph.Axis{Label: x.Label, Size: shape[i]})
		}
		return out, nil
	}
	return gograph.Array{}, fmt.Errorf("the plan has no output %s", name)
}

func (b *generated) decode(s *session, r *runnable, d *decoding) (decoder, error) {
	s.enter("planning")
	p, err := programOf(d.steps, false)
	if err != nil {
		return nil, err
	}
	need, err := gograph.ProgramNeeds(p, b.dtype.element, gograph.Decoding{First: d.prompt, Rows: d.rows})
	if err == nil {
		err = b.within(r, p, need)
	}
	if err != nil {
		return nil, err
	}
	before, err := singles(d.before())
	if err != nil {
		return nil, err
	}
	if err := b.open(s, r, p, 1, d.rows); err != nil {
		return nil, err
	}
	return &generatedDecoder{decoding: d, of: b}, b.set(s.ctx, p.Init.Inputs, before, 1)
}

type generatedDecoder struct {
	*decoding
	of   *generated
	rows int // so far
}

func (d *generatedDecoder) past() int { return d.rows }

func (d *generatedDecoder) scores(ctx context.Context, rows *eval.Tensor) ([]float64, error) {
	in, err := singles(d.with(rows, d.rows))
	if err != nil {
		return nil, err
	}
	if err := d.of.set(ctx, d.of.program.Step.Inputs, in, 1); err != nil {
		return nil, err
	}
	if err := d.of.engine.Run(ctx); err != nil {
		return nil, d.of.told(ctx, err)
	}
	d.rows += rows.Axes[0].Size
	out, err := d.of.get(ctx, d.of.program.Step.Outputs, d.output)
	if err != nil {
		return nil, err
	}
	return lastRow(doubled(out, ir.Real, false)), nil
}

// told words what is wrong with a machine, its tools or an engine.
func (b *generated) told(ctx context.Context, err error) error {
	var missing *cudarun.Missing
	var compiled *cudarun.CompileError
	var cache *cudarun.CacheError
	var loaded *cudarun.LoadError
	var fault *cudarun.Fault
	flag := map[cudarun.Kind]string{cudarun.Device: onCUDA, cudarun.CPU: onCUDACPU}[b.kind]
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case errors.As(err, &missing):
		f := &failure{exit: exitMissing}
		for _, what := range missing.Things {
			f.diags = append(f.diags, fail(exitMissing, codeMissing, "--backend %s needs %s", flag, what).diags...)
		}
		return f
	case errors.As(err, &compiled):
		f := fail(exitMissing, codeMissing, "%s makes no library of the engine: %s", compiled.Compiler, compiled.First)
		if compiled.Lines > 1 {
			f.note("it said %d lines: make shows them, in a directory of archc build --target cuda", compiled.Lines)
		}
		return f
	case errors.As(err, &cache):
		return unreadable(codeCannotWrite, "%v", cache).help("XDG_CACHE_HOME in the environment names another place for caches")
	case errors.As(err, &loaded):
		return unreadable(codeCannotRead, "the compiled engine %v", loaded).help("delete the file: it is compiled again then")
	case errors.As(err, &fault):
		return b.ofFault(fault)
	}
	return err
}

// ofFault words what an engine met.
func (b *generated) ofFault(f *cudarun.Fault) error {
	switch f.Code {
	case cudarun.BadCheckpoint:
		return unreadable(codeCannotRead, "%s", f.Text)
	case cudarun.BadData:
		return &failure{exitDiagnostics, []*diag.Diagnostic{diag.New(codeStopped, b.source(f.Text), "the evaluation stopped at %s", f.Text)}}
	case cudarun.BadDevice:
		return fail(exitMissing, codeMissing, "the device: %s", f.Text)
	}
	return wrong(codeBadInput, "%s", f.Text)
}

// source is where the instruction is from that a message begins with; nowhere, if several of unlike places are called so.
func (b *generated) source(message string) (at diag.Span) {
	several := false
	for _, p := range []*plan.Plan{b.program.Init, b.program.Step} {
		p.Body.Walk(func(i plan.Instruction) {
			n := plan.NoteOf(i)
			if !strings.HasPrefix(message, cudasource.Place(n)+": ") || n.Src == at {
				return
			}
			several = several || at != diag.Span{}
			at = n.Src
		})
	}
	if several {
		return diag.Span{}
	}
	return at
}
