package tokenizer

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Limits of a tokenizer.json, checked before memory is taken.
const (
	maxFile       = 64 << 20 // bytes
	maxDepth      = 64       // nesting of arrays and objects
	maxTokens     = 1 << 20  // entries of the vocabulary, and ids are below it
	maxMerges     = 1 << 21
	maxAdded      = 1 << 16 // added tokens
	maxToken      = 1 << 16 // bytes of one string of the file
	maxNodes      = 1 << 14 // values of all small parts together: normalizer, decoder, ...
	maxComponents = 64      // leaves of one component's tree
	maxSetting    = 256     // bytes of a string that goes into the text, such as a prefix
)

// source reads JSON (RFC 8259) front to back and hands values to callbacks: a vocabulary goes straight into
// its map, without a tree of a million nodes between. encoding/json is not used because it keeps the last
// of duplicate keys, matches keys regardless of case and replaces lone surrogates, all without a word.
type source struct {
	data  []byte
	pos   int
	depth int
	nodes int // values that tree may still take
}

// fail builds an error at byte offset at.
func (s *source) fail(code string, at int, where, format string, args ...any) *Error {
	line := 1 + bytes.Count(s.data[:at], []byte{'\n'})
	col := at - bytes.LastIndexByte(s.data[:at], '\n')
	return &Error{Code: code, Component: where, Msg: fmt.Sprintf(format, args...), Line: line, Col: col}
}

func (s *source) syntax(format string, args ...any) *Error {
	return s.fail("T001", min(s.pos, len(s.data)), "", format, args...)
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *source) peek() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// take reads the byte c after white space.
func (s *source) take(c byte) error {
	if s.peek() != c || s.pos >= len(s.data) {
		return s.syntax("expected %q, found %s", c, s.found())
	}
	s.pos++
	return nil
}

// found names what stands at the current place.
func (s *source) found() string {
	if s.pos >= len(s.data) {
		return "the end of the file"
	}
	r, _ := utf8.DecodeRune(s.data[s.pos:])
	return strconv.QuoteRune(r)
}

// enter and leave bracket a nesting level.
func (s *source) enter(c byte) error {
	if err := s.take(c); err != nil {
		return err
	}
	if s.depth++; s.depth > maxDepth {
		return s.fail("T002", s.pos-1, "", "nesting is deeper than %d", maxDepth)
	}
	return nil
}

// list reads `open item, item, ... end`; item reads one.
func (s *source) list(open, end byte, item func(i int) error) error {
	if err := s.enter(open); err != nil {
		return err
	}
	defer func() { s.depth-- }()
	if s.peek() == end {
		s.pos++
		return nil
	}
	for i := 0; ; i++ {
		if err := item(i); err != nil {
			return err
		}
		if s.peek() == end {
			s.pos++
			return nil
		}
		if err := s.take(','); err != nil {
			return err
		}
	}
}

// object reads an object; member gets each key with its offset and must read the value. Duplicate keys are
// the caller's to find: a vocabulary finds them in the map that it builds anyway.
func (s *source) object(member func(key string, at int) error) error {
	return s.list('{', '}', func(int) error {
		s.peek()
		at := s.pos
		key, err := s.str()
		if err != nil {
			return err
		}
		if err := s.take(':'); err != nil {
			return err
		}
		return member(key, at)
	})
}

// array reads an array; item gets each index and must read the value.
func (s *source) array(item func(i int) error) error { return s.list('[', ']', item) }

// integer reads a whole number; the offset of its first byte comes with it for later complaints.
func (s *source) integer() (n int64, at int, err error) {
	s.peek()
	at = s.pos
	text, err := s.number()
	if err != nil {
		return 0, at, err
	}
	n, perr := strconv.ParseInt(text, 10, 64)
	if perr != nil {
		return 0, at, s.fail("T004", at, "", "expected a whole number, found %s", quote(text))
	}
	return n, at, nil
}

// number reads a JSON number and returns its text.
func (s *source) number() (string, error) {
	s.peek()
	start := s.pos
	if s.at('-') {
		s.pos++
	}
	if s.at('0') {
		s.pos++
	} else if s.digits() == 0 {
		return "", s.syntax("expected a number, found %s", s.found())
	}
	if s.at('.') {
		s.pos++
		if s.digits() == 0 {
			return "", s.syntax("expected a digit after the point, found %s", s.found())
		}
	}
	if s.at('e') || s.at('E') {
		s.pos++
		if s.at('+') || s.at('-') {
			s.pos++
		}
		if s.digits() == 0 {
			return "", s.syntax("expected a digit in the exponent, found %s", s.found())
		}
	}
	if s.pos-start > maxSetting {
		return "", s.fail("T002", start, "", "a number of %d bytes; the limit is %d", s.pos-start, maxSetting)
	}
	return string(s.data[start:s.pos]), nil
}

func (s *source) at(c byte) bool { return s.pos < len(s.data) && s.data[s.pos] == c }

func (s *source) digits() int {
	start := s.pos
	for s.pos < len(s.data) && s.data[s.pos] >= '0' && s.data[s.pos] <= '9' {
		s.pos++
	}
	return s.pos - start
}

// word reads true, false or null.
func (s *source) word(w string) error {
	if !bytes.HasPrefix(s.data[s.pos:], []byte(w)) {
		return s.syntax("expected a value, found %s", s.found())
	}
	s.pos += len(w)
	return nil
}

// skip passes over one value and checks its syntax; the caller reads the span again with a stricter eye.
func (s *source) skip() error {
	switch s.peek() {
	case '{':
		return s.object(func(string, int) error { return s.skip() })
	case '[':
		return s.array(func(int) error { return s.skip() })
	case '"':
		_, err := s.str()
		return err
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	_, err := s.number()
	return err
}
