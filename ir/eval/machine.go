package eval

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"archc/ir"
)

// Machine evaluates one module. It keeps the parameters it has read, so that it can run many times; runs
// may overlap.
type Machine struct {
	module  *ir.Module
	weights Weights
	kernels map[*ir.Op]kernel
	drops   drops

	mu     sync.Mutex
	params map[paramKey]*Tensor
	held   atomic.Int64 // bytes of params
}

// Options are what one run may be asked for beside its outputs.
type Options struct {
	// Trace is called with every value that has a name in the program, when it is computed: scope is the
	// field path with the repeats' numbers in it, name the author's. The further results of a node are
	// name.1, name.2. Regions of an attend are not traced, nor are parameters of regions, which were traced
	// where they were made.
	Trace func(scope, name string, t *Tensor)
	// TraceAttend adds, for each attend that has a name or a scope, the full score and weights, [query,
	// heads, key]: -inf and 0 where the mask does not admit. They are named score and weights, behind
	// "name." when it has one.
	TraceAttend bool
	// Dims gives free dims that no input has. One that an input has too is what the input says, or an error.
	Dims map[string]int64
	// MaxElements refuses a tensor of more elements before it is allocated; 0 is 2^31.
	MaxElements int64
	// MaxBytes refuses an allocation that would bring an estimate of all live tensors over it; 0 is 8 GiB.
	// The estimate counts every value of the running regions, the read parameters, and a view as much as a
	// copy.
	MaxBytes int64
	// Round narrows every real number that a node computes: each value of a function, each product and each partial sum. So
	// the run is the plainest graph of a narrower type, op by op. nil keeps float64. Weights and inputs are rounded by
	// whoever gives them.
	Round func(float64) float64
	// Factors narrows what products are made of: each real factor of a contraction that sums products, an average over keys
	// among them. With a wider Round the run is the plainest graph on units that multiply narrow numbers and add in a wider
	// type, as tensor cores do. nil leaves factors as they are.
	Factors func(float64) float64
	// Seed makes the random draws that are not given, each a stated function of seed, name and element
	// (Drawn); nil refuses a run that needs them.
	Seed *uint64
}

// The limits that a zero Options stands for.
const (
	DefaultMaxElements = 1 << 31
	DefaultMaxBytes    = 8 << 30
)

// Result is what one run gives.
type Result struct {
	Outputs map[string]*Tensor // by the name of the port; axes in its order, Batch in front
	Counts  Counts
	Dims    map[string]int64 // the free dims, with the batch under the label Batch where there is one
}

// New prepares a module: it checks that every op has an evaluation and finds where values are used last.
// Parameters are read when a run comes to them; w may be nil for a module without.
func New(m *ir.Module, w Weights) (*Machine, error) {
	k := kernels()
	var err error
	m.Body.Walk(func(n *ir.Node, _ int) {
		if k[n.Op] == nil && err == nil {
			err = fmt.Errorf("eval: op %s has no evaluation", n.Op.Name)
		}
		if n.Op == ir.Param && w == nil && err == nil {
			err = fmt.Errorf("eval: %s needs weights, none are given", n.Attr.(*ir.ParamAttr).Key)
		}
	})
	if err != nil {
		return nil, err
	}
	return &Machine{module: m, weights: w, kernels: k, drops: liveness(m), params: map[paramKey]*Tensor{}}, nil
}

// Run evaluates the module on inputs by name. Free dims take the sizes that the inputs have; an input
// without a value takes its default, a full tensor without batch. Errors: inputs that do not fit, a
// NodeError for what goes wrong while running, and the context's own error, within 100 ms of its end.
func (m *Machine) Run(ctx context.Context, inputs map[string]*Tensor, opt Options) (*Result, error) {
	r := newRun(ctx, opt)
	r.m = m
	env, err := r.bind(m.module, inputs)
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	f := &frame{run: r, env: env, vals: map[*ir.Node][]*Tensor{}}
	if _, err := f.region(m.module.Body, nil); err != nil {
		return nil, err
	}
	res := &Result{Outputs: map[string]*Tensor{}, Counts: r.counts(), Dims: env}
	for _, p := range m.module.Outputs {
		t, err := f.value(p.Value)
		if err != nil {
			return nil, fmt.Errorf("eval: output %s: %w", p.Name, err)
		}
		res.Outputs[p.Name] = t
	}
	return res, nil
}

// run is the state of one Run.
type run struct {
	m      *Machine
	ctx    context.Context
	opt    Options
	inputs map[string]*Tensor
	work   map[*ir.Node]*Work
	live   int64 // estimated bytes of the values that are held, without parameters
	fuel   int   // elements until the next look at the context
}

func newRun(ctx context.Context, opt Options) *run {
	if opt.MaxElements == 0 {
		opt.MaxElements = DefaultMaxElements
	}
	if opt.MaxBytes == 0 {
		opt.MaxBytes = DefaultMaxBytes
	}
	return &run{ctx: ctx, opt: opt, work: map[*ir.Node]*Work{}}
}

// background serves the operations on tensors that run outside a Run.
func background() *run { return newRun(context.Background(), Options{}) }

// tick accounts for n elements of work and looks at the context every so often.
func (r *run) tick(n int) error {
	const often = 1 << 18 // a few milliseconds of the slowest scalar functions
	r.fuel -= n
	if r.fuel > 0 {
		return nil
	}
	r.fuel = often
	return r.ctx.Err()
}

// alloc makes a tensor of zeros, or says that it would be too large; nothing is allocated then.
func (r *run) alloc(kind ir.Kind, axes []Axis) (*Tensor, error) {
	n, err := r.affordable(axes)
	if err != nil {
		return nil, err
	}
	return &Tensor{kind, axes, make([]float64, n)}, nil
}

func (r *run) affordable(axes []Axis) (int64, error) {
	n, ok := elements(axes)
	if !ok || n > r.opt.MaxElements {
		return 0, fmt.Errorf("a tensor %s has more than %d elements", shape(axes), r.opt.MaxElements)
	}
	held := r.live
	if r.m != nil {
		held += r.m.held.Load()
	}
	if n > (r.opt.MaxBytes-held)/8 {
		return 0, fmt.Errorf("a tensor %s has %d elements of 8 bytes; with %d bytes held that is over the "+
			"limit of %d", shape(axes), n, held, r.opt.MaxBytes)
	}
	return n, nil
}

// NodeError says at which node an evaluation stopped.
type NodeError struct {
	Node  *ir.Node
	Scope string // with the repeats' numbers
	Err   error
}

// Error names the place in the program, the scope, the op, the value, and what is wrong.
func (e *NodeError) Error() string {
	s := e.Node.Op.Name
	if e.Node.Name != "" {
		s += " " + e.Node.Name
	}
	if e.Scope != "" {
		s += " in " + e.Scope
	}
	if at := e.Node.Src.String(); at != "" {
		s = at + ": " + s
	}
	return s + ": " + e.Err.Error()
}

// Unwrap gives what is wrong.
func (e *NodeError) Unwrap() error { return e.Err }

// at puts the innermost node's place on an error. The end of the context is no fault of a node.
func (f *frame) at(n *ir.Node, err error) error {
	var inner *NodeError
	if err == nil || errors.As(err, &inner) || f.run.ctx.Err() != nil {
		return err
	}
	return &NodeError{n, f.scope(n.Scope), err}
}
