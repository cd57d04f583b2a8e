package syntax

import (
	"archc/ir/diag"
)

// The bounds of a source. They are checked before anything recurses or grows.
const (
	MaxSource = 1 << 20 // bytes of a source
	MaxTokens = 100_000 // tokens and ends of statements, without comments
	MaxDepth  = 200     // brackets open at once
	MaxWord   = 256     // bytes of a name
	MaxString = 64 << 10
	MaxDigits = 18   // digits of a whole number: below 2^63
	MaxChain  = 1000 // operators, `if`s, dots and argument lists in one expression, counted through its brackets
)

// chains refuses expressions whose tree would be deep without brackets: `a.b.c...`, `x + x + ...`, `if ...
// else if ...`, `-----x`. Whoever walks the tree recurses, as the parser does.
func chains(src *diag.Source, toks []Token, list *diag.List) bool {
	var open []int // links of each open bracket's inside
	here, total := 0, 0
	for i, t := range toks {
		link := t.Kind == Op || t.is("!") || t.is("if") || t.is(".")
		switch {
		case t.opens():
			if i > 0 && toks[i-1].value() {
				here, total = here+1, total+1
			}
			open, here = append(open, here), 0
		case t.closes():
			total -= here
			here = 0
			if n := len(open); n > 0 {
				here, open = open[n-1], open[:n-1]
			}
		case t.Kind == End || t.is(",") || t.is(";"):
			total, here = total-here, 0
		case link:
			here, total = here+1, total+1
		}
		if total > MaxChain {
			list.Add(diag.New(diag.TooDeep, t.span(src), "an expression of more than %d operators", MaxChain).
				Suggest("name parts of it in statements of their own"))
			return false
		}
	}
	return true
}
