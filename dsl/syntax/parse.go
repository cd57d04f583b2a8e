package syntax

import (
	"slices"

	"archc/ir/diag"
)

// retryTokens bounds how many tokens of one source are read again, without a statement that was wrong, to
// find further mistakes behind it.
const retryTokens = 4 * MaxTokens

// Parse reads a source. It returns every declaration that could be read, without the statements that could
// not, and all syntax errors. It never panics; the cost of a source within the limits is linear in its
// size.
func Parse(src *diag.Source) (*File, *diag.List) {
	file, list := &File{Src: src}, &diag.List{}
	toks, ok := lex(src, list)
	if !ok {
		return file, list
	}
	later := &diag.List{}
	r := &reader{src: src, docs: docLines(toks), list: later, again: retryTokens}
	for _, decl := range split(toks) {
		if d := r.decl(decl); d != nil {
			file.Decls = append(file.Decls, d)
		}
	}
	merge(list, later)
	list.Sort()
	return file, list
}

// merge adds to the mistakes of the lexer those of the parser, but not on the same lines: what a character
// does that is none of the language's is not worth a second message.
func merge(list, later *diag.List) {
	lines := map[int]bool{}
	for _, d := range list.All {
		lines[d.Span.Line()] = true
	}
	for _, d := range later.All {
		if !lines[d.Span.Line()] {
			list.Add(d)
		}
	}
	list.Dropped += later.Dropped
}

// Tokens cuts a source into tokens with comments and the ends of statements, for whoever prints it again.
func Tokens(src *diag.Source) ([]Token, *diag.List) {
	list := &diag.List{}
	toks, _ := lex(src, list)
	return toks, list
}

func lex(src *diag.Source, list *diag.List) (toks []Token, ok bool) {
	if !readable(src, list) {
		return nil, false
	}
	raw, ok := scan(src, list)
	if !ok {
		return nil, false
	}
	for _, region := range regions(src, raw, list) {
		region = layout(region)
		if len(region) == 0 || !chains(src, region, list) {
			continue
		}
		if n := len(toks); n > 0 && toks[n-1].Kind != End {
			last := toks[n-1]
			toks = append(toks, Token{Kind: End, Text: "\n", Start: last.End, End: last.End, Line: last.Line})
		}
		toks = append(toks, region...)
	}
	return toks, fewTokens(src, toks, list)
}

// fewTokens counts once more, with the ends of statements: a statement costs the parser as much as its
// tokens do.
func fewTokens(src *diag.Source, toks []Token, list *diag.List) bool {
	count := 0
	for _, t := range toks {
		if t.Kind == Comment {
			continue
		}
		if count++; count > MaxTokens {
			tooManyTokens(src, t, list)
			return false
		}
	}
	return true
}

func tooManyTokens(src *diag.Source, t Token, list *diag.List) {
	list.Add(diag.New(diag.TooLong, t.span(src), "more than %d tokens", MaxTokens).
		Suggest("move blocks to files of their own and `import` them"))
}

// split cuts the tokens into declarations and drops comments.
func split(toks []Token) [][]Token {
	var decls [][]Token
	var decl []Token
	depth := 0
	for _, t := range toks {
		switch {
		case t.Kind == Comment:
			continue
		case t.opens():
			depth++
		case t.closes():
			depth--
		case t.Kind == End && depth == 0:
			decls, decl = append(decls, decl), nil
			continue
		}
		decl = append(decl, t)
	}
	if len(decl) > 0 {
		decls = append(decls, decl)
	}
	return slices.DeleteFunc(decls, func(d []Token) bool { return len(d) == 0 })
}

// reader reads the declarations of one source.
type reader struct {
	src   *diag.Source
	docs  map[int]string
	list  *diag.List
	again int // tokens that may still be read a second time
}

// decl reads one declaration. A statement that cannot be read is reported and set aside, and the rest is
// read again: brackets match, so the rest still stands.
func (r *reader) decl(toks []Token) Decl {
	toks = slips(r.src, toks, r.list)
	for len(toks) > 0 {
		tree, failed := parseTokens(toks)
		if failed < 0 {
			b := &builder{src: r.src, toks: toks, docs: r.docs, list: r.list, parens: map[*Call]diag.Span{}}
			return b.decl(tree)
		}
		r.list.Add(explain(r.src, toks, failed))
		from, to := statement(toks, failed)
		if line := unfinishedLine(toks, failed); line > from && line < to {
			to = line
		}
		if r.again -= len(toks); from >= to || r.again < 0 {
			return nil
		}
		toks = slices.Delete(slices.Clone(toks), from, to)
	}
	return nil
}

// statement returns the range of the statement in braces that holds token at, with the End behind or before
// it. It is empty where the mistake is in no braces.
func statement(toks []Token, at int) (from, to int) {
	from = at
	if from == len(toks) || toks[from].Kind == End || toks[from].closes() {
		from-- // what is incomplete stands before
	}
	depth := 0
	for ; from >= 0; from-- {
		t := toks[from]
		if depth == 0 && (t.Kind == End || t.is("{")) {
			break
		}
		if t.closes() {
			depth++
		} else if t.opens() && depth > 0 {
			depth--
		}
	}
	if from < 0 {
		return 0, 0 // the mistake is in the header
	}
	from++
	depth = 0
	for to = from; to < len(toks); to++ {
		t := toks[to]
		if depth == 0 && (t.Kind == End || t.is("}")) {
			break
		}
		if t.opens() {
			depth++
		} else if t.closes() {
			depth--
		}
	}
	switch {
	case to < len(toks) && toks[to].Kind == End:
		to++
	case toks[from-1].Kind == End:
		from--
	}
	return from, to
}

// docLines maps a line to the text of the comment that has it alone.
func docLines(toks []Token) map[int]string {
	docs := map[int]string{}
	last := 0
	for _, t := range toks {
		if t.Kind == Comment && t.Line != last {
			docs[t.Line] = t.Text
		}
		last = t.Line
	}
	return docs
}
