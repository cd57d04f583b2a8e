package plan

import (
	"slices"

	"archc/ir"
)

// region plans the nodes of a region in order. What is laid side by side gets its place first, so that its parts are
// written there.
func (b *builder) region(r *ir.Region) {
	own := map[*ir.Node]bool{}
	for _, n := range r.Nodes {
		own[n] = true
	}
	for i := len(r.Nodes) - 1; i >= 0; i-- {
		b.lay(r.Nodes[i], own)
	}
	for _, n := range r.Nodes {
		before := b.node
		b.node = n
		b.lower(n)
		b.node = before
	}
}

// lay hands down where a node's value is wanted to the values that it is made of.
func (b *builder) lay(n *ir.Node, own map[*ir.Node]bool) {
	v := ir.Value{Node: n}
	to, wanted := b.wanted[v]
	want := func(arg ir.Value, view View) {
		if _, ok := b.wanted[arg]; !ok && own[arg.Node] {
			b.wanted[arg] = view
		}
	}
	switch a := n.Attr.(type) {
	case *ir.ConcatAttr:
		if !wanted {
			to = b.fresh(b.typed(n, n.Outs[0]))
			b.wanted[v] = to
		}
		for i, part := range b.parts(n, a, to) {
			want(n.Args[i], part)
		}
		return
	case *ir.AxisAttr:
		if n.Op != ir.Stack {
			return
		}
		if !wanted {
			to = b.fresh(b.typed(n, n.Outs[0]))
			b.wanted[v] = to
		}
		for i, arg := range n.Args {
			want(arg, to.pick(a.Axis.Label, ir.Const(int64(i))))
		}
		return
	}
	switch a := n.Attr.(type) {
	case *ir.RepeatAttr:
		// What the loop starts from is computed in the store that it is carried in, if nobody reads it later.
		for i, arg := range n.Args[:a.Carries(len(n.Args))] {
			if b.uses[arg] == 1 && own[arg.Node] && arg.Node.Op != ir.Repeat {
				now := b.fresh(b.typed(n, n.Outs[i]))
				b.carried[ir.Value{Node: n, Out: i}] = now
				want(arg, now)
			}
		}
		return
	case *ir.MergeAttr:
		// What is stacked and then merged is written in the order that makes the merge free.
		if from := n.Args[0].Node; !wanted && own[from] && (from.Op == ir.Stack || from.Op == ir.Concat) {
			to, wanted = b.fresh(b.typed(n, n.Outs[0])), true
			b.wanted[v] = to
		}
	}
	if !wanted {
		return
	}
	switch a := n.Attr.(type) {
	case *ir.RenameAttr:
		want(n.Args[0], to.rename(a.To, a.From))
	case *ir.MergeAttr:
		if to.Find(a.Into.Label) < 0 {
			return
		}
		var into []ir.Axis
		for _, l := range a.Labels {
			t := b.typeOf(n.Args[0])
			into = append(into, t.Axes[t.Find(l)])
		}
		want(n.Args[0], to.split(a.Into.Label, into))
	case *ir.SplitAttr:
		var labels []string
		for _, x := range a.Into {
			labels = append(labels, x.Label)
		}
		if whole, ok := to.merge(labels, a.Label); ok {
			want(n.Args[0], whole)
		}
	}
	if a, ok := n.Attr.(*ir.SliceAttr); ok && b.slides(to.Store, a) {
		// The window of a state: the rows in front of it stand in its store as well.
		t := b.typeOf(n.Args[0])
		if i := to.Find(a.Into.Label); i >= 0 {
			x := to.Axes[i]
			whole := to.with(i, Axis{a.Label, t.Axes[t.Find(a.Label)].Size, x.Stride})
			whole.Base = whole.Base.Sub(b.size(a.Start).Mul(x.Stride))
			want(n.Args[0], whole)
		}
	}
	if n.Op == ir.Transpose || n.Op == ir.Stop {
		want(n.Args[0], to)
	}
}

