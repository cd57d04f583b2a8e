package lower

import (
	"strings"

	"archc/ir"
	"archc/ir/diag"
)

// builtinRow is what the language itself computes: scalar functions, reductions and views. All else is library.
type builtinRow struct {
	name  string
	doc   string
	usage string
	args  ir.Arity // positional arguments; named ones it has none
	axes  bool     // takes dims in brackets
	lazy  bool     // reads its argument as text: a sum of a product is one contraction
	call  func(l *lowerer, args *callArgs, at diag.Span, sc *scope) value
}

func builtinTable() map[string]*builtinRow {
	one, two := ir.Arity{Min: 1, Max: 1}, ir.Arity{Min: 1, Max: 2}
	rows := []*builtinRow{
		{"sum", "the sum over axes; the sum of a product is one contraction", "sum[K](q * k)", one, true, true, callSum},
		{"max", "the largest over axes, or of two values", "max[K](x), max(x, y)", two, true, false, callExtreme("max")},
		{"min", "the smallest over axes, or of two values", "min[K](x), min(x, y)", two, true, false, callExtreme("min")},
		{"any", "whether a condition holds anywhere along axes", "any[K](x > 0)", one, true, false, callLogical("any", "max")},
		{"all", "whether a condition holds everywhere along axes", "all[K](x > 0)", one, true, false, callLogical("all", "min")},
		{"cumsum", "the running sum along an axis", "cumsum[T](x)", one, true, false, callCumsum},
		{"index", "0, 1, 2, ... along an axis", "index(T)", one, false, true, callIndex},
		{"reverse", "an axis from its end", "reverse[T](x)", one, true, false, callReverse},
		{"cat", "one behind another along an axis", "cat[T](x, y)", ir.Arity{Min: 2, Max: maxParts}, true, false, callCat},
		{"top", "which are the largest along an axis", "top[E](scores, 2)", ir.Arity{Min: 2, Max: 2}, true, false, callTop},
		{"topsum", "the sum of the largest along an axis", "topsum[E](scores, 2)", ir.Arity{Min: 2, Max: 2}, true, false,
			callTopSum},
		{"onehot", "where a selection chose", "onehot(r)", one, false, false, callOneHot},
		{"zeros", "zeros of the given dims", "zeros([U])", one, false, true, callZeros},
		{"stop", "the same value, a constant to whoever takes derivatives", "stop(x)", one, false, false, callStop},
		{"maxpool", "the largest in each window", "maxpool[Y, X](x, window=2, stride=2)", one, true, false, callPool("max")},
		{"meanpool", "the mean of each window", "meanpool[Y, X](x, window=2, stride=2)", one, true, false, callPool("sum")},
	}
	for _, name := range []string{"exp", "log", "sqrt", "rsqrt", "sin", "cos", "tanh", "erf", "abs", "sign", "floor",
		"ceil", "round"} {
		rows = append(rows, &builtinRow{name, ir.FnNamed(name).Doc, name + "(x)", one, false, false, callScalar(name)})
	}
	out := map[string]*builtinRow{}
	for _, r := range rows {
		out[r.name] = r
	}
	return out
}

func (l *lowerer) callBuiltin(row *builtinRow, args *callArgs, at diag.Span, sc *scope) value {
	n := len(args.pos)
	if n < row.args.Min || n > row.args.Max || len(args.carry) > 0 || len(args.named) > 0 && !row.named() || !row.axes && len(args.axes) > 0 {
		l.fail(diag.New(diag.WrongArgs, at, "`%s` does not fit %s", clip(at.Text()), row.name).
			Suggest("write `%s`: %s", row.usage, row.doc))
		return poison{}
	}
	for _, a := range args.pos {
		if a.val != nil && poisoned(a.val) {
			return poison{}
		}
	}
	return row.call(l, args, at, sc)
}

// named reports whether the row takes named arguments: the numbers of a window.
func (r *builtinRow) named() bool { return r.name == "maxpool" || r.name == "meanpool" }

func callScalar(name string) func(*lowerer, *callArgs, diag.Span, *scope) value {
	return func(l *lowerer, args *callArgs, at diag.Span, _ *scope) value {
		return l.apply(name, at, args.pos[0].val)
	}
}

func callIndex(l *lowerer, args *callArgs, at diag.Span, sc *scope) value {
	if args.pos[0].expr == nil {
		l.fail(diag.New(diag.WrongArgs, at, "index takes a dim").Suggest("`index(T)`"))
		return poison{}
	}
	a, ok := l.oneDim(args.pos[0].expr, "index", sc)
	if !ok || !l.mayUse(shape{a}, a.name, at, sc) {
		return poison{}
	}
	if p := sc.pair(); p != nil && p.position(a) != "" {
		l.fail(diag.New(diag.PairCapture, at, "`%s` has the axis %s, and %s sees one position of it", at.Text(), a.name,
			p.region).Suggest("the position is `%s`", strings.ReplaceAll(p.position(a), " or ", "` or `")))
		return poison{}
	}
	return tensor{l.b.Must(ir.Position, &ir.AxisAttr{Axis: a.ir()})}
}
