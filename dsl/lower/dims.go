package lower

import (
	"strings"

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
	if !l.noNumbers(dims, sc) {
		return nil, false
	}
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

// noNumbers refuses arithmetic with dims where dims stand: [T, D/2] would be an axis that is a number, no half of D.
// So is a lower-case name: two of one number would be one dim.
func (l *lowerer) noNumbers(dims []syntax.Expr, sc *scope) bool {
	for _, e := range dims {
		if n := l.numberIn(e, sc); n != nil {
			l.numberAsDim(n, sc)
			return false
		}
		x := arithmetic(e)
		if x == nil {
			continue
		}
		text := clip(x.Span().Text())
		d := diag.New(diag.BadDim, x.Span(), "`%s` is a number and no dim", text)
		b, _ := x.(*syntax.Binary)
		switch {
		case b != nil && b.Op == "*":
			d.Suggest("a product of dims has no `*`: write `%s %s`", clip(b.X.Span().Text()), clip(b.Y.Span().Text()))
		case b != nil && b.Op == "/":
			d.Suggest("declare a dim: `N = %s` is one, and %s = %s N", text, clip(b.X.Span().Text()), clip(b.Y.Span().Text()))
		default:
			d.Suggest("declare a dim: `N = %s`", text)
		}
		l.fail(d)
		return false
	}
	return true
}

// arithmetic is the first part of a dim, a product or a sum that computes with dims, by an operator or a function, nil
// without.
func arithmetic(e syntax.Expr) syntax.Expr {
	var parts []syntax.Expr
	switch x := e.(type) {
	case *syntax.Paren:
		parts = []syntax.Expr{x.X}
	case *syntax.Juxt:
		parts = x.Parts
	case *syntax.If:
		parts = []syntax.Expr{x.T, x.E}
	case *syntax.Binary:
		if x.Op != "+" && namesDim(x) {
			return x
		}
		parts = []syntax.Expr{x.X, x.Y}
	case *syntax.Call: // H (N + R) reads like a call, and is a product
		if n, ok := x.Fn.(*syntax.Name); ok && !isDim(n.Name) {
			return x
		}
	}
	for _, p := range parts {
		if found := arithmetic(p); found != nil {
			return found
		}
	}
	return nil
}

// numberAsDim tells once of each declaration that it is none of a dim.
func (l *lowerer) numberAsDim(n *syntax.Name, sc *scope) {
	b := sc.local(n.Name)
	if b != nil && l.numbers[b] {
		return
	}
	d := diag.New(diag.BadDim, n.At, "`%s` is a number and no dim", n.Name)
	if b != nil {
		l.numbers[b] = true
		d.Note(b.at, "%s is declared", n.Name)
	}
	l.fail(d.Suggest("dims have upper-case names: declare it as `%s`", strings.ToUpper(n.Name[:1])+n.Name[1:]))
}

// numberIn is the first lower-case name in a dim, a product or a sum that stands for a number, nil without.
func (l *lowerer) numberIn(e syntax.Expr, sc *scope) *syntax.Name {
	var parts []syntax.Expr
	switch x := e.(type) {
	case *syntax.Name:
		if v := l.lookup(sc, x.Name); v != nil && !isDim(x.Name) {
			if _, isNumber := v.(constant); isNumber {
				return x
			}
		}
	case *syntax.Paren:
		parts = []syntax.Expr{x.X}
	case *syntax.Juxt:
		parts = x.Parts
	case *syntax.Binary:
		if x.Op == "+" {
			parts = []syntax.Expr{x.X, x.Y}
		}
	}
	for _, p := range parts {
		if found := l.numberIn(p, sc); found != nil {
			return found
		}
	}
	return nil
}

// oneDim reads a dim that must be one axis: what an index, a range or attend goes along.
func (l *lowerer) oneDim(e syntax.Expr, what string, sc *scope) (*axis, bool) {
	s, ok := l.onceEach([]syntax.Expr{e}, e.Span(), sc)
	if ok && len(s) != 1 {
		l.fail(diag.New(diag.AmbiguousAxis, e.Span(), "%s goes along one axis, not `%s`", what, s))
		ok = false
	}
	if !ok {
		return nil, false
	}
	return s[0], true
}