// parts are the places of a concatenation's arguments.
func (b *builder) parts(n *ir.Node, a *ir.ConcatAttr, to View) []View {
	out := make([]View, len(n.Args))
	start := zero()
	for i, arg := range n.Args {
		t := b.typeOf(arg)
		size := t.Axes[t.Find(a.Labels[i])].Size
		out[i] = to.slice(a.Into.Label, start, ir.Axis{Label: a.Labels[i], Size: size})
		start = start.Add(size)
	}
	return out
}

// lower plans one node.
func (b *builder) lower(n *ir.Node) {
	out := ir.Value{Node: n}
	set := func(x value) { b.values[out] = x }
	viewed := func(v View) { set(value{view: &v}) }
	expr := func(e *Expr) { set(value{expr: e}) }
	switch n.Op {
	case ir.Arg, ir.Input:
		return
	case ir.Param:
		viewed(b.param(n))
		return
	case ir.Constant:
		expr(constant(n.Attr.(*ir.ConstAttr).Value))
		return
	case ir.Extent:
		expr(sized(b.size(n.Attr.(*ir.SizeAttr).Size)))
		return
	case ir.Position:
		expr(index(b.axis(n.Attr.(*ir.AxisAttr).Axis)))
		return
	case ir.Map:
		set(b.mapped(out, n.Attr.(*ir.MapAttr).Fn.Name, b.all(n.Args)...))
		return
	case ir.Cast:
		b.cast(n, set)
		return
	case ir.Contract:
		viewed(b.contract(n))
		return
	case ir.Reduce:
		viewed(b.reduced(n))
		return
	case ir.Gather:
		set(b.gather(n))
		return
	case ir.TopK:
		viewed(b.topK(n))
		return
	case ir.Windows:
		set(b.windows(n))
		return
	case ir.Concat:
		viewed(b.placed(n, b.parts(n, n.Attr.(*ir.ConcatAttr), b.wanted[out])))
		return
	case ir.Stack:
		label := n.Attr.(*ir.AxisAttr).Axis.Label
		var parts []View
		for i := range n.Args {
			parts = append(parts, b.wanted[out].pick(label, ir.Const(int64(i))))
		}
		viewed(b.placed(n, parts))
		return
	case ir.Repeat:
		b.repeat(n)
		return
	case ir.Attend:
		b.attend(n)
		return
	case ir.Experts:
		viewed(b.experts(n))
		return
	}
	set(b.moved(n))
}

func (b *builder) all(args []ir.Value) []value {
	out := make([]value, len(args))
	for i, a := range args {
		out[i] = b.value(a)
	}
	return out
}

// moved plans the ops that only say where elements stand.
func (b *builder) moved(n *ir.Node) value {
	x, t := b.value(n.Args[0]), b.typeOf(n.Args[0])
	if x.expr != nil {
		return value{expr: b.movedExpr(n, x.expr, t)}
	}
	v := *x.view
	switch a := n.Attr.(type) {
	case *ir.RenameAttr:
		v = v.rename(a.From, a.To)
	case *ir.SplitAttr:
		v = v.split(a.Label, b.axes(a.Into))
	case *ir.MergeAttr:
		v = b.merge(ir.Value{Node: n}, v, a)
	case *ir.SliceAttr:
		v = v.slice(a.Label, b.size(a.Start), b.axis(a.Into))
	case *ir.PickAttr:
		v = v.pick(a.Label, b.size(a.At))
	case *ir.LabelAttr:
		v = v.reverse(a.Label)
	default:
		if n.Op != ir.Transpose && n.Op != ir.Stop {
			b.fail("the op is not planned")
		}
	}
	return value{view: &v}
}

