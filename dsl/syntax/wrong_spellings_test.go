package syntax

// Mistakes in characters, numbers and words of other languages.
var wrongSpellings = []wrong{
	{`def f(x) { return x }`, []string{
		"1:1 E107 `def` is not a keyword of this language",
		"help: a function has no keyword: `name(x: [T, D]) { ... }`",
		"1:12 E107 `return` is not a keyword of this language",
		"help: the last statement is the value: write the expression alone",
	}},
	{`class A { a : D }`, []string{
		"1:1 E107 `class` is not a keyword of this language",
		"help: write `block Name { ... }`",
	}},
	{`block A { for l in L { } }`, []string{
		"1:11 E107 `for` is not a keyword of this language",
		"help: a stack of layers is `L * Layer`, a recurrence is `scan(x in xs; h = start) { ... }`",
	}},
	{`block A { (x) { let y = x; y } }`, []string{
		"1:17 E107 `let` is not a keyword of this language",
		"help: a local has no keyword: `name = value`",
	}},
	{`block A { a = "b }`, []string{
		"1:15 E102 a string that does not end on its line",
		"help: close it with `\"`",
	}},
	{`block A { a = 'b' }`, []string{
		"1:15 E107 a string in `'`",
		"help: strings stand in double quotes",
	}},
	{"block A { a = \"b\\c\" }", []string{
		"1:17 E101 a string has no escapes, found `\\`",
		"help: write the character itself; neither a quote nor a newline can stand in a string",
	}},
	{`block A { a = “b” }`, []string{
		"1:15 E107 the character `“` (U+201C) is not of this language",
		"help: strings stand in double quotes",
	}},
	{`block A { # c`, []string{
		"1:9 E102 `{` is not closed",
		"help: close it with `}`",
		"1:11 E107 `#` is not of this language",
		"help: comments begin with `//`",
	}},
	{`block A { /* c */ a = 1 }`, []string{
		"1:11 E107 `/*` is not of this language",
		"help: comments begin with `//` and end with the line",
	}},
	{`block A { a := b && c || d ** 2 }`, []string{
		"1:13 E107 `:=` is not of this language",
		"help: write `=`",
		"1:18 E107 `&&` is not of this language",
		"help: write `&`",
		"1:23 E107 `||` is not of this language",
		"help: write `|`",
		"1:28 E107 `**` is not of this language",
		"help: write `^`",
	}},
	{`block A { a -= 1 }`, []string{
		"1:13 E107 `-=` is not of this language",
		"help: write `x = x - y`; only `+=` is a short form",
	}},
	{`block A { a = 4D }`, []string{
		"1:15 E106 `4D` is neither a number nor a name",
		"help: a product of dims has a space: write `4 D`",
	}},
	{`block A { a = 2x }`, []string{
		"1:15 E106 `2x` is neither a number nor a name",
		"help: write `2 * x`; a name begins with a letter",
	}},
	{`block A { a = 0x1F }`, []string{
		"1:15 E106 `0x1F` is neither a number nor a name",
		"help: write the number in decimal",
	}},
	{`block A { a = 1e }`, []string{
		"1:15 E106 `1e` is neither a number nor a name",
		"help: an exponent needs digits: write `1e3`, for example",
	}},
	{`block A { a = 007 }`, []string{
		"1:15 E106 a number has no leading zero, found `007`",
		"help: write `7`; there are no octal numbers",
	}},
	{`block A { a = .5 }`, []string{
		"1:15 E106 a digit must stand before the point of `.5`",
		"help: write `0.5`",
	}},
	{`block A { a = 1. }`, []string{
		"1:15 E106 a digit must follow the point of `1.`",
		"help: write `1.0`",
	}},
	{`block A { a = 1__0 }`, []string{
		"1:15 E106 an underscore in a number stands between two digits, found `1__0`",
		"help: write `10`",
	}},
	{`block A { a = 1e999 }`, []string{
		"1:15 E106 `1e999` is beyond the largest real number",
		"help: write a number below 1.8e308, or `inf`",
	}},
	{`block A { a = 1e-999 }`, []string{
		"1:15 E106 `1e-999` is so small that it is 0",
		"help: write 0, or a number above 5e-324",
	}},
	{`block A { a = 1234567890123456789 }`, []string{
		"1:15 E106 a whole number of 19 digits; at most 18 are allowed",
		"help: a dim of this size cannot be computed; write a real number such as 1e20 for a scalar",
	}},
	{`block A { a = b × c }`, []string{
		"1:17 E107 the character `×` (U+00D7) is not of this language",
		"help: write `*`",
	}},
	{`block A { a = b − c }`, []string{
		"1:17 E107 the character `−` (U+2212) is not of this language",
		"help: write `-`",
	}},
	{`block A { a : D → F }`, []string{
		"1:17 E107 the character `→` (U+2192) is not of this language",
		"help: write `->`",
	}},
	{`block A { θ = 1 }`, []string{
		"1:11 E107 the name `θ` has the character `θ` (U+03B8)",
		"help: names are ASCII: write `theta`",
	}},
	{`block A { аb = 1 }`, []string{
		"1:11 E107 the name `аb` has the character `а` (U+0430)",
		"help: it looks like the letter `a`: write that one",
	}},
	{`block A { naïve = 1 }`, []string{
		"1:13 E107 the name `naïve` has the character `ï` (U+00EF)",
		"help: names are ASCII: letters a to z, digits and _",
	}},
	{`block A { a = ５ }`, []string{
		"1:15 E107 the character `５` (U+FF15) is not of this language",
		"help: write `5`",
	}},
	{`block A { h（x） = x }`, []string{
		"1:12 E107 the character `（` (U+FF08) is not of this language",
		"help: write `(`",
		"1:14 E107 the character `）` (U+FF09) is not of this language",
		"help: write `)`",
	}},
	{"block A { a = 1\u00a0}", []string{
		"1:16 E107 a blank of another kind (U+00A0)",
		"help: write a plain space",
	}},
	{`block A(x)`, []string{
		"1:11 E105 expected a body or `=` after the parameters, found the end of the declaration",
		"help: write `{ ... }`, or `= Base(D=64)`",
	}},
	{`block A { a = b² }`, []string{
		"1:16 E107 the character `²` (U+00B2) is not of this language",
		"help: write `^2`",
	}},
	{"block A { a\u200bb = 1 }", []string{
		"1:12 E107 the name `a\u200bb` has an invisible character (U+200B)",
		"help: names are ASCII: letters a to z, digits and _",
	}},
	{`block A { a = 😀 }`, []string{
		"1:15 E107 the character `😀` (U+1F600) is not of this language",
		"help: remove it; outside comments and strings a source is ASCII",
	}},
}
