package tokenizer

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// str reads a string. The file is known to be valid UTF-8, so bytes from 0x80 on need no check.
func (s *source) str() (string, error) {
	if err := s.take('"'); err != nil {
		return "", err
	}
	start := s.pos
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			if err := s.checkLength(start, s.pos-start); err != nil {
				return "", err
			}
			s.pos++
			return string(s.data[start : s.pos-1]), nil
		case c == '\\':
			return s.escaped(start)
		case c < 0x20:
			return "", s.syntax("a control character in a string; write it as \\u%04x", c)
		}
		s.pos++
	}
	return "", s.syntax("a string does not end")
}

func (s *source) checkLength(start, n int) error {
	if n > maxToken {
		return s.fail("T002", start, "", "a string of more than %d bytes", maxToken)
	}
	return nil
}

// escaped reads the rest of a string that has a backslash; start is its first byte.
func (s *source) escaped(start int) (string, error) {
	out := append([]byte(nil), s.data[start:s.pos]...)
	for s.pos < len(s.data) {
		if err := s.checkLength(start, len(out)); err != nil {
			return "", err
		}
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return string(out), nil
		case c == '\\':
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
			continue
		case c < 0x20:
			return "", s.syntax("a control character in a string; write it as \\u%04x", c)
		default:
			out = append(out, c)
		}
		s.pos++
	}
	return "", s.syntax("a string does not end")
}

var escapes = map[byte]rune{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// escape reads one backslash sequence. A surrogate without its partner is an error: it is no character.
func (s *source) escape() (rune, error) {
	if s.pos+1 >= len(s.data) {
		return 0, s.syntax("a string does not end")
	}
	if r, ok := escapes[s.data[s.pos+1]]; ok {
		s.pos += 2
		return r, nil
	}
	r, ok := s.hex4()
	if !ok {
		return 0, s.syntax("an unknown escape in a string")
	}
	if !utf16.IsSurrogate(r) {
		s.pos += 6
		return r, nil
	}
	s.pos += 6
	low, ok := s.hex4()
	if full := utf16.DecodeRune(r, low); ok && full != utf8.RuneError {
		s.pos += 6
		return full, nil
	}
	s.pos -= 6
	return 0, s.syntax("half of a surrogate pair, \\u%04x, stands alone in a string", r)
}

// hex4 looks at \uXXXX without moving.
func (s *source) hex4() (rune, bool) {
	if s.pos+6 > len(s.data) || s.data[s.pos] != '\\' || s.data[s.pos+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s.data[s.pos+2:s.pos+6]), 16, 32)
	return rune(n), err == nil
}
