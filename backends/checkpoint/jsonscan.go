package checkpoint

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads strict JSON (RFC 8259) from a text already known to be UTF-8. The header of a
// safetensors file and the JSON documents share it; encoding/json is not used because it keeps
// the last of two equal keys, folds case and replaces invalid bytes.
type scanner struct {
	text     string
	pos      int
	base     int64 // file offset of text[0]
	depth    int64
	maxDepth int64
}

// newScanner refuses text that is not UTF-8 or starts with a byte-order mark.
func newScanner(text string, base, maxDepth int64) (*scanner, error) {
	if strings.HasPrefix(text, "\xef\xbb\xbf") {
		return nil, refuse(CodeJSON, "the text starts with a byte-order mark").at(base)
	}
	if !utf8.ValidString(text) {
		bad := invalidByte(text)
		return nil, refuse(CodeUTF8, "byte %#02x is not valid UTF-8 there", text[bad]).at(base + int64(bad))
	}
	return &scanner{text: text, base: base, maxDepth: maxDepth}, nil
}

func invalidByte(text string) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}

// offset is the file offset of a position in the text.
func (s *scanner) offset(pos int) int64 { return s.base + int64(pos) }

func (s *scanner) refuse(pos int, code, format string, args ...any) *Error {
	return refuse(code, format, args...).at(s.offset(pos))
}

// next skips white space and gives the byte there without consuming it, 0 at the end.
func (s *scanner) next() byte {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// unexpected words what stands at the current position.
func (s *scanner) unexpected(want string) *Error {
	if s.pos >= len(s.text) {
		return s.refuse(s.pos, CodeJSON, "the text ends where %s is expected", want)
	}
	r, _ := utf8.DecodeRuneInString(s.text[s.pos:])
	return s.refuse(s.pos, CodeJSON, "found %q where %s is expected", r, want)
}

// kinds maps the first byte of a value to its kind for messages.
var kinds = map[byte]string{'{': "an object", '[': "an array", '"': "a string", 't': "true", 'f': "false",
	'n': "null", '-': "a number", '0': "a number", '1': "a number", '2': "a number", '3': "a number",
	'4': "a number", '5': "a number", '6': "a number", '7': "a number", '8': "a number", '9': "a number"}

// wrongKind says that a well-formed value of another kind stands where want is expected.
func (s *scanner) wrongKind(what, want string) *Error {
	if found, ok := kinds[s.next()]; ok {
		return s.refuse(s.pos, CodeWrongKind, "%s is %s, expected %s", what, found, want)
	}
	return s.unexpected(want)
}

func (s *scanner) enter() error {
	if s.depth++; s.depth > s.maxDepth {
		return s.refuse(s.pos, CodeLimit, "objects and arrays are nested deeper than %d", s.maxDepth)
	}
	s.pos++
	return nil
}

// object reads an object and calls member for each key with the position of the key; member
// must consume the value. A key that came before is refused. what names the object in errors.
func (s *scanner) object(what string, maxKey int64, member func(key string, at int) error) error {
	if s.next() != '{' {
		return s.wrongKind(what, "an object")
	}
	if err := s.enter(); err != nil {
		return err
	}
	var seen keySet
	for more := s.next() != '}'; more; {
		s.next()
		at := s.pos
		if at >= len(s.text) || s.text[at] != '"' {
			return s.unexpected("a key in quotes")
		}
		key, err := s.str(maxKey)
		if err != nil {
			return err
		}
		if !seen.add(key) {
			return s.refuse(at, CodeDuplicate, "%s has the key %s twice", what, quoted(key))
		}
		if s.next() != ':' {
			return s.unexpected("a colon after the key")
		}
		s.pos++
		if err := member(key, at); err != nil {
			return err
		}
		if more = s.next() == ','; more {
			s.pos++
		} else if s.next() != '}' {
			return s.unexpected("a comma or a closing brace")
		}
	}
	s.pos++
	s.depth--
	return nil
}

// array reads an array and calls element with each index; element must consume the value.
func (s *scanner) array(what string, element func(i int64) error) error {
	if s.next() != '[' {
		return s.wrongKind(what, "an array")
	}
	if err := s.enter(); err != nil {
		return err
	}
	more := s.next() != ']'
	for i := int64(0); more; i++ {
		if err := element(i); err != nil {
			return err
		}
		if more = s.next() == ','; more {
			s.pos++
		} else if s.next() != ']' {
			return s.unexpected("a comma or a closing bracket")
		}
	}
	s.pos++
	s.depth--
	return nil
}

// str reads a string; limit bounds its decoded bytes before anything is allocated for it.
func (s *scanner) str(limit int64) (string, error) {
	start := s.pos
	s.pos++
	var decoded []byte // stays nil while the text itself is the value
	from := s.pos
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		if int64(len(decoded)+s.pos-from) > limit {
			return "", s.refuse(start, CodeLimit, "a name of more than %d bytes: %s", limit,
				quoted(s.text[start+1:s.pos]))
		}
		switch {
		case c == '"':
			tail := s.text[from:s.pos]
			s.pos++
			if decoded == nil {
				return tail, nil
			}
			return string(append(decoded, tail...)), nil
		case c == '\\':
			decoded = append(decoded, s.text[from:s.pos]...)
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			decoded = utf8.AppendRune(decoded, r)
			from = s.pos
		case c < 0x20:
			return "", s.refuse(s.pos, CodeJSON, "control character %#02x inside a string", c)
		default:
			s.pos++
		}
	}
	return "", s.refuse(start, CodeJSON, "the text ends inside a string")
}

