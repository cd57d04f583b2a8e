package sparsity

import (
	"fmt"
	"maps"
	"slices"

	"archc/ir"
)

// expr is a mask as a scalar function of i and j: what it reads from tensors is resolved to the element it
// reads.
type expr struct {
	leaf byte    // 'i', 'j', 's' a size, 'n' a number, 'c' a cast of args[0], '?' what depends on data, 0 a function
	fn   *ir.Fn  // leaf 0
	size ir.Size // leaf 's'
	num  float64 // leaf 'n'
	kind ir.Kind
	args []*expr
}

// frees collects the free dims of all sizes.
func (e *expr) frees(names map[string]bool, seen map[*expr]bool) {
	if seen[e] {
		return
	}
	seen[e] = true
	for _, f := range e.size.Frees() {
		names[f] = true
	}
	for _, a := range e.args {
		a.frees(names, seen)
	}
}

// at puts sizes for free dims; the error names a dim that has none.
func (e *expr) at(env map[string]ir.Size, done map[*expr]*expr) (*expr, error) {
	if out := done[e]; out != nil {
		return out, nil
	}
	out := *e
	out.size = e.size.Substitute(env)
	if missing := out.size.Frees(); len(missing) > 0 {
		return nil, fmt.Errorf("in the mask: no size given for %s", missing[0])
	}
	out.args = make([]*expr, len(e.args))
	for i, a := range e.args {
		var err error
		if out.args[i], err = a.at(env, done); err != nil {
			return nil, err
		}
	}
	done[e] = &out
	return &out, nil
}

// maxExprs bounds a resolved mask: the same node read at many places becomes many expressions.
const maxExprs = 10_000

// resolver turns nodes into expressions, each value once for each place that it is read at.
type resolver struct {
	mask   *ir.Region
	key    string
	keys   ir.Size
	given  []string           // optional inputs that are given
	loops  map[*ir.Node]int64 // variables of loops around, with their numbers
	memo   map[string]*expr
	reason string // why the first thing that depends on data does
}

// resolve makes the expression of the mask at one element of its further axes. The error is about its length.
func (r *resolver) resolve(at map[string]int64) (*expr, error) {
	r.memo = map[string]*expr{}
	where := map[string]*expr{r.key: {leaf: 'j', kind: ir.Int}}
	for l, n := range at {
		where[l] = r.size(ir.Const(n))
	}
	return r.at(r.mask.Results[0], where)
}

// data is a value that is known when running alone.
func (r *resolver) data(kind ir.Kind, format string, args ...any) (*expr, error) {
	if r.reason == "" {
		r.reason = fmt.Sprintf(format, args...)
	}
	return &expr{leaf: '?', kind: kind}, nil
}

// size is a size as a number; the key axis has in a mask the size of all keys.
func (r *resolver) size(s ir.Size) *expr {
	return &expr{leaf: 's', size: s.Substitute(map[string]ir.Size{r.key: r.keys}), kind: ir.Int}
}

// at is the element of v at the given place along its axes; labels that v does not have are ignored.
func (r *resolver) at(v ir.Value, where map[string]*expr) (*expr, error) {
	own := map[string]*expr{}
	key := fmt.Sprintf("%p.%d", v.Node, v.Out)
	for _, l := range v.Type().Labels() {
		if e := where[l]; e != nil {
			own[l] = e
			key += fmt.Sprintf(" %s=%p", l, e)
		}
	}
	if e := r.memo[key]; e != nil {
		return e, nil
	}
	e, err := r.make(v, own)
	if err != nil {
		return nil, err
	}
	if len(r.memo) == maxExprs {
		return nil, fmt.Errorf("the mask is longer than %d steps", maxExprs)
	}
	r.memo[key] = e
	return e, nil
}

// make is at without the memory: leaves here, views in view, functions in apply.
func (r *resolver) make(v ir.Value, where map[string]*expr) (*expr, error) {
	n, kind := v.Node, v.Type().Kind
	switch n.Op {
	case ir.Arg:
		switch n {
		case r.mask.Params[0]:
			return &expr{leaf: 'i', kind: ir.Int}, nil
		case r.mask.Params[1]:
			return r.along(where, r.key)
		}
		if l, ok := r.loops[n]; ok {
			return r.size(ir.Const(l)), nil
		}
		return r.data(kind, "the mask depends on what changes between runs of the region around (%q)", n.Name)
	case ir.Constant:
		return &expr{leaf: 'n', num: n.Attr.(*ir.ConstAttr).Value, kind: kind}, nil
	case ir.Extent:
		return r.size(n.Attr.(*ir.SizeAttr).Size), nil
	case ir.Input:
		a := n.Attr.(*ir.InputAttr)
		if a.Default == nil || slices.Contains(r.given, a.Name) {
			return r.data(kind, "the mask depends on the input %s", a.Name)
		}
		return &expr{leaf: 'n', num: *a.Default, kind: kind}, nil
	case ir.Param:
		return r.data(kind, "the mask depends on the stored tensor %s", n.Attr.(*ir.ParamAttr).Key)
	case ir.Position:
		return r.along(where, n.Attr.(*ir.AxisAttr).Axis.Label)
	case ir.Map, ir.Cast:
		return r.apply(n, where)
	}
	return r.view(n, v.Out, where)
}

// along is the place along an axis.
func (r *resolver) along(where map[string]*expr, label string) (*expr, error) {
	if e := where[label]; e != nil {
		return e, nil
	}
	return r.data(ir.Int, "the mask counts along %s, at no known place", label)
}

func (r *resolver) apply(n *ir.Node, where map[string]*expr) (*expr, error) {
	e := &expr{kind: n.Outs[0].Kind}
	for _, v := range n.Args {
		a, err := r.at(v, where)
		if err != nil {
			return nil, err
		}
		e.args = append(e.args, a)
	}
	if n.Op == ir.Map {
		e.fn = n.Attr.(*ir.MapAttr).Fn
		return e, nil
	}
	e.leaf = 'c'
	return e, nil
}

// view resolves ops that only choose which element of an argument is read.
func (r *resolver) view(n *ir.Node, out int, where map[string]*expr) (*expr, error) {
	inner := maps.Clone(where)
	switch n.Op {
	case ir.Gather:
		index, err := r.at(n.Args[1], where)
		if err != nil {
			return nil, err
		}
		inner[n.Attr.(*ir.LabelAttr).Label] = index
	case ir.Rename:
		a := n.Attr.(*ir.RenameAttr)
		delete(inner, a.To)
		inner[a.From] = where[a.To]
	case ir.Slice:
		a := n.Attr.(*ir.SliceAttr)
		delete(inner, a.Into.Label)
		if x := where[a.Into.Label]; x != nil {
			inner[a.Label] = &expr{fn: ir.FnNamed("add"), kind: ir.Int, args: []*expr{r.size(a.Start), x}}
		}
	case ir.Pick:
		a := n.Attr.(*ir.PickAttr)
		inner[a.Label] = r.size(a.At)
	case ir.Transpose, ir.Stop:
	case ir.Reverse:
		l := n.Attr.(*ir.LabelAttr).Label
		if x := where[l]; x != nil {
			t := n.Args[0].Type()
			last := r.size(t.Axes[t.Find(l)].Size.Sub(ir.Const(1)))
			inner[l] = &expr{fn: ir.FnNamed("sub"), kind: ir.Int, args: []*expr{last, x}}
		}
	default:
		return r.data(n.Outs[out].Kind, "the mask uses %s", n.Op.Name)
	}
	return r.at(n.Args[0], inner)
}
