package lower

import (
	"slices"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// dimExpr reads a dim, a product (H K, 4 D), or a sum (N + R). The number 1 is no axis at all.
func (l *lowerer) dimExpr(e syntax.Expr, sc *scope) (shape, bool) {
	if !l.deeper(e.Span()) {
		return nil, false
	}
	defer func() { l.spent.depth-- }()
	switch x := e.(type) {
	case *syntax.Paren:
		return l.dimExpr(x.X, sc)
	case *syntax.Juxt:
		return l.product(x.Parts, x.At, sc)
	case *syntax.Call: // H (N + R) where no dim was expected: a product, although it reads like a call
		if n, ok := x.Fn.(*syntax.Name); ok && isDim(n.Name) && len(x.Args) == 1 && !x.HasBody && !x.HasCarry {
			return l.product([]syntax.Expr{n, x.Args[0].Value}, x.At, sc)
		}
	case *syntax.Binary:
		if x.Op == "+" {
			return l.sumExpr(x, sc)
		}
	case *syntax.If:
		c, ok := l.condition(x, sc)
		if ok && c {
			return l.dimExpr(x.T, sc)
		}
		if ok {
			return l.dimExpr(x.E, sc)
		}
		return nil, false
	}
	return l.dimValue(e, sc)
}

// condition decides an `if` that stands where a dim is expected.
func (l *lowerer) condition(x *syntax.If, sc *scope) (yes, ok bool) {
	v := l.eval(x.C, sc)
	c, ok := known(v)
	if ok && c.kind == ir.Bool {
		return c.f != 0, true
	}
	if !poisoned(v) {
		l.fail(diag.New(diag.NotConstant, x.C.Span(), "`%s` is no condition known when compiling", x.C.Span().Text()))
	}
	return false, false
}

func (l *lowerer) product(parts []syntax.Expr, at diag.Span, sc *scope) (shape, bool) {
	var out shape
	for _, p := range parts {
		s, ok := l.dimExpr(p, sc)
		if !ok {
			return nil, false
		}
		out = append(out, s...)
		if !l.boundedShape(out, at) {
			return nil, false
		}
	}
	return out, true
}

func (l *lowerer) dimValue(e syntax.Expr, sc *scope) (shape, bool) {
	v := l.eval(e, sc)
	switch x := v.(type) {
	case poison:
		return nil, false
	case dims:
		return x.s, true
	}
	if n, ok := sizeOf(settle(v)); ok {
		if k, isNumber := n.Int(); isNumber && k >= 1 && k <= maxDim {
			if k == 1 {
				return shape{}, true
			}
			return shape{l.literal(k)}, true
		}
	}
	l.fail(diag.New(diag.BadDim, e.Span(), "`%s` is no dim", e.Span().Text()).
		Suggest("a dim is an upper-case name, a whole number, a product `H K` or a sum `N + R`"))
	return nil, false
}

// sumExpr reads N + R + ...: one axis of parts one behind another.
func (l *lowerer) sumExpr(x *syntax.Binary, sc *scope) (shape, bool) {
	var parts []shape
	var walk func(e syntax.Expr) bool
	walk = func(e syntax.Expr) bool {
		if b, ok := e.(*syntax.Binary); ok && b.Op == "+" {
			return walk(b.X) && walk(b.Y)
		}
		s, ok := l.dimExpr(e, sc)
		parts = append(parts, s)
		return ok
	}
	if !walk(x) {
		return nil, false
	}
	a, ok := l.sum(parts, x.At)
	return shape{a}, ok
}

// typeShape reads all dims of a type as one shape. Each may stand once.
func (l *lowerer) typeShape(t *syntax.Type, sc *scope) (shape, bool) {
	return l.onceEach(t.Dims, t.At, sc)
}

// onceEach reads the dims of one tensor.
func (l *lowerer) onceEach(dims []syntax.Expr, at diag.Span, sc *scope) (shape, bool) {
	out, ok := l.product(dims, at, sc)
	if !ok {
		return nil, false
	}
	if a := twice(out); a != nil {
		l.fail(diag.New(diag.TwiceDim, at, "`%s` has the dimension %s twice", at.Text(), a.name).
			Note(a.decl, "%s", a.text()).
			Suggest("a tensor has each dim once: declare a second one of the same size, such as `%s2=%s`", a.name, a.name))
		return nil, false
	}
	return out, true
}

// oneDim reads a dim that must be one axis: what an index, a range or attend goes along.
func (l *lowerer) oneDim(e syntax.Expr, what string, sc *scope) (*axis, bool) {
	s, ok := l.dimExpr(e, sc)
	if ok && len(s) != 1 {
		l.fail(diag.New(diag.AmbiguousAxis, e.Span(), "%s goes along one axis, not `%s`", what, s))
		ok = false
	}
	if !ok {
		return nil, false
	}
	return s[0], true
}

// let binds dims or constants of a block: `I = if l == 0 then A else 4 F`, `freqs = ...`.
func (l *lowerer) let(in *instance, x *syntax.Let) {
	if len(x.Names) == 1 && isDim(x.Names[0].Name) {
		if l.mayDeclare(in, x.Names[0]) {
			v := l.dimLet(x, in.scope)
			if d, ok := v.(dims); ok && len(d.s) == 1 && d.s[0].outer {
				in.formals = append(in.formals, d.s[0]) // a product under a name: outside it is the product again
			}
			in.scope.bind(x.Names[0].Name, v, x.Names[0].At, true)
		}
		return
	}
	var values []value
	l.aside(func() { values = l.letValues(x, in.scope) })
	if slices.ContainsFunc(values, runs) {
		lets := &lateLet{decl: x, scope: in.scope}
		for i := range values {
			if runs(values[i]) {
				values[i] = late{lets, i}
			}
		}
	}
	for i, id := range x.Names {
		switch {
		case !l.mayDeclare(in, id):
			continue
		case isDim(id.Name) && !poisoned(values[i]):
			l.fail(diag.New(diag.BadDim, id.At, "a dim is given alone: `%s = ...`", id.Name))
			values[i] = poison{}
		}
		in.scope.bind(id.Name, values[i], id.At, true)
	}
}

// runs reports whether the value is one of the running program.
func runs(v value) bool {
	_, ok := v.(tensor)
	return ok
}

// letValues gives one value for each name.
func (l *lowerer) letValues(x *syntax.Let, sc *scope) []value {
	var values []value
	for _, e := range x.Values {
		values = append(values, l.eval(e, sc))
	}
	return l.spread(values, len(x.Names), x.At)
}

func (l *lowerer) dimLet(x *syntax.Let, sc *scope) value {
	if len(x.Values) != 1 {
		l.fail(diag.New(diag.NotSplit, x.At, "one name takes one value, not %d", len(x.Values)))
		return poison{}
	}
	e, id := x.Values[0], x.Names[0]
	if v, ok := l.quotientOf(id, e, sc); ok {
		return v
	}
	s, ok := l.dimOrNumber(e, sc)
	if !ok {
		return poison{}
	}
	if len(s) == 1 && s[0].parts == nil && s[0].count == 0 {
		return dims{s}
	}
	a := l.dim(id.Name, s.size(), id.At, s.labels()...)
	if !l.fitsDim(a, e.Span()) {
		return poison{}
	}
	if len(s) > 0 && a.facts == nil {
		a.facts, a.how, a.outer = []shape{s}, s.String(), true
	}
	return dims{shape{a}}
}

// dimOrNumber reads a dim; a sum of numbers alone, `64 + l`, is a number.
func (l *lowerer) dimOrNumber(e syntax.Expr, sc *scope) (shape, bool) {
	if x, ok := unparen(e).(*syntax.Binary); ok && x.Op == "+" && !namesDim(x) {
		return l.dimValue(x, sc)
	}
	return l.dimExpr(e, sc)
}

// namesDim reports whether an expression of numbers and names has an upper-case name.
func namesDim(e syntax.Expr) bool {
	switch x := e.(type) {
	case *syntax.Name:
		return isDim(x.Name)
	case *syntax.Paren:
		return namesDim(x.X)
	case *syntax.Unary:
		return namesDim(x.X)
	case *syntax.Binary:
		return namesDim(x.X) || namesDim(x.Y)
	case *syntax.Num:
		return false
	}
	return true
}

// quotientOf reads `K = D/H`; false when e is no dim divided by another.
func (l *lowerer) quotientOf(id syntax.Ident, e syntax.Expr, sc *scope) (value, bool) {
	div, ok := unparen(e).(*syntax.Binary)
	if !ok || div.Op != "/" {
		return nil, false
	}
	x, okX := l.dimExpr(div.X, sc)
	y, okY := l.dimExpr(div.Y, sc)
	switch {
	case !okX || !okY:
		return poison{}, true
	case len(x) != 1 || x[0].count != 0:
		return l.quotientNumber(id, x, y, div), true
	}
	return l.quotient(id, x[0], y, div), true
}

// quotientNumber is `F = 4 D / H`: a size without a fact.
func (l *lowerer) quotientNumber(id syntax.Ident, x, y shape, div *syntax.Binary) value {
	a, okA := x.size().Int()
	b, okB := y.size().Int()
	switch {
	case !okA || !okB:
		l.fail(diag.New(diag.NotConstant, div.At, "`%s` is not known when compiling", div.At.Text()))
	case a%b != 0:
		l.fail(diag.New(diag.NotDivisible, div.At, "%s is not a multiple of %s", sized(x), sized(y)).
			Note(id.At, "%s = %s must be whole", id.Name, div.At.Text()))
	default:
		if out := l.dim(id.Name, ir.Const(a/b), id.At); l.fitsDim(out, div.At) {
			return dims{shape{out}}
		}
	}
	return poison{}
}

// quotient makes K = D/H, a dim with the fact D = H K.
func (l *lowerer) quotient(id syntax.Ident, whole *axis, by shape, div *syntax.Binary) value {
	a, okA := whole.size.Int()
	b, okB := by.size().Int()
	if !okA || !okB {
		l.fail(diag.New(diag.NotConstant, div.At, "`%s` is not known when compiling", div.At.Text()))
		return poison{}
	}
	if b == 0 || a%b != 0 {
		d := diag.New(diag.NotDivisible, div.At, "%s is not a multiple of %s", sized(shape{whole}), sized(by)).
			Note(whole.decl, "%s", whole.text()).
			Note(id.At, "%s = %s must be whole", id.Name, div.At.Text())
		if whole.count == 0 {
			d.Suggest("choose %s as a multiple of %s, such as %d", whole.name, by, max(1, a/max(1, b))*b)
		}
		l.fail(d)
		return poison{}
	}
	out := l.dim(id.Name, ir.Const(a/b), id.At, append([]string{whole.label}, by.labels()...)...)
	if fact := append(slices.Clone(by), out); !slices.Contains(by, whole) && !holds(whole.facts, fact) {
		out.how = div.At.Text()
		whole.facts = append(whole.facts, fact)
	}
	return dims{shape{out}}
}

// sized is a product with its size: "4 D = 256"; a number is its own size.
func sized(s shape) string {
	if text := s.String(); text != s.size().String() {
		return text + " = " + s.size().String()
	}
	return s.String()
}

func holds(facts []shape, fact shape) bool {
	return slices.ContainsFunc(facts, func(f shape) bool { return slices.Equal(f, fact) })
}

// require checks a condition that the file states.
func (l *lowerer) require(x *syntax.Require, sc *scope) {
	v := l.eval(x.Cond, sc)
	if poisoned(v) {
		return
	}
	c, ok := known(v)
	if !ok || c.kind != ir.Bool {
		l.fail(diag.New(diag.NotConstant, x.Cond.Span(), "`require` takes a condition known when compiling"))
		return
	}
	if c.f == 0 {
		msg := "does not hold"
		if x.Msg != nil {
			msg = x.Msg.Text
		}
		d := diag.New(diag.RequireFailed, x.Cond.Span(), "`%s`: %s", x.Cond.Span().Text(), msg)
		for _, id := range namesIn(x.Cond) {
			if n, ok := known(l.lookup(sc, id.Name)); ok {
				d.Note(diag.Span{}, "%s = %v", id.Name, n.f)
			}
		}
		l.fail(d)
	}
}

func namesIn(e syntax.Expr) []syntax.Ident {
	switch x := e.(type) {
	case *syntax.Name:
		return []syntax.Ident{x.Ident}
	case *syntax.Paren:
		return namesIn(x.X)
	case *syntax.Unary:
		return namesIn(x.X)
	case *syntax.Binary:
		return append(namesIn(x.X), namesIn(x.Y)...)
	}
	return nil
}
