package syntax

import (
	"strings"

	"archc/ir/diag"
)

// explain says why toks[at] cannot stand where it is: what could stand there, in words of the language, and
// what was found. What could stand there follows from the token before and the bracket around.
func explain(src *diag.Source, toks []Token, at int) *diag.Diagnostic {
	if line := unfinishedLine(toks, at); line > 0 {
		return explainIn(&context{src: src, toks: toks, at: line, lineEnd: true})
	}
	return explainIn(&context{src: src, toks: toks, at: at})
}

func explainIn(c *context) *diag.Diagnostic {
	c.look()
	if d := c.clause(); d != nil {
		return d
	}
	wanted, help := c.wanted()
	d := diag.New(diag.Unexpected, c.span(), "expected %s, found %s", wanted, c.found())
	if special := c.special(); special != "" {
		help = special
	}
	d.Suggest("%s", help)
	if c.ifAt >= 0 && c.operandBefore() {
		d.Note(c.toks[c.ifAt].span(c.src), "the `if` stands here")
	}
	return d
}

// unfinishedLine returns the index behind a line that ends unfinished, such as `x =`, when the mistake at
// `at` is that the next line was taken for its rest: `at` begins that line, or is what makes it a statement
// of its own. Otherwise 0.
func unfinishedLine(toks []Token, at int) int {
	marks := at < len(toks) && (toks[at].is("=") || toks[at].is(":") || toks[at].is("+="))
	depth := 0
	for i := min(at, len(toks)-1); i > 0; i-- {
		if t := toks[i]; i < at && t.closes() {
			depth++
		} else if i < at && t.opens() {
			if depth--; depth < 0 {
				return 0
			}
		}
		p := toks[i-1]
		switch {
		case p.Kind == End && depth == 0:
			return 0
		case depth == 0 && p.Line != toks[i].Line && p.unfinished() && (marks || i == at):
			return i
		case i < at && !marks:
			return 0
		}
	}
	return 0
}

// context is what explain knows about a failing token.
type context struct {
	src     *diag.Source
	toks    []Token
	at      int
	bracket string // the innermost open bracket, "" at the top
	opener  int    // its index, -1 at the top
	start   int    // where the statement or argument begins
	ifAt    int    // an unfinished `if` of this statement or argument, -1 without
	wantsIf string // what that `if` lacks: then or else
	colon   int    // the `:` of this statement, -1 without
	lineEnd bool   // the mistake is that the line ends before toks[at]
}

// look fills the context from the tokens before.
func (c *context) look() {
	type level struct {
		opener, start, colon int
		ifs                  []int
	}
	open := []level{{opener: -1, colon: -1}}
	for i, t := range c.toks[:c.at] {
		top := &open[len(open)-1]
		switch {
		case t.opens():
			open = append(open, level{opener: i, start: i + 1, colon: -1})
		case t.closes() && len(open) > 1:
			open = open[:len(open)-1]
		case t.Kind == End || t.is(";") || t.is(",") && top.opener >= 0 && c.toks[top.opener].Text != "{":
			*top = level{opener: top.opener, start: i + 1, colon: -1}
		case t.is("if"):
			top.ifs = append(top.ifs, i)
		case t.is("else") && len(top.ifs) > 0:
			top.ifs = top.ifs[:len(top.ifs)-1]
		case t.is(":") && top.colon < 0:
			top.colon = i
		}
	}
	top := open[len(open)-1]
	c.opener, c.start, c.colon, c.ifAt = top.opener, top.start, top.colon, -1
	if c.opener >= 0 {
		c.bracket = c.toks[c.opener].Text
	}
	if n := len(top.ifs); n > 0 {
		c.pendingIf(top.ifs[n-1])
	}
}

