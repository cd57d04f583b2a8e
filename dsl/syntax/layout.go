package syntax

import "slices"

// layout turns newlines and `;` into End tokens. Inside ( ) and [ ] newlines are free and `;` separates
// carries; inside { }, however deep in parentheses, and at the top of a file they end statements. A newline
// ends nothing behind a token that cannot end a statement or before one that cannot begin one.
func layout(toks []Token) []Token {
	out := make([]Token, 0, len(toks)+len(toks)/4)
	var open []byte // brackets, '{' or another
	prev := -1      // the last token in out that is no comment
	for i, t := range toks {
		if t.Kind == Comment {
			out = append(out, t)
			continue
		}
		free := len(open) > 0 && open[len(open)-1] != '{'
		switch {
		case free:
		case t.is(";"):
			t.Kind = End
			if prev < 0 || out[prev].Kind == End || out[prev].is("{") {
				continue
			}
		case prev >= 0 && endsBetween(out[prev], t, toks[i+1:], len(open)):
			before := out[prev]
			end := Token{Kind: End, Text: "\n", Start: before.End, End: before.End, Line: before.Line}
			out = slices.Insert(out, prev+1, end)
		case t.is("}") && prev >= 0 && out[prev].Kind == End:
			out = slices.Delete(out, prev, prev+1)
		}
		prev = len(out)
		out = append(out, t)
		switch {
		case t.opens():
			open = append(open, t.Text[0])
		case t.closes() && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	if prev >= 0 && out[prev].Kind == End {
		out = slices.Delete(out, prev, prev+1)
	}
	return out
}

// endsBetween reports whether a newline between two neighbours at brace level ends a statement.
func endsBetween(a, b Token, after []Token, depth int) bool {
	if a.Line == b.Line || a.Kind == End || a.is("{") || b.is("}") {
		return false
	}
	if b.starting() || depth == 0 && declares(b, after) {
		return true
	}
	return !a.unfinished() && !b.continuing()
}

// declares reports whether b, first on a line outside all brackets, begins a declaration with a word of its
// own.
func declares(b Token, after []Token) bool {
	if b.Kind == Keyword {
		return b.Text == "block" || b.Text == "pattern" || b.Text == "import" || b.Text == "from"
	}
	return b.Kind == Word && b.Text == "model" && len(after) > 0 && after[0].Kind == Word
}
