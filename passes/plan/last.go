package plan

import (
	"slices"

	"archc/ir"
)

// LastRow is a module whose outputs with an axis of rows are given for the last row alone: what is only needed for the
// others is not computed. The module itself stays as it is.
func LastRow(m *ir.Module, axis string) *ir.Module {
	m = m.Clone()
	l := &last{axis: axis, made: map[ir.Value]ir.Value{}}
	region := l.Enter("body")
	for _, n := range m.Body.Nodes {
		l.own(n)
	}
	for i, o := range m.Outputs {
		if o.Type().Has(axis) && !isState(m, o.Name) {
			m.Outputs[i].Value = l.Must(ir.Pick, &ir.PickAttr{Label: axis, At: zero()}, l.row(o.Value))
		}
	}
	l.Leave()
	m.Body.Nodes = append(m.Body.Nodes, region.Nodes...)
	needed := map[*ir.Node]bool{}
	for _, o := range m.Outputs {
		needed[o.Node] = true
	}
	for i := len(m.Body.Nodes) - 1; i >= 0; i-- {
		n := m.Body.Nodes[i]
		if !needed[n] && n.Op != ir.Input {
			continue
		}
		needed[n] = true
		for _, a := range n.Args {
			needed[a.Node] = true
		}
		for _, r := range n.Regions {
			r.Walk(func(x *ir.Node, _ int) {
				for _, a := range x.Args {
					needed[a.Node] = true
				}
			})
			for _, v := range r.Results {
				needed[v.Node] = true
			}
		}
	}
	m.Body.Nodes = slices.DeleteFunc(m.Body.Nodes, func(n *ir.Node) bool { return !needed[n] })
	return m
}

// isState reports whether an output is the next value of an input.
func isState(m *ir.Module, output string) bool {
	return slices.ContainsFunc(m.Inputs, func(p ir.Port) bool { return ir.NextName(p.Name) == output })
}

type last struct {
	ir.Builder
	axis string
	body map[*ir.Node]bool
	made map[ir.Value]ir.Value
}

func (l *last) own(n *ir.Node) {
	if l.body == nil {
		l.body = map[*ir.Node]bool{}
	}
	l.body[n] = true
}

// row is the last row of a value, its axis with one element: so every op is planned as it is for many rows, and adds in
// the same order.
func (l *last) row(v ir.Value) ir.Value {
	t := v.Type()
	at := t.Find(l.axis)
	if at < 0 {
		return v
	}
	if r, ok := l.made[v]; ok {
		return r
	}
	n := v.Node
	l.Src, l.Scope = n.Src, n.Scope
	var r ir.Value
	if l.body[n] && l.through(n) {
		args := make([]ir.Value, len(n.Args))
		for i, a := range n.Args {
			args[i] = l.row(a)
		}
		l.Src, l.Scope = n.Src, n.Scope
		r = l.Must(n.Op, n.Attr, args...)
		r.Node.Name = n.Name
	} else {
		into := ir.Axis{Label: l.axis, Size: one()}
		r = l.Must(ir.Slice, &ir.SliceAttr{Label: l.axis, Start: t.Axes[at].Size.Sub(one()), Into: into}, v)
	}
	l.made[v] = r
	return r
}

// through reports whether a node computes each row of the axis from the same row of its arguments.
func (l *last) through(n *ir.Node) bool {
	switch a := n.Attr.(type) {
	case *ir.MapAttr, *ir.KindAttr:
		return true
	case *ir.SumAttr:
		return n.Op == ir.Contract && !slices.Contains(a.Labels, l.axis)
	case *ir.ReduceAttr:
		return !a.Prefix && !slices.Contains(a.Labels, l.axis)
	case *ir.RenameAttr:
		return a.From != l.axis && a.To != l.axis
	case *ir.SplitAttr:
		return a.Label != l.axis
	case *ir.MergeAttr:
		return !slices.Contains(a.Labels, l.axis)
	}
	return n.Op == ir.Stop
}