const escapeLetters, escapeValues = `"\/bfnrt`, "\"\\/\b\f\n\r\t"

// escape reads one escape sequence at a backslash.
func (s *scanner) escape() (rune, error) {
	at := s.pos
	if s.pos+1 < len(s.text) {
		if i := strings.IndexByte(escapeLetters, s.text[s.pos+1]); i >= 0 {
			s.pos += 2
			return rune(escapeValues[i]), nil
		}
	}
	r, ok := s.unicodeEscape()
	if !ok {
		return 0, s.refuse(at, CodeJSON, "malformed escape sequence")
	}
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	low, _ := s.unicodeEscape()
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, s.refuse(at, CodeUTF8, "escape sequence with half of a surrogate pair")
	}
	return r, nil
}

// unicodeEscape reads \uXXXX.
func (s *scanner) unicodeEscape() (rune, bool) {
	rest := s.text[s.pos:]
	if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(rest[2:6]) {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 || c < '0' {
			return 0, false
		}
		r = r<<4 | rune(digit)
	}
	s.pos += 6
	return r, true
}

// number reads a number and gives its text unchanged.
func (s *scanner) number() (string, error) {
	start := s.pos
	if s.at("-") {
		s.pos++
	}
	whole := s.pos
	if s.digits() == 0 {
		return "", s.unexpected("a digit")
	}
	if s.text[whole] == '0' && s.pos-whole > 1 {
		return "", s.refuse(start, CodeJSON, "number with a leading zero: %s", quoted(s.text[start:s.pos]))
	}
	if s.at(".") {
		s.pos++
		if s.digits() == 0 {
			return "", s.unexpected("a digit after the decimal point")
		}
	}
	if s.at("eE") {
		s.pos++
		if s.at("+-") {
			s.pos++
		}
		if s.digits() == 0 {
			return "", s.unexpected("a digit of the exponent")
		}
	}
	return s.text[start:s.pos], nil
}

// at reports whether the next byte is one of set.
func (s *scanner) at(set string) bool {
	return s.pos < len(s.text) && strings.IndexByte(set, s.text[s.pos]) >= 0
}

func (s *scanner) digits() int {
	start := s.pos
	for s.at("0123456789") {
		s.pos++
	}
	return s.pos - start
}

// end refuses anything but white space up to the end of the text.
func (s *scanner) end() error {
	if s.next(); s.pos < len(s.text) {
		return s.unexpected(fmt.Sprintf("the end after %d bytes", s.pos))
	}
	return nil
}
