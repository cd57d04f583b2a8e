package format

import "archc/dsl/syntax"

// line is one line of the result.
type line struct {
	toks   []*token // without ends of statements; a trailing comment is the last
	blank  bool     // a blank line stands before it
	more   bool     // it goes on with the statement of the line before
	indent int
}

// breakLines puts tokens on lines where the author did. Ends of statements vanish with the newline, or stay
// as `;`.
func breakLines(toks []*token) []*line {
	var lines []*line
	var cur *line
	var prev, ended *token // the last token that is kept; the last if it is the end of a statement
	complete := true       // no statement is unfinished
	for i, t := range toks {
		if t.role == separator {
			ended, complete = t, true
			continue
		}
		if prev == nil || prev.Line != t.Line {
			cur = &line{more: !complete && continues(toks[i:])}
			cur.blank = prev != nil && t.Line-prev.Line > 1 && !opens(prev) && !closes(t)
			lines = append(lines, cur)
		} else if ended != nil && t.role != comment {
			cur.toks = append(cur.toks, ended)
		}
		cur.toks = append(cur.toks, t)
		prev = t
		if t.role != comment {
			ended, complete = nil, t.role == openBrace || t.role == closeBrace && t.depth == 0
		}
	}
	return lines
}

func opens(t *token) bool { return t.role == opening || t.role == applied || t.role == openBrace }
func closes(t *token) bool {
	return t.role == closing || t.role == closeBrace
}

// continues reports whether the next token that is no comment goes on with an unfinished statement.
func continues(toks []*token) bool {
	for _, t := range toks {
		if t.role != comment {
			return t.role != closeBrace && t.role != openBrace && t.role != separator
		}
	}
	return false
}

// indent gives every line its indentation.
func indent(lines []*line) {
	at := map[*token]int{} // the indentation of the line that an open bracket stands on
	var open []*token
	inBrace := func() bool { return len(open) == 0 || open[len(open)-1].role == openBrace }
	statement := 0 // the indentation of the line on which the statement began
	for _, l := range lines {
		first, inside := l.toks[0], !inBrace()
		switch {
		case closes(first) && len(open) > 0:
			l.indent = at[open[len(open)-1]]
		case len(open) > 0:
			l.indent = at[open[len(open)-1]] + step
		}
		if l.more && inBrace() {
			l.indent += step
		}
		if !inside && !l.more {
			statement = l.indent
		}
		for _, t := range l.toks {
			if opens(t) {
				at[t] = l.indent
				if inside && inBrace() && t.role == openBrace {
					at[t] = statement // the parentheses of a header end on this line
				}
				open = append(open, t)
			} else if closes(t) {
				open = open[:len(open)-1]
			}
		}
	}
}

// step is the indentation of one level.
const step = 2

// isSeparator reports a `;` between two statements of a line.
func isSeparator(t *token) bool { return t.Kind == syntax.End }
