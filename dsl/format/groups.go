package format

import "archc/dsl/syntax"

// group is what stands directly in one pair of brackets, or one statement in braces, with nested brackets
// as holes.
type group struct {
	toks    []*token
	bracket string // "(", "[", "{" or "" at the top
	carry   bool   // behind a `;` in parentheses
	shared  bool   // another one begins on its line
}

// groups cuts the tokens into arguments (in parentheses and brackets) and statements (in braces and at the
// top).
func groups(toks []*token) []*group {
	var done []*group
	open, last := map[int]*group{-1: {}}, map[int]*group{}
	for _, t := range toks {
		if t.role == comment {
			continue
		}
		g := open[t.opener]
		if g == nil {
			g = &group{bracket: toks[t.opener].Text}
			open[t.opener] = g
		}
		ends := t.role == separator || t.role == attached && t.Text != ":" && g.bracket != "{" && g.bracket != ""
		if !ends {
			if before := last[t.opener]; before != nil && len(g.toks) == 0 && !t.fresh {
				before.shared = true
			}
			g.toks = append(g.toks, t)
			continue
		}
		done = append(done, g)
		last[t.opener] = g
		open[t.opener] = &group{bracket: g.bracket, carry: g.carry || t.is(";")}
	}
	for _, g := range open {
		done = append(done, g)
	}
	return done
}

// roles decides what depends on a whole argument or statement: how its `:` and `=` stand and which products
// are tight.
func (g *group) roles() {
	if len(g.toks) == 0 {
		return
	}
	if g.bracket == "(" || g.bracket == "[" {
		g.toks[0].argument = true
		g.products()
		g.argument()
		return
	}
	for _, t := range g.toks {
		switch {
		case t.is("->") || t.is("if"):
			return
		case t.role == attached && t.Text == ":":
			t.role = fieldColon
			return
		case t.is("=") || t.is("+="):
			t.role = assignEquals
			return
		}
	}
}

// argument makes the `=` of an argument tight where the form asks for it.
func (g *group) argument() {
	for i, t := range g.toks {
		if t.Text == ":" && t.role == attached {
			return
		}
		if !t.is("=") {
			continue
		}
		if g.bracket == "(" && !g.carry && !g.blanks(g.toks[i+1:]) && (!g.toks[0].fresh || g.shared) {
			t.role = tight
		} else {
			t.role = assignEquals
		}
		return
	}
}

// blanks reports whether a value has an operator with blanks, or an `if`.
func (g *group) blanks(toks []*token) bool {
	for _, t := range toks {
		if t.Kind == syntax.Op && t.role == plain || t.Kind == syntax.Keyword {
			return true
		}
	}
	return false
}

// products makes every chain of `*` and `/` between names and numbers tight.
func (g *group) products() {
	start := 0
	for i := 0; i <= len(g.toks); i++ {
		if i == len(g.toks) || !inChain(g.toks[i]) {
			tightChain(g.toks[start:i])
			start = i + 1
		}
	}
}

// inChain reports whether a token can be part of a product: other operators, keywords, `=` and `:` end it.
func inChain(t *token) bool {
	switch {
	case t.Kind == syntax.Op && t.role == plain:
		return t.Text == "*" || t.Text == "/" || t.Text == "%" || t.Text == "div"
	case t.Kind == syntax.Keyword || t.role == attached:
		return false
	}
	return t.Text != "=" && t.Text != ".."
}

func tightChain(toks []*token) {
	for i, t := range toks {
		side := i > 0 && toks[i-1].value() && t.value() // a product by juxtaposition
		switch {
		case t.role == opening || t.role == applied || t.role == openBrace || side:
			return
		case t.is("%") || t.is("div"):
			return
		}
	}
	for i, t := range toks {
		if i > 0 && i+1 < len(toks) && (t.is("*") || t.is("/")) {
			t.role = tight
		}
	}
}
