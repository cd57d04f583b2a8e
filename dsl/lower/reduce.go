package lower

import (
	"slices"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// callSum lowers a sum. Of a product it makes one contraction of all factors that are tensors.
func callSum(l *lowerer, args *callArgs, at diag.Span, sc *scope) value {
	var scale []value
	var vs []ir.Value
	for _, f := range l.factors(args.pos[0], sc) {
		if poisoned(f) {
			return poison{}
		}
		if t, ok := f.(tensor); ok && len(t.v.Type().Axes) > 0 {
			vs = append(vs, t.v)
			continue
		}
		scale = append(scale, f)
	}
	if len(vs) == 0 {
		l.fail(diag.New(diag.NoDim, at, "`%s` has no axis to sum over", clip(args.pos[0].at.Text())))
		return poison{}
	}
	for i := range vs {
		for k := range vs {
			if i != k {
				vs[i], vs[k] = l.align(vs[i], vs[k])
			}
		}
	}
	axes, ok := l.reduceAxes("sum", args, vs, at, sc)
	if !ok {
		return poison{}
	}
	out := l.contract(vs, axes, at)
	for _, s := range scale {
		out = l.apply("mul", at, out, s)
	}
	return out
}

// contract sums the product of tensors over axes; every tensor is brought to the axes it can have.
func (l *lowerer) contract(vs []ir.Value, axes []*axis, at diag.Span) value {
	for i := range vs {
		for _, a := range axes {
			if v, ok := l.need(vs[i], a); ok {
				vs[i] = v
			}
		}
	}
	if len(vs) == 1 {
		return l.reduce("sum", false, vs[0], axes, at)
	}
	n, err := l.b.Add(ir.Contract, &ir.SumAttr{Labels: shape(axes).labels()}, vs)
	if err != nil {
		l.fail(l.mapError(ir.FnNamed("mul"), at, vs, err))
		return poison{}
	}
	return tensor{ir.Value{Node: n}}
}

// factors evaluates the factors of a product written with `*`; anything else is one factor.
func (l *lowerer) factors(arg argument, sc *scope) []value {
	if arg.val != nil {
		return []value{settle(arg.val)}
	}
	var out []value
	var walk func(e syntax.Expr)
	walk = func(e syntax.Expr) {
		if b, ok := unparen(e).(*syntax.Binary); ok && b.Op == "*" {
			walk(b.X)
			walk(b.Y)
			return
		}
		out = append(out, settle(l.eval(e, sc)))
	}
	walk(arg.expr)
	return out
}

// reduceAxes gives the axes in brackets, or the one candidate: the key axis in a region, or a tensor's only axis.
func (l *lowerer) reduceAxes(name string, args *callArgs, vs []ir.Value, at diag.Span, sc *scope) ([]*axis, bool) {
	if len(args.axes) == 0 {
		return l.onlyAxis(name, vs, at, sc)
	}
	axes := make([]*axis, len(args.axes))
	for i, a := range args.axes {
		if !l.mayUse(shape{a}, a.name, at, sc) {
			return nil, false
		}
		axes[i] = a
		for _, v := range vs {
			if axes[i] == a {
				axes[i] = l.onAxis(v, a)
			}
		}
		if !slices.ContainsFunc(vs, func(v ir.Value) bool { return l.can(v, axes[i]) }) {
			l.fail(l.noDim(at, a, vs[0], " in "+clip(at.Text())))
			return nil, false
		}
	}
	for i, v := range vs {
		if stray := l.stray(vs, i, axes); stray != nil {
			d := l.noDim(at, axes[0], v, " in "+clip(at.Text()))
			for k, other := range vs {
				if k != i {
					l.noteOrigin(d, other)
				}
			}
			l.suggestRename(d, v, stray, axes[0])
			l.fail(d)
			return nil, false
		}
	}
	return axes, true
}

func (l *lowerer) onlyAxis(name string, vs []ir.Value, at diag.Span, sc *scope) ([]*axis, bool) {
	if p := sc.pair(); p != nil && slices.ContainsFunc(vs, func(v ir.Value) bool { return v.Type().Has(p.key.label) }) {
		return []*axis{p.key}, true
	}
	axes := vs[0].Type().Axes
	if len(vs) == 1 && len(axes) == 1 {
		return []*axis{l.axes[axes[0].Label]}, true
	}
	d := diag.New(diag.AmbiguousAxis, at, "over which dims? the argument is %s", l.typeText(vs[0].Type()))
	for _, v := range vs[1:] {
		d.Note(diag.Span{}, "times %s", l.typeText(v.Type()))
	}
	l.fail(d.Suggest("write them in brackets: `%s[%s](...)`", name, l.axisText(axes[len(axes)-1].Label)))
	return nil, false
}

// stray gives a dim of factor i that no other factor has, when the factor has none of the summed dims: then the sum
// would be an outer product, and sum[K](q * k) with k : [T, G, Kd] is a typo.
func (l *lowerer) stray(vs []ir.Value, i int, axes []*axis) *axis {
	for _, a := range axes {
		if l.can(vs[i], a) {
			return nil
		}
	}
	for _, x := range slices.Backward(vs[i].Type().Axes) {
		shared := false
		for k, v := range vs {
			shared = shared || k != i && v.Type().Has(x.Label)
		}
		if a := l.axes[x.Label]; a != nil && !shared && len(a.size.Frees()) == 0 {
			return a
		}
	}
	return nil
}

// reduceArg brings the one argument of a reduction to the axes.
func (l *lowerer) reduceArg(name string, args *callArgs, at diag.Span, sc *scope) (ir.Value, []*axis, bool) {
	v, ok := l.wantTensor(args.pos[0].val, args.pos[0].at)
	if !ok {
		return v, nil, false
	}
	if len(v.Type().Axes) == 0 {
		l.fail(diag.New(diag.NoDim, at, "`%s` has no axis to reduce", clip(args.pos[0].at.Text())))
		return v, nil, false
	}
	axes, ok := l.reduceAxes(name, args, []ir.Value{v}, at, sc)
	if !ok {
		return v, nil, false
	}
	out, missing := l.needAll(v, axes)
	if missing != nil {
		l.fail(l.noDim(at, missing, v, " in "+clip(at.Text())))
		return v, nil, false
	}
	return out, axes, true
}

func (l *lowerer) reduce(fn string, prefix bool, v ir.Value, axes []*axis, at diag.Span) value {
	n, err := l.b.Add(ir.Reduce, &ir.ReduceAttr{Fn: fn, Labels: shape(axes).labels(), Prefix: prefix}, []ir.Value{v})
	if err != nil {
		l.fail(diag.New(diag.BadKind, at, "`%s` is not defined on %s", clip(at.Text()), l.typeText(v.Type())))
		return poison{}
	}
	return tensor{ir.Value{Node: n}}
}

func callExtreme(fn string) func(*lowerer, *callArgs, diag.Span, *scope) value {
	return func(l *lowerer, args *callArgs, at diag.Span, sc *scope) value {
		if len(args.pos) == 2 {
			if len(args.axes) > 0 {
				l.fail(diag.New(diag.WrongArgs, at, "%s is of two values or over dims, not both", fn).
					Suggest("write `%s(x, y)` or `%s[K](x)`", fn, fn))
				return poison{}
			}
			return l.apply(fn, at, args.pos[0].val, args.pos[1].val)
		}
		v, axes, ok := l.reduceArg(fn, args, at, sc)
		if !ok {
			return poison{}
		}
		if v.Type().Kind == ir.Bool {
			l.fail(diag.New(diag.BadKind, at, "%s takes numbers, not %s", fn, l.typeText(v.Type())).
				Suggest("whether a condition holds anywhere is `any`, everywhere `all`"))
			return poison{}
		}
		return l.reduce(fn, false, v, axes, at)
	}
}

func callLogical(name, fn string) func(*lowerer, *callArgs, diag.Span, *scope) value {
	return func(l *lowerer, args *callArgs, at diag.Span, sc *scope) value {
		v, axes, ok := l.reduceArg(name, args, at, sc)
		if !ok {
			return poison{}
		}
		if v.Type().Kind != ir.Bool {
			l.fail(diag.New(diag.BadKind, at, "%s takes a condition, not %s", name, l.typeText(v.Type())))
			return poison{}
		}
		return l.reduce(fn, false, v, axes, at)
	}
}

func callCumsum(l *lowerer, args *callArgs, at diag.Span, sc *scope) value {
	v, axes, ok := l.reduceArg("cumsum", args, at, sc)
	if !ok {
		return poison{}
	}
	if len(axes) != 1 {
		l.fail(diag.New(diag.AmbiguousAxis, at, "cumsum runs along one axis, not along %s", shape(axes)))
		return poison{}
	}
	return l.reduce("sum", true, v, axes, at)
}