// pendingIf finds what an `if` without `else` lacks. The `if` of `with bias if c` lacks nothing.
func (c *context) pendingIf(i int) {
	if i > 0 && c.toks[i-1].Kind == Word && c.toks[i-1].Text == "bias" {
		return
	}
	c.ifAt, c.wantsIf = i, "then"
	depth := 0
	for _, t := range c.toks[i+1 : c.at] {
		switch {
		case t.opens():
			depth++
		case t.closes():
			depth--
		case depth == 0 && t.is("then"):
			c.wantsIf = "else"
		}
	}
}

func (c *context) prev() Token {
	if c.at == 0 {
		return Token{Kind: End}
	}
	return c.toks[c.at-1]
}

func (c *context) token() (t Token, ok bool) {
	if c.lineEnd {
		return Token{Kind: End, Text: "\n"}, true
	}
	if c.at < len(c.toks) {
		return c.toks[c.at], true
	}
	return Token{}, false
}

// span is where the caret stands: the token itself; where something is missing at the end of a line, its
// last token.
func (c *context) span() diag.Span {
	t, ok := c.token()
	if ok && (t.Kind != End || t.Text == ";") {
		return t.span(c.src)
	}
	last := c.prev()
	return diag.Span{Src: c.src, Start: last.End, End: last.End}
}

// found names the failing token.
func (c *context) found() string {
	t, ok := c.token()
	switch {
	case !ok:
		return "the end of the declaration"
	case t.Kind == End && t.Text != ";":
		return "the end of the line"
	case t.Kind == Keyword:
		return "the keyword `" + t.Text + "`"
	case t.Kind == Word:
		return "the name `" + clip(t.Text) + "`"
	case t.Kind == Int || t.Kind == Real:
		return "the number " + clip(t.Text)
	case t.Kind == String:
		return "the string " + clip(t.Text)
	}
	return "`" + t.Text + "`"
}

// clip keeps messages short and in one line: names, strings and arguments may be long.
func clip(s string) string {
	short, _, cut := strings.Cut(s, "\n")
	if r := []rune(short); len(r) > 40 {
		short, cut = string(r[:40]), true
	}
	if cut {
		short = strings.TrimRight(short, " \t\r") + "..."
	}
	return short
}

// operandBefore reports whether the token before ends a value, so that the value is complete.
func (c *context) operandBefore() bool {
	return c.at > 0 && c.prev().value()
}

// clauseOrder is the order of a field's clauses.
var clauseOrder = []string{"over", "with", "stored", "as", "buffer", "="}

const clauseHelp = "the order is over, with bias [if ...], stored, as, buffer, ="

// clause reports a clause of a field that stands behind a later one, or twice.
func (c *context) clause() *diag.Diagnostic {
	t, ok := c.token()
	rank := clauseRank(t)
	if !ok || rank < 0 || c.colon < 0 || c.bracket == "(" || c.bracket == "[" {
		return nil
	}
	depth := 0
	for i := c.at - 1; i > c.colon; i-- {
		switch u := c.toks[i]; {
		case u.closes():
			depth++
		case u.opens():
			depth--
		case depth == 0 && clauseRank(u) == rank:
			return diag.New(diag.Misplaced, t.span(c.src), "`%s` is given twice", clauseName(t)).
				Note(u.span(c.src), "the first stands here").Suggest("remove one; %s", clauseHelp)
		case depth == 0 && clauseRank(u) > rank:
			return diag.New(diag.Misplaced, t.span(c.src), "`%s` stands before `%s`, found it behind", clauseName(t),
				clauseName(u)).Note(u.span(c.src), "`%s` stands here", clauseName(u)).Suggest("%s", clauseHelp)
		}
	}
	return nil
}

func clauseName(t Token) string {
	if t.Text == "with" {
		return "with bias"
	}
	return t.Text
}

func clauseRank(t Token) int {
	if t.Kind == Word || t.Kind == String {
		return -1
	}
	for i, name := range clauseOrder {
		if t.Text == name {
			return i
		}
	}
	return -1
}
