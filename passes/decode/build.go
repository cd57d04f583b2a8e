package decode

import (
	"fmt"
	"slices"

	"archc/ir"
	"archc/ir/diag"
)

// builder writes one of the two programs. What a value of the module is in it is asked for, from the outputs back to
// the inputs, with the rows that are wanted of it.
type builder struct {
	*deriver
	root   *place
	places map[*ir.Region]*place
	made   map[request]ir.Value
	first  *builder // of Init, in the builder of Step; nil in Init's own
	states []State
	outs   []ir.Port
	names  map[string]bool
	same   map[ir.Value]ir.Value // parameters that are a value around their loop in every run
	// pending ends the loops of Init that give constants for each run; they are open until all are known.
	pending []func()
}

type request struct {
	v    ir.Value
	rows string
}

// refusal ends a derivation: the module is right, and no step is known for it.
type refusal struct{ d *diag.Diagnostic }

func (d *deriver) refuse(n *ir.Node, format string, args ...any) {
	panic(refusal{d.refusal(n, format, args...)})
}

func (d *deriver) refusal(n *ir.Node, format string, args ...any) *diag.Diagnostic {
	return diag.New(diag.NotDecodable, n.Src, "%s cannot be computed token by token: %s", d.module.Name, fmt.Sprintf(format, args...))
}

func (d *deriver) newBuilder() *builder {
	b := &builder{deriver: d, places: map[*ir.Region]*place{}, made: map[request]ir.Value{}, names: map[string]bool{},
		same: map[ir.Value]ir.Value{}}
	b.root = newPlace(nil, "")
	b.places[d.module.Body] = b.root
	return b
}

// build writes both programs.
func (d *deriver) build() (out *Program, fault *diag.Diagnostic) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case refusal:
			out, fault = nil, r.d
		default:
			panic(r)
		}
	}()
	step := d.newBuilder()
	step.first = d.newBuilder()
	for _, p := range slices.Concat(d.module.Inputs, d.module.Outputs) {
		if d.of(p.Value).on != onStatic || p.Node.Op != ir.Input {
			step.names[p.Name] = true
		}
	}
	for _, in := range d.module.Inputs { // also those that nothing reads
		if d.of(in.Value).on == onTime {
			step.get(in.Value, nil)
		} else {
			step.first.get(in.Value, nil)
		}
	}
	var outs []ir.Port
	for _, o := range d.module.Outputs {
		for _, a := range o.Type().Axes {
			if c, ok := d.along(a.Size); d.mentions(a.Size) && (!ok || c != 0) {
				d.refuse(o.Node, "the output %s has %s rows, the sequence %s", o.Name, a.Size, d.axis)
			}
		}
		if x := d.of(o.Value); x.on != onTime && x.total == nil && len(d.timed(o.Type())) == 0 {
			v := step.first.ordered(o.Node, o.Value, nil)
			step.first.outs = append(step.first.outs, ir.Port{Name: o.Name, Value: v})
			continue
		}
		v := step.ordered(o.Node, o.Value, nil)
		outs = append(outs, ir.Port{Name: o.Name, Value: v})
	}
	step.outs = append(outs, step.outs...)
	step.first.close()
	return &Program{
		Axis: d.axis, Past: d.past, States: step.states, Init: step.first.program(" start"), Step: step.program(" step"),
	}, nil
}

// program is what has been written as a module.
func (b *builder) program(suffix string) *ir.Module {
	m := &ir.Module{Name: b.module.Name + suffix, Body: b.root.region, Outputs: b.outs}
	m.Dims = b.dims(m.Body)
	for _, n := range b.root.region.Nodes {
		if n.Op == ir.Input {
			m.Inputs = append(m.Inputs, ir.Port{Name: n.Attr.(*ir.InputAttr).Name, Value: ir.Value{Node: n}})
		}
	}
	for _, o := range b.outs {
		m.Body.Results = append(m.Body.Results, o.Value)
	}
	return m
}

// dims are the rows of the module's table whose labels the program still has.
func (b *builder) dims(r *ir.Region) []ir.Dim {
	labels := map[string]bool{}
	r.Walk(func(n *ir.Node, _ int) {
		for _, t := range n.Outs {
			for _, a := range t.Axes {
				labels[a.Label] = true
			}
		}
	})
	var out []ir.Dim
	for _, x := range b.module.Dims {
		if b.mentions(x.Size) || !labels[x.Label] {
			continue
		}
		if slices.ContainsFunc(x.Factors, func(f string) bool { return !labels[f] }) {
			x.Factors = nil
		}
		out = append(out, x)
	}
	return out
}

