package syntax

// Mistakes in functions and statements.
var wrongFunctions = []wrong{
	{`block A { (x: [T] = x }`, []string{
		"1:11 E102 `(` is not closed: `}` stands where `)` must",
		"help: write `)` before that `}`",
	}},
	{`block A { (x: T) = x }`, []string{
		"1:15 E105 `T` is not a type",
		"help: write a type: `[T, D]`, `int[T]`, `bool[T]`, `[]`",
	}},
	{`block A { (x: int) = x }`, []string{
		"1:15 E105 expected dims in brackets after `int`",
		"help: write `int[]` for a single number",
	}},
	{`block A { (x[0]: [T]) = x }`, []string{
		"1:12 E105 `x[0]: [T]` is not a parameter",
		"help: write `x: [T, D]`, `x` or `x = 0`",
	}},
	{`block A { (x: [T: 0]) = x }`, []string{
		"1:16 E105 `T: 0` is not a dim",
		"help: write a name, a number, a product `H K` or a sum `N + R`",
	}},
	{`block A { (x: [T]) -> D = x }`, []string{
		"1:23 E105 `D` is not a type",
		"help: write a type: `[T, D]`, `int[T]`, `bool[T]`, `[]`",
	}},
	{`block A { (x: [T]) }`, []string{
		"1:19 E105 expected a body after the function's signature",
		"help: write `= value` or `{ ... }`",
	}},
	{`block A { f(x: [T]) -> [D] }`, []string{
		"1:27 E105 expected a body after the function's signature",
		"help: write `= value` or `{ ... }`",
	}},
	{`block A { (x) += 3 }`, []string{
		"1:15 E105 expected `=` or a body after the signature, found `+=`",
		"help: write `=`",
	}},
	{`block A { f(x) { x } = 3 }`, []string{
		"1:16 E105 a function has one body",
		"help: remove one of the two",
	}},
	{`block A { x + 1 }`, []string{
		"1:11 E108 a value cannot stand in the body of a model or block",
		"help: a model or block has fields `a : D -> F`, constants `a = 1`, functions and blocks",
	}},
	{`block A { yield x }`, []string{
		"1:11 E108 `yield` cannot stand in the body of a model or block",
		"help: move it into a function",
	}},
	{`block A { a.b = 3 }`, []string{
		"1:11 E108 `a.b` cannot be given a value here",
		"help: a field is declared with `:`; a constant has a plain name",
	}},
	{`block A { model B { } }`, []string{
		"1:11 E108 a model stands at the top of a file",
		"help: write `block`, or move it out of the braces",
	}},
	{`block A { foo bar { } }`, []string{
		"1:11 E108 `foo bar` cannot have a body",
		"help: a block is `block Name { ... }`, a function `f(x: [D]) { ... }`, settings `checkpoint { ... }`",
	}},
	{`block A { c { a; b = 1, 2; d.e = 3 } }`, []string{
		"1:15 E108 expected `key = value` in `c`",
		"help: write `key = value`",
		"1:18 E108 expected `key = value` in `c`",
		"help: write `key = value`",
		"1:28 E108 the key in `c` must be a name",
		"help: write `key = value`",
	}},
	{`block A { f[2](x) = x }`, []string{
		"1:13 E105 an axis of a function must be a name",
		"help: write `softmax[N](s: [N])`",
	}},
	{`block A { (x) { x = } }`, []string{
		"1:21 E105 expected a value after `=`, found `}`",
		"help: write a value, or remove the `=`",
	}},
	{"block A { (x) {\n  y =\n  z = 2\n} }", []string{
		"2:6 E105 expected a value after `=`, found the end of the line",
		"help: write a value, or remove the `=`",
	}},
	{"block A { (x) {\n  y +\n} }", []string{
		"2:6 E105 expected a value after `+`, found the end of the line",
		"help: write a value, or remove the `+`",
	}},
	{`block A { (x) { if x = 3 then 1 else 2 } }`, []string{
		"1:22 E105 expected `then` after the condition, found `=`",
		"help: write `==` to compare",
	}},
	{`block A { (x) { if x then 1 } }`, []string{
		"1:29 E105 expected `else`: an `if` has both values, found `}`",
		"help: write `if condition then a else b`",
	}},
	{`block A { (x) { if x 1 } }`, []string{
		"1:24 E105 expected `then` after the condition, found `}`",
		"help: write `if condition then a else b`",
	}},
	{`block A { (x) { a + if x then y else z } }`, []string{
		"1:21 E105 expected a value after `+`, found the keyword `if`",
		"help: put the `if` in parentheses: `a + (if c then x else y)`",
	}},
	{`block A { (x) { a < b < c } }`, []string{
		"1:23 E105 comparisons do not chain",
		"help: write `a < b & b < c`, or parentheses",
	}},
	{`block A { (x) { 2 * !x } }`, []string{
		"1:21 E105 `!` binds looser than the operator before it",
		"help: put the negation in parentheses: `(!x)`",
	}},
	{`block A { (x) { a * / b } }`, []string{
		"1:21 E105 expected a value after `*`, found `/`",
		"help: write a value, or remove the `*`",
	}},
	{`block A { (x) { a + + b } }`, []string{
		"1:21 E105 expected a value after `+`, found `+`",
		"help: remove the `+`; a number has no sign but `-`",
	}},
	{`block A { (x) { (a, b) } }`, []string{
		"1:17 E105 parentheses hold one value, found `(a, b)`",
		"help: several values stand in brackets, `[a, b]`, or between commas without parentheses",
	}},
	{`block A { (x) { () } }`, []string{
		"1:17 E105 parentheses hold one value, found `()`",
		"help: write a value between the parentheses",
	}},
	{`block A { (x) { f(a,, b) } }`, []string{
		"1:21 E105 expected another argument after `,`, found `,`",
		"help: write an argument, or remove the `,`",
	}},
	{`block A { (x) { f(a "b") } }`, []string{
		"1:21 E105 expected an operator, `,` or `)`, found the string \"b\"",
		"help: arguments are separated by `,`",
	}},
	{`block A { (x) { f(a b: c = 3) } }`, []string{
		"1:28 E105 a default can stand in a function's signature only",
		"help: an argument has a value or a name: `f(x)`, `f(x = 1)`",
	}},
	{`block A { (x) { f(a.b = 3) } }`, []string{
		"1:19 E105 `a.b` is not a name of an argument",
		"help: write `name = value`; `==` compares",
	}},
	{`block A { (x) { x[a; b] } }`, []string{
		"1:20 E105 expected an operator, `,` or `]`, found `;`",
		"help: close the bracket with `]`",
	}},
	{`block A { (x) { x. } }`, []string{
		"1:20 E105 expected a name after `.`, found `}`",
		"help: write a name: `model.layers`",
	}},
	{`block A { (x) { x.1 } }`, []string{
		"1:19 E105 expected a name after `.`, found the number 1",
		"help: write a name: `model.layers`",
	}},
	{`block A { (x) { x[0..] } }`, []string{
		"1:22 E105 expected the end of the range after `..`, found `]`",
		"help: write `a..b`",
	}},
	{`block A { (x) { f(y in) } }`, []string{
		"1:23 E105 expected a value after `in`, found `)`",
		"help: write what is run along: `x in xs`",
	}},
	{`block A { (x) { a, b += 3 } }`, []string{
		"1:22 E108 `+=` has one name on its left",
		"help: write one `x += y` for each",
	}},
	{`block A { (x) { f(y) = 3 } }`, []string{
		"1:17 E108 a function cannot be declared inside another one",
		"help: declare it in the body of the block, beside the function",
	}},
	{`block A { (x) { y : D } }`, []string{
		"1:17 E108 a field cannot stand in the body of a function",
		"help: declare it in the body of the model or block; here a local is `x = ...`",
	}},
	{`block A { (x) { block B { } } }`, []string{
		"1:17 E108 `block` cannot stand in the body of a function",
		"help: move it into the body of the model or block, beside the function",
	}},
	{`block A { (x) { a b = 3 } }`, []string{
		"1:17 E108 only a local can be assigned, not `a b`",
		"help: give the result a name of its own: `y = ...`",
	}},
	{`block A { (x) { y = 1 else 2 } }`, []string{
		"1:28 E105 an `else` without `if`",
		"help: write `if condition then a else b`",
	}},
	{`block A { (x) { emit y } }`, []string{
		"1:24 E105 expected `=` after the name, found `}`",
		"help: write `emit name = value`",
	}},
	{`block A { (x) { emit 3 = y } }`, []string{
		"1:22 E105 expected a name after `emit`, found the number 3",
		"help: write `emit name = value`",
	}},
	{`block A { (x) { yield } }`, []string{
		"1:23 E105 expected a value after `yield`, found `}`",
		"help: write `yield value`",
	}},
	{`block A { (x) { require } }`, []string{
		"1:25 E105 expected a condition after `require`, found `}`",
		"help: write `require H % G == 0, \"why\"`",
	}},
	{`block A { (x) { x @ y } }`, []string{
		"1:19 E107 `@` is not of this language",
		"help: a linear map is applied like a function: `q_proj(x)`; products over a dim are `sum[K](q*k)`",
	}},
	{`block A { (x) { x ? 1 : 2 } }`, []string{
		"1:19 E107 `?` is not of this language",
		"help: a choice is `if c then a else b`",
	}},
}
