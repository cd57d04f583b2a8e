package syntax

import (
	"strings"
	"testing"

	"archc/ir/diag"
)

// TestText says which bytes are a source. Every refusal is one message with a code.
func TestText(t *testing.T) {
	const good = "f(x) = x\n"
	for _, c := range []struct {
		name, text string
		want       string // the first message without its place, "" when it is read
	}{
		{"empty", "", ""},
		{"blank lines", " \n\t\r\n\n", ""},
		{"a comment", "// nothing", ""},
		{"no newline at the end", "f(x) = x", ""},
		{"CRLF", "block A {\r\n  a : D\r\n}\r\n", ""},
		{"a byte order mark", "\uFEFF" + good, ""},
		{"anything in comments", "// é × 😀 \u200d\n" + good, ""},
		{"a second byte order mark", "\uFEFF\uFEFF" + good, "E101 a byte order mark (U+FEFF) in a source"},
		{"a lone carriage return", "f(x) = x\rg(x) = x",
			"E101 a carriage return without a newline (U+000D) in a source"},
		{"NUL", "f(x) \x00= x", "E101 byte 0x00 at offset 5 is not UTF-8 text"},
		{"invalid UTF-8", "// \xff\n" + good, "E101 byte 0xff at offset 3 is not UTF-8 text"},
		{"a cut character", "// \xc3", "E101 byte 0xc3 at offset 3 is not UTF-8 text"},
		{"a surrogate", "// \xed\xa0\x80", "E101 byte 0xed at offset 3 is not UTF-8 text"},
		{"gzip", "\x1f\x8b\x08\x00", "E101 byte 0x8b at offset 1 is not UTF-8 text"},
		{"UTF-16", "\xff\xfem\x00", "E101 byte 0xff at offset 0 is not UTF-8 text"},
		{"a bidirectional override", "// \u202e\n" + good, "E101 a bidirectional override (U+202E) in a source"},
		{"an isolate in a string", "f(x) = \"\u2066\"", "E101 a bidirectional override (U+2066) in a source"},
		{"an escape code", "f(x) = \"\x1b[31m\"", "E101 a control character (U+001B) in a source"},
		{"a form feed", "f(x) = x\f", "E101 a control character (U+000C) in a source"},
		{"a line separator", "// a\u2028b", "E101 a line separator of another kind (U+2028) in a source"},
	} {
		file, list := parse(c.text)
		checkDiagnostics(t, file.Src, list)
		got := messages(list)
		switch {
		case c.want == "" && len(got) > 0:
			t.Errorf("%s: %v", c.name, got)
		case c.want != "" && (len(got) != 2 || !strings.HasSuffix(got[0], c.want)):
			t.Errorf("%s: got %q, want %s", c.name, got, c.want)
		}
	}
}

// TestTwins reads names that look alike: the one that is not ASCII is refused and named.
func TestTwins(t *testing.T) {
	for _, name := range []string{"\u0430", "e\u0301", "\u00e9", "x\u200b", "\uff4e", "x\u00ad"} {
		_, list := parse("f(" + name + ") = 1")
		if len(list.All) != 1 || list.All[0].Code != diag.Foreign {
			t.Errorf("%q: %v", name, messages(list))
		}
	}
}
