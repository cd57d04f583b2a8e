package syntax

import "archc/ir/diag"

var closer = map[string]string{"(": ")", "[": "]", "{": "}"}

// regions cuts the tokens where brackets are known to be whole. A file whose brackets match is one region.
// Otherwise a declaration that begins at the left margin begins a region, so that a missing bracket spoils
// one declaration; regions that do not match are reported and left out.
func regions(src *diag.Source, toks []Token, list *diag.List) [][]Token {
	if unmatched(src, toks) == nil {
		return [][]Token{toks}
	}
	var whole [][]Token
	start := 0
	for i := 1; i <= len(toks); i++ {
		if i < len(toks) && !atMargin(src, toks, i) {
			continue
		}
		region := toks[start:i]
		if d := unmatched(src, region); d == nil {
			whole = append(whole, region)
		} else if !hasOpenString(region) {
			list.Add(d)
		}
		start = i
	}
	return whole
}

// hasOpenString reports whether a string does not end: it may have swallowed the bracket that is missing.
func hasOpenString(toks []Token) bool {
	for _, t := range toks {
		if t.Kind == String && t.Text == openString {
			return true
		}
	}
	return false
}

// atMargin reports whether a declaration begins at the left margin here.
func atMargin(src *diag.Source, toks []Token, i int) bool {
	at := toks[i].Start
	return at > 0 && src.Text[at-1] == '\n' && declares(toks[i], toks[i+1:])
}

// unmatched reports the first bracket that does not match, at the opener where there is one.
func unmatched(src *diag.Source, toks []Token) *diag.Diagnostic {
	var open []int
	suspect, early := -1, -1 // the first opener whose closer stands at another indentation, and that closer
	for i, t := range toks {
		switch {
		case t.opens():
			open = append(open, i)
		case t.closes() && len(open) == 0:
			d := diag.New(diag.Unterminated, t.span(src), "`%s` closes nothing", t.Text).
				Suggest("remove it, or open a bracket before")
			if early >= 0 {
				d.Note(toks[early].span(src), "the indentation says that this `%s` closes too much", toks[early].Text)
			}
			return d
		case t.closes():
			o := toks[open[len(open)-1]]
			if closer[o.Text] != t.Text {
				return diag.New(diag.Unterminated, o.span(src), "`%s` is not closed: `%s` stands where `%s` must",
					o.Text, t.Text, closer[o.Text]).Note(t.span(src), "`%s` stands here", t.Text).
					Suggest("write `%s` before that `%s`", closer[o.Text], t.Text)
			}
			first := i == 0 || toks[i-1].Line != t.Line
			if suspect < 0 && first && t.Line != o.Line && indent(src, t) != indent(src, o) {
				suspect, early = open[len(open)-1], i
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) == 0 {
		return nil
	}
	o := toks[open[len(open)-1]]
	if suspect >= 0 && toks[suspect].Text == o.Text {
		s := toks[suspect]
		return diag.New(diag.Unterminated, s.span(src), "`%s` is not closed, as the indentation says", s.Text).
			Note(o.span(src), "counting brackets, it is the `%s` here", o.Text).
			Suggest("close it with `%s`", closer[s.Text])
	}
	return diag.New(diag.Unterminated, o.span(src), "`%s` is not closed", o.Text).
		Suggest("close it with `%s`", closer[o.Text])
}

// indent counts the blanks before the first character of the token's line.
func indent(src *diag.Source, t Token) int {
	line := src.Line(t.Line)
	n := 0
	for n < len(line) && (line[n] == ' ' || line[n] == '\t') {
		n++
	}
	return n
}