func (b *builder) movedExpr(n *ir.Node, e *Expr, t ir.Type) *Expr {
	switch a := n.Attr.(type) {
	case *ir.RenameAttr:
		return e.replace(a.From, index(ir.Axis{Label: a.To, Size: t.Axes[t.Find(a.From)].Size}))
	case *ir.SplitAttr:
		return e.split(a.Label, b.axes(a.Into))
	case *ir.MergeAttr:
		var axes []ir.Axis
		for _, l := range a.Labels {
			axes = append(axes, t.Axes[t.Find(l)])
		}
		return e.merge(axes, b.axis(a.Into))
	case *ir.SliceAttr:
		return e.replace(a.Label, apply("add", index(b.axis(a.Into)), sized(b.size(a.Start))))
	case *ir.PickAttr:
		return e.replace(a.Label, sized(b.size(a.At)))
	case *ir.LabelAttr:
		axis := t.Axes[t.Find(a.Label)]
		return e.replace(a.Label, apply("sub", sized(axis.Size.Sub(one())), index(axis)))
	}
	return e
}

// merge is free where one stride runs over the axes; else they are copied next to each other. An axis that the value
// does not differ along is written out.
func (b *builder) merge(out ir.Value, v View, a *ir.MergeAttr) View {
	t := b.typeOf(out.Node.Args[0])
	have := 0
	for _, l := range a.Labels {
		if v.Find(l) >= 0 {
			have++
		}
	}
	if have == len(a.Labels) {
		if m, ok := v.merge(a.Labels, a.Into.Label); ok {
			return m
		}
	}
	var axes []Axis
	for _, x := range v.Axes {
		if !slices.Contains(a.Labels, x.Label) {
			axes = append(axes, x)
		}
	}
	var into []ir.Axis
	for _, l := range a.Labels {
		into = append(into, t.Axes[t.Find(l)])
	}
	whole := b.into(out, append(axes, Axis{Label: a.Into.Label, Size: b.size(a.Into.Size)}))
	b.add(&Move{To: whole.split(a.Into.Label, into), From: v})
	return whole
}

// placed copies those arguments that are not yet in their places.
func (b *builder) placed(n *ir.Node, parts []View) View {
	for i, arg := range n.Args {
		x := b.value(arg)
		if x.expr != nil && x.expr.Fn == "const" {
			b.add(&Fill{To: parts[i], Value: x.expr.Const})
			continue
		}
		if v := b.inMemory(x); !v.Same(parts[i]) {
			b.add(&Move{To: parts[i], From: v})
		}
	}
	return b.wanted[ir.Value{Node: n}]
}

// padded copies an axis with fill in front and behind.
func (b *builder) windows(n *ir.Node) value {
	w, v := n.Attr.(*ir.WindowsAttr), b.read(n.Args[0])
	if w.Low == 0 && w.High == 0 {
		out := v.windows(b.window(w))
		return value{view: &out}
	}
	i := v.Find(w.Label)
	size := v.Axes[i].Size
	axes := slices.Clone(v.Axes)
	axes[i].Size = size.Add(ir.Const(w.Low + w.High))
	room := b.fresh(axes)
	b.add(&Fill{To: room, Value: w.Fill})
	b.add(&Move{To: room.slice(w.Label, ir.Const(w.Low), ir.Axis{Label: w.Label, Size: size}), From: v})
	out := room.windows(b.window(w))
	return value{view: &out}
}

// window is the attribute with its sizes where the builder is.
func (b *builder) window(w *ir.WindowsAttr) *ir.WindowsAttr {
	out := *w
	out.Out, out.Window = b.axis(w.Out), b.axis(w.Window)
	return &out
}

// slides reports whether a store holds the windows that a slice leaves.
func (b *builder) slides(s *Store, a *ir.SliceAttr) bool {
	return slices.ContainsFunc(b.plan.States, func(x State) bool {
		return x.View.Store == s && x.Slide != nil && x.Slide.Label == a.Label && x.Slide.By.Equal(a.Start)
	})
}
