package gosource

import (
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// hostile are texts that a user's file, or somebody who wrote one, may have in the place of a name.
var hostile = []string{
	"", " ", "x", "X", "_", "__", "9", "0x1f", "func", "type", "import", "package", "go", "range", "select", "fallthrough",
	"len", "float32", "init", "main", "nil", "true", "iota", "any", "error", "min", "max", "string", "panic", "recover",
	"kernel", "weights", "program", "Model", "Session", "Open", "Step", "C", "unsafe", "os", "exec",
	`"`, "`", `\`, "'", "*/", "/*", "//", "//go:linkname x y", "//go:embed /etc/passwd", "//go:generate rm -rf /",
	"//line x.go:1", "go:build ignore", "go:noescape", "+build ignore", "line x.go:1", "export F", "#cgo LDFLAGS: -lm",
	"#include <stdlib.h>", `import "C"`, "a\nb", "a\rb", "a\r\nb", "a\x00b", "a\x1b[2Jb", "a\u2028b", "a\u2029b", "a\u202eb",
	"a\u200bb", "\ufeffa", "a\xffb", "\xed\xa0\x80", "p\u0430ypal", "\u00e9", "e\u0301", "${HOME}", "$(reboot)", "%s%n%d", "{{.}}",
	"}\nfunc init() { panic(1) }\nvar x = struct{ y int }{", "); os.Exit(1); (", "a b", "a_b", "a.b", "aB", "a-b", "a{l}b",
	"model.layers.{l}.self_attn.q_proj.weight", strings.Repeat("a", 300), strings.Repeat("\u00e4", 300), "x2", "x_2", "x1",
}

// demandHarmless writes texts to all places that texts can reach, and demands that the file says what the same file
// without texts says: the same declarations, no directive, no further comment.
func demandHarmless(t *testing.T, texts ...string) {
	t.Helper()
	n := newNames("kernel", "T")
	var b strings.Builder
	b.WriteString("// Package model is written by a test.\npackage model\n\n")
	var idents []string
	for _, text := range texts {
		id, up := n.Of(text), n.Exported(text)
		idents = append(idents, id, up)
		b.WriteString("// " + comment(text) + "\nvar " + id + " = " + quoted(text) + " // " + comment(text) + "\n\n")
		b.WriteString("// " + up + " is " + comment(text) + "\nfunc " + up + "() string { return " + id + " }\n\n")
	}
	out, err := format.Source([]byte(b.String()))
	if err != nil {
		t.Fatalf("%q: %v\n%s", texts, err, b.String())
	}
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, "model.go", out, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Decls) != 2*len(texts) || len(f.Imports) > 0 {
		t.Fatalf("%q: %d declarations, want %d\n%s", texts, len(f.Decls), 2*len(texts), out)
	}
	seen := map[string]bool{}
	for i, text := range texts {
		v := f.Decls[2*i].(*ast.GenDecl).Specs[0].(*ast.ValueSpec)
		fn := f.Decls[2*i+1].(*ast.FuncDecl)
		for k, id := range []*ast.Ident{v.Names[0], fn.Name} {
			if id.Name != idents[2*i+k] || seen[id.Name] || token.IsKeyword(id.Name) || ast.IsExported(id.Name) != (k == 1) {
				t.Fatalf("%q: identifier %q", text, id.Name)
			}
			seen[id.Name] = true
		}
		if got, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value); err != nil || got != text {
			t.Fatalf("%q became the string %q, %v", text, got, err)
		}
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "// ") && strings.TrimSpace(line) != "//" {
			t.Fatalf("%q: the line %q may be a directive", texts, line)
		}
		if strings.ContainsAny(line, "\r\x00\x1b\u2028\u2029\u202e") {
			t.Fatalf("%q: the line %q", texts, line)
		}
	}
	if !utf8.Valid(out) {
		t.Fatalf("%q: the file is not UTF-8", texts)
	}
}

func TestHostileNames(t *testing.T) {
	demandHarmless(t, hostile...)
	for _, a := range hostile {
		demandHarmless(t, a)
	}
}

func FuzzNames(f *testing.F) {
	for i, a := range hostile {
		f.Add(a, hostile[(i+1)%len(hostile)])
	}
	f.Fuzz(func(t *testing.T, a, b string) { demandHarmless(t, a, b, a) })
}

func TestIdentifiers(t *testing.T) {
	n := newNames("T")
	for _, c := range []struct{ text, want string }{
		{"self_attn.q_proj", "selfAttnQProj"}, {"self_attn.q_proj", "selfAttnQProj2"}, {"H K", "hK"}, {"T", "t"},
		{"model.layers.{l}.mlp", "modelLayersLMlp"}, {"len", "len2"}, {"func", "func2"}, {"2x", "x2x"}, {"", "x"}, {"-", "x2"},
		{"x1", "x1"}, {"x1", "x1_2"}, {"\u00e9t\u00e9", "t2"},
	} {
		if got := n.Of(c.text); got != c.want {
			t.Errorf("%q is %s, want %s", c.text, got, c.want)
		}
	}
	for _, c := range []struct{ text, want string }{{"tokens", "Tokens"}, {"9a", "X9a"}, {"", "X"}, {"T", "T2"}} {
		if got := n.Exported(c.text); got != c.want {
			t.Errorf("%q is %s, want %s", c.text, got, c.want)
		}
	}
}
