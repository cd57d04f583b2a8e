package lower

import (
	"slices"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// match brings the argument to the signature's dims. Dims that the body already knows are found by name; a free one
// takes an axis by position: the last dim of the signature the last axis, the others from the left. What is left is
// mapped over.
func (c *binder) match(p *syntax.Param, v ir.Value, at diag.Span) (ir.Value, bool) {
	l := c.l
	if got := v.Type().Kind; !takesKind(p.Type, got) {
		l.fail(diag.New(diag.BadKind, at, "%s takes %s, not %s", p.Name.Name, p.Type.Kind, l.typeText(v.Type())).
			Note(p.Name.At, "%s is declared %s", p.Name.Name, p.Type.At.Text()))
		return v, false
	}
	if !l.noNumbers(p.Type.Dims, c.sc) {
		return v, false
	}
	defer c.atBorder()()
	v = c.whole(p, v)
	var free []int
	used := map[string]bool{}
	for i, e := range p.Type.Dims {
		if c.isFree(e) {
			free = append(free, i)
			continue
		}
		s, ok := l.dimExpr(e, c.sc)
		if !ok {
			return v, false
		}
		out, missing := l.needAll(c.again(v, s), s)
		if missing != nil {
			l.fail(l.noDim(at, missing, v, ": "+c.name()+" takes "+p.Type.At.Text()).
				Note(p.Name.At, "parameter %s: %s", p.Name.Name, p.Type.At.Text()))
			return v, false
		}
		v = out
		for _, a := range s {
			used[a.label] = true
		}
	}
	v, ok := c.matchFree(p, v, free, used, at)
	if !ok {
		return v, false
	}
	_, ok = l.typeShape(p.Type, c.sc)
	return v, ok
}

// takesKind reports whether a parameter of a type takes a kind: one without a kind takes any, and real takes int too.
func takesKind(t *syntax.Type, got ir.Kind) bool {
	k := kindOf(t.Kind)
	return k < 0 || ir.Kind(k) == got || ir.Kind(k) == ir.Real && got == ir.Int
}

// atBorder lets the formals of the call be what they are bound to, until the returned function is called.
func (c *binder) atBorder() (done func()) {
	old := c.l.border
	c.l.border = slices.Clone(c.own)
	if in := c.f.scope.inst; in != nil && !c.from.inside(in) {
		c.l.border = append(c.l.border, in.formals...)
	}
	return func() { c.l.border = old }
}

// whole brings together what the signature of a call around took apart, for a signature that takes it apart in its own
// way: x: [T, 2 P] is passed on to another [T, 2 P] as what it was. The result comes apart again (back).
func (c *binder) whole(p *syntax.Param, v ir.Value) ir.Value {
	if !slices.ContainsFunc(p.Type.Dims, func(e syntax.Expr) bool { _, ok := unparen(e).(*syntax.Juxt); return ok }) {
		return v
	}
	for _, x := range v.Type().Axes {
		a := c.l.axes[x.Label]
		if a == nil || a.from == nil {
			continue
		}
		if out, ok := c.l.merge(v, a.from.into, a.from.axis); ok {
			v = out
			if !slices.ContainsFunc(c.wholes, func(w apart) bool { return w.axis == a.from.axis }) {
				c.wholes = append(c.wholes, *a.from)
			}
		}
	}
	return v
}

// again takes an axis apart as the signature did for an argument before: [2 P] once P is known.
func (c *binder) again(v ir.Value, s shape) ir.Value {
	for _, a := range c.splits {
		if slices.Equal(a.into, s) {
			v, _ = c.l.split(v, a.axis, a.into)
		}
	}
	return v
}

// isFree reports whether a dim of the signature has a name that nothing has bound yet.
func (c *binder) isFree(e syntax.Expr) bool {
	switch x := e.(type) {
	case *syntax.Name:
		return isDim(x.Name) && c.l.lookup(c.sc, x.Name) == nil
	case *syntax.Juxt:
		return slices.ContainsFunc(x.Parts, c.isFree)
	case *syntax.Paren:
		return c.isFree(x.X)
	}
	return false
}

// matchFree gives the free dims of the signature axes that the argument has left.
func (c *binder) matchFree(p *syntax.Param, v ir.Value, free []int, used map[string]bool, at diag.Span) (
	ir.Value, bool) {
	l := c.l
	var rest []*axis
	for _, x := range v.Type().Axes {
		if a := l.axes[x.Label]; !used[x.Label] && c.sc.frame.parent.mapsOver(a) == nil {
			rest = append(rest, a)
		}
	}
	if len(free) > len(rest) {
		l.fail(diag.New(diag.NoDim, at, "%s takes %s, but %s has no axis for %s", c.name(),
			p.Type.At.Text(), l.nameOf(v), p.Type.Dims[free[len(rest)]].Span().Text()).
			Note(l.origin(v), "%s : %s", l.nameOf(v), l.typeText(v.Type())).
			Note(p.Name.At, "parameter %s: %s", p.Name.Name, p.Type.At.Text()))
		return v, false
	}
	pick, over, ok := c.choose(p, free, rest, v, at)
	if !ok {
		return v, false
	}
	v = c.lift(v, over)
	for i, e := range p.Type.Dims {
		if pick[i] == nil {
			continue
		}
		var ok bool
		if v, ok = c.bindFree(unparen(e), pick[i], v, at); !ok {
			return v, false
		}
	}
	return v, true
}

// choose says which axis each free dim takes, and what is left. The last dim takes the last axis. Where nothing is left
// over the others go by position; else an axis of the very name first, so that a signature [T, D] finds T in
// [N, T, D], and then from the left, unless the input binds several: then a guess would compute along another sequence.
func (c *binder) choose(p *syntax.Param, free []int, rest []*axis, v ir.Value, at diag.Span) (
	pick map[int]*axis, over []*axis, ok bool) {
	pick = map[int]*axis{}
	if n := len(free); n > 0 && free[n-1] == len(p.Type.Dims)-1 {
		pick[free[n-1]] = rest[len(rest)-1]
		rest, free = rest[:len(rest)-1], free[:n-1]
	}
	if len(rest) > len(free) {
		free = slices.DeleteFunc(slices.Clone(free), func(i int) bool {
			k := slices.IndexFunc(rest, func(a *axis) bool { return a.name == dimName(p.Type.Dims[i]) })
			if k >= 0 {
				pick[i], rest = rest[k], slices.Delete(slices.Clone(rest), k, k+1)
			}
			return k >= 0
		})
	}
	bound := slices.DeleteFunc(slices.Clone(rest), func(a *axis) bool { return len(a.size.Frees()) == 0 })
	if len(free) > 0 && len(rest) > len(free) && len(bound) > 1 {
		name := dimName(p.Type.Dims[free[0]])
		c.l.fail(diag.New(diag.AmbiguousAxis, at, "which dim is the %s of %s, %s or %s?", name, c.name(), bound[0].name,
			bound[1].name).
			Note(c.l.origin(v), "%s : %s", c.l.nameOf(v), c.l.typeText(v.Type())).
			Note(p.Name.At, "parameter %s: %s", p.Name.Name, p.Type.At.Text()).
			Suggest("give it that name: `x[%s = %s]`", bound[len(bound)-1].name, name))
		return nil, nil, false
	}
	for k, i := range free {
		pick[i] = rest[k]
	}
	return pick, rest[len(free):], true
}

// dimName is the name of a free dim of a signature, empty for a product.
func dimName(e syntax.Expr) string {
	if n, ok := unparen(e).(*syntax.Name); ok {
		return n.Name
	}
	return ""
}

// lift maps the call over axes. A numbered one gets a label of its own: the 2 of [a, b] in the body is another 2.
func (c *binder) lift(v ir.Value, over []*axis) ir.Value {
	for _, a := range over {
		if a.count != 0 {
			own := c.l.dim(a.name, a.size, diag.Span{}, "outside")
			if out, ok := c.l.merge(v, shape{a}, own); ok {
				if c.hidden == nil {
					c.hidden = map[*axis]*axis{}
				}
				c.hidden[a] = own
				v, a = out, own
			}
		}
		c.sc.frame.lifted[a] = true
	}
	return v
}

// bindFree gives a free dim of the signature its axis; a product such as `2 P` takes the axis apart.
func (c *binder) bindFree(e syntax.Expr, a *axis, v ir.Value, at diag.Span) (ir.Value, bool) {
	l := c.l
	if n, ok := e.(*syntax.Name); ok {
		if b := c.sc.names[n.Name]; b != nil {
			l.fail(diag.New(diag.TwiceDim, n.At, "`%s` has the dimension %s twice", e.Span().Text(), n.Name).
				Note(b.at, "the first one"))
			return v, false
		}
		f := l.formal(n.Name, shape{a}, n.At, c.taken)
		c.sc.bind(n.Name, dims{shape{f}}, n.At, true)
		if f == a {
			return v, true
		}
		c.own = append(c.own, f)
		out, ok := l.merge(v, shape{a}, f)
		if !ok {
			l.fail(diag.New(diag.TwiceDim, at, "%s has the dimension %s twice", l.nameOf(v), n.Name).
				Note(l.origin(v), "%s : %s", l.nameOf(v), l.typeText(v.Type())))
		}
		return out, ok
	}
	if !c.isFree(e) { // an earlier dim of the signature has its name
		l.fail(diag.New(diag.TwiceDim, e.Span(), "`%s` has a dimension that stands before it already", e.Span().Text()))
		return v, false
	}
	parts, ok := c.factors(e.(*syntax.Juxt), a, at)
	if !ok {
		return v, false
	}
	out, ok := l.split(v, a, parts)
	if !ok {
		l.fail(diag.New(diag.TwiceDim, at, "%s takes %s apart into `%s`, but %s has one of them already",
			c.name(), a.name, parts, l.nameOf(v)).
			Note(l.origin(v), "%s : %s", l.nameOf(v), l.typeText(v.Type())).
			Note(c.f.decl.At, "%s", signed(c.f.decl)))
		return v, false
	}
	c.splits = append(c.splits, apart{a, parts})
	return out, true
}

// factors divides an axis by the known parts of a product; the one unknown part is what remains.
func (c *binder) factors(e *syntax.Juxt, a *axis, at diag.Span) (shape, bool) {
	l := c.l
	var out shape
	var name syntax.Ident
	open := -1
	for _, part := range e.Parts {
		if n, ok := unparen(part).(*syntax.Name); ok && open < 0 && c.isFree(n) {
			open, name = len(out), n.Ident
			out = append(out, nil)
			continue
		}
		s, ok := l.dimExpr(part, c.sc)
		if !ok {
			return nil, false
		}
		out = append(out, s...)
	}
	known := append(slices.Clone(out[:open]), out[open+1:]...)
	size, isNumber := a.size.Int()
	by, byNumber := known.size().Int()
	if !isNumber || !byNumber || size%by != 0 {
		l.fail(diag.New(diag.Uneven, at, "%s takes `%s`, but %s is not a multiple of %s", c.name(),
			e.Span().Text(), a.describe(), known).
			Note(c.f.decl.At, "%s", signed(c.f.decl)).
			Suggest("choose %s as a multiple of %s", a.name, known))
		return nil, false
	}
	p := c.passedOn(a, out)
	if p == nil {
		p = l.dim(name.Name, ir.Const(size/by), name.At, append([]string{a.label}, known.labels()...)...)
		p.how = a.name + "/" + known.String()
		p.from = &apart{a, out}
	}
	out[open] = p
	c.sc.bind(name.Name, dims{shape{p}}, name.At, true)
	return out, true
}

// passedOn is the dim that a caller's signature left of an axis, where it took the axis apart in the same way: with these
// parts, nil for the one that is looked for. nil where none did.
func (c *binder) passedOn(a *axis, parts shape) *axis {
	for _, w := range c.wholes {
		if w.axis != a || len(w.into) != len(parts) {
			continue
		}
		var open *axis
		same := true
		for i, f := range w.into {
			if parts[i] == nil {
				open = f
			}
			same = same && (parts[i] == nil || parts[i] == f)
		}
		if same {
			return open
		}
	}
	return nil
}

// seen is a type without what the call is mapped over.
func (l *lowerer) seen(t ir.Type, sc *scope) ir.Type {
	for _, x := range t.Axes {
		if sc.frame.mapsOver(l.axes[x.Label]) != nil {
			t = t.Without(x.Label)
		}
	}
	return t
}

// declaredResult checks a value against the declared type: exactly those dims, and what the call is mapped over.
func (l *lowerer) declaredResult(v ir.Value, t *syntax.Type, sc *scope, f *syntax.Func) (ir.Value, bool) {
	s, ok := l.typeShape(t, sc)
	if !ok {
		return v, false
	}
	out, missing := l.needAll(v, s)
	if missing != nil {
		name := missing.name
		if missing.count != 0 {
			name = "axis that is the number " + name
		}
		l.fail(diag.New(diag.MissingDim, t.At, "%s declares %s, but its value has no %s", funcName(f), t.At.Text(), name).
			Note(l.origin(v), "the value is %s", l.typeText(v.Type())).
			Suggest("declare what it is: `-> %s`", l.typeText(l.seen(v.Type(), sc))))
		return v, false
	}
	v = out
	for _, x := range v.Type().Axes {
		if a := l.axes[x.Label]; !contains(s, a) && sc.frame.mapsOver(a) == nil {
			l.fail(diag.New(diag.OuterProduct, l.origin(v), "the value has the dimension %s, which %s does not declare",
				l.axisText(x.Label), funcName(f)).
				Note(t.At, "declared : %s", t.At.Text()).
				Note(diag.Span{}, "the value: %s", l.typeText(v.Type())).
				Suggest("sum over %s, or declare it", l.axisText(x.Label)))
			return v, false
		}
	}
	if k := kindOf(t.Kind); k >= 0 && ir.Kind(k) != v.Type().Kind {
		l.fail(diag.New(diag.BadKind, t.At, "%s declares %s, but its value is %s", funcName(f), t.At.Text(), v.Type().Kind))
		return v, false
	}
	return v, true
}
