package syntax

// Mistakes in fields.
var wrongFields = []wrong{
	{`block A { a : }`, []string{
		"1:15 E105 expected a dim or a block after `:`, found `}`",
		"help: write what the field is: `D -> F`, `[D]`, `RMSNorm(D)`",
	}},
	{"block A {\n  a :\n  b : D -> F\n}", []string{
		"2:6 E105 expected a dim or a block after `:`, found the end of the line",
		"help: write what the field is: `D -> F`, `[D]`, `RMSNorm(D)`",
	}},
	{`block A { a : -> F }`, []string{
		"1:15 E105 expected a dim or a block after `:`, found `->`",
		"help: write what the field is: `D -> F`, `[D]`, `RMSNorm(D)`",
	}},
	{`block A { a, : D -> F }`, []string{
		"1:14 E105 expected another name or value after `,`, found `:`",
		"help: write one more, or remove the `,`",
	}},
	{`block A { q_proj D -> H K }`, []string{
		"1:11 E105 expected `:` after the field's name `q_proj`",
		"help: write `q_proj : D -> H K`",
	}},
	{`block A { norm RMSNorm(D) }`, []string{
		"1:11 E105 expected `:` after the field's name `norm`",
		"help: write `norm : RMSNorm(D)`",
	}},
	{`block A { q_proj = D -> H K }`, []string{
		"1:22 E105 expected an operator or the end of the statement, found `->`",
		"help: a field is declared with `:`, as in `q_proj : D -> H K`",
	}},
	{`block A { from : D -> F }`, []string{
		"1:11 E105 expected a statement or `}`, found the keyword `from`",
		"help: `from` is a keyword; it can be a name only after a dot",
	}},
	{`block A { a b : D }`, []string{
		"1:11 E105 `a b` is not a field's name",
		"help: a field's name is a path such as `attention.output.dense`",
	}},
	{`block A { f(x) : D }`, []string{
		"1:11 E105 `f(x)` is not a field's name",
		"help: a field's name is a path such as `attention.output.dense`",
	}},
	{`block A { a : D -> F with }`, []string{
		"1:27 E105 expected `bias` after `with`, found `}`",
		"help: write `with bias`, or `with bias if condition`",
	}},
	{`block A { a : D -> F with bias if }`, []string{
		"1:35 E105 expected a condition after `if`, found `}`",
		"help: write `with bias if condition`",
	}},
	{`block A { a : D -> F as x }`, []string{
		"1:25 E105 expected a string after `as`, found the name `x`",
		"help: write the name in the checkpoint: `as \"features.0\"`",
	}},
	{`block A { a : D -> F stored D }`, []string{
		"1:29 E105 expected dims in brackets after `stored`",
		"help: write `stored [D, F]`",
	}},
	{`block A { a : D -> F over }`, []string{
		"1:27 E105 expected axes after `over`, found `}`",
		"help: write `over Y X window(3, 3)`",
	}},
	{`block A { a : D -> F with bias over X }`, []string{
		"1:32 E108 `over` stands before `with bias`, found it behind",
		"help: the order is over, with bias [if ...], stored, as, buffer, =",
	}},
	{`block A { a : D -> F buffer as "x" }`, []string{
		"1:29 E108 `as` stands before `buffer`, found it behind",
		"help: the order is over, with bias [if ...], stored, as, buffer, =",
	}},
	{`block A { a : D -> F as "x" as "y" }`, []string{
		"1:29 E108 `as` is given twice",
		"help: remove one; the order is over, with bias [if ...], stored, as, buffer, =",
	}},
	{`block A { a : D -> F = b stored [F, D] }`, []string{
		"1:26 E108 `stored` stands before `=`, found it behind",
		"help: the order is over, with bias [if ...], stored, as, buffer, =",
	}},
	{"block A {\n  a : D => F\n  b : D F -> -> F\n}", []string{
		"2:9 E107 `=>` is not of this language",
		"help: write `->`",
		"3:14 E105 expected a type or a dim after `->`, found `->`",
		"help: write what comes out: `-> D`, `-> [T, D]`",
	}},
}
