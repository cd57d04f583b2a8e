package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// scanner stands for a split pattern: it returns the length in bytes of the pattern's match at the start of
// s, which is not empty. The patterns below match any character somewhere, so there is always a match.
//
// They are scanners because Go's regexp knows no lookahead, and because a scanner is linear in the text
// whatever the text is. The tests hold them against a backtracking engine.
type scanner func(s string) int

// patterns are the known split patterns, chosen by their exact text.
var patterns = []struct {
	name, text string
	scan       scanner
}{
	{"gpt2", gpt2Pattern, scanGPT2},
	{"llama3", // also GPT-4's cl100k
		`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}` + tailPattern,
		func(s string) int { return scanWords(s, 3) }},
	{"qwen2.5",
		`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}` + tailPattern,
		func(s string) int { return scanWords(s, 1) }},
}

const (
	gpt2Pattern = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
	tailPattern = `| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
)

// patternScanner finds the scanner of a pattern's text.
func patternScanner(text string) (scanner, bool) {
	for _, p := range patterns {
		if p.text == text {
			return p.scan, true
		}
	}
	return nil, false
}

func patternNames() string {
	var names []string
	for _, p := range patterns {
		names = append(names, p.name)
	}
	return strings.Join(names, ", ")
}

// scanGPT2 is gpt2Pattern.
func scanGPT2(s string) int {
	if n := contraction(s, false); n > 0 {
		return n
	}
	gap := leadingSpace(s)
	for _, mask := range [...]class{letter, number, other} {
		if n := span(s[gap:], mask); n > 0 {
			return gap + n
		}
	}
	return whiteSpace(s)
}

// scanWords is the pattern of Llama 3 and Qwen2.5, which differ in how many digits stay together. Its
// alternatives in order: contraction, word with one leading character, digits, symbols with their line
// ends, line ends, white space.
func scanWords(s string, digits int) int {
	if n := contraction(s, true); n > 0 {
		return n
	}
	c, size := first(s)
	lead := 0
	if c&(newline|letter|number) == 0 {
		lead = size
	}
	if n := span(s[lead:], letter); n > 0 {
		return lead + n
	}
	if c == number {
		return upTo(s, number, digits)
	}
	gap := leadingSpace(s)
	if n := span(s[gap:], other); n > 0 {
		end := gap + n
		return end + span(s[end:], newline)
	}
	run := span(s, spaces)
	if i := strings.LastIndexAny(s[:run], "\r\n"); i >= 0 {
		return i + 1
	}
	return whiteSpace(s)
}

// contraction matches 's 't 're 've 'm 'll 'd. Without regard to case also the long s: its upper case is S.
func contraction(s string, fold bool) int {
	if len(s) < 2 || s[0] != '\'' {
		return 0
	}
	if fold && strings.HasPrefix(s[1:], "ſ") {
		return 1 + len("ſ")
	}
	var a, b byte
	a = s[1]
	if len(s) > 2 {
		b = s[2]
	}
	if fold {
		a, b = lowerByte(a), lowerByte(b)
	}
	switch {
	case a == 's' || a == 't' || a == 'm' || a == 'd':
		return 2
	case (a == 'r' || a == 'v') && b == 'e', a == 'l' && b == 'l':
		return 3
	}
	return 0
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// leadingSpace is the length of ` ?`.
func leadingSpace(s string) int {
	if s[0] == ' ' {
		return 1
	}
	return 0
}

// upTo is the length of the first characters of class c, at most most of them.
func upTo(s string, c class, most int) int {
	i := 0
	for range most {
		got, n := first(s[i:])
		if got != c {
			break
		}
		i += n
	}
	return i
}

// whiteSpace is `\s+(?!\S)|\s+`: the white space at the start, without its last character where more than
// that one comes before a visible character, because that one goes to the next word.
func whiteSpace(s string) int {
	n := span(s, spaces)
	if n == len(s) {
		return n
	}
	if _, last := utf8.DecodeLastRuneInString(s[:n]); last < n {
		return n - last
	}
	return n
}
