package format

import "strings"

// gap is a rule about the blanks between two neighbours on a line; the first that fits holds.
type gap struct {
	left, right []role // nil: any
	blanks      int
}

// gaps is the whole of the spacing. What is not listed has one blank.
var gaps = []gap{
	{left: []role{separator}, blanks: 2}, // between statements: `a = b;  c = d`
	{right: []role{separator}, blanks: 0},
	{right: []role{attached}, blanks: 0},                            // f(x, y), x: [T], f(q; k)
	{left: []role{openBrace}, right: []role{closeBrace}, blanks: 0}, // {}
	{left: []role{opening, applied}, blanks: 0},
	{right: []role{closing, applied}, blanks: 0},
	{left: []role{joint, prefix, tight}, blanks: 0},
	{right: []role{joint, tight}, blanks: 0},
}

func blanksBetween(a, b *token) int {
	for _, g := range gaps {
		if has(g.left, a.role) && has(g.right, b.role) {
			return g.blanks
		}
	}
	return 1
}

func has(roles []role, r role) bool {
	if roles == nil {
		return true
	}
	for _, x := range roles {
		if x == r {
			return true
		}
	}
	return false
}

// text prints tokens of one line, beginning behind before when that is not nil.
func text(before *token, toks []*token) string {
	var b strings.Builder
	for _, t := range toks {
		if before != nil {
			b.WriteString(strings.Repeat(" ", blanksBetween(before, t)))
		}
		if isSeparator(t) {
			b.WriteByte(';')
		} else {
			b.WriteString(t.Text)
		}
		before = t
	}
	return b.String()
}
