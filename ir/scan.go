package ir

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"archc/ir/diag"
)

// tokenKind divides the tokens of the IR's text form.
type tokenKind int

const (
	tokEnd    tokenKind = iota
	tokWord             // plain name: letters, digits, _, then primes, then .2
	tokNumber           // 12, 0.5, 1e-05
	tokString           // "...", in Go's escapes; text holds what it says
	tokValue            // %12; text holds the digits
	tokPunct            // -> .. and single characters
)

// token is one token with its place in the source.
type token struct {
	kind       tokenKind
	text       string
	start, end int
	fresh      bool // the first of its line
}

// String is the token as an error names it.
func (t token) String() string {
	switch t.kind {
	case tokEnd:
		return "the end"
	case tokString:
		return strconv.Quote(t.text)
	case tokValue:
		return "%" + t.text
	}
	return t.text
}

// scanner cuts a source into tokens; // starts a comment.
type scanner struct {
	src *diag.Source
	pos int
}

// next returns the next token; its error says what cannot start or end one.
func (s *scanner) next() (token, *diag.Diagnostic) {
	before := s.pos
	s.blank()
	t, err := s.token()
	t.fresh = before == 0 || strings.IndexByte(s.src.Text[before:t.start], '\n') >= 0
	return t, err
}

func (s *scanner) token() (token, *diag.Diagnostic) {
	text, start := s.src.Text, s.pos
	if start >= len(text) {
		return s.cut(tokEnd, start), nil
	}
	switch c := text[start]; {
	case letter(c):
		return s.cut(tokWord, wordEnd(text, start)), nil
	case digit(c):
		return s.cut(tokNumber, numberEnd(text, start)), nil
	case c == '"':
		return s.quoted()
	case c == '%':
		return s.value()
	}
	return s.punct()
}

// cut takes the text up to end as a token.
func (s *scanner) cut(kind tokenKind, end int) token {
	start := s.pos
	s.pos = end
	return token{kind: kind, text: s.src.Text[start:end], start: start, end: end}
}

// refuse is an end of the text with what is wrong from here up to end.
func (s *scanner) refuse(end int, format string, args ...any) (token, *diag.Diagnostic) {
	at := diag.Span{Src: s.src, Start: s.pos, End: end}
	return s.cut(tokEnd, s.pos), diag.New(diag.IRSyntax, at, format, args...)
}

func (s *scanner) blank() {
	text := s.src.Text
	for s.pos < len(text) {
		switch {
		case strings.IndexByte(" \t\r\n", text[s.pos]) >= 0:
			s.pos++
		case strings.HasPrefix(text[s.pos:], "//"):
			s.pos = lineEnd(text, s.pos)
		default:
			return
		}
	}
}

func lineEnd(text string, from int) int {
	if i := strings.IndexByte(text[from:], '\n'); i >= 0 {
		return from + i
	}
	return len(text)
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

func digit(c byte) bool { return c >= '0' && c <= '9' }

func wordEnd(text string, i int) int {
	for i < len(text) && (letter(text[i]) || digit(text[i])) {
		i++
	}
	for i < len(text) && text[i] == '\'' {
		i++
	}
	for i+1 < len(text) && text[i] == '.' && digit(text[i+1]) {
		i = digitsEnd(text, i+1)
	}
	return i
}

func digitsEnd(text string, i int) int {
	for i < len(text) && digit(text[i]) {
		i++
	}
	return i
}

// numberEnd takes a fraction only before a digit, so that 0..32 is a range.
func numberEnd(text string, i int) int {
	i = digitsEnd(text, i)
	if i+1 < len(text) && text[i] == '.' && digit(text[i+1]) {
		i = digitsEnd(text, i+1)
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		k := i + 1
		if k < len(text) && (text[k] == '+' || text[k] == '-') {
			k++
		}
		if k < len(text) && digit(text[k]) {
			i = digitsEnd(text, k)
		}
	}
	return i
}

func (s *scanner) value() (token, *diag.Diagnostic) {
	start, end := s.pos, digitsEnd(s.src.Text, s.pos+1)
	if end == start+1 {
		return s.refuse(end, "%% without a number")
	}
	t := s.cut(tokValue, end)
	t.text = t.text[1:]
	return t, nil
}

func (s *scanner) quoted() (token, *diag.Diagnostic) {
	text, start := s.src.Text, s.pos
	limit := lineEnd(text, start)
	for i := start + 1; i < limit; i++ {
		if text[i] == '\\' {
			i++
			continue
		}
		if text[i] != '"' {
			continue
		}
		said, err := strconv.Unquote(text[start : i+1])
		if err != nil {
			return s.refuse(i+1, "a string with a broken escape")
		}
		t := s.cut(tokString, i+1)
		t.text = said
		return t, nil
	}
	return s.refuse(limit, "a string that does not end on its line")
}

func (s *scanner) punct() (token, *diag.Diagnostic) {
	text, start := s.src.Text, s.pos
	for _, p := range []string{"->", ".."} {
		if strings.HasPrefix(text[start:], p) {
			return s.cut(tokPunct, start+len(p)), nil
		}
	}
	if strings.IndexByte("=,:;[](){}@+-*/^", text[start]) >= 0 {
		return s.cut(tokPunct, start+1), nil
	}
	r, size := utf8.DecodeRuneInString(text[start:])
	return s.refuse(start+size, "unexpected character %q", r)
}

// plain reports whether a name stands without quotes.
func plain(name string) bool {
	return name != "" && letter(name[0]) && wordEnd(name, 0) == len(name)
}

// decimal reports whether a label is a whole number as it is written, so that it stands without quotes and
// means its own size when none is written.
func decimal(label string) bool {
	digits := label != "" && len(label) <= 18 && digitsEnd(label, 0) == len(label)
	return digits && (label == "0" || label[0] != '0')
}

// quote writes a name: plain ones as they are, others as a string.
func quote(name string) string {
	if plain(name) {
		return name
	}
	return strconv.Quote(name)
}
