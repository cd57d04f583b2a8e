package syntax

// Mistakes in declarations and brackets.
var wrongDeclarations = []wrong{
	{`C = 5`, []string{
		"1:1 E108 an assignment cannot stand at the top of a file",
		"help: a file has model, block, pattern, import, from and functions `f(x) = ...`",
	}},
	{`(x: [T]) = x`, []string{
		"1:1 E108 a forward function stands in the body of a model or block",
		"help: give it a name, or move it into a model or block",
	}},
	{`x`, []string{
		"1:1 E108 a value cannot stand at the top of a file",
		"help: a file has model, block, pattern, import, from and functions `f(x) = ...`",
	}},
	{`model`, []string{
		"1:6 E105 expected a name after `model`, found the end of the declaration",
		"help: write `model Name { ... }`",
	}},
	{`model A`, []string{
		"1:8 E105 expected parameters, a body or `=` after the model's name, found the end of the declaration",
		"help: write `model Name(D=64) { ... }`",
	}},
	{`model A = B with`, []string{
		"1:17 E105 expected `{` after `with`, found the end of the declaration",
		"help: write `with { path = value }`",
	}},
	{`model A = B with { a[1][2] = 3 }`, []string{
		"1:20 E108 this is not a path to a part of the model",
		"help: write names with dots, `[*]` or `[condition on l]`: `layers[l > 3].mask`",
	}},
	{`model A = B with { a.b : D }`, []string{
		"1:20 E108 expected `path = value` in `with`",
		"help: write `model.layers[*].mlp.F = 512`",
	}},
	{`block A(x`, []string{
		"1:8 E102 `(` is not closed",
		"help: close it with `)`",
	}},
	{`block A(1)`, []string{
		"1:9 E105 expected a parameter or `)`, found the number 1",
		"help: write a name: `D`, `D=64`, `x: [T, D]`",
	}},
	{`block A(x: 3)`, []string{
		"1:14 E105 expected a body or `=` after the parameters, found the end of the declaration",
		"help: write `{ ... }`, or `= Base(D=64)`",
	}},
	{`pattern = 3`, []string{
		"1:9 E105 expected a name after `pattern`, found `=`",
		"help: write `pattern name = condition`",
	}},
	{`import`, []string{
		"1:7 E105 expected the name of a file after `import`, found the end of the declaration",
		"help: write `import llama`, or `import \"r1-distill\"`",
	}},
	{`import a b`, []string{
		"1:10 E105 expected the end of the line, or names in braces, found the name `b`",
		"help: write `import llama { Layer }`",
	}},
	{`from huggingface { }`, []string{
		"1:18 E105 expected the architecture's name in quotes, found `{`",
		"help: write `from huggingface \"LlamaForCausalLM\" { ... }`",
	}},
	{`from huggingface "A", { b = c }`, []string{
		"1:23 E105 expected another name of the architecture in quotes, found `{`",
		"help: write `from huggingface \"MptForCausalLM\", \"MPTForCausalLM\" { ... }`",
	}},
	{`from huggingface "A" { b }`, []string{
		"1:24 E108 expected `key = value` in a binding",
		"help: write `key = value`",
	}},
	{`from huggingface "A" { b.c = d }`, []string{
		"1:24 E108 the key in a binding must be a name",
		"help: write `key = value`",
	}},
	{`}`, []string{
		"1:1 E102 `}` closes nothing",
		"help: remove it, or open a bracket before",
	}},
	{`{ a = 1 }`, []string{
		"1:1 E108 a value cannot stand at the top of a file",
		"help: a file has model, block, pattern, import, from and functions `f(x) = ...`",
	}},
	{`model A { a : D ] }`, []string{
		"1:9 E102 `{` is not closed: `]` stands where `}` must",
		"help: write `}` before that `]`",
	}},
	{"model A {\n  block B {\n    a : D\n  b : D\n}", []string{
		"2:11 E102 `{` is not closed, as the indentation says",
		"help: close it with `}`",
	}},
	{"model A {\n    a : D\n  }\n  b : D\n}", []string{
		"5:1 E102 `}` closes nothing",
		"help: remove it, or open a bracket before",
	}},
}
