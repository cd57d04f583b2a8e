package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"archc/backends/checkpoint"
	inputs "archc/backends/host/arrays"
	"archc/ir"
	"archc/ir/eval"
)

// arrays are the inputs of a run by name.
type arrays map[string]*eval.Tensor

// runArrays evaluates a model once on arrays out of files.
func (v *runVerb) runArrays(s *session, r *runnable) error {
	s.enter("reading the inputs")
	given := arrays{}
	for _, text := range v.Input {
		name, file, ok := strings.Cut(text, "=")
		if !ok || name == "" || file == "" {
			return usage("--input takes NAME=FILE, not %q", text)
		}
		i := slices.IndexFunc(r.module.Inputs, func(p ir.Port) bool { return p.Name == name })
		if i < 0 {
			return wrong(codeBadInput, "the model has no input %s: %s", name, signature(r.module))
		}
		t, err := readArray(file, name, r.module.Inputs[i].Type())
		if err != nil {
			return err
		}
		given[name] = t
	}
	for _, p := range r.module.Inputs {
		if isDrawn(p) && v.Seed != nil {
			continue
		}
		if a := p.Node.Attr.(*ir.InputAttr); a.Default == nil && given[p.Name] == nil {
			f := wrong(codeBadInput, "input %s : %s is not given", p.Name, p.Type())
			if isDrawn(p) {
				return f.help("it is a random draw: draw it with --seed N, or give it with --input %s=FILE", p.Name)
			}
			if _, err := r.speaks(); err == nil {
				return f.help("give text with -p, ids with --tokens, or --input %s=FILE", p.Name)
			}
			return f.help("give it with --input %s=FILE", p.Name)
		}
	}
	return v.evaluate(s, r, given)
}

// readArray reads an input from a file by its extension and gives it the axes of the input's type.
func readArray(file, name string, t ir.Type) (*eval.Tensor, error) {
	want := inputs.Want{Name: name, Axes: len(t.Axes)}
	if len(t.Axes) == 3 {
		want.Channels, _ = t.Axes[0].Size.Int()
	}
	a, err := inputs.Read(file, want)
	var bad *inputs.Error
	switch {
	case errors.As(err, &bad) && bad.Fault == inputs.BadImage:
		return nil, unreadable(codeBadImage, "%s", bad.Msg)
	case errors.As(err, &bad):
		return nil, usage("--input %s=%s: %s", name, file, bad.Msg)
	case err != nil:
		return nil, err
	}
	return labelled(a, file, name, t)
}

// labelled gives an array the labels of the type in their order, with a batch in front if there is one axis more.
func labelled(a inputs.Array, file, name string, t ir.Type) (*eval.Tensor, error) {
	labels := t.Labels()
	if len(a.Shape) == len(labels)+1 {
		labels = append([]string{eval.Batch}, labels...)
	}
	if len(a.Shape) != len(labels) {
		return nil, wrong(codeBadInput, "input %s : %s has %d axes, %s has shape %v",
			name, t, len(t.Axes), file, a.Shape).help("its axes in order, or these behind a batch")
	}
	out := &eval.Tensor{Kind: t.Kind, Data: a.Data}
	for i, l := range labels {
		out.Axes = append(out.Axes, eval.Axis{Label: l, Size: int(a.Shape[i])})
	}
	return out, nil
}

// evaluate runs the model once and writes what the flags ask for.
func (v *runVerb) evaluate(s *session, r *runnable, given arrays) error {
	var tr *trace
	if v.Trace != "" {
		tr = &trace{}
	}
	res, err := r.backend.whole(s, r, given, tr)
	if err != nil {
		return r.about(s.ctx, err)
	}
	s.enter("writing")
	if tr != nil {
		if tr.full {
			return wrong(codeTraceLimit, "the named intermediates have more than %d bytes", int64(maxTrace))
		}
		if err := checkpoint.Write(v.Trace, tr.tensors, map[string]string{"model": r.module.Name}); err != nil {
			return err
		}
	}
	if v.Output != "" {
		return checkpoint.Write(v.Output, res.stored(r.module), map[string]string{"model": r.module.Name})
	}
	if tr != nil {
		return nil
	}
	return printOutputs(s, r.module, res)
}

// computed are the outputs of a run. Single ones are float32, held as float64.
type computed struct {
	outputs arrays
	single  bool
}

// stored are the outputs as tensors of a file.
func (c *computed) stored(m *ir.Module) []checkpoint.Named {
	var out []checkpoint.Named
	for _, p := range m.Outputs {
		t := named(p.Name, c.outputs[p.Name])
		if c.single {
			t.Float32, t.Float64 = narrowed(t.Float64), nil
		}
		out = append(out, t)
	}
	return out
}

func narrowed(data []float64) []float32 {
	out := make([]float32, len(data))
	for i, x := range data {
		out[i] = float32(x)
	}
	return out
}

func named(name string, t *eval.Tensor) checkpoint.Named {
	out := checkpoint.Named{Name: name, Shape: []int64{}, Float64: t.Data}
	for _, a := range t.Axes {
		out.Shape = append(out.Shape, int64(a.Size))
	}
	return out
}

// trace collects named intermediates. The tensors are not to be written to and stay as they are, so they
// are kept without a copy.
type trace struct {
	tensors []checkpoint.Named
	times   map[string]int
	bytes   int64
	full    bool
}

const maxTrace = 4 << 30

func (tr *trace) add(scope, name string, t *eval.Tensor) {
	tr.bytes += 8 * int64(len(t.Data))
	if tr.full = tr.full || tr.bytes > maxTrace; tr.full {
		tr.tensors = nil
		return
	}
	key := name
	if scope != "" {
		key = scope + "/" + name
	}
	if tr.times == nil {
		tr.times = map[string]int{}
	}
	if tr.times[key]++; tr.times[key] > 1 {
		key = fmt.Sprintf("%s#%d", key, tr.times[key])
	}
	tr.tensors = append(tr.tensors, named(key, t))
}
