// Package reference runs the program that decoding derives in the float64 reference evaluation: the first pieces of
// every other backend's answers, and what they are compared with.
//
// It must not know the language, any model or block, or any other backend.
package reference

import (
	"context"
	"fmt"
	"math/big"

	"archc/ir"
	"archc/ir/eval"
	"archc/passes"
)

// Engine is a program ready to run; it keeps the parameters that it has read.
type Engine struct {
	program         *passes.Steps
	init, step, few *eval.Machine
}

// New prepares the parts of a program. The weights may be nil for a program without parameters.
func New(p *passes.Steps, w eval.Weights) (*Engine, error) {
	e := &Engine{program: p}
	var err error
	if e.init, err = eval.New(p.Init, w); err != nil {
		return nil, err
	}
	if e.step, err = eval.New(p.Step, w); err != nil {
		return nil, err
	}
	if e.few = e.step; p.Few != nil {
		e.few, err = eval.New(p.Few, w)
	}
	return e, err
}

// machine is the form that does less for so many new rows.
func (e *Engine) machine(rows int64) *eval.Machine {
	if p := e.program; p.Few != nil && new(big.Rat).SetInt64(rows).Cmp(p.Rows) < 0 {
		return e.few
	}
	return e.step
}

// rows is how many rows the inputs have, 0 when none has the decode axis.
func (e *Engine) rows(inputs map[string]*eval.Tensor) int64 {
	for _, x := range inputs {
		if at := x.Find(e.program.Axis); at >= 0 {
			return int64(x.Axes[at].Size)
		}
	}
	return 0
}

// Session is one sequence, or a batch of them, that is being computed piece by piece.
type Session struct {
	engine *Engine
	past   int64
	states map[string]*eval.Tensor
	// Outputs are those of the module that hang on no row.
	Outputs map[string]*eval.Tensor
}

// Start computes what does not change from the inputs that have no rows, and gives a session before its first row.
func (e *Engine) Start(ctx context.Context, inputs map[string]*eval.Tensor, opt eval.Options) (*Session, error) {
	s := &Session{engine: e, states: map[string]*eval.Tensor{}}
	res, err := e.init.Run(ctx, inputs, opt)
	if err != nil {
		return nil, err
	}
	for _, x := range e.program.States {
		if x.Start != "" {
			s.states[x.In] = res.Outputs[x.Start]
			delete(res.Outputs, x.Start)
			continue
		}
		if s.states[x.In], err = empty(x.Type, e.program.Past, res.Dims); err != nil {
			return nil, fmt.Errorf("state %s: %w", x.In, err)
		}
	}
	s.Outputs = res.Outputs
	return s, nil
}

// empty is a state before the first row: no rows where rows are kept, else zeros.
func empty(t ir.Type, past string, dims map[string]int64) (*eval.Tensor, error) {
	env := map[string]int64{past: 0}
	for k, v := range dims {
		env[k] = v
	}
	out := &eval.Tensor{Kind: t.Kind}
	n := int64(1)
	for _, a := range t.Axes {
		r, ok := a.Size.Eval(env)
		if !ok || !r.IsInt() || !r.Num().IsInt64() {
			return nil, fmt.Errorf("the size %s of axis %s is not known before the first row", a.Size, a.Label)
		}
		size := r.Num().Int64()
		out.Axes = append(out.Axes, eval.Axis{Label: a.Label, Size: int(size)})
		n *= size
	}
	out.Data = make([]float64, n)
	return out, nil
}

// Past is the number of rows so far.
func (s *Session) Past() int64 { return s.past }

// Step computes the next rows: inputs and outputs with rows have those alone. After an error the session is as before.
func (s *Session) Step(ctx context.Context, inputs map[string]*eval.Tensor, opt eval.Options) (*eval.Result, error) {
	all := map[string]*eval.Tensor{}
	for k, v := range s.states {
		all[k] = v
	}
	for k, v := range inputs {
		all[k] = v
	}
	p := s.engine.program
	opt.Dims = map[string]int64{p.Past: s.past}
	res, err := s.engine.machine(s.engine.rows(inputs)).Run(ctx, all, opt)
	if err != nil {
		return nil, err
	}
	next := map[string]*eval.Tensor{}
	for _, x := range p.States {
		if next[x.In] = s.states[x.In]; x.Next != "" {
			next[x.In] = res.Outputs[x.Next]
			delete(res.Outputs, x.Next)
		}
	}
	s.states, s.past = next, s.past+res.Dims[p.Axis]
	return res, nil
}
