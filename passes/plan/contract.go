package plan

import (
	"slices"

	"archc/ir"
)

// contract plans a sum of products: from the left, two factors at a time.
func (b *builder) contract(n *ir.Node) View {
	sum := n.Attr.(*ir.SumAttr).Labels
	v := b.value(n.Args[0])
	if len(n.Args) == 1 {
		return b.inMemory(v)
	}
	for i, arg := range n.Args[1:] {
		out := ir.Value{}
		now := slices.Clone(sum)
		if i == len(n.Args)-2 {
			out = ir.Value{Node: n}
		} else { // what a later factor has is summed there
			for _, later := range n.Args[i+2:] {
				now = slices.DeleteFunc(now, func(l string) bool { return later.Type().Has(l) })
			}
		}
		sum = slices.DeleteFunc(slices.Clone(sum), func(l string) bool { return slices.Contains(now, l) })
		w := b.product(out, v, b.value(arg), now)
		v = w
	}
	return b.inMemory(v)
}

// product is the sum of the product of two values over labels.
func (b *builder) product(out ir.Value, x, y value, sum []string) value {
	if len(sum) == 0 {
		return b.mapped(out, "mul", x, y)
	}
	p, q := b.inMemory(x), b.inMemory(y)
	var both []string
	for _, l := range sum {
		switch inP, inQ := p.Find(l) >= 0, q.Find(l) >= 0; {
		case inP && inQ:
			both = append(both, l)
		case inP:
			p = b.reduce(ir.Value{}, p, l, "sum")
		case inQ:
			q = b.reduce(ir.Value{}, q, l, "sum")
		default:
			b.fail("the sum over %s has no factor that differs along it", l)
		}
	}
	var v View
	switch {
	case len(both) == 0:
		return b.mapped(out, "mul", value{view: &p}, value{view: &q})
	case packable(q) && !weight(p) && b.sides(p, q, both).onlyB != nil:
		v = b.weighted(out, p, q, both)
	case packable(p) && !weight(q) && b.sides(q, p, both).onlyB != nil:
		v = b.weighted(out, q, p, both)
	default:
		v = b.general(out, p, q, both)
	}
	return value{view: &v}
}

func weight(v View) bool { return v.Store.Role == Weight }

// sides divides the axes of two factors.
type sides struct{ batch, onlyA, onlyB, inside []string }

func (b *builder) sides(p, q View, sum []string) sides {
	var s sides
	for _, a := range p.Axes {
		switch {
		case slices.Contains(sum, a.Label):
			s.inside = append(s.inside, a.Label)
		case q.Find(a.Label) >= 0:
			s.batch = append(s.batch, a.Label)
		default:
			s.onlyA = append(s.onlyA, a.Label)
		}
	}
	for _, a := range q.Axes {
		if p.Find(a.Label) < 0 {
			s.onlyB = append(s.onlyB, a.Label)
		}
	}
	return s
}

// weighted is a product with packed weights.
func (b *builder) weighted(out ir.Value, x, w View, sum []string) View {
	s := b.sides(x, w, sum)
	k, ok := merged(x.pickAxes(s.inside), "k")
	if !ok || backwards(x) {
		x = b.copied(x, slices.Concat(s.batch, s.onlyA, s.inside))
		k, _ = merged(x.pickAxes(s.inside), "k")
	}
	rest := slices.Concat(x.pickAxes(s.batch), x.pickAxes(s.onlyA), w.pickAxes(s.onlyB))
	to := b.into(out, rest)
	n, ok := merged(to.pickAxes(s.onlyB), "n")
	final := to
	if !ok || !isOne(n.Stride) {
		to = b.fresh(rest)
		n, _ = merged(to.pickAxes(s.onlyB), "n")
	}
	p := &Product{Weights: b.pack(w, w.pickAxes(s.batch), w.pickAxes(s.onlyB), w.pickAxes(s.inside))}
	panels := one()
	for i := len(s.batch) - 1; i >= 0; i-- {
		a := x.Axes[x.Find(s.batch[i])]
		p.Over = append([]Lane{{Dim{a.Label, a.Size}, a.Stride, to.Stride(a.Label), panels}}, p.Over...)
		panels = panels.Mul(a.Size)
	}
	over, m, mo := rowsOf(x, to, s.onlyA)
	for _, l := range over {
		p.Over = append(p.Over, Lane{Dim{l.Label, l.Size}, x.Stride(l.Label), to.Stride(l.Label), zero()})
	}
	p.Rows = m.Size
	p.In = View{Store: x.Store, Base: x.Base, Steps: x.Steps, Axes: []Axis{m, k}}
	p.Out = View{Store: to.Store, Base: to.Base, Steps: to.Steps, Axes: []Axis{mo, n}}
	b.add(p)
	if !final.Same(to) {
		b.add(&Move{To: final, From: to})
	}
	return final
}

