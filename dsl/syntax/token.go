package syntax

import "archc/ir/diag"

// Kind is the lexical class of a token.
type Kind int

// The lexical classes. Brackets, commas, colons and the like are Punct; End ends a statement.
const (
	Word    Kind = iota // a name: letters, digits and _, or any word after a dot
	Keyword             // a reserved word
	Int                 // 4096, 1_000
	Real                // 0.5, 1e-6
	String              // "text", quotes included
	Op                  // what may stand between two operands: + == |> div
	Punct               // ( ) [ ] { } , . .. : ; = += -> !
	End                 // a newline or `;` that ends a statement
	Comment             // // to the end of the line, without trailing blanks
)

// Token is one piece of the text. An End that a newline made is empty and stands behind the statement's
// last token.
type Token struct {
	Kind       Kind
	Text       string
	Start, End int // bytes
	Line       int // of the start, from 1
}

func (t Token) span(src *diag.Source) diag.Span {
	return diag.Span{Src: src, Start: t.Start, End: t.End}
}

func (t Token) is(text string) bool {
	return t.Text == text && (t.Kind == Op || t.Kind == Punct || t.Kind == Keyword)
}

func (t Token) opens() bool {
	return t.Kind == Punct && (t.Text == "(" || t.Text == "[" || t.Text == "{")
}

func (t Token) closes() bool {
	return t.Kind == Punct && (t.Text == ")" || t.Text == "]" || t.Text == "}")
}

// value reports whether the token ends a value, so that an operator may follow.
func (t Token) value() bool {
	return t.Kind == Word || t.Kind == Int || t.Kind == Real || t.Kind == String || t.closes()
}

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// keywords are reserved everywhere but after a dot. `model`, `bias`, `checkpoint` are not: checkpoints use
// them as the first part of a path.
var keywords = set("block", "pattern", "import", "from", "if", "then", "else", "in", "as", "yield", "emit",
	"over", "stored", "buffer", "require", "with")

// fixed lists every token with a spelling of its own, longest first where one begins another.
var fixed = []struct {
	text string
	kind Kind
}{
	{"|>", Op}, {"==", Op}, {"!=", Op}, {"<=", Op}, {">=", Op}, {"->", Punct}, {"..", Punct}, {"+=", Punct},
	{"+", Op}, {"-", Op}, {"*", Op}, {"/", Op}, {"%", Op}, {"^", Op}, {"&", Op}, {"|", Op}, {"<", Op}, {">", Op},
	{"(", Punct}, {")", Punct}, {"[", Punct}, {"]", Punct}, {"{", Punct}, {"}", Punct}, {",", Punct},
	{".", Punct}, {":", Punct}, {";", Punct}, {"=", Punct}, {"!", Punct},
}

// unfinished lists the tokens that cannot end a statement: a newline behind one of them ends nothing.
var unfinished = set("=", "+=", "->", ":", ",", ".", "..", "!", "if", "then", "else", "in", "with", "over",
	"stored", "as", "block", "pattern")

// continuing lists the tokens that cannot begin a statement: a newline before one of them ends nothing. `-`
// may begin one (`-inf`), so a line that begins with it is a statement of its own.
var continuing = set("then", "else", "in", "with", "over", "stored", "as", "buffer", "->", "=", "+=", ":", ",",
	".", "..", ")", "]", "{")

// starting lists the keywords that always begin a declaration or statement: a newline before one ends what
// stands above, whatever it is, so that an unfinished line does not swallow the next declaration.
var starting = set("block", "pattern", "import", "from", "yield", "emit", "require")

func (t Token) unfinished() bool {
	return t.Kind == Op || (t.Kind == Punct || t.Kind == Keyword) && unfinished[t.Text]
}

func (t Token) continuing() bool {
	return t.Kind == Op && t.Text != "-" || (t.Kind == Punct || t.Kind == Keyword) && continuing[t.Text]
}

func (t Token) starting() bool { return t.Kind == Keyword && starting[t.Text] }
