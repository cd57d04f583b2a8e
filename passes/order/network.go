package order

import (
	"slices"

	"archc/ir"
)

// network is a value as one sum of products: over the labels of sum, the product of the factors. Numbers that scale it
// stand apart.
type network struct {
	factors []ir.Value
	sum     []string
	scales  []scale
	// groups are the contractions that it was written as, each the sets of factors that it multiplies: what the
	// network costs before anything is changed.
	groups [][]set
}

// scale multiplies by a number, or divides.
type scale struct {
	fn string // mul, div, neg
	by *ir.Node
}

// set is a set of factors, a bit for each.
type set uint64

// on applies the scale to a value.
func (c scale) on(s *sketch, v ir.Value) ir.Value {
	if c.fn == "neg" {
		return s.fn("neg", v)
	}
	return s.fn(c.fn, v, s.b.Leaf(ir.Constant, c.by.Attr, c.by.Outs[0]))
}

func leaf(v ir.Value) network { return network{factors: []ir.Value{v}} }

func (n network) all() set { return 1<<len(n.factors) - 1 }

func (n network) isLeaf() bool { return len(n.factors) == 1 && len(n.sum) == 0 && len(n.scales) == 0 }

// maxFactors bounds a network: its trees are all looked at.
const maxFactors = 8

// expander writes values as networks. The views between a sum and its use move to the factors, as new nodes in s.
type expander struct {
	*sketch
	region *ir.Region // where nodes are looked into
	limit  func(v ir.Value, n network) bool
}

// expand looks into a value: as far as its contractions stand in the region and nobody else needs what they give. The
// root is looked into whoever uses it.
func (x *expander) expand(v ir.Value, root bool) network {
	if x.e.home[v.Node] != x.region || !root && !x.owned(v) {
		return leaf(v)
	}
	n := x.look(v)
	if len(n.factors) > maxFactors || n.isLeaf() || x.limit != nil && !x.limit(v, n) {
		return leaf(v)
	}
	return n
}

func (x *expander) look(v ir.Value) network {
	n := v.Node
	switch n.Op {
	case ir.Contract:
		return x.product(n)
	case ir.Map:
		return x.scaled(v)
	case ir.Transpose:
		return x.expand(n.Args[0], false)
	case ir.Rename, ir.Slice, ir.Pick, ir.Split, ir.Merge:
		in := x.expand(n.Args[0], false)
		if in.isLeaf() {
			return leaf(v)
		}
		return x.view(v, in)
	}
	return leaf(v)
}

// owned reports whether nobody else needs the value: one node uses it, or several that each take a slice of their own.
func (x *expander) owned(v ir.Value) bool {
	users := x.e.users[v]
	if len(users) <= 1 {
		return true
	}
	var parts ir.Size
	label := ""
	for _, u := range users {
		if u == nil || u.Op != ir.Slice {
			return false
		}
		a := u.Attr.(*ir.SliceAttr)
		if label == "" {
			label = a.Label
		}
		if a.Label != label {
			return false
		}
		parts = parts.Add(a.Into.Size)
	}
	t := v.Type()
	rest, number := t.Axes[t.Find(label)].Size.Sub(parts).Rat()
	return number && rest.Sign() >= 0
}

// product joins the networks of a contraction's arguments.
func (x *expander) product(n *ir.Node) network {
	var out network
	group := []set{}
	taken := map[string]bool{}
	for _, v := range n.Args {
		for _, l := range v.Type().Labels() {
			taken[l] = true
		}
	}
	for _, v := range n.Args {
		in := x.apart(x.expand(v, false), taken)
		if len(out.factors)+len(in.factors) > maxFactors {
			in = leaf(v)
		}
		at := len(out.factors)
		for _, g := range in.groups {
			moved := make([]set, len(g))
			for i, s := range g {
				moved[i] = s << at
			}
			out.groups = append(out.groups, moved)
		}
		group = append(group, in.all()<<at)
		out.factors = append(out.factors, in.factors...)
		out.sum = append(out.sum, in.sum...)
		out.scales = append(out.scales, in.scales...)
		for _, l := range in.sum {
			taken[l] = true
		}
	}
	out.groups = append(out.groups, group)
	out.sum = append(out.sum, n.Attr.(*ir.SumAttr).Labels...)
	return out
}

// apart gives the labels that a network sums over other names where they are taken: they are bound inside.
func (x *expander) apart(n network, taken map[string]bool) network {
	for i, l := range n.sum {
		if !taken[l] {
			continue
		}
		to := x.e.fresh(l)
		n.sum = slices.Clone(n.sum)
		n.sum[i] = to
		n.factors = slices.Clone(n.factors)
		for k, f := range n.factors {
			if f.Type().Has(l) {
				n.factors[k] = x.relabel(f, l, to)
			}
		}
	}
	return n
}

// scaled looks through a multiplication by a number.
func (x *expander) scaled(v ir.Value) network {
	n := v.Node
	fn := n.Attr.(*ir.MapAttr).Fn.Name
	switch {
	case fn == "neg":
		return x.times(v, n.Args[0], scale{fn: "neg"})
	case (fn == "mul" || fn == "div") && x.number(n.Args[1]):
		return x.times(v, n.Args[0], scale{fn, n.Args[1].Node})
	case fn == "mul" && x.number(n.Args[0]):
		return x.times(v, n.Args[1], scale{fn, n.Args[0].Node})
	}
	return leaf(v)
}

func (x *expander) times(v, of ir.Value, by scale) network {
	in := x.expand(of, false)
	if in.isLeaf() || v.Type().Kind != ir.Real {
		return leaf(v)
	}
	in.scales = append(slices.Clone(in.scales), by)
	return in
}

// number reports whether a value is one number, the same in every pass.
func (x *expander) number(v ir.Value) bool {
	return v.Node.Op == ir.Constant && v.Type().Kind != ir.Bool
}

// view moves a view to the factors that have its label.
func (x *expander) view(v ir.Value, in network) network {
	n := v.Node
	taken := map[string]bool{}
	for _, l := range v.Type().Labels() {
		taken[l] = true
	}
	in = x.apart(in, taken)
	labels := ir.Along(n)
	in.factors = slices.Clone(in.factors)
	for i, f := range in.factors {
		has := 0
		for _, l := range labels {
			if f.Type().Has(l) {
				has++
			}
		}
		switch has {
		case 0:
		case len(labels):
			in.factors[i] = x.add(n.Op, n.Attr, f)
		default:
			return leaf(v) // a merge of axes that come from several factors
		}
	}
	return in
}
