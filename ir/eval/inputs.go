package eval

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"archc/ir"
)

// exact bounds the whole numbers that float64 holds exactly.
const exact = 1 << 53

// binding collects what the inputs say about the free dims: how large, and which input said so.
type binding struct {
	env  map[string]int64
	from map[string]string
}

// Bind gives what a run of a module starts from: every input, checked and in the order of its type, defaults and draws
// made, and the free dims, the batch under the label Batch where there is one. It is for whoever computes a module by
// other means and wants the same inputs.
func Bind(ctx context.Context, m *ir.Module, given map[string]*Tensor, opt Options) (map[string]*Tensor, map[string]int64, error) {
	r := newRun(ctx, opt)
	env, err := r.bind(m, given)
	return r.inputs, env, err
}

// bind checks the inputs against the module's, takes the free dims from their sizes and makes the defaults.
func (r *run) bind(m *ir.Module, given map[string]*Tensor) (map[string]int64, error) {
	b := &binding{map[string]int64{}, map[string]string{}}
	for _, name := range slices.Sorted(maps.Keys(r.opt.Dims)) {
		b.env[name], b.from[name] = r.opt.Dims[name], "the dims of the run"
	}
	r.inputs = map[string]*Tensor{}
	types := map[string]ir.Type{}
	var order []string
	for _, p := range m.Inputs {
		name := p.Node.Attr.(*ir.InputAttr).Name
		order = append(order, name)
		types[name] = p.Type()
		t := given[name]
		if t == nil {
			continue
		}
		ordered, err := r.accept(t, p.Type())
		if err == nil {
			err = b.learn(name, ordered, p.Type())
		}
		if err != nil {
			return nil, fmt.Errorf("input %s: %w", name, err)
		}
		r.inputs[name] = ordered
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, ok := types[name]; !ok {
			return nil, fmt.Errorf("no input is called %s; there are: %s", name, strings.Join(order, ", "))
		}
	}
	f := &frame{run: r, env: b.env}
	for _, p := range m.Inputs {
		if err := r.complete(f, p); err != nil {
			return nil, fmt.Errorf("input %s: %w", p.Node.Attr.(*ir.InputAttr).Name, err)
		}
	}
	return b.env, nil
}

// accept checks kind, labels and values, and puts the axes in the type's order, Batch in front.
func (r *run) accept(t *Tensor, want ir.Type) (*Tensor, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if t.Kind != want.Kind {
		return nil, fmt.Errorf("it is %s, its type %s", t, want)
	}
	labels := want.Labels()
	if t.Find(Batch) >= 0 {
		labels = append([]string{Batch}, labels...)
	}
	out, err := r.reorder(t, labels)
	if err != nil {
		return nil, fmt.Errorf("it is %s, its type %s", t, want)
	}
	for i, x := range out.Data {
		switch {
		case t.Kind == ir.Bool && x != 0 && x != 1:
			return nil, fmt.Errorf("%v at %s is no truth value", x, out.position(i))
		case t.Kind == ir.Int && (x != math.Trunc(x) || math.Abs(x) > exact):
			return nil, fmt.Errorf("%v at %s is no whole number below 2^53", x, out.position(i))
		}
	}
	return out, nil
}

// learn binds the dims whose size is one free name, and the batch.
func (b *binding) learn(name string, t *Tensor, want ir.Type) error {
	for _, a := range t.Axes {
		dim := Batch
		if a.Label != Batch {
			frees := want.Axes[want.Find(a.Label)].Size.Frees()
			if len(frees) != 1 || !want.Axes[want.Find(a.Label)].Size.Equal(ir.Free(frees[0])) {
				continue
			}
			dim = frees[0]
		}
		old, ok := b.env[dim]
		switch {
		case !ok:
			b.env[dim], b.from[dim] = int64(a.Size), "input "+name
		case old != int64(a.Size) && dim == Batch:
			return fmt.Errorf("the batch is %d here and %d in %s", a.Size, old, b.from[dim])
		case old != int64(a.Size):
			return fmt.Errorf("%s is %d here and %d in %s", dim, a.Size, old, b.from[dim])
		}
	}
	return nil
}

// complete checks the sizes that other dims determine, or makes the default of an input that is not given.
func (r *run) complete(f *frame, p ir.Port) error {
	a := p.Node.Attr.(*ir.InputAttr)
	axes, err := f.sized(p.Type().Axes)
	if t := r.inputs[a.Name]; t != nil {
		if err != nil {
			return err
		}
		if got := without(t.Axes, Batch); !slices.Equal(got, axes) {
			return fmt.Errorf("its shape is %s, not %s", shape(got), shape(axes))
		}
		return nil
	}
	if a.Draw != "" && r.opt.Seed != nil {
		if err == nil {
			r.inputs[a.Name], err = r.draw(f, a, axes)
		}
		return err
	}
	if a.Draw != "" {
		return fmt.Errorf("it is a random draw, %s: give it, or a seed", p.Type())
	}
	if a.Default == nil {
		return fmt.Errorf("it is required: %s", p.Type())
	}
	if err != nil {
		return err
	}
	r.inputs[a.Name], err = r.filled(p.Type().Kind, axes, *a.Default)
	return err
}