// rowsOf finds the most axes that one stride runs over in both views, from the innermost on; the others are left over.
func rowsOf(in, out View, labels []string) (over []Axis, m, mo Axis) {
	m, mo = Axis{"m", one(), one()}, Axis{"m", one(), one()}
	for first := range len(labels) {
		x, ok := merged(in.pickAxes(labels[first:]), "m")
		y, also := merged(out.pickAxes(labels[first:]), "m")
		if ok && also {
			return in.pickAxes(labels[:first]), x, y
		}
	}
	return nil, m, mo
}

// copied is a view laid out anew, compact, its axes in that order.
func (b *builder) copied(v View, labels []string) View {
	to := b.fresh(v.pickAxes(labels))
	b.add(&Move{To: to, From: v})
	return to
}

// general is a product of two tensors. The factor whose own axis has stride 1 is the right one.
func (b *builder) general(out ir.Value, x, y View, sum []string) View {
	if backwards(x) {
		x = b.copied(x, x.Labels())
	}
	if backwards(y) {
		y = b.copied(y, y.Labels())
	}
	s := b.sides(x, y, sum)
	if len(s.onlyA) == 0 && len(s.onlyB) == 0 {
		return b.dot(out, x, y, s)
	}
	inner := func(v View, labels []string) int {
		return slices.IndexFunc(labels, func(l string) bool { return isOne(v.Stride(l)) })
	}
	at := inner(y, s.onlyB)
	if at < 0 {
		if i := inner(x, s.onlyA); i >= 0 {
			return b.oriented(out, y, x, b.sides(y, x, sum), i)
		}
		if len(s.onlyB) == 0 {
			x, y = y, x
			s = b.sides(x, y, sum)
		}
		y = b.copied(y, slices.Concat(s.batch, s.inside, s.onlyB))
		at = len(s.onlyB) - 1
	}
	return b.oriented(out, x, y, s, at)
}

// oriented is a product whose right factor has stride 1 along the label with that number of its own.
func (b *builder) oriented(out ir.Value, x, y View, s sides, at int) View {
	n := s.onlyB[at]
	others := slices.Delete(slices.Clone(s.onlyB), at, at+1)
	rest := slices.Concat(x.pickAxes(s.batch), x.pickAxes(s.onlyA), y.pickAxes(others), y.pickAxes([]string{n}))
	to := b.into(out, rest)
	final := to
	if !isOne(to.Stride(n)) {
		to = b.fresh(rest)
	}
	pair := func(l string) Pair {
		v := x
		if x.Find(l) < 0 {
			v = y
		}
		return Pair{Dim{l, v.Axes[v.Find(l)].Size}, x.Stride(l), y.Stride(l), to.Stride(l)}
	}
	c := &Contract{A: bare(x), B: bare(y), Out: bare(to), N: pair(n)}
	m := ""
	if len(s.onlyA) > 0 {
		m = s.onlyA[len(s.onlyA)-1]
		c.M = pair(m)
	} else {
		c.M = Pair{Dim{"", one()}, zero(), zero(), zero()}
	}
	for _, l := range slices.Concat(s.batch, s.onlyA, others) {
		if l != m {
			c.Over = append(c.Over, pair(l))
		}
	}
	for i, l := range s.inside {
		if i < len(s.inside)-1 {
			c.Inside = append(c.Inside, pair(l))
		} else {
			c.K = pair(l)
		}
	}
	b.add(c)
	if !final.Same(to) {
		b.add(&Move{To: final, From: to})
	}
	return final
}

func bare(v View) View { return View{Store: v.Store, Base: v.Base, Steps: v.Steps} }

// dot is a product that leaves no axis of one factor alone: elementwise, then a sum.
func (b *builder) dot(out ir.Value, x, y View, s sides) View {
	v := *b.mapped(ir.Value{}, "mul", value{view: &x}, value{view: &y}).view
	for i := len(s.inside) - 1; i >= 0; i-- {
		to := ir.Value{}
		if i == 0 {
			to = out
		}
		v = b.reduce(to, v, s.inside[i], "sum")
	}
	return v
}

// backwards reports whether a view runs against the order of its store.
func backwards(v View) bool {
	for _, a := range v.Axes {
		env := map[string]int64{}
		for _, f := range a.Stride.Frees() {
			env[f] = 2
		}
		if r, ok := a.Stride.Eval(env); ok && r.Sign() < 0 {
			return true
		}
	}
	return false
}
