package tokenizer

import (
	"unicode"
	"unicode/utf8"
)

// runeSet holds ranges of code points as pairs (first, last), ascending.
type runeSet []rune

func (set runeSet) has(r rune) bool {
	lo, hi := 0, len(set)/2
	for lo < hi {
		mid := (lo + hi) / 2
		switch {
		case r < set[2*mid]:
			hi = mid
		case r > set[2*mid+1]:
			lo = mid + 1
		default:
			return true
		}
	}
	return false
}

// class sorts code points the way the split patterns do; one bit each, so that a set of classes is a mask.
type class uint8

const (
	letter  class             = 1 << iota // \p{L}
	number                                // \p{N}
	newline                               // \r and \n, which are \s too
	blank                                 // the rest of \s: White_Space, unchanged since Unicode 6.3
	other                                 // everything else
	spaces  = newline | blank             // \s
)

// asciiClass answers for the common characters without a search.
var asciiClass = func() (t [utf8.RuneSelf]class) {
	for r := range rune(len(t)) {
		t[r] = classify(r)
	}
	return t
}()

func classify(r rune) class {
	switch {
	case r == '\r' || r == '\n':
		return newline
	case letters16.has(r):
		return letter
	case numbers16.has(r):
		return number
	case unicode.IsSpace(r):
		return blank
	}
	return other
}

// first gives the class and the length of the first character; 0, 0 at the end.
func first(s string) (class, int) {
	if s == "" {
		return 0, 0
	}
	if s[0] < utf8.RuneSelf {
		return asciiClass[s[0]], 1
	}
	r, n := utf8.DecodeRuneInString(s)
	return classify(r), n
}

// span is the length in bytes of the longest start of s whose characters are all in mask.
func span(s string, mask class) int {
	i := 0
	for {
		c, n := first(s[i:])
		if c&mask == 0 {
			return i
		}
		i += n
	}
}
