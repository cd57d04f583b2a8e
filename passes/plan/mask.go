package plan

import (
	"slices"

	"archc/ir"
)

// masks divides a mask into bounds of the keys, what else hangs on positions, and what hangs on data.
func (p *scorer) masks(v ir.Value, last *int) {
	if _, made := p.regs[v]; !made {
		if x := p.value(v); x.expr != nil {
			p.positions(x.expr)
			return
		}
	}
	if n := v.Node; n.Op == ir.Map && n.Attr.(*ir.MapAttr).Fn.Name == "and" {
		p.masks(n.Args[0], last)
		p.masks(n.Args[1], last)
		return
	}
	*last = p.op(PairOp{Fn: "admit", Args: []int{p.reg(v), *last}})
}

func (p *scorer) positions(e *Expr) {
	if e.Fn == "and" {
		p.positions(e.Args[0])
		p.positions(e.Args[1])
		return
	}
	if e.Fn == "const" && e.Const != 0 {
		return
	}
	first, end := bounds(e, p.key)
	join := func(have **Expr, fn string, x *Expr) {
		if *have == nil {
			*have = x
		} else {
			*have = apply(fn, *have, x)
		}
	}
	switch {
	case first != nil:
		join(&p.a.First, "max", first)
	case end != nil:
		join(&p.a.End, "min", end)
	default:
		join(&p.a.Admits, "and", e)
	}
}

// bounds turns a comparison in which the key's number stands alone into the first key that it holds for, or the one
// behind the last.
func bounds(e *Expr, key string) (first, end *Expr) {
	swap := map[string]string{"gt": "lt", "ge": "le"}
	if len(e.Args) != 2 {
		return nil, nil
	}
	x, y, fn := e.Args[0], e.Args[1], e.Fn
	if s, ok := swap[fn]; ok {
		x, y, fn = y, x, s
	}
	if fn != "lt" && fn != "le" {
		return nil, nil
	}
	// x - y = sign j + rest <= 0, or < 0.
	sign, rest, ok := linear(apply("sub", x, y), key)
	switch {
	case !ok || !wholeExpr(rest):
		return nil, nil
	case sign == 1 && fn == "le":
		return nil, minus(constant(1), rest)
	case sign == 1:
		return nil, negative(rest)
	case sign == -1 && fn == "le":
		return rest, nil
	case sign == -1:
		return plus(rest, constant(1)), nil
	}
	return nil, nil
}

// linear writes an expression as a multiple of an index plus what does not hang on it.
func linear(e *Expr, label string) (factor int, rest *Expr, ok bool) {
	hangs := slices.ContainsFunc(e.Axes(), func(a ir.Axis) bool { return a.Label == label })
	if !hangs {
		return 0, e, true
	}
	switch e.Fn {
	case "index":
		return 1, constant(0), true
	case "neg":
		if f, r, ok := linear(e.Args[0], label); ok {
			return -f, negative(r), true
		}
	case "add", "sub":
		f, r, ok := linear(e.Args[0], label)
		g, s, also := linear(e.Args[1], label)
		switch {
		case !ok || !also:
		case e.Fn == "sub":
			return f - g, minus(r, s), true
		default:
			return f + g, plus(r, s), true
		}
	}
	return 0, nil, false
}

// plus, minus and negative make sums that a person would write: a bound is read in what backends print.
func plus(x, y *Expr) *Expr {
	switch {
	case y.Fn == "neg":
		return minus(x, y.Args[0])
	case isNumber(x) && isNumber(y):
		return constant(x.Const + y.Const)
	case isNumber(x):
		return plus(y, x)
	case isNumber(y) && y.Const == 0:
		return x
	case isNumber(y) && x.Fn == "add" && isNumber(x.Args[1]):
		return plus(x.Args[0], constant(x.Args[1].Const+y.Const))
	}
	return apply("add", x, y)
}

func minus(x, y *Expr) *Expr {
	switch {
	case y.Fn == "neg":
		return plus(x, y.Args[0])
	case y.Fn == "sub":
		return plus(x, minus(y.Args[1], y.Args[0]))
	case isNumber(y):
		return plus(x, constant(-y.Const))
	case isNumber(x) && x.Const == 0:
		return negative(y)
	}
	return apply("sub", x, y)
}

func negative(x *Expr) *Expr {
	switch {
	case isNumber(x):
		return constant(-x.Const)
	case x.Fn == "neg":
		return x.Args[0]
	case x.Fn == "sub":
		return apply("sub", x.Args[1], x.Args[0])
	}
	return apply("neg", x)
}

func isNumber(x *Expr) bool { return x.Fn == "const" }

// wholeExpr reports whether an expression is a whole number: of whole numbers by sums, products, extremes.
func wholeExpr(e *Expr) bool {
	switch e.Fn {
	case "index", "size", "loop", "quo", "floor", "ceil", "round":
		return e.Fn != "quo" || wholeExpr(e.Args[0]) && wholeExpr(e.Args[1])
	case "const":
		return e.Const == float64(int64(e.Const))
	case "add", "sub", "mul", "neg", "abs", "min", "max", "mod":
		for _, a := range e.Args {
			if !wholeExpr(a) {
				return false
			}
		}
		return true
	}
	return false
}
