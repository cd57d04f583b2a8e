// SPDX-License-Identifier: Apache-2.0

package main

// row is one elementwise function. Everything about it that is not arithmetic on registers stands here.
type row struct {
	name  string // exported; its forms with a number have an N where the number stands
	args  int    // 1 or 2
	doc   string // what stands behind the name in its documentation
	expr  string // the plain-Go twin, of float32 a (and b)
	as    string // another row gives the value: its name; the arguments are exchanged where it ends in '
	asm   formula
	times int     // registers in a pass
	bound float64 // beyond it in magnitude the twin computes
	error float64 // largest error in units in the last place, where it is not rounded correctly
}

var table = []row{
	{name: "Add", args: 2, doc: "is x + y.", expr: "a + b", asm: of((*gen).add), times: 4},
	{name: "Sub", args: 2, doc: "is x - y.", expr: "a - b", asm: of((*gen).sub), times: 4},
	{name: "Mul", args: 2, doc: "is x y.", expr: "a * b", asm: of((*gen).mul), times: 4},
	{name: "Div", args: 2, doc: "is x / y.", expr: "a / b", asm: of((*gen).div), times: 4},
	{name: "Quo", args: 2, doc: "is floor(x / y), computed in float64.",
		expr: "float32(math.Floor(float64(a) / float64(b)))", asm: in64(quotient)},
	{name: "Mod", args: 2, doc: "is x - y floor(x / y), with the sign of y, computed in float64.",
		expr: "float32(float64(a) - float64(float64(b)*math.Floor(float64(a)/float64(b))))", asm: in64(remainder)},
	{name: "Pow", args: 2, doc: "is x to the power y; what is special is as in math.Pow.",
		expr: "float32(math.Pow(float64(a), float64(b)))", asm: in64(raise), error: 0.51},
	{name: "Max", args: 2, doc: "is the larger of x and y, NaN where one is NaN; 0 is above -0.", expr: "max(a, b)",
		asm: maximum, times: 4},
	{name: "Min", args: 2, doc: "is the smaller of x and y, NaN where one is NaN; -0 is below 0.", expr: "min(a, b)",
		asm: minimum, times: 4},
	{name: "Lt", args: 2, doc: "is 1 where x < y, else 0.", expr: "truth(a < b)", asm: test(less), times: 4},
	{name: "Le", args: 2, doc: "is 1 where x <= y, else 0.", expr: "truth(a <= b)", asm: test(atMost), times: 4},
	{name: "Gt", args: 2, doc: "is 1 where x > y, else 0.", as: "Lt'"},
	{name: "Ge", args: 2, doc: "is 1 where x >= y, else 0.", as: "Le'"},
	{name: "Eq", args: 2, doc: "is 1 where x == y, else 0.", expr: "truth(a == b)", asm: test(equal), times: 4},
	{name: "Ne", args: 2, doc: "is 1 where x != y, else 0; NaN differs from everything.", expr: "truth(a != b)",
		asm: test(unequal), times: 4},
	{name: "And", args: 2, doc: "is 1 where x and y are 1; both are 0 or 1.", as: "Mul"},
	{name: "Or", args: 2, doc: "is 1 where x or y is 1; both are 0 or 1.", as: "Max"},
	{name: "Neg", args: 1, doc: "is -x.", expr: "-a", asm: of1((*gen).negated), times: 4},
	{name: "Abs", args: 1, doc: "is |x|.", expr: "float32(math.Abs(float64(a)))", asm: of1((*gen).magnitude), times: 4},
	{name: "Sign", args: 1, doc: "is -1, 0 or 1, and NaN where x is.", expr: "sign(a)", asm: signum, times: 4},
	{name: "Floor", args: 1, doc: "is the largest whole number not above x.", expr: "float32(math.Floor(float64(a)))",
		asm: whole(down), times: 4},
	{name: "Ceil", args: 1, doc: "is the smallest whole number not below x.", expr: "float32(math.Ceil(float64(a)))",
		asm: whole(up), times: 4},
	{name: "Round", args: 1, doc: "is the whole number nearest to x, halves to even.",
		expr: "float32(math.RoundToEven(float64(a)))", asm: whole(toNearest), times: 4},
	{name: "Trunc", args: 1, doc: "is x without what is behind the point.", expr: "float32(math.Trunc(float64(a)))",
		asm: whole(towardZero), times: 4},
	{name: "Sqrt", args: 1, doc: "is the square root of x, rounded correctly.", expr: "float32(math.Sqrt(float64(a)))",
		asm: of1((*gen).root), times: 4},
	{name: "Rsqrt", args: 1, doc: "is 1 / sqrt(x).", expr: "float32(1 / math.Sqrt(float64(a)))",
		asm: rsqrt, error: 1.5},
	{name: "Exp", args: 1, doc: "is e to the power x.", expr: "float32(math.Exp(float64(a)))",
		asm: of1(exp), error: 0.88},
	{name: "Log", args: 1, doc: "is the natural logarithm of x.", expr: "float32(math.Log(float64(a)))",
		asm: of1(logarithm), error: 0.95},
	{name: "Sin", args: 1, doc: "is the sine of x.", expr: "float32(math.Sin(float64(a)))",
		asm: of1(sine), bound: reducible, error: 1.49},
	{name: "Cos", args: 1, doc: "is the cosine of x.", expr: "float32(math.Cos(float64(a)))",
		asm: of1(cosine), bound: reducible, error: 1.5},
	{name: "Tanh", args: 1, doc: "is the hyperbolic tangent of x.", expr: "float32(math.Tanh(float64(a)))",
		asm: of1(tangent), error: 1.38},
	{name: "Erf", args: 1, doc: "is 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x.",
		expr: "float32(math.Erf(float64(a)))", asm: of1(errorFunction), error: 1.22},
	{name: "Not", args: 1, doc: "is 1 where x is 0, and 0 where x is 1.", expr: "1 - a", asm: opposite, times: 4},
	{name: "Bool", args: 1, doc: "is 1 where x is not 0, NaN included, else 0.", expr: "truth(a != 0)",
		asm: nonzero, times: 4},
}
