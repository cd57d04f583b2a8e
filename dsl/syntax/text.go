package syntax

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"archc/ir/diag"
)

// bom is U+FEFF at the start of a source: some editors write it, and it is skipped there. Elsewhere it is
// refused.
const bom = "\uFEFF"

// magic names what a file that is not text most likely is, by its first bytes.
var magic = []struct{ prefix, what string }{
	{"\x1f\x8b", "it looks like gzip data"},
	{"PK\x03\x04", "it looks like a zip archive"},
	{"\xff\xfe", "it looks like UTF-16: save it as UTF-8"},
	{"\xfe\xff", "it looks like UTF-16: save it as UTF-8"},
	{"\x7fELF", "it looks like a program"},
	{"\x89PNG", "it looks like an image"},
	{"GGUF", "it looks like a GGUF checkpoint"},
}

// maxTextErrors bounds the messages about characters of one source: a file with more is not what it seems
// to be.
const maxTextErrors = 10

// readable checks the size and the characters of a source; false means that nothing else can be said about
// it.
func readable(src *diag.Source, list *diag.List) bool {
	if len(src.Text) > MaxSource {
		list.Add(diag.New(diag.TooLong, diag.Span{Src: src}, "a source of %d bytes; at most %d are allowed",
			len(src.Text), MaxSource).Suggest("move blocks to files of their own and `import` them"))
		return false
	}
	if at := notText(src.Text); at >= 0 {
		list.Add(diag.New(diag.BadText, diag.Span{Src: src, Start: at, End: at + 1},
			"byte %#02x at offset %d is not UTF-8 text", src.Text[at], at).Suggest("%s", whatIs(src.Text)))
		return false
	}
	found := 0
	for at, r := range src.Text {
		what := unreadable(src.Text, at, r)
		if what == "" {
			continue
		}
		list.Add(diag.New(diag.BadText, diag.Span{Src: src, Start: at, End: at + utf8.RuneLen(r)},
			"%s (%s) in a source", what, hexRune(r)).Suggest("remove it"))
		if found++; found == maxTextErrors {
			return false
		}
	}
	return true
}

// notText returns the offset of the first byte that is NUL or not UTF-8, or -1.
func notText(text string) int {
	for at, r := range text {
		if r == 0 {
			return at
		}
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(text[at:]); n == 1 {
				return at
			}
		}
	}
	return -1
}

func whatIs(text string) string {
	for _, m := range magic {
		if strings.HasPrefix(text, m.prefix) {
			return m.what
		}
	}
	return "save the file as UTF-8"
}

// unreadable names a character that a source must not have anywhere, comments included, or returns "". Each
// of them can make a line read differently from what it is.
func unreadable(text string, at int, r rune) string {
	switch {
	case r == '\n' || r == '\t' || r >= ' ' && r < 0x7f:
		return ""
	case r == '\r':
		if strings.HasPrefix(text[at+1:], "\n") {
			return ""
		}
		return "a carriage return without a newline"
	case r < ' ' || r >= 0x7f && r < 0xa0:
		return "a control character"
	case diag.IsBidi(r):
		return "a bidirectional override"
	case r == 0x2028 || r == 0x2029:
		return "a line separator of another kind"
	case r == 0xFEFF && at > 0:
		return "a byte order mark"
	}
	return ""
}

// invisible reports whether unreadable refuses r wherever it stands, beyond ASCII.
func invisible(r rune) bool { return r >= 0x7f && unreadable("", 1, r) != "" }

func hexRune(r rune) string { return fmt.Sprintf("U+%04X", r) }
