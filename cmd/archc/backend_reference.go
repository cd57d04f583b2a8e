package main

import (
	"context"

	"archc/backends/reference"
	"archc/ir/eval"
)

// floats64 is the reference evaluation.
type floats64 struct{}

func (*floats64) single() bool { return false }
func (*floats64) close()       {}

// bound are the weights, which have been looked through for numbers that are none.
func (*floats64) bound(s *session, r *runnable) (eval.Weights, error) {
	if r.weights == nil {
		return nil, nil
	}
	if r.finite {
		if err := r.weights.allFinite(s); err != nil {
			return nil, err
		}
	}
	return r.weights, nil
}

func (b *floats64) whole(s *session, r *runnable, inputs arrays, tr *trace) (*computed, error) {
	w, err := b.bound(s, r)
	if err != nil {
		return nil, err
	}
	s.enter("computing")
	machine, err := eval.New(r.module, w)
	if err != nil {
		return nil, err
	}
	opt := eval.Options{MaxBytes: r.limit, Seed: r.seed}
	if tr != nil {
		opt.Trace, opt.TraceAttend = tr.add, true
	}
	res, err := machine.Run(s.ctx, inputs, opt)
	if err != nil {
		return nil, err
	}
	return &computed{outputs: res.Outputs}, nil
}

func (b *floats64) decode(s *session, r *runnable, d *decoding) (decoder, error) {
	w, err := b.bound(s, r)
	if err != nil {
		return nil, err
	}
	engine, err := reference.New(d.steps, w)
	if err != nil {
		return nil, err
	}
	opt := eval.Options{MaxBytes: r.limit}
	session, err := engine.Start(s.ctx, d.before(), opt)
	return &floats64Decoder{d, session, opt}, err
}

type floats64Decoder struct {
	*decoding
	session *reference.Session
	opt     eval.Options
}

func (d *floats64Decoder) past() int { return int(d.session.Past()) }

func (d *floats64Decoder) scores(ctx context.Context, rows *eval.Tensor) ([]float64, error) {
	res, err := d.session.Step(ctx, d.with(rows, d.past()), d.opt)
	if err != nil {
		return nil, err
	}
	return lastRow(res.Outputs[d.output]), nil
}

// lastRow is a tensor's last vector along its last axis.
func lastRow(t *eval.Tensor) []float64 {
	return t.Data[len(t.Data)-t.Axes[len(t.Axes)-1].Size:]
}
