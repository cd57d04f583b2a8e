package syntax

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"archc/ir/diag"
)

// spelling is what another language writes, what this one writes, and why.
type spelling struct{ text, ours, why string }

// foreign lists spellings of other languages, longest first. With an empty ours the help is why alone.
var foreign = []spelling{
	{"===", "==", ""}, {"!==", "!=", ""}, {"...", "..", "a range is `a..b`"}, {"**=", "", "write `x = x^y`"},
	{"/*", "", "comments begin with `//` and end with the line"},
	{"=>", "->", ""}, {":=", "=", ""}, {"&&", "&", ""}, {"||", "|", ""}, {"**", "^", ""}, {"<>", "!=", ""},
	{"::", ":", ""}, {"-=", "=", "write `x = x - y`; only `+=` is a short form"},
	{"*=", "=", "write `x = x * y`; only `+=` is a short form"},
	{"/=", "=", "write `x = x / y`; only `+=` is a short form"},
	{"#", "", "comments begin with `//`"},
	{"'", "", "strings stand in double quotes"}, {"`", "", "strings stand in double quotes"},
	{"@", "", "a linear map is applied like a function: `q_proj(x)`; products over a dim are `sum[K](q*k)`"},
	{"?", "", "a choice is `if c then a else b`"},
	{"~", "", "`!` negates"},
}

func (s *scanner) foreign(f spelling) {
	help := f.why
	if help == "" {
		help = "write `" + f.ours + "`"
	}
	end := s.pos + len(f.text)
	d := diag.New(diag.Foreign, s.span(s.pos, end), "`%s` is not of this language", f.text).Suggest("%s", help)
	switch f.text {
	case "/*":
		d.Span.End = s.skipBlockComment()
	case "#":
		s.comment(Comment)
	case "'", "`":
		s.str(f.text)
		d.Span.End = s.pos
		d.Msg = "a string in `" + f.text + "`"
	default:
		s.replace(f.ours, end)
	}
	s.list.Add(d)
}

// replace adds the token that was meant, or skips to end when there is none.
func (s *scanner) replace(ours string, end int) {
	for _, f := range fixed {
		if f.text == ours {
			s.add(f.kind, ours, end)
			return
		}
	}
	s.pos = end
}

func (s *scanner) skipBlockComment() (end int) {
	body := s.text[s.pos:]
	n := strings.Index(body, "*/")
	if n < 0 {
		n = s.lineEnd() - s.pos - 2
	}
	end = s.pos + max(n, 0) + 2
	s.line += strings.Count(s.text[s.pos:end], "\n")
	s.pos = end
	return end
}

// lookalikes maps characters that stand for an operator or blank in papers, or look like one, to what is
// written here.
var lookalikes = map[rune]string{
	'×': "*", '·': "*", '∙': "*", '⋅': "*", '∗': "*", '⊙': "*", '−': "-", '–': "-", '—': "-", '‐': "-", '‑': "-",
	'÷': "/", '∕': "/", '⁄': "/", '≤': "<=", '≥': ">=", '≠': "!=", '≡': "==", '→': "->", '⇒': "->", '⟶': "->",
	'∧': "&", '∨': "|", '¬': "!", '…': "..", '∈': "in", '²': "^2", '³': "^3", '∶': ":",
	'“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`, '‘': `"`, '’': `"`,
}

// spelled names the letters that papers use and a file spells, and letters that only look Latin.
var spelled = map[rune]string{
	'α': "alpha", 'β': "beta", 'γ': "gamma", 'δ': "delta", 'ε': "eps", 'ϵ': "eps", 'ζ': "zeta", 'η': "eta",
	'θ': "theta", 'κ': "kappa", 'λ': "lambda", 'μ': "mu", 'µ': "mu", 'ν': "nu", 'ξ': "xi", 'π': "pi", 'ρ': "rho",
	'σ': "sigma", 'τ': "tau", 'φ': "phi", 'ϕ': "phi", 'χ': "chi", 'ψ': "psi", 'ω': "omega",
	'Σ': "sum", 'Δ': "delta",
	'а': "a", 'е': "e", 'о': "o", 'р': "p", 'с': "c", 'у': "y", 'х': "x", 'А': "A", 'В': "B", 'С': "C", 'Е': "E",
	'Н': "H", 'К': "K", 'М': "M", 'О': "O", 'Р': "P", 'Т': "T", 'Х': "X", 'Κ': "K", 'Η': "H", 'Ε': "E", 'Ν': "N",
}

