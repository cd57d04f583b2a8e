package format

import "archc/dsl/syntax"

// role is what a token does where it stands, as far as blanks and columns need to know.
type role int

const (
	plain        role = iota // names, numbers, strings, keywords, operators with blanks, `=` with blanks, `->`
	prefix                   // - and ! before a value
	tight                    // an operator or `=` without blanks
	opening                  // ( and [ that stand alone
	applied                  // ( and [ behind what they belong to
	closing                  // ) and ]
	openBrace                // {
	closeBrace               // }
	attached                 // , and : and ; that hang on the token before
	joint                    // . and .. that join their neighbours
	separator                // ; between statements
	fieldColon               // : behind a field's names
	assignEquals             // = and += of an assignment
	comment
)

// token is a token with what its surroundings say about it.
type token struct {
	syntax.Token
	role     role
	fresh    bool // it begins a line of the source
	first    bool // it begins a statement
	argument bool // it begins an argument
	depth    int  // open brackets before it; a closer counts as outside
	opener   int  // index of the innermost open bracket, -1 at the top
	partner  int  // the bracket that matches this one
}

func (t *token) is(text string) bool {
	return t.Text == text && t.Kind != syntax.String && t.Kind != syntax.Comment && t.Kind != syntax.Word
}

// value reports whether the token ends a value, so that what follows continues it.
func (t *token) value() bool {
	switch t.Kind {
	case syntax.Word, syntax.Int, syntax.Real, syntax.String:
		return true
	}
	return t.role == closing || t.role == closeBrace
}

// annotate gives every token its role. factors says which parentheses are factors of a product.
func annotate(toks []syntax.Token, factors map[int]bool) []*token {
	a := &annotator{factors: factors, prev: &token{first: true, role: separator}}
	for _, t := range toks {
		a.add(t)
	}
	for _, g := range groups(a.out) {
		g.roles()
	}
	return a.out
}

type annotator struct {
	factors map[int]bool
	out     []*token
	open    []int
	prev    *token // the last token that is no comment
	line    int    // where the last token stands that is not the end of a statement
}

func (a *annotator) add(t syntax.Token) {
	n := &token{Token: t, opener: -1, partner: -1, depth: len(a.open)}
	if len(a.open) > 0 {
		n.opener = a.open[len(a.open)-1]
	}
	n.fresh = t.Line != a.line
	n.role = a.role(n)
	n.first = n.role != comment && n.role != closeBrace && n.Kind != syntax.End &&
		(a.prev.Kind == syntax.End || a.prev.role == openBrace || a.prev.role == separator)
	switch n.role {
	case opening, applied, openBrace:
		a.open = append(a.open, len(a.out))
	case closing, closeBrace:
		n.partner = n.opener
		a.out[n.opener].partner = len(a.out)
		a.open = a.open[:len(a.open)-1]
		n.depth = len(a.open)
		n.opener = -1
		if n.depth > 0 {
			n.opener = a.open[n.depth-1]
		}
	}
	a.out = append(a.out, n)
	if n.role != comment {
		a.prev = n
	}
	if n.role != separator {
		a.line = t.Line
	}
}

func (a *annotator) role(n *token) role {
	switch {
	case n.Kind == syntax.Comment:
		return comment
	case n.Kind == syntax.End:
		return separator
	case n.is("{"):
		return openBrace
	case n.is("}"):
		return closeBrace
	case n.is("(") || n.is("["):
		if a.prev.value() && !a.factors[n.Start] {
			return applied
		}
		return opening
	case n.is(")") || n.is("]"):
		return closing
	case n.is(".") && (a.prev.Kind == syntax.Int || a.prev.Kind == syntax.Real):
		return plain // `0 .a`: joined, the point would belong to the number
	case n.is(".") || n.is(".."):
		return joint
	case n.is(",") || n.is(";") || n.is(":"):
		return attached
	case n.is("^"):
		return tight
	case n.is("!") || n.is("-") && !a.prev.value():
		return prefix
	}
	return plain
}