// get is a value of the module in the program, with the wanted rows.
func (b *builder) get(v ir.Value, w wanted) ir.Value {
	if x, ok := b.same[v]; ok {
		return b.get(x, w)
	}
	w = w.of(b.deriver, v.Type())
	key := request{v, w.key()}
	if got, ok := b.made[key]; ok {
		return got
	}
	var out ir.Value
	x := b.deriver.of(v)
	switch label, e := b.beyond(v, w); {
	case b.first != nil && x.on == onStatic && x.total == nil && len(w) == 0:
		out = b.constant(v)
	case e.span == all && (b.kept[point{v, label}] || x.on == onTime && loops(v.Node)):
		out = b.cached(v, label, w)
	case e.span == tail && (b.kept[point{v, label}] || x.on == onTime && loops(v.Node)):
		out = b.tailOf(v, label, e, w)
	case e.span == recent && x.on == onTime:
		out = b.ring(v, label, e.back, w)
	default:
		out = b.make(v, w)
	}
	b.made[key] = out
	return out
}

// beyond finds an axis of which more than the new rows are wanted.
func (b *builder) beyond(v ir.Value, w wanted) (string, extent) {
	for _, a := range v.Type().Axes {
		if e := w[a.Label]; e.span != fresh {
			return a.Label, e
		}
	}
	return "", extent{}
}

func loops(n *ir.Node) bool { return len(n.Regions) > 0 || n.Op == ir.Windows }

// place is where the program computes what the module computes in a region.
func (b *builder) place(n *ir.Node) *place {
	r := b.home[n]
	if p, ok := b.places[r]; ok {
		return p
	}
	return b.enter(b.owner[r])
}

// make computes a value from what it is made of.
func (b *builder) make(v ir.Value, w wanted) ir.Value {
	n := v.Node
	if rule := rules[n.Op]; rule != nil {
		if out := rule(b, v, w); !out.IsZero() {
			return out
		}
	}
	return b.plain(n, w)
}

// plain is an op that treats rows apart: the same op on the same rows of its arguments.
func (b *builder) plain(n *ir.Node, w wanted) ir.Value {
	args := make([]ir.Value, len(n.Args))
	for i, v := range n.Args {
		args[i] = b.get(v, w)
	}
	p := b.place(n)
	if len(n.Args) == 0 {
		return b.named(n, p.leaf(n, n.Op, b.attr(n, w), n.Outs[0]))
	}
	return b.named(n, p.add(n, n.Op, b.attr(n, w), args...))
}

// named keeps the author's name.
func (b *builder) named(n *ir.Node, v ir.Value) ir.Value {
	if v.Node.Name == "" && v.Node.Op == n.Op {
		v.Node.Name = n.Name
	}
	return v
}

// attr is a node's attribute with the sizes that the program has.
func (b *builder) attr(n *ir.Node, w wanted) ir.Attr {
	every := func(list []ir.Axis) []ir.Axis {
		out := slices.Clone(list)
		for i, a := range out {
			out[i] = b.axisAt(a, w)
		}
		return out
	}
	switch a := n.Attr.(type) {
	case *ir.AxisAttr:
		return &ir.AxisAttr{Axis: b.axisAt(a.Axis, w)}
	case *ir.SizeAttr:
		return &ir.SizeAttr{Size: b.whole(a.Size)}
	case *ir.SplitAttr:
		return &ir.SplitAttr{Label: a.Label, Into: every(a.Into)}
	case *ir.MergeAttr:
		return &ir.MergeAttr{Labels: a.Labels, Into: b.axisAt(a.Into, w)}
	case *ir.SliceAttr:
		return &ir.SliceAttr{Label: a.Label, Start: b.whole(a.Start), Into: b.axisAt(a.Into, w)}
	case *ir.PickAttr:
		return &ir.PickAttr{Label: a.Label, At: b.whole(a.At)}
	case *ir.ConcatAttr:
		return &ir.ConcatAttr{Labels: a.Labels, Into: b.axisAt(a.Into, w)}
	case *ir.WindowsAttr:
		out := *a
		out.Out = b.axisAt(a.Out, w)
		return &out
	}
	return n.Attr
}