// strange reports a character that begins no token.
func (s *scanner) strange(rest string) {
	r, n := utf8.DecodeRuneInString(rest)
	end := s.pos + n
	switch {
	case invisible(r):
		s.pos = end // it was reported with the text
		return
	case wordLike(r) && fullWidth(r) == 0:
		s.word()
		return
	}
	d := diag.New(diag.Foreign, s.span(s.pos, end), "the character `%c` (U+%04X) is not of this language", r, r)
	s.list.Add(d)
	ours, known := lookalikes[r]
	if c := fullWidth(r); c != 0 {
		ours, known = string(c), true
	}
	switch {
	case known && strings.HasPrefix(ours, "^"):
		d.Suggest("write `%s`", ours)
		s.pos = end
	case known && ours == `"`:
		s.closeStrange(d.Suggest("strings stand in double quotes"))
	case known:
		d.Suggest("write `%s`", ours)
		s.replaceWord(ours, end)
	case unicode.IsSpace(r):
		d.Msg = "a blank of another kind (" + hexRune(r) + ")"
		d.Suggest("write a plain space")
		s.pos = end
	default:
		d.Suggest("remove it; outside comments and strings a source is ASCII")
		s.pos = end
	}
}

// closeStrange reads a string in typographic quotes: up to the next one of them on the line.
func (s *scanner) closeStrange(d *diag.Diagnostic) {
	_, n := utf8.DecodeRuneInString(s.text[s.pos:])
	inside := s.text[s.pos+n : s.lineEnd()]
	i := strings.IndexFunc(inside, func(r rune) bool { return lookalikes[r] == `"` || r == '"' })
	if i < 0 {
		s.pos += n
		return
	}
	_, m := utf8.DecodeRuneInString(inside[i:])
	d.Span.End = s.pos + n + i + m
	s.add(String, `"`+inside[:i]+`"`, d.Span.End)
}

// fullWidth returns the ASCII character that a full-width form (U+FF01 to U+FF5E) stands for, or 0.
func fullWidth(r rune) rune {
	if r >= 0xFF01 && r <= 0xFF5E {
		return r - 0xFF01 + '!'
	}
	return 0
}

// replaceWord adds the token that a single strange character stands for.
func (s *scanner) replaceWord(ours string, end int) {
	switch c := ours[0]; {
	case isLetter(c):
		s.add(s.wordKind(ours), ours, end)
	case isDigit(c):
		s.add(Int, ours, end)
	default:
		s.replace(ours, end)
	}
}

// strangeName reports the first character of a name that is not ASCII.
func (s *scanner) strangeName(name string, at, end int) {
	r, n := utf8.DecodeRuneInString(s.text[at:])
	d := diag.New(diag.Foreign, s.span(at, at+n), "the name `%s` has the character `%c` (%s)", clip(name), r, hexRune(r))
	if !unicode.IsGraphic(r) {
		d.Msg = "the name `" + clip(name) + "` has an invisible character (" + hexRune(r) + ")"
	}
	if ours, ok := spelled[r]; ok && len(ours) == 1 {
		d.Suggest("it looks like the letter `%s`: write that one", ours)
	} else if ok {
		d.Suggest("names are ASCII: write `%s`", ours)
	} else {
		d.Suggest("names are ASCII: letters a to z, digits and _")
	}
	s.list.Add(d)
}
