package cudasource

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"archc/backends/source"
)

// hostile are texts that a user's file, or somebody who wrote one, may have in the place of a name.
var hostile = []string{
	"", " ", "x", "X", "_", "__", "9", "0x1f", "class", "template", "long", "main", "linux", "unix", "errno", "assert", "std", "this", "d", "fault",
	"v_1", "v_1_2", "s_0", "i_0", "sum_3", "at", "rest", "threadIdx", "blockIdx", "Dims", "element", "room", "launch", "run", "items", "slot", "operator",
	`"`, "'", `\`, `a\`, "??/", "??=include", "*/", "/*", "//", "#include <stdlib.h>", "#define x y", "%:define x y", "_Pragma(\"x\")", "R\"(", ")\"",
	"a\nb", "a\rb", "a\r\nb", "a\x00b", "a\x1b[2Jb", "a\u2028b", "a\u202eb", "\ufeffa", "a\xffb", "\xed\xa0\x80", "p\u0430ypal", "\u00e9",
	"$(reboot)", "%s%n%d", "%ld", "}; int x = [] { exit(1); }", "\"); exit(1); (\"", "a b", "a_b", "a.b", "aB", "a-b", "a{l}b",
	"model.layers.{l}.self_attn.q_proj.weight", strings.Repeat("a", 300), strings.Repeat("\u00e4", 300), "x2", "x_2", "x1",
}

var plainName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// unquoted is what a C++ compiler makes of a string of this package: escapes of one character, and octal ones of three.
func unquoted(t *testing.T, text string) string {
	t.Helper()
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		t.Fatalf("%q is no string", text)
	}
	var b strings.Builder
	for i := 1; i < len(text)-1; i++ {
		c := text[i]
		if c < ' ' || c > '~' || c == '"' {
			t.Fatalf("%q has a character that ends it or is none", text)
		}
		if c != '\\' {
			b.WriteByte(c)
			continue
		}
		i++
		if text[i] < '0' || text[i] > '9' {
			b.WriteByte(text[i])
			continue
		}
		n, err := strconv.ParseUint(text[i:i+3], 8, 8)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		b.WriteByte(byte(n))
		i += 2
	}
	return b.String()
}

// demandHarmless writes texts to all places that texts can reach.
func demandHarmless(t *testing.T, texts ...string) {
	t.Helper()
	for _, n := range []*names{newNames("w"), kernelNames(), hostNames()} {
		seen := map[string]bool{}
		for _, text := range texts {
			id := n.of(text)
			if seen[id] || !plainName.MatchString(id) || reservedWord(id) {
				t.Fatalf("%q: identifier %q", text, id)
			}
			if n.avoids != nil && n.avoids.MatchString(id) {
				t.Fatalf("%q: identifier %q is one of a line of a program", text, id)
			}
			seen[id] = true
		}
	}
	for _, text := range texts {
		q := quoted(text)
		if got := unquoted(t, q); got != text || strings.Contains(q, "??") {
			t.Fatalf("%q became the string %q", text, q)
		}
		c := comment(text)
		if !utf8.ValidString(c) || strings.ContainsAny(c, "\\\n\r\x00\x1b\u2028\u2029\u202e") || strings.Contains(c, "??/") {
			t.Fatalf("%q became the comment %q", text, c)
		}
	}
}

func TestHostileNames(t *testing.T) {
	demandHarmless(t, hostile...)
	for _, a := range hostile {
		demandHarmless(t, a, a)
	}
}

func FuzzNames(f *testing.F) {
	for i, a := range hostile {
		f.Add(a, hostile[(i+1)%len(hostile)])
	}
	f.Fuzz(func(t *testing.T, a, b string) { demandHarmless(t, a, b, a) })
}

// TestKeys: a key with variables is a format with their values; any other text stays what it is.
func TestKeys(t *testing.T) {
	vars := map[string]string{"l": "l", "e": source.Counted("e", 3, 2)}
	for _, c := range []struct{ key, want string }{
		{"a.weight", `"a.weight"`},
		{"a.{l}.weight", `::text("a.%ld.weight", l)`},
		{"a.{l+1}.b.{e}", `::text("a.%ld.b.%ld", l + 1, 3 + 2 * e)`},
		{"a.{l-1}", `::text("a.%ld", l - 1)`},
		{"100%d.{l}.{x}.{", `::text("100%%d.%ld.{x}.{", l)`},
		{"100%d.{x}", `"100%d.{x}"`},
		{"\"\n{l}", `::text("\"\012%ld", l)`},
	} {
		if got := keyText(c.key, vars); got != c.want {
			t.Errorf("%q is %s, want %s", c.key, got, c.want)
		}
	}
}

// TestLayout: a line that is too long is broken behind a comma, and never in a string.
func TestLayout(t *testing.T) {
	long := `f(` + strings.Repeat("argument, ", 20) + `"` + strings.Repeat("a, ", 20) + `");`
	got := laid("void g() {\n" + long + "\n}\n")
	for line := range strings.Lines(got) {
		if len(line) > widest+1 {
			t.Errorf("a line of %d", len(line))
		}
		if strings.Count(line, `"`)%2 != 0 {
			t.Errorf("a string is broken: %s", line)
		}
	}
	if strings.Join(strings.Fields(got), "") != strings.Join(strings.Fields("void g() {"+long+"}"), "") {
		t.Errorf("the text is another:\n%s", got)
	}
}
