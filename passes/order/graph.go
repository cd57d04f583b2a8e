package order

import (
	"fmt"
	"slices"

	"archc/ir"
	"archc/passes/simplify"
)

// editor changes a module in place and knows where its values stand and who uses them. What it knows is true until
// the next change of the graph; settle brings it up to date.
type editor struct {
	m      *ir.Module
	home   map[*ir.Node]*ir.Region
	users  map[ir.Value][]*ir.Node // a region that gives the value, or the module, is a user: nil
	labels map[string]bool
	fed    map[*ir.Node]bool      // depends on an input or on a parameter of a region
	pairs  map[*ir.Region]ir.Size // of attends, by their masks, which stay as they are: a formula takes long to find
}

func newEditor(m *ir.Module) *editor {
	e := &editor{m: m, pairs: map[*ir.Region]ir.Size{}}
	e.settle()
	return e
}

// settle removes what nobody uses any more, so that it is no user either, and looks at the whole module again.
func (e *editor) settle() {
	e.m, _ = simplify.Dead(e.m)
	e.home = map[*ir.Node]*ir.Region{}
	e.users = map[ir.Value][]*ir.Node{}
	e.labels = map[string]bool{}
	e.fed = map[*ir.Node]bool{}
	for _, d := range e.m.Dims {
		e.labels[d.Label] = true
	}
	e.region(e.m.Body)
	for _, o := range e.m.Outputs {
		e.users[o.Value] = append(e.users[o.Value], nil)
	}
}

func (e *editor) region(r *ir.Region) {
	for _, n := range slices.Concat(r.Params, r.Nodes) {
		e.know(n, r)
		for _, v := range n.Args {
			e.users[v] = append(e.users[v], n)
		}
		for _, inner := range n.Regions {
			e.region(inner)
			for _, v := range inner.Nodes {
				e.fed[n] = e.fed[n] || e.fed[v]
			}
		}
	}
	for _, v := range r.Results {
		e.users[v] = append(e.users[v], nil)
	}
}

// know takes a node into the tables.
func (e *editor) know(n *ir.Node, r *ir.Region) {
	e.home[n] = r
	e.fed[n] = n.Op == ir.Input || n.Op == ir.Arg
	for _, v := range n.Args {
		e.fed[n] = e.fed[n] || e.fed[v.Node]
	}
	for _, t := range n.Outs {
		for _, a := range t.Axes {
			e.labels[a.Label] = true
		}
	}
}

// fresh is a label that no value of the module has: label, then .2, .3, ... behind it.
func (e *editor) fresh(label string) string {
	for i := 2; ; i++ {
		l := fmt.Sprintf("%s.%d", label, i)
		if !e.labels[l] {
			e.labels[l] = true
			return l
		}
	}
}

// replace puts a value in the place of another everywhere but at the nodes given.
func (e *editor) replace(old, by ir.Value, except ...*ir.Node) {
	swap := func(vs []ir.Value) {
		for i, v := range vs {
			if v == old {
				vs[i] = by
			}
		}
	}
	e.m.Body.Walk(func(n *ir.Node, _ int) {
		if !slices.Contains(except, n) {
			swap(n.Args)
		}
		for _, r := range n.Regions {
			swap(r.Results)
		}
	})
	swap(e.m.Body.Results)
	for i, o := range e.m.Outputs {
		if o.Value == old {
			e.m.Outputs[i].Value = by
		}
	}
}

// sketch collects new nodes that are then put beside a node of the module.
type sketch struct {
	e *editor
	b *ir.Builder
	r *ir.Region
}

// sketch begins nodes that stand for the work of n: they have its source and scope.
func (e *editor) sketch(n *ir.Node) *sketch {
	s := &sketch{e: e, b: &ir.Builder{Src: n.Src, Scope: n.Scope}}
	s.r = s.b.Enter("sketch")
	return s
}

// bug is a broken type rule of a node that this package makes.
type bug struct{ err error }

// add makes a node.
func (s *sketch) add(op *ir.Op, attr ir.Attr, args ...ir.Value) ir.Value {
	n, err := s.b.Add(op, attr, args)
	if err != nil {
		panic(bug{err})
	}
	s.e.know(n, s.r)
	return ir.Value{Node: n}
}

// insert puts the nodes in front of a node, or behind it.
func (s *sketch) insert(at *ir.Node, behind bool) {
	r := s.e.home[at]
	i := slices.Index(r.Nodes, at)
	if behind {
		i++
	}
	r.Nodes = slices.Insert(r.Nodes, i, s.r.Nodes...)
	for _, n := range s.r.Nodes {
		s.e.home[n] = r
	}
}

// ordered gives the value the axes of a type in their order.
func (s *sketch) ordered(v ir.Value, want ir.Type) ir.Value {
	if slices.Equal(v.Type().Labels(), want.Labels()) {
		return v
	}
	return s.add(ir.Transpose, &ir.SumAttr{Labels: want.Labels()}, v)
}

// relabel gives an axis another label.
func (s *sketch) relabel(v ir.Value, from, to string) ir.Value {
	return s.add(ir.Rename, &ir.RenameAttr{From: from, To: to}, v)
}

// fn applies a scalar function.
func (s *sketch) fn(name string, args ...ir.Value) ir.Value {
	return s.add(ir.Map, &ir.MapAttr{Fn: ir.FnNamed(name)}, args...)
}

// total sums a value over labels.
func (s *sketch) total(v ir.Value, labels []string) ir.Value {
	if len(labels) == 0 {
		return v
	}
	return s.add(ir.Reduce, &ir.ReduceAttr{Fn: "sum", Labels: labels}, v)
}
