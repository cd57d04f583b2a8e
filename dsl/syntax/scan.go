package syntax

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"archc/ir/diag"
)

// scanner cuts a source into tokens. It reports what is not of the language and goes on with what was most
// likely meant, so that one slip is one message.
type scanner struct {
	src   *diag.Source
	text  string
	pos   int
	line  int
	depth int
	count int
	toks  []Token
	list  *diag.List
	stop  bool
}

// scan returns all tokens with comments, but without the ends of statements; ok is false when a limit
// stopped it.
func scan(src *diag.Source, list *diag.List) (toks []Token, ok bool) {
	s := &scanner{src: src, text: src.Text, line: 1, list: list}
	if strings.HasPrefix(s.text, bom) {
		s.pos = len(bom)
	}
	for s.pos < len(s.text) && !s.stop {
		s.next()
	}
	return s.toks, !s.stop
}

func (s *scanner) next() {
	c := s.text[s.pos]
	rest := s.text[s.pos:]
	switch {
	case c == '\n':
		s.line++
		s.pos++
	case c == ' ' || c == '\t' || c == '\r' || c < ' ' || c == 0x7f:
		s.pos++ // what a blank may be was checked with the text
	case strings.HasPrefix(rest, "//"):
		s.comment(Comment)
	case isLetter(c):
		s.word()
	case isDigit(c) || c == '.' && len(rest) > 1 && isDigit(rest[1]) && !s.afterOperand():
		s.number()
	case c == '"':
		s.str(`"`)
	default:
		s.other(rest)
	}
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

func (s *scanner) span(start, end int) diag.Span {
	return diag.Span{Src: s.src, Start: start, End: end}
}

// add appends the token that ends at end; text may differ from the source where a slip was put right.
func (s *scanner) add(kind Kind, text string, end int) {
	t := Token{Kind: kind, Text: text, Start: s.pos, End: end, Line: s.line}
	s.pos = end
	s.toks = append(s.toks, t)
	if kind == Comment {
		return
	}
	s.count++
	if s.count > MaxTokens {
		tooManyTokens(s.src, t, s.list)
		s.stop = true
	}
	switch {
	case t.opens():
		s.depth++
		if s.depth > MaxDepth {
			s.list.Add(diag.New(diag.TooDeep, t.span(s.src), "more than %d brackets are open here", MaxDepth).
				Suggest("name inner parts in statements of their own"))
			s.stop = true
		}
	case t.closes():
		s.depth = max(0, s.depth-1)
	}
}

func (s *scanner) comment(kind Kind) {
	end := s.lineEnd()
	s.add(kind, strings.TrimRight(s.text[s.pos:end], " \t\r"), end)
}

func (s *scanner) lineEnd() int {
	if n := strings.IndexByte(s.text[s.pos:], '\n'); n >= 0 {
		return s.pos + n
	}
	return len(s.text)
}

// afterOperand reports whether the last token touches this place and may be followed by a dot.
func (s *scanner) afterOperand() bool {
	if len(s.toks) == 0 {
		return false
	}
	t := s.toks[len(s.toks)-1]
	return t.End == s.pos && (t.Kind <= Real || t.closes())
}

func (s *scanner) afterDot() bool {
	n := len(s.toks)
	return n > 0 && s.toks[n-1].Kind == Punct && s.toks[n-1].Text == "."
}

// word reads a name or keyword. Letters outside ASCII are taken in, so that the whole name is one mistake.
func (s *scanner) word() {
	end, strange := s.pos, -1
	for end < len(s.text) {
		c := s.text[end]
		if isLetter(c) || isDigit(c) {
			end++
			continue
		}
		r, n := utf8.DecodeRuneInString(s.text[end:])
		if c < utf8.RuneSelf || !wordLike(r) {
			break
		}
		if strange < 0 {
			strange = end
		}
		end += n
	}
	text := s.text[s.pos:end]
	switch {
	case len(text) > MaxWord:
		s.list.Add(diag.New(diag.TooLong, s.span(s.pos, end), "a name of %d bytes; at most %d are allowed",
			len(text), MaxWord).Suggest("use a shorter name"))
	case strange >= 0:
		s.strangeName(text, strange, end)
	}
	s.add(s.wordKind(text), text, end)
}

func (s *scanner) wordKind(text string) Kind {
	switch {
	case s.afterDot():
		return Word
	case text == "div":
		return Op
	case keywords[text]:
		return Keyword
	}
	return Word
}

// wordLike reports whether r looks like a part of a name to a reader.
func wordLike(r rune) bool {
	_, operator := lookalikes[r]
	return !operator && !invisible(r) && unicode.In(r, unicode.L, unicode.Nd, unicode.M, unicode.Cf)
}

// openString is the text of a string that does not end. No other has an inner quote.
const openString = `"""`

// str reads a string in double quotes; another quote was reported by the caller.
func (s *scanner) str(quote string) {
	limit := s.lineEnd()
	n := strings.Index(s.text[s.pos+len(quote):limit], quote)
	if n < 0 {
		end := s.pos + len(strings.TrimRight(s.text[s.pos:limit], " \t\r"))
		s.list.Add(diag.New(diag.Unterminated, s.span(s.pos, end), "a string that does not end on its line").
			Suggest("close it with `%s`", quote))
		s.add(String, openString, end)
		return
	}
	end := s.pos + n + 2*len(quote)
	text := s.text[s.pos+len(quote) : end-len(quote)]
	if len(text) > MaxString {
		s.list.Add(diag.New(diag.TooLong, s.span(s.pos, end), "a string of %d bytes; at most %d are allowed",
			len(text), MaxString).Suggest("shorten it"))
	}
	if i := strings.IndexByte(text, '\\'); i >= 0 {
		at := s.pos + len(quote) + i
		s.list.Add(diag.New(diag.BadText, s.span(at, at+1), "a string has no escapes, found `\\`").
			Suggest("write the character itself; neither a quote nor a newline can stand in a string"))
	}
	s.add(String, `"`+text+`"`, end)
}

// other reads operators and punctuation, and names what another language or alphabet writes for them.
func (s *scanner) other(rest string) {
	for _, f := range foreign {
		if strings.HasPrefix(rest, f.text) {
			s.foreign(f)
			return
		}
	}
	for _, f := range fixed {
		if strings.HasPrefix(rest, f.text) {
			s.add(f.kind, f.text, s.pos+len(f.text))
			return
		}
	}
	s.strange(rest)
}
