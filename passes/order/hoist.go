package order

import (
	"slices"

	"archc/ir"
)

// side says what a value in a score depends on.
type side int

const (
	ofQuery side = 1 << iota
	ofKey
	ofPair // on which keys are admitted, or on something that cannot be computed outside
)

const ofBoth = ofQuery | ofKey

// hoist computes outside, once for each query or each key, what the score computes for each pair though it depends on
// one of them alone.
func (a *attention) hoist() {
	h := &hoister{attention: a, sides: map[*ir.Node]side{}, moved: map[ir.Value]ir.Value{}}
	for i, p := range a.score().Params {
		h.sides[p] = ofQuery
		if i == 1 || i >= 2+a.attr().Queries {
			h.sides[p] = ofKey
		}
	}
	for _, n := range a.score().Nodes {
		h.sides[n] = h.side(n)
	}
	s := a.sketch(a.n)
	for _, n := range slices.Clone(a.score().Nodes) {
		if len(n.Outs) == 1 && h.leaves(n) {
			h.take(s, ir.Value{Node: n})
		}
	}
	s.insert(a.n, false)
	a.settle()
}

type hoister struct {
	*attention
	sides map[*ir.Node]side
	moved map[ir.Value]ir.Value // in the score: outside
}

func (h *hoister) side(n *ir.Node) side {
	var s side
	for _, v := range n.Args {
		s |= h.sides[v.Node] // values from outside depend on neither
	}
	if len(n.Regions) > 0 || !h.movable(n) {
		s |= ofPair
	}
	return s
}

// movable reports whether a node means the same with all keys in the place of those that are admitted. What sums,
// counts or cuts along the key axis does not, and a look-up may fail for a key that no row admits.
func (h *hoister) movable(n *ir.Node) bool {
	key := h.attr().Key
	switch at := n.Attr.(type) {
	case *ir.AxisAttr:
		return n.Op == ir.Stack || at.Axis.Label != key
	case *ir.SizeAttr:
		return !slices.Contains(at.Size.Frees(), key)
	case *ir.SumAttr:
		return n.Op == ir.Transpose || !slices.Contains(at.Labels, key)
	case *ir.ReduceAttr:
		return !slices.Contains(at.Labels, key)
	case *ir.LabelAttr:
		return n.Op == ir.Gather && h.atPosition(n)
	case nil, *ir.MapAttr, *ir.KindAttr, *ir.ConstAttr:
		return true
	case *ir.RenameAttr:
		return at.From != key
	case *ir.SplitAttr:
		return at.Label != key
	case *ir.MergeAttr:
		return !slices.Contains(at.Labels, key)
	case *ir.SliceAttr:
		return at.Label != key
	case *ir.PickAttr:
		return at.Label != key
	case *ir.ConcatAttr:
		return !slices.Contains(at.Labels, key)
	}
	return false
}

// atPosition reports whether a look-up is that of a value from outside at the row's or the key's own place.
func (h *hoister) atPosition(n *ir.Node) bool {
	label, params := n.Attr.(*ir.LabelAttr).Label, h.score().Params
	at := n.Args[1].Node
	outer := h.home[n.Args[0].Node] != h.score()
	return outer && (label == h.attr().Query && at == params[0] || label == h.attr().Key && at == params[1])
}

// leaves reports whether a node is to be computed outside: it does work, or something before it does, and what uses it
// does not go outside too.
func (h *hoister) leaves(n *ir.Node) bool {
	s := h.sides[n]
	if s&ofPair != 0 || s == ofBoth || !h.works(n) {
		return false
	}
	if s == ofKey && grown(h.where.keys).Cmp(grown(h.where.pairs)) > 0 {
		return false // a window over fewer pairs than there are keys
	}
	for _, u := range h.users[ir.Value{Node: n}] {
		if u == nil || h.home[u] != h.score() || h.sides[u] != s {
			return true
		}
	}
	return false
}

// works reports whether a node, or one of the score before it, costs something.
func (h *hoister) works(n *ir.Node) bool {
	if h.home[n] != h.score() {
		return false
	}
	if n.Op.Cost != nil {
		return true
	}
	return slices.ContainsFunc(n.Args, func(v ir.Value) bool { return h.works(v.Node) })
}

// take moves a value and lets the score read it through an operand.
func (h *hoister) take(s *sketch, v ir.Value) {
	out := h.move(s, v)
	in := h.inside(out)
	back := h.sketch(v.Node)
	in = back.ordered(in, v.Type())
	h.replace(v, in, back.r.Nodes...)
	back.insert(v.Node, true)
}

// move makes the value outside.
func (h *hoister) move(s *sketch, v ir.Value) ir.Value {
	if out, ok := h.moved[v]; ok {
		return out
	}
	out := h.copied(s, v)
	h.moved[v] = out
	return out
}

func (h *hoister) copied(s *sketch, v ir.Value) ir.Value {
	n, score := v.Node, h.score()
	if h.home[n] != score {
		return v
	}
	if out, ok := h.outside(n); ok {
		return out
	}
	switch {
	case n == score.Params[0] && h.attr().Query == "":
		return s.b.Leaf(ir.Constant, &ir.ConstAttr{}, ir.Scalar(ir.Int))
	case n == score.Params[0]:
		return s.add(ir.Position, &ir.AxisAttr{Axis: ir.Axis{Label: h.attr().Query, Size: h.where.rows}})
	case n == score.Params[1]:
		return s.add(ir.Position, &ir.AxisAttr{Axis: ir.Axis{Label: h.attr().Key, Size: h.where.keys}})
	case n.Op == ir.Gather && h.atPosition(n):
		return n.Args[0]
	case n.Op.Attr != nil && len(n.Args) == 0 && n.Op.Infer != nil && (n.Op == ir.Constant || n.Op == ir.Param):
		return s.b.Leaf(n.Op, n.Attr, n.Outs[0])
	}
	args := make([]ir.Value, len(n.Args))
	for i, x := range n.Args {
		args[i] = h.move(s, x)
	}
	out := s.add(n.Op, n.Attr, args...)
	out.Node.Src, out.Node.Scope, out.Node.Name = n.Src, n.Scope, n.Name
	return out
}
