package lower

import (
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// callReverse lowers reverse[T](x).
func callReverse(l *lowerer, args *callArgs, at diag.Span, sc *scope) value {
	v, axes, ok := l.reduceArg("reverse", args, at, sc)
	if !ok {
		return poison{}
	}
	for _, a := range axes {
		v = l.b.Must(ir.Reverse, &ir.LabelAttr{Label: a.label}, v)
	}
	return tensor{v}
}

// callCat lowers cat[T](x, y): one behind another along T. An argument without T gives the one axis that the others
// do not have, and one that has none of its own is a single element. Ranges of T that are as many elements as T has
// make T again.
func callCat(l *lowerer, args *callArgs, at diag.Span, sc *scope) value {
	if len(args.axes) != 1 {
		l.fail(diag.New(diag.AmbiguousAxis, at, "cat lays tensors behind one another along one axis").
			Suggest("name it: `cat[T](x, y)`"))
		return poison{}
	}
	along := args.axes[0]
	var vs []ir.Value
	for _, arg := range args.pos {
		v, ok := l.wantTensor(arg.val, arg.at)
		if !ok {
			return poison{}
		}
		vs = append(vs, v)
	}
	labels, parts := make([]string, len(vs)), make([]shape, len(vs))
	ranges, singles, size := 0, 0, ir.Size{}
	for i := range vs {
		a, ok := l.catAxis(vs, i, along, args.pos[i].at)
		if !ok {
			return poison{}
		}
		if a == nil {
			a = l.literal(1)
			vs[i] = l.b.Must(ir.Stack, &ir.AxisAttr{Axis: a.ir()}, vs[i])
			singles++
		} else if a.cut == along {
			ranges++
		}
		labels[i], parts[i], size = a.label, shape{a}, size.Add(a.size)
	}
	into, ok := along, ranges > 0 && ranges+singles == len(vs) && size.Equal(along.size)
	if !ok {
		into, ok = l.sum(parts, at)
	}
	if !ok {
		return poison{}
	}
	n, err := l.b.Add(ir.Concat, &ir.ConcatAttr{Labels: labels, Into: into.ir()}, vs)
	if err != nil {
		l.fail(diag.New(diag.SizeMismatch, at, "%v", err))
		return poison{}
	}
	return tensor{ir.Value{Node: n}}
}

// catAxis is the axis along which argument i is laid behind the others; nil when it is a single element.
func (l *lowerer) catAxis(vs []ir.Value, i int, along *axis, at diag.Span) (*axis, bool) {
	if a := l.onAxis(vs[i], along); vs[i].Type().Has(a.label) {
		return a, true
	}
	own := vs[i].Type()
	for k, o := range vs {
		if k != i {
			own = own.Without(o.Type().Labels()...)
		}
	}
	switch len(own.Axes) {
	case 0:
		return nil, true
	case 1:
		return l.axes[own.Axes[0].Label], true
	}
	l.fail(l.noDim(at, along, vs[i], ", and several dims are its own"))
	return nil, false
}

// flatten lowers flatten[N = Y X](x): axes as one, outer first, under a name.
func (l *lowerer) flatten(x *syntax.Call, brackets []syntax.Arg, sc *scope) value {
	if len(brackets) != 1 || brackets[0].Name.Name == "" || len(x.Args) != 1 || x.HasBody || x.HasCarry {
		l.fail(diag.New(diag.WrongArgs, x.At, "flatten names the dim that the others become").
			Suggest("`flatten[N = Y X](x)`"))
		return poison{}
	}
	v, ok := l.wantTensor(l.eval(x.Args[0].Value, sc), x.Args[0].At)
	if !ok {
		return poison{}
	}
	s, ok := l.dimExpr(brackets[0].Value, sc)
	if !ok {
		return poison{}
	}
	parts := make(shape, len(s))
	for i, a := range s {
		parts[i] = l.onAxis(v, a)
	}
	whole, missing := l.needAll(v, parts)
	if missing != nil {
		l.fail(l.noDim(x.At, missing, v, " in "+clip(x.At.Text())))
		return poison{}
	}
	id := brackets[0].Name
	into, ok := l.flatName(id, parts, sc)
	if !ok {
		return poison{}
	}
	out, ok := l.try(ir.Merge, &ir.MergeAttr{Labels: parts.labels(), Into: into.ir()}, whole)
	if !ok {
		l.fail(diag.New(diag.TwiceDim, x.At, "%s has the dimension %s already", l.nameOf(whole), into.name))
		return poison{}
	}
	return tensor{out}
}

// flatName is the dim that flatten gives: a declared one of that size, or one that it names first.
func (l *lowerer) flatName(id syntax.Ident, parts shape, sc *scope) (*axis, bool) {
	if l.lookup(sc, id.Name) == nil && isDim(id.Name) {
		a := l.dim(id.Name, parts.size(), id.At, parts.labels()...)
		sc.bind(id.Name, dims{shape{a}}, id.At, true)
		return a, true
	}
	a, ok := l.oneDim(&syntax.Name{Ident: id}, "flatten", sc)
	if ok && !a.size.Equal(parts.size()) {
		l.fail(diag.New(diag.SizeMismatch, id.At, "%s has %s elements, and %s is %s", parts, parts.size(), a.name, a.size).
			Note(a.decl, "%s", a.text()))
		return nil, false
	}
	return a, ok
}

// callZeros lowers zeros([L, U]): where a recurrence begins.
func callZeros(l *lowerer, args *callArgs, at diag.Span, sc *scope) value {
	list, ok := args.pos[0].expr.(*syntax.List)
	if !ok {
		l.fail(diag.New(diag.WrongArgs, at, "zeros takes dims in brackets").Suggest("`zeros([U])`"))
		return poison{}
	}
	v := l.b.Leaf(ir.Constant, &ir.ConstAttr{}, ir.Scalar(ir.Real))
	s, ok := l.listed(list, "zeros", sc)
	if !ok {
		return poison{}
	}
	for _, a := range s {
		v = l.b.Must(ir.Map, fn("mul"), v, l.b.Must(ir.Position, &ir.AxisAttr{Axis: a.ir()}))
	}
	return tensor{v}
}

// listed reads the dims of zeros([L, U]), each once.
func (l *lowerer) listed(list *syntax.List, name string, sc *scope) (shape, bool) {
	var s shape
	for _, a := range list.Args {
		part, ok := l.onceEach([]syntax.Expr{a.Value}, a.At, sc)
		if !ok {
			return nil, false
		}
		s = append(s, part...)
	}
	if a := twice(s); a != nil {
		l.fail(diag.New(diag.TwiceDim, list.At, "%s stands twice", a.name))
		return nil, false
	}
	return s, l.mayUse(s, name, list.At, sc)
}
