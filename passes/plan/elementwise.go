package plan

import (
	"slices"

	"archc/ir"
)

// union are the axes of views, in the order of the one that has most of them; what that one lacks stands in front.
func union(views []View) []Axis {
	var most View
	for _, v := range views {
		if len(v.Axes) > len(most.Axes) {
			most = v
		}
	}
	out := slices.Clone(most.Axes)
	for _, v := range views {
		var front []Axis
		for _, a := range v.Axes {
			if !slices.ContainsFunc(out, func(o Axis) bool { return o.Label == a.Label }) {
				front = append(front, a)
			}
		}
		out = append(front, out...)
	}
	// The batch is outermost.
	if i := slices.IndexFunc(out, func(a Axis) bool { return a.Label == Batch }); i > 0 {
		a := out[i]
		out = slices.Insert(slices.Delete(out, i, i+1), 0, a)
	}
	return out
}

// mapped applies a scalar function to values.
func (b *builder) mapped(out ir.Value, fn string, args ...value) value {
	exprs := make([]*Expr, 0, len(args))
	for _, a := range args {
		if a.expr != nil {
			exprs = append(exprs, a.expr)
		}
	}
	if len(exprs) == len(args) {
		return value{expr: apply(fn, exprs...)}
	}
	r := &Rows{}
	var loaded []View
	for _, a := range args {
		if a.expr == nil || a.expr.Fn != "const" {
			loaded = append(loaded, b.inMemory(a))
		}
	}
	axes := union(loaded)
	r.space(axes)
	var regs []int
	for _, a := range args {
		if a.expr != nil && a.expr.Fn == "const" {
			regs = append(regs, r.op(Op{Fn: "imm", Imm: a.expr.Const}))
			continue
		}
		regs = append(regs, r.load(loaded[0]))
		loaded = loaded[1:]
	}
	to := b.into(out, axes)
	r.Out = []Put{{r.op(Op{Fn: fn, Args: regs, Vector: true}), to}}
	b.add(r)
	return value{view: &to}
}

// space makes the last axis the inner one.
func (r *Rows) space(axes []Axis) {
	r.Inner = Dim{Size: one()}
	for i, a := range axes {
		if i < len(axes)-1 {
			r.Outer = append(r.Outer, Dim{a.Label, a.Size})
		} else {
			r.Inner = Dim{a.Label, a.Size}
		}
	}
}

func (r *Rows) op(o Op) int {
	r.Code = append(r.Code, o)
	return len(r.Code) - 1
}

// load reads a view: along Inner if it has that axis, else one number a row.
func (r *Rows) load(v View) int {
	return r.op(Op{Fn: "load", Load: v, Vector: r.Inner.Label != "" && v.Find(r.Inner.Label) >= 0})
}

// cast: int of a real that is whole is itself, bool of a number is whether it is not 0, and truth is 0 and 1 anyhow.
func (b *builder) cast(n *ir.Node, set func(value)) {
	x, kind := b.value(n.Args[0]), n.Attr.(*ir.KindAttr).Kind
	from := n.Args[0].Type().Kind
	if kind == ir.Bool && from != ir.Bool {
		set(b.mapped(ir.Value{Node: n}, "ne", x, value{expr: constant(0)}))
		return
	}
	set(x)
}

var reduces = map[string][2]string{
	"sum": {"sum", "cumsum"}, "max": {"max_of", "cummax"}, "min": {"min_of", "cummin"},
}

// reduced plans a reduction, one label after the other, the last axis first.
func (b *builder) reduced(n *ir.Node) View {
	a, out := n.Attr.(*ir.ReduceAttr), ir.Value{Node: n}
	v := b.read(n.Args[0])
	if a.Prefix {
		return b.prefix(out, v, a)
	}
	var labels []string
	for i := len(v.Axes) - 1; i >= 0; i-- {
		if slices.Contains(a.Labels, v.Axes[i].Label) {
			labels = append(labels, v.Axes[i].Label)
		}
	}
	t := b.typeOf(n.Args[0])
	for _, l := range a.Labels {
		if v.Find(l) >= 0 {
			continue
		}
		if a.Fn == "sum" { // the same along an axis that it does not differ along
			size := value{expr: sized(t.Axes[t.Find(l)].Size)}
			v = b.inMemory(b.mapped(ir.Value{}, "mul", value{view: &v}, size))
		}
	}
	if len(labels) == 0 {
		return v
	}
	for i, l := range labels {
		to := ir.Value{}
		if i == len(labels)-1 {
			to = out
		}
		v = b.reduce(to, v, l, reduces[a.Fn][0])
	}
	return v
}

// reduce is a reduction along one label.
func (b *builder) reduce(out ir.Value, v View, label, fn string) View {
	i := v.Find(label)
	rest := slices.Delete(slices.Clone(v.Axes), i, i+1)
	r := &Rows{}
	r.space(append(slices.Clone(rest), v.Axes[i]))
	to := b.into(out, rest)
	r.Out = []Put{{r.op(Op{Fn: fn, Args: []int{r.load(v)}}), to}}
	b.add(r)
	return to
}

func (b *builder) prefix(out ir.Value, v View, a *ir.ReduceAttr) View {
	label := a.Labels[0]
	i := v.Find(label)
	if i < 0 { // written out along the axis first
		t := b.typeOf(out.Node.Args[0])
		axis := t.Axes[t.Find(label)]
		room := b.fresh(append(slices.Clone(v.Axes), Axis{Label: label, Size: axis.Size}))
		b.add(&Move{To: room, From: v})
		v, i = room, len(v.Axes)
	}
	r := &Rows{}
	r.space(append(slices.Delete(slices.Clone(v.Axes), i, i+1), v.Axes[i]))
	to := b.into(out, v.Axes)
	r.Out = []Put{{r.op(Op{Fn: reduces[a.Fn][1], Args: []int{r.load(v)}, Vector: true}), to}}
	b.add(r)
	return to
}
