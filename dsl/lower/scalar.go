package lower

import (
	"slices"

	"math"
	"strings"

	"archc/ir"
	"archc/ir/diag"
)

// operators maps an operator to its scalar function.
var operators = map[string]string{
	"+": "add", "-": "sub", "*": "mul", "/": "div", "div": "quo", "%": "mod", "^": "pow",
	"==": "eq", "!=": "ne", "<": "lt", ">": "gt", "<=": "le", ">=": "ge", "&": "and", "|": "or",
}

// splits reports whether the operands of a scalar function use H = G R by themselves: sums never do.
func splits(name string) bool { return name != "add" && name != "sub" }

// sameForm merges the factors of a dim that the other operand has as a whole: [4, F] beside [I] with I = 4 F are the same
// dims in another form, and nothing is broadcast.
func (l *lowerer) sameForm(left, right value) (value, value) {
	x, okX := left.(tensor)
	y, okY := right.(tensor)
	if !okX || !okY {
		return left, right
	}
	return tensor{l.wholesOf(y.v, x.v)}, tensor{l.wholesOf(x.v, y.v)}
}

// wholesOf merges in v every dim that other has whole and v has in all its factors, when other has none of them.
func (l *lowerer) wholesOf(other, v ir.Value) ir.Value {
	for _, t := range other.Type().Axes {
		a := l.axes[t.Label]
		if a == nil || v.Type().Has(a.label) {
			continue
		}
		for _, fact := range l.factsOf(a) {
			all := !slices.ContainsFunc(fact, func(f *axis) bool {
				return !v.Type().Has(f.label) || other.Type().Has(f.label)
			})
			if !all {
				continue
			}
			if out, ok := l.merge(v, fact, a); ok {
				v = out
				break
			}
		}
	}
	return v
}

// splitFree refuses `x + y` where only a split would bring the dims together.
func (l *lowerer) splitFree(op string, at diag.Span, left, right value) bool {
	x, okX := left.(tensor)
	y, okY := right.(tensor)
	if !okX || !okY {
		return true
	}
	whole, fact, factor := l.related(x.v.Type(), y.v.Type())
	if whole == nil {
		whole, fact, factor = l.related(y.v.Type(), x.v.Type())
	}
	if whole == nil {
		return true
	}
	l.fail(diag.New(diag.NeverSplits, at, "`%s` does not split %s into %s", op, whole.name, fact).
		Note(diag.Span{}, "left : %s", l.typeText(x.v.Type())).
		Note(diag.Span{}, "right: %s", l.typeText(y.v.Type())).
		Note(whole.decl, "%s has the factor %s", whole.text(), factor.name))
	return false
}

// apply applies a scalar function to values: at compile time where all are known, else as a map.
func (l *lowerer) apply(name string, at diag.Span, args ...value) value {
	row := ir.FnNamed(name)
	for i := range args {
		args[i] = settle(args[i])
		if poisoned(args[i]) {
			return poison{}
		}
	}
	v, ok := l.fold(row, args)
	if !ok {
		return l.applyMap(row, at, args)
	}
	if c, isConst := v.(constant); isConst && !l.usable(c, at) {
		return poison{}
	}
	return v
}

// usable refuses a compile-time number that no float64 holds: 0/0, and whole numbers that are not exact.
func (l *lowerer) usable(c constant, at diag.Span) bool {
	_, exact := c.int()
	switch {
	case math.IsNaN(c.f):
		l.fail(diag.New(diag.BadNumber, at, "`%s` is not a number", clip(at.Text())))
	case c.kind == ir.Int && !exact:
		l.fail(diag.New(diag.BadNumber, at, "`%s` is %v, no whole number below 2^53", clip(at.Text()), c.f))
	default:
		return true
	}
	return false
}

// fold computes what is known when compiling: numbers, sizes, and numbers of the layer.
func (l *lowerer) fold(row *ir.Fn, args []value) (value, bool) {
	kinds, xs := make([]ir.Kind, len(args)), make([]float64, len(args))
	layer, sized := false, false
	for i, a := range args {
		switch x := a.(type) {
		case constant:
			kinds[i], xs[i] = x.kind, x.f
		case layered:
			kinds[i], layer = x.kind, true
		case extent:
			sized = true
		default:
			return nil, false
		}
	}
	if sized {
		return foldSizes(row.Name, args)
	}
	kind, ok := row.Rule(kinds)
	switch {
	case !ok:
		return nil, false
	case layer:
		return l.layerFormula(row, kind, args), true
	}
	return constant{kind, row.Eval(xs)}, true
}

// foldSizes computes with sizes that the input binds, as long as the formula is one that a reader could check; the
// running program computes what is not.
func foldSizes(name string, args []value) (value, bool) {
	if len(args) != 2 {
		return nil, false
	}
	a, okA := sizeOf(args[0])
	b, okB := sizeOf(args[1])
	if !okA || !okB {
		return nil, false
	}
	var out ir.Size
	switch name {
	case "add":
		out = a.Add(b)
	case "sub":
		out = a.Sub(b)
	case "mul":
		out = a.Mul(b)
	case "min":
		out = ir.Min(a, b)
	case "max":
		out = ir.Max(a, b)
	default:
		return nil, false
	}
	if len(out.String()) > maxFormula {
		return nil, false
	}
	return settle(extent{out}), true
}

func (l *lowerer) applyMap(row *ir.Fn, at diag.Span, args []value) value {
	vs := make([]ir.Value, len(args))
	for i, a := range args {
		v, ok := l.tensorOf(a)
		if !ok {
			l.fail(diag.New(diag.BadKind, at, "an operand of `%s` is %s, not a number", clip(at.Text()), a.what()))
			return poison{}
		}
		vs[i] = v
	}
	if splits(row.Name) {
		for i := 1; i < len(vs); i++ {
			vs[0], vs[i] = l.align(vs[0], vs[i])
		}
	}
	n, err := l.b.Add(ir.Map, &ir.MapAttr{Fn: row}, vs)
	if err != nil {
		l.fail(l.mapError(row, at, vs, err))
		return poison{}
	}
	return tensor{ir.Value{Node: n}}
}

func (l *lowerer) mapError(row *ir.Fn, at diag.Span, vs []ir.Value, err error) *diag.Diagnostic {
	var types []ir.Type
	var kinds []ir.Kind
	for _, v := range vs {
		types = append(types, v.Type())
		kinds = append(kinds, v.Type().Kind)
	}
	what := clip(at.Text())
	var d *diag.Diagnostic
	if !suits(row, kinds) {
		d = diag.New(diag.BadKind, at, "`%s` does not take %s", what, kindList(kinds))
	} else if _, broad := ir.Broadcast(types...); broad != nil {
		d = diag.New(diag.SizeMismatch, at, "%v", broad)
	} else {
		d = diag.New(diag.BadKind, at, "%v", err)
	}
	for i, t := range types {
		d.Note(diag.Span{}, "operand %d: %s", i+1, l.typeText(t))
	}
	return d
}

// suits reports whether the function takes the kinds; a product of several factors takes them two by two.
func suits(row *ir.Fn, kinds []ir.Kind) bool {
	if len(kinds) == row.Arity {
		_, ok := row.Rule(kinds)
		return ok
	}
	for _, k := range kinds {
		if k == ir.Bool {
			return false
		}
	}
	return true
}

func kindList(kinds []ir.Kind) string {
	var out []string
	for _, k := range kinds {
		out = append(out, k.String())
	}
	return strings.Join(out, " and ")
}
