package lower

import (
	"slices"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

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
		for _, name := range namesIn(x.Cond) {
			v := l.lookup(sc, name)
			if s, ok := v.(text); ok {
				d.Note(diag.Span{}, "%s = %q", name, clip(s.s))
			} else if n, ok := known(v); ok {
				d.Note(diag.Span{}, "%s = %s", name, settingText(n))
			}
		}
		l.fail(d)
	}
}

// namesIn are the names that a condition reads, those of a configuration's fields with their dots.
func namesIn(e syntax.Expr) []string {
	switch x := e.(type) {
	case *syntax.Name, *syntax.Select:
		return []string{e.Span().Text()}
	case *syntax.Paren:
		return namesIn(x.X)
	case *syntax.Unary:
		return namesIn(x.X)
	case *syntax.Binary:
		return append(namesIn(x.X), namesIn(x.Y)...)
	}
	return nil
}
