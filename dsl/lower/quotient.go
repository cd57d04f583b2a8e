package lower

import (
	"slices"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// Division of dims: K = D/H is a dim and the fact D = H K.

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
			d.Suggest("choose %s as a multiple of %s, such as %d, or %s = %d", whole.name, by, max(1, a/max(1, b))*b, by,
				divisorBelow(a, b))
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

// divisorBelow is a divisor of a that is at most b, both positive: the largest if it is not far below b, else 1.
func divisorBelow(a, b int64) int64 {
	const far = 1 << 16
	first := min(a, b)
	for d := first; d > max(1, first-far); d-- {
		if a%d == 0 {
			return d
		}
	}
	return 1
}
