package syntax

// after says what must follow a token, and what to do when it does not.
var after = map[string]struct{ wanted, help string }{
	"->":      {"a type or a dim after `->`", "write what comes out: `-> D`, `-> [T, D]`"},
	"=":       {"a value after `=`", "write a value, or remove the `=`"},
	"+=":      {"a value after `+=`", "write what is added"},
	"!":       {"a value after `!`", "write what is negated"},
	"{":       {"a statement or `}`", "write a statement here"},
	"if":      {"a condition after `if`", "write `if condition then a else b`"},
	"then":    {"a value after `then`", "write `if condition then a else b`"},
	"else":    {"a value after `else`", "write `if condition then a else b`"},
	"in":      {"a value after `in`", "write what is run along: `x in xs`"},
	".":       {"a name after `.`", "write a name: `model.layers`"},
	"..":      {"the end of the range after `..`", "write `a..b`"},
	"with":    {"`{` after `with`", "write `with { path = value }`"},
	"over":    {"axes after `over`", "write `over Y X window(3, 3)`"},
	"stored":  {"dims in brackets after `stored`", "write `stored [D, F]`"},
	"as":      {"a string after `as`", "write the name in the checkpoint: `as \"features.0\"`"},
	"block":   {"a name after `block`", "write `block Name { ... }`"},
	"pattern": {"a name after `pattern`", "write `pattern name = condition`"},
	"import":  {"the name of a file after `import`", "write `import llama`, or `import \"r1-distill\"`"},
	"from":    {"a kind of configuration after `from`", "write `from huggingface \"LlamaForCausalLM\" { ... }`"},
	"emit":    {"a name after `emit`", "write `emit name = value`"},
	"yield":   {"a value after `yield`", "write `yield value`"},
	"require": {"a condition after `require`", "write `require H % G == 0, \"why\"`"},
	";":       {"a value after `;`", "write what is carried, or remove the `;`"},
}

// headers says what must follow where a header is incomplete: the tokens before, by kind or text.
var headers = []struct {
	before       []string // "word" and "string" stand for any
	wanted, help string
}{
	{[]string{"model", "word"}, "parameters, a body or `=` after the model's name",
		"write `model Name(D=64) { ... }`"},
	{[]string{"block", "word"}, "parameters, a body or `=` after the block's name",
		"write `block Name(D) { ... }`"},
	{[]string{"pattern", "word"}, "parameters, a body or `=` after the pattern's name",
		"write `pattern name(w) = i - j < w`"},
	{[]string{"from", "word"}, "the architecture's name in quotes",
		"write `from huggingface \"LlamaForCausalLM\" { ... }`"},
	{[]string{"from", "word", "string"}, "`{`", "write `{ key = value }`"},
	{[]string{"from", "word", "string", ","}, "another name of the architecture in quotes",
		"write `from huggingface \"MptForCausalLM\", \"MPTForCausalLM\" { ... }`"},
	{[]string{"emit", "word"}, "`=` after the name", "write `emit name = value`"},
	{[]string{"import", "word"}, "the end of the line, or names in braces", "write `import llama { Layer }`"},
	{[]string{"import", "string"}, "the end of the line, or names in braces",
		"write `import \"r1-distill\" { A }`"},
}

// wanted says what could stand in place of the failing token, and one edit.
func (c *context) wanted() (wanted, help string) {
	p := c.prev()
	if w, h := c.header(); w != "" {
		return w, h
	}
	switch {
	case c.at == 0:
		return "a declaration", "a file has model, block, pattern, import, from and functions `f(x) = ...`"
	case c.opener >= 0 && c.opener == c.at-1 && c.inParams():
		return "a parameter or `)`", "write a name: `D`, `D=64`, `x: [T, D]`"
	case c.opener >= 0 && c.opener == c.at-1 && c.bracket == "(":
		return "a value or `)`", "write an argument, or close the parenthesis"
	case c.opener >= 0 && c.opener == c.at-1 && c.bracket == "[":
		return "a dim, an index or `]`", "write a dim, or close the bracket"
	case p.Kind == Op:
		return "a value after `" + p.Text + "`", "write a value, or remove the `" + p.Text + "`"
	case p.is(":"):
		return c.afterColon()
	case p.is("with") && c.colon >= 0:
		return "`bias` after `with`", "write `with bias`, or `with bias if condition`"
	case p.is("if") && c.at > 1 && c.toks[c.at-2].Text == "bias" && c.colon >= 0:
		return "a condition after `if`", "write `with bias if condition`"
	case p.is(","):
		return c.afterComma()
	case p.Kind == End:
		return "a statement", "write a statement here"
	}
	if a, ok := after[p.Text]; ok && p.Kind != Word && p.Kind != String {
		return a.wanted, a.help
	}
	return c.afterValue()
}

