package eval

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"archc/ir"
)

// frame is one execution of a region. Values of the regions around it are seen through parent.
type frame struct {
	run    *run
	parent *frame
	vals   map[*ir.Node][]*Tensor
	env    map[string]int64 // free dims and variables of loops
	fixed  map[string]int   // axes along which an attend is at one element: no value in here has them
	quiet  bool             // in a region of an attend: no traces
	apart  bool             // the body of an experts, where nothing from outside may have a batch
	held   int64            // estimated bytes of the values of this frame's nodes
}

// inside opens a frame for a region of a node of f, with one more number in its environment.
func (f *frame) inside(name string, number int64) *frame {
	env := maps.Clone(f.env)
	env[name] = number
	vals := map[*ir.Node][]*Tensor{}
	return &frame{run: f.run, parent: f, vals: vals, env: env, fixed: f.fixed, quiet: f.quiet}
}

// region evaluates the nodes of r in order, drops what is not used again, and gives the results.
func (f *frame) region(r *ir.Region, args []*Tensor) ([]*Tensor, error) {
	if len(args) != len(r.Params) {
		return nil, fmt.Errorf("region %s has %d parameters, not %d", r.Name, len(r.Params), len(args))
	}
	for i, p := range r.Params {
		f.vals[p] = []*Tensor{args[i]}
	}
	drops := f.run.m.drops[r]
	for i, n := range r.Nodes {
		if err := f.exec(n); err != nil {
			return nil, f.at(n, err)
		}
		for _, d := range drops[i] {
			f.drop(d)
		}
	}
	out := make([]*Tensor, len(r.Results))
	for i, v := range r.Results {
		t, err := f.value(v)
		if err != nil {
			return nil, err
		}
		out[i] = t
	}
	f.run.live -= f.held
	f.held = 0
	return out, nil
}

func (f *frame) exec(n *ir.Node) error {
	j := &job{frame: f, run: f.run, node: n, work: f.run.workOf(n), args: make([]*Tensor, len(n.Args))}
	for i, v := range n.Args {
		t, err := f.value(v)
		if err != nil {
			return err
		}
		j.args[i] = t
	}
	outs, err := f.run.m.kernels[n.Op](j)
	if err != nil {
		return err
	}
	if len(outs) != len(n.Outs) {
		return fmt.Errorf("%d results, not %d", len(outs), len(n.Outs))
	}
	for i, t := range outs {
		if outs[i], err = f.run.elect(t, elect{fixed: f.fixed}); err != nil {
			return err
		}
		if err := f.conforms(n.Outs[i], outs[i]); err != nil {
			return err
		}
		f.trace(n, i, outs[i])
	}
	f.hold(n, outs)
	return nil
}

// hold keeps a node's results. Parameters are held by the machine.
func (f *frame) hold(n *ir.Node, outs []*Tensor) {
	f.vals[n] = outs
	f.account(n, outs, 1)
}

func (f *frame) drop(n *ir.Node) {
	f.account(n, f.vals[n], -1)
	delete(f.vals, n)
}

func (f *frame) account(n *ir.Node, outs []*Tensor, sign int64) {
	if n.Op == ir.Arg || n.Op == ir.Param {
		return
	}
	for _, t := range outs {
		f.held += sign * 8 * int64(len(t.Data))
		f.run.live += sign * 8 * int64(len(t.Data))
	}
}

// value looks a value up, outwards through the frames, and takes it at the elements that this frame is at.
func (f *frame) value(v ir.Value) (*Tensor, error) {
	if outs, ok := f.vals[v.Node]; ok {
		if v.Out >= len(outs) {
			return nil, fmt.Errorf("%s has no result %d", v.Node.Op.Name, v.Out)
		}
		return outs[v.Out], nil
	}
	if f.parent == nil {
		return nil, fmt.Errorf("a value of %s is used where it is not known", v.Node.Op.Name)
	}
	t, err := f.parent.value(v)
	if err != nil {
		return nil, err
	}
	if f.apart && t.Find(Batch) >= 0 {
		return nil, fmt.Errorf("a value of %s from outside the experts differs along the batch, and is no operand",
			v.Node.Op.Name)
	}
	return f.run.elect(t, elect{fixed: f.fixed})
}

// conforms compares a result with its type: kind, labels in order, and outside attend regions the sizes. So
// every run checks the type rules of the IR.
func (f *frame) conforms(t ir.Type, got *Tensor) error {
	axes := without(got.Axes, Batch)
	want := slices.DeleteFunc(t.Labels(), func(l string) bool { _, ok := f.fixed[l]; return ok })
	labels := (&Tensor{Axes: axes}).Labels()
	if t.Kind != got.Kind || !slices.Equal(labels, want) {
		return fmt.Errorf("the result is %s, its type %s", got, t)
	}
	if f.quiet {
		return nil
	}
	for i, a := range axes {
		size, err := f.size(t.Axes[i].Size)
		if err != nil {
			return err
		}
		if size != a.Size {
			return fmt.Errorf("axis %s of the result has size %d, its type says %d", a.Label, a.Size, size)
		}
	}
	return nil
}

// number evaluates a size; it may be negative where it is a value and not the size of an axis.
func (f *frame) number(s ir.Size) (int64, error) {
	if n, ok := s.Int(); ok {
		return n, nil
	}
	r, ok := s.Eval(f.env)
	if !ok {
		missing := slices.DeleteFunc(s.Frees(), func(l string) bool { _, ok := f.env[l]; return ok })
		return 0, fmt.Errorf("the size %s is not known: no input gives %s", s, strings.Join(missing, ", "))
	}
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0, fmt.Errorf("the size %s is %s, no whole number in range", s, r.RatString())
	}
	return r.Num().Int64(), nil
}

func (f *frame) size(s ir.Size) (int, error) {
	n, err := f.number(s)
	if err == nil && (n < 0 || n > 1<<48) {
		err = fmt.Errorf("the size %s is %d", s, n)
	}
	return int(n), err
}

// sized gives axes their numbers.
func (f *frame) sized(axes []ir.Axis) ([]Axis, error) {
	out := make([]Axis, len(axes))
	for i, a := range axes {
		n, err := f.size(a.Size)
		if err != nil {
			return nil, fmt.Errorf("axis %s: %w", a.Label, err)
		}
		out[i] = Axis{a.Label, n}
	}
	return out, nil
}

// scope is a node's scope with the repeats' numbers in it.
func (f *frame) scope(s string) string {
	if out, err := expand(s, f.env); err == nil {
		return out
	}
	return s
}

func (f *frame) trace(n *ir.Node, i int, t *Tensor) {
	if f.run.opt.Trace == nil || f.quiet || n.Name == "" {
		return
	}
	name := n.Name
	if i > 0 {
		name = fmt.Sprintf("%s.%d", name, i)
	}
	f.run.opt.Trace(f.scope(n.Scope), name, t)
}
