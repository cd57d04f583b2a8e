package ir

import (
	"strconv"

	"archc/ir/diag"
)

// The words of the parser: what every production is made of.

func (p *parser) advance() {
	p.last = p.tok
	if p.err != nil {
		return
	}
	t, err := p.scan.next()
	if p.tok = t; err != nil {
		p.stop(err)
	}
}

// stop keeps the first mistake and ends the text there.
func (p *parser) stop(err *diag.Diagnostic) {
	if p.err == nil {
		p.err = err
	}
	p.tok = token{kind: tokEnd, start: p.tok.start, end: p.tok.start}
}

func (p *parser) span(t token) diag.Span { return diag.Span{Src: p.src, Start: t.start, End: t.end} }

func (p *parser) fail(code *diag.Code, at token, format string, args ...any) {
	p.stop(diag.New(code, p.span(at), format, args...))
}

func (p *parser) unknown(at token, what string, known []string) {
	d := diag.New(diag.IRName, p.span(at), "unknown %s %s", what, at)
	if near := diag.Nearest(at.text, known); near != "" {
		d.Suggest("did you mean `%s`?", near)
	}
	p.stop(d)
}

// at reports whether the next token is that word or mark.
func (p *parser) at(text string) bool {
	return (p.tok.kind == tokWord || p.tok.kind == tokPunct) && p.tok.text == text
}

func (p *parser) accept(text string) bool {
	if !p.at(text) {
		return false
	}
	p.advance()
	return true
}

func (p *parser) expect(text string) {
	if !p.accept(text) {
		p.fail(diag.IRSyntax, p.tok, "expected %s, found %s", text, p.tok)
	}
}

// list reads items between two marks, with commas between them.
func (p *parser) list(open, end string, item func()) {
	p.expect(open)
	for more := !p.at(end); more && p.err == nil; {
		item()
		more = p.accept(",")
	}
	p.expect(end)
}

func (p *parser) name() string {
	t := p.tok
	if t.kind == tokWord || t.kind == tokString {
		p.advance()
		return t.text
	}
	p.fail(diag.IRSyntax, t, "expected a name, found %s", t)
	return ""
}

func (p *parser) plainWord(what string) string {
	t := p.tok
	if t.kind != tokWord {
		p.fail(diag.IRSyntax, t, "expected %s, found %s", what, t)
	}
	p.advance()
	return t.text
}

func (p *parser) str() string {
	t := p.tok
	if t.kind != tokString {
		p.fail(diag.IRSyntax, t, "expected a string, found %s", t)
	}
	p.advance()
	return t.text
}

// integer reads a whole number that may be negative, below 2^62 so that differences fit.
func (p *parser) integer() int64 {
	sign := p.tok
	negative := p.accept("-")
	t := p.tok
	v, err := strconv.ParseInt(t.text, 10, 64)
	if t.kind != tokNumber || err != nil || v >= 1<<62 {
		p.fail(diag.IRSyntax, sign, "expected a whole number, found %s", t)
		return 0
	}
	p.advance()
	if negative {
		return -v
	}
	return v
}
