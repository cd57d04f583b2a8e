package lower

import (
	"slices"
	"strings"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// region lowers one region of an attend; before is the type of what norm and weight take. Without a text, the mask
// admits every key and the norm is softmax.
func (a *attention) region(name string, text *syntax.Assign, before ir.Type) (*ir.Region, bool) {
	l := a.l
	r, ok := l.enter(name, a.at)
	if !ok {
		return nil, false
	}
	defer l.leave()
	label := a.inner.inside.label
	l.axes[label] = a.inner.inside
	defer func() { l.axes[label] = a.inner.outside }()

	sc := a.from.region(&pair{at: a.at, region: name, key: a.inner.inside, boundary: a.boundary})
	if o := a.over[name]; o != nil {
		sc = o.in(sc)
	}
	at := a.at
	if text != nil {
		at = text.Values[0].Span()
	}
	l.b.Src = at
	var v ir.Value
	switch name {
	case "score":
		v, ok = a.score(r, text, sc)
	case "mask":
		v, ok = a.mask(r, text, sc)
	case "norm":
		v, ok = a.norm(r, text, "s", before, sc)
	default:
		v, ok = a.norm(r, text, "w", before, sc)
	}
	if !ok || !a.capturesNothing(r, v, at) {
		return nil, false
	}
	for _, t := range a.heads {
		v = l.alignTypes(v, t)
	}
	r.Results = []ir.Value{v}
	return r, true
}

// positions adds the parameters i and j.
func (a *attention) positions(sc *scope) (i, j ir.Value) {
	l := a.l
	i = l.b.Param(ir.Scalar(ir.Int), "i")
	j = l.b.Param(ir.Type{Kind: ir.Int, Axes: []ir.Axis{a.inner.inside.ir()}}, "j")
	if a.query != nil {
		sc.bind("i", tensor{i}, a.at, true)
	}
	sc.bind("j", tensor{j}, a.at, true)
	return i, j
}

func (a *attention) score(r *ir.Region, text *syntax.Assign, sc *scope) (ir.Value, bool) {
	l := a.l
	_, j := a.positions(sc)
	a.bindOperands(sc)
	at := text.Values[0].Span()
	v, ok := l.wantTensor(l.eval(text.Values[0], sc), at)
	if !ok {
		return v, false
	}
	if v.Type().Kind == ir.Bool {
		l.fail(diag.New(diag.BadKind, at, "the score is a condition, not a number"))
		return v, false
	}
	if !v.Type().Has(a.inner.inside.label) { // location-based scores do not read the key: the same for every key
		zero := l.b.Must(ir.Map, fn("mul"), l.constant(whole(0)), j)
		v = l.b.Must(ir.Map, fn("add"), v, zero)
	}
	return v, true
}

// bindOperands makes the operands parameters, known under their own names and, where one is the only one on its side
// and the name is free, as q and k. A name on both sides means neither.
func (a *attention) bindOperands(sc *scope) {
	l, inside := a.l, a.inner.inside
	names := map[string]int{}
	for _, o := range append(slices.Clone(a.queries), a.keys...) {
		names[o.name]++
	}
	bind := func(list []operand, short string, typ func(ir.Type) ir.Type) {
		for _, o := range list {
			shown := o.name
			if shown == "" {
				shown = short
			}
			l.b.Src = o.at
			v := l.b.Param(typ(o.v.Type()), shown)
			l.operands[v.Node] = o.v
			if o.name != "" && names[o.name] == 1 {
				sc.bind(o.name, tensor{v}, o.at, true)
			}
			if len(list) == 1 && names[short] == 0 {
				sc.bind(short, tensor{v}, o.at, true)
			}
		}
	}
	bind(a.queries, "q", func(t ir.Type) ir.Type {
		if a.query == nil {
			return t
		}
		return t.Without(a.query.label)
	})
	bind(a.keys, "k", func(t ir.Type) ir.Type {
		axes := slices.Clone(t.Axes)
		axes[t.Find(inside.label)] = inside.ir()
		return ir.Type{Kind: t.Kind, Axes: axes}
	})
}

// mask lowers the condition on i and j.
func (a *attention) mask(r *ir.Region, text *syntax.Assign, sc *scope) (ir.Value, bool) {
	l := a.l
	a.positions(sc)
	if text == nil {
		return l.constant(truth(true)), true
	}
	at := text.Values[0].Span()
	v, ok := l.wantTensor(l.eval(text.Values[0], sc), at)
	if ok && v.Type().Kind != ir.Bool {
		l.fail(diag.New(diag.NoMask, at, "the mask `%s` is %s, not a condition", clip(at.Text()), v.Type().Kind).
			Suggest("compare: `%s != 0`, or use a pattern such as `causal`", clip(at.Text())))
		return v, false
	}
	return v, ok
}

// reads reports whether a node of a region takes a value, or a region inside gives it.
func reads(r *ir.Region, v ir.Value) (found bool) {
	r.Walk(func(n *ir.Node, _ int) {
		found = found || slices.Contains(n.Args, v)
		for _, inner := range n.Regions {
			found = found || slices.Contains(inner.Results, v)
		}
	})
	return found
}

// norm lowers norm (of s) or weight (of w): a region, a function, or a function with further arguments.
func (a *attention) norm(r *ir.Region, text *syntax.Assign, arg string, t ir.Type, sc *scope) (out ir.Value, ok bool) {
	l, name := a.l, r.Name
	in := l.b.Param(t, arg)
	sc.bind(arg, tensor{in}, a.at, true)
	i, j := a.positions(sc)
	defer func() {
		if out != i && out != j && !reads(r, i) && !reads(r, j) {
			r.Params = r.Params[:1]
		}
	}()
	at := a.at
	var v value
	if text == nil {
		v = a.normCall(l.softmax(), callArgs{}, in, sc, at)
	} else {
		at = text.Values[0].Span()
		v = a.normValue(text.Values[0], arg, in, sc)
	}
	out, ok = l.wantTensor(v, at)
	if !ok {
		return out, false
	}
	switch {
	case !out.Type().Has(a.inner.inside.label):
		l.fail(diag.New(diag.AttendRegion, at, "%s gives one number a row, but each key needs a weight", name).
			Note(diag.Span{}, "its value: %s", l.typeText(out.Type())))
		return out, false
	case out.Type().Kind == ir.Bool:
		l.fail(diag.New(diag.BadKind, at, "%s gives conditions, but weights are numbers", name).
			Suggest("choose: `if %s then 1 else 0`", clip(at.Text())))
		return out, false
	}
	return out, true
}

// softmax is the library's: a file's own function of that name does not change what is left out.
func (l *lowerer) softmax() value {
	lib, _ := check.Library()
	if d := lib.Lookup("softmax"); d != nil {
		return l.declared(d)
	}
	return nothing{}
}

func (a *attention) normValue(e syntax.Expr, arg string, in ir.Value, sc *scope) value {
	l := a.l
	if c, ok := e.(*syntax.Call); ok && !c.HasBody && !c.HasCarry { // entmax(1.5): further arguments behind the scores
		if n, isName := c.Fn.(*syntax.Name); isName {
			if f, isFunc := l.lookup(sc, n.Name).(function); isFunc && len(f.decl.Axes) > 0 {
				args, ok := l.arguments(f, c, sc)
				if !ok {
					return poison{}
				}
				return a.normCall(f, args, in, sc, c.At)
			}
		}
	}
	switch v := l.eval(e, sc).(type) {
	case function, *instance, builtin:
		return a.normCall(v, callArgs{}, in, sc, e.Span())
	case deferred:
		return a.normRegion(v, arg, in, sc, e.Span())
	default:
		return v
	}
}

// normRegion lowers { m = max(s); ... }. Its names are those of the place where it is written, and s.
func (a *attention) normRegion(v deferred, arg string, in ir.Value, sc *scope, at diag.Span) value {
	inner := v.scope.child()
	inner.frame = sc.frame
	inner.bind(arg, tensor{in}, a.at, true)
	out, ok := a.l.statements(v.body, inner, at)
	if !ok {
		return poison{}
	}
	return out[len(out)-1]
}

func (a *attention) normCall(f value, args callArgs, in ir.Value, sc *scope, at diag.Span) value {
	if fn, ok := f.(function); ok && len(fn.decl.Axes) > 0 {
		args.axes = []*axis{a.inner.inside}
	}
	args.pos = append([]argument{{val: tensor{in}, at: at}}, args.pos...)
	return a.l.callValue(f, args, at, sc)
}

// position says how a captured tensor is read along an axis: "i", "j" or either; "" when the axis is not of the pair.
func (p *pair) position(a *axis) string {
	for _, b := range p.boundary {
		if b.axis == a {
			return b.pos
		}
	}
	return ""
}

// captured refuses a tensor from outside that has the query's or key's axis: it is read at a position.
func (l *lowerer) captured(t tensor, x *syntax.Name, sc *scope) value {
	p := sc.pair()
	if p == nil {
		return t
	}
	for _, b := range p.boundary {
		if t.v.Type().Has(b.axis.label) {
			l.fail(diag.New(diag.PairCapture, x.At, "%s : %s is read for all positions at once", x.Name,
				l.typeText(t.v.Type())).
				Note(l.origin(t.v), "%s has the axis %s", x.Name, b.axis.name).
				Suggest("read it at a position: `%s[%s]`", x.Name, b.pos[:1]))
			return poison{}
		}
	}
	return t
}

// capturesNothing holds a region to what captured says, whatever way a tensor came in: through a field, a function, an
// index. The one use that a tensor with an axis of the pair has is to be read along it.
func (a *attention) capturesNothing(r *ir.Region, result ir.Value, at diag.Span) bool {
	inside := map[*ir.Node]bool{}
	r.Walk(func(n *ir.Node, _ int) { inside[n] = true })
	ok := true
	use := func(v ir.Value, picked string, at diag.Span) {
		for _, b := range a.boundary {
			if ok && v.Type().Has(b.axis.label) && picked != b.axis.label {
				ok = false
				name := a.l.nameOf(v)
				a.l.fail(diag.New(diag.PairCapture, at, "%s : %s is read for all positions of %s at once", name,
					a.l.typeText(v.Type()), b.axis.name).
					Note(diag.Span{}, "%s sees one position", r.Name).
					Suggest("read it at a position: `%s[%s: %s]`", strings.Trim(name, "`"), b.axis.name, b.pos[:1]))
			}
		}
	}
	r.Walk(func(n *ir.Node, _ int) {
		for i, v := range n.Args {
			picked := ""
			if n.Op == ir.Gather && i == 0 && !inside[v.Node] {
				picked = n.Attr.(*ir.LabelAttr).Label
			}
			use(v, picked, n.Src)
		}
		for _, t := range n.Outs {
			for _, b := range a.boundary {
				if ok && t.Has(b.axis.label) {
					use(ir.Value{Node: n}, "", n.Src)
				}
			}
		}
		for _, inner := range n.Regions {
			for _, v := range inner.Results {
				use(v, "", n.Src)
			}
		}
	})
	use(result, "", at)
	return ok
}

// alignTypes splits the axes of v that a type has the factors of: weights along H for a value along G, and the other
// way round.
func (l *lowerer) alignTypes(v ir.Value, t ir.Type) ir.Value {
	for _, x := range t.Axes {
		if a := l.axes[x.Label]; a != nil && a.count == 0 && !v.Type().Has(x.Label) {
			if out, ok := l.splitFor(v, a); ok {
				v = out
			}
		}
	}
	return v
}
