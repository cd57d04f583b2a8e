package simplify

// Rule rewrites what its pattern fits. A pattern is an op or a scalar function on patterns: `add(x, 0)`. Names stand for
// any value, the same name for the same value; a number fits a constant. In brackets stand the parts of an op's
// attribute, by name too: `rename[a b](x)`, in the order of attributes.go.
//
// A rule applies when the replacement has the type of what it replaces, and when no operation inside the pattern is
// needed by somebody else, so that no work is done twice. One that may change the last bits leaves values alone that
// are made of positions and numbers.
type Rule struct {
	Name    string
	Pattern string
	When    string // conditions of conditions.go, with commas; empty: always
	By      string
	Exact   bool // the same bits, but for the sign of a zero
}

// Rules is the table. The order matters only where two rules fit the same node: the first is taken.
func Rules() []Rule {
	return []Rule{
		{"add-zero", "add(x, 0)", "", "x", true},
		{"zero-add", "add(0, x)", "", "x", true},
		{"sub-zero", "sub(x, 0)", "", "x", true},
		{"zero-sub", "sub(0, x)", "", "neg(x)", true},
		{"mul-one", "mul(x, 1)", "", "x", true},
		{"one-mul", "mul(1, x)", "", "x", true},
		{"div-one", "div(x, 1)", "", "x", true},
		{"mul-minus-one", "mul(x, -1)", "", "neg(x)", true},
		{"minus-one-mul", "mul(-1, x)", "", "neg(x)", true},
		{"neg-neg", "neg(neg(x))", "", "x", true},
		{"add-neg", "add(x, neg(y))", "", "sub(x, y)", true},
		{"neg-add", "add(neg(x), y)", "", "sub(y, x)", true},
		{"sub-neg", "sub(x, neg(y))", "", "add(x, y)", true},
		{"neg-sub", "neg(sub(x, y))", "", "sub(y, x)", true},
		{"neg-mul-neg", "mul(neg(x), neg(y))", "", "mul(x, y)", true},
		{"neg-div-neg", "div(neg(x), neg(y))", "", "div(x, y)", true},

		// Two numbers become one, which is folded.
		{"mul-mul", "mul(mul(x, a), b)", "number(a), number(b)", "mul(x, mul(a, b))", false},
		{"mul-div", "div(mul(x, a), b)", "number(a), number(b)", "mul(x, div(a, b))", false},
		{"div-mul", "mul(div(x, a), b)", "number(a), number(b)", "mul(x, div(b, a))", false},
		{"div-div", "div(div(x, a), b)", "number(a), number(b)", "div(x, mul(a, b))", false},

		{"pow-one", "pow(x, 1)", "", "x", true},
		{"pow-two", "pow(x, 2)", "", "mul(x, x)", true},
		{"pow-minus-one", "pow(x, -1)", "", "div(1, x)", true},
		{"one-over-sqrt", "div(1, sqrt(x))", "", "rsqrt(x)", true},

		{"abs-abs", "abs(abs(x))", "", "abs(x)", true},
		{"abs-neg", "abs(neg(x))", "", "abs(x)", true},
		{"max-same", "max(x, x)", "", "x", true},
		{"min-same", "min(x, x)", "", "x", true},
		{"max-neg-neg", "max(neg(x), neg(y))", "", "neg(min(x, y))", true},
		{"min-neg-neg", "min(neg(x), neg(y))", "", "neg(max(x, y))", true},

		{"and-true", "and(x, true)", "", "x", true},
		{"true-and", "and(true, x)", "", "x", true},
		{"and-same", "and(x, x)", "", "x", true},
		{"or-false", "or(x, false)", "", "x", true},
		{"false-or", "or(false, x)", "", "x", true},
		{"or-same", "or(x, x)", "", "x", true},
		{"not-not", "not(not(x))", "", "x", true},
		{"not-eq", "not(eq(x, y))", "", "ne(x, y)", true},
		{"not-ne", "not(ne(x, y))", "", "eq(x, y)", true},
		{"not-lt", "not(lt(x, y))", "whole(x), whole(y)", "ge(x, y)", true}, // not of reals: NaN is neither
		{"not-le", "not(le(x, y))", "whole(x), whole(y)", "gt(x, y)", true},
		{"select-true", "select(true, x, y)", "", "x", true},
		{"select-false", "select(false, x, y)", "", "y", true},
		{"select-same", "select(c, x, x)", "", "x", true},
		{"select-not", "select(not(c), x, y)", "", "select(c, y, x)", true},

		{"cast-same", "cast[k](x)", "", "x", true},
		{"rename-same", "rename[a b](x)", "", "x", true},
		{"rename-rename", "rename[b c](rename[a b](x))", "", "rename[a c](x)", true},
		{"transpose-same", "transpose[p](x)", "", "x", true},
		{"transpose-transpose", "transpose[p](transpose[q](x))", "", "transpose[p](x)", true},
		{"reverse-reverse", "reverse[l](reverse[l](x))", "", "x", true},
		{"merge-split", "merge[ls into](split[l parts](x))", "labels(parts, ls)", "x", true},
		{"split-merge", "split[l parts](merge[ls into](x))", "label(into, l), labels(parts, ls)", "x", true},
		{"slice-all", "slice[l at into](x)", "zero(at)", "x", true},
		{"slice-slice", "slice[m at into](slice[l from part](x))", "", "slice[l from+at into](x)", true},
		{"pick-slice", "pick[m at](slice[l from part](x))", "", "pick[l from+at](x)", true},
		{"gather-all", "gather[l](x, index[n]())", "label(n, l)", "x", true},

		{"reduce-reduce", "reduce[f ls](reduce[f ms](x))", "", "reduce[f ms+ls](x)", false},
		{"sum-contract", "reduce[f ls](contract[ms](x, y))", "sum(f)", "contract[ms+ls](x, y)", false},
	}
}