func (c *context) afterColon() (wanted, help string) {
	switch c.bracket {
	case "(":
		return "a type after `:`", "write a type: `[T, D]`, `int[T]`, `bool[T]`"
	case "[":
		return "an index after `:`", "write `x[T: 0]` or `x[T: a..b]`"
	}
	return "a dim or a block after `:`", "write what the field is: `D -> F`, `[D]`, `RMSNorm(D)`"
}

func (c *context) afterComma() (wanted, help string) {
	switch c.bracket {
	case "(":
		return "another argument after `,`", "write an argument, or remove the `,`"
	case "[":
		return "another dim or index after `,`", "write one more, or remove the `,`"
	}
	return "another name or value after `,`", "write one more, or remove the `,`"
}

// afterValue says what may follow a complete value: it depends on what it is part of.
func (c *context) afterValue() (wanted, help string) {
	t, _ := c.token()
	switch {
	case c.ifAt >= 0 && c.wantsIf == "then":
		return "`then` after the condition", "write `if condition then a else b`"
	case c.ifAt >= 0:
		return "`else`: an `if` has both values", "write `if condition then a else b`"
	case c.bracket == "(" && t.Kind <= String:
		return "an operator, `,` or `)`", "arguments are separated by `,`"
	case c.bracket == "(":
		return "an operator, `,` or `)`", "close the parenthesis with `)`"
	case c.bracket == "[":
		return "an operator, `,` or `]`", "close the bracket with `]`"
	case c.bodyMissing():
		return "a body or `=` after the parameters", "write `{ ... }`, or `= Base(D=64)`"
	case c.bracket == "":
		return "an operator, a body or the end of the declaration", "a declaration ends with its line or with `}`"
	}
	return "an operator or the end of the statement", "statements are separated by a newline or `;`"
}

// special returns a better help for common mistakes, or "".
func (c *context) special() string {
	t, ok := c.token()
	p := c.prev()
	switch {
	case !ok:
		return ""
	case t.is("=") && c.ifAt >= 0 && c.wantsIf == "then" && c.operandBefore():
		return "write `==` to compare"
	case t.is("if") && (p.Kind == Op || p.is("!")):
		return "put the `if` in parentheses: `a + (if c then x else y)`"
	case t.is("*") && p.is("*"):
		return "write `^` for a power"
	case t.is("+") && p.unfinished():
		return "remove the `+`; a number has no sign but `-`"
	case t.is(":") && c.colon >= 0 && c.bracket == "{":
		return "a field has one `:`; put each field on a line of its own"
	case t.Kind == Keyword && !c.operandBefore() && !p.is("."):
		return "`" + t.Text + "` is a keyword; it can be a name only after a dot"
	case t.is("->") && c.bracket == "{" && c.colon < 0:
		return "a field is declared with `:`, as in `q_proj : D -> H K`"
	case t.is("{") && c.operandBefore() && c.bracket != "(" && !c.inHeader():
		return "a body follows a header such as `block Name`, `f(x: [D])` or a call `attend(q; k, v)`"
	}
	return ""
}

// header reports what follows an incomplete header.
func (c *context) header() (wanted, help string) {
	for _, h := range headers {
		n := len(h.before)
		if c.at < n || !headerStart(c.toks, c.at-n) {
			continue
		}
		match := true
		for k, want := range h.before {
			t := c.toks[c.at-n+k]
			switch want {
			case "word":
				match = match && t.Kind == Word
			case "string":
				match = match && t.Kind == String
			default:
				match = match && t.Text == want && t.Kind != String
			}
		}
		if match {
			return h.wanted, h.help
		}
	}
	if c.at > 0 && c.toks[c.at-1].Text == "model" && c.at == 1 {
		return "a name after `model`", "write `model Name { ... }`"
	}
	return "", ""
}

// headWords begin a declaration whose name may be followed by parameters.
var headWords = set("model", "block", "pattern")

// inParams reports whether the innermost bracket holds the parameters of a model, block or pattern.
func (c *context) inParams() bool {
	head := c.opener - 2
	return head >= 0 && c.bracket == "(" && headWords[c.toks[head].Text] && headerStart(c.toks, head)
}

// bodyMissing reports whether all that stands before is the head of a model, block or pattern with its
// parameters.
func (c *context) bodyMissing() bool {
	if c.start >= c.at || !headWords[c.toks[c.start].Text] || !c.prev().is(")") {
		return false
	}
	depth := 0
	for _, t := range c.toks[c.start:c.at] {
		switch {
		case t.opens():
			depth++
		case t.closes():
			depth--
		case depth == 0 && t.is("="):
			return false
		}
	}
	return true
}

func (c *context) inHeader() bool {
	wanted, _ := c.header()
	return wanted != ""
}

func headerStart(toks []Token, i int) bool {
	return i == 0 || toks[i-1].Kind == End || toks[i-1].is("{")
}
