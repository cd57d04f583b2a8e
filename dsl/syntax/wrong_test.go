package syntax

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"archc/ir/diag"
)

// wrong is a text with every message it gives, in order: place, code and text, then the suggestion.
type wrong struct {
	text string
	want []string
}

func TestWrong(t *testing.T) {
	for _, c := range slices.Concat(wrongFields, wrongFunctions, wrongDeclarations, wrongSpellings) {
		file, list := parse(c.text)
		if diff := cmp.Diff(c.want, messages(list)); diff != "" {
			t.Errorf("%s\n%s", c.text, diff)
		}
		checkSpans(t, file)
		checkDiagnostics(t, file.Src, list)
	}
}

func messages(list *diag.List) []string {
	var out []string
	for _, d := range list.All {
		line, col := d.Span.Src.Position(d.Span.Start)
		out = append(out, fmt.Sprintf("%d:%d %s %s", line, col, d.Code.ID, d.Msg), "help: "+d.Help)
	}
	return out
}

// TestRest says what is still read around a mistake.
func TestRest(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"model A {\n  a :\n  b : D\n  (x) { y = ; z }\n}", "(model A (field b D) (func (param x) {(value z)}))"},
		{"block A { ( }\nblock B { a : D }", "(block B (field a D))"},
		{"x = 3\nblock B { a : D }", "(block B (field a D))"},
		{"model A =\nmodel B { a : D }", "(model B (field a D))"},
		{"def f(x) { return x }", "(func f (param x) {(value x)})"},
		{"block A { a := 2 ** 3 && b; c : D => F }", "(block A (let a (& (^ 2 3) b)) (field c D (out F)))"},
		{"block A { block B { a : : D; b : D }; c : D }", "(block A (block B (field b D)) (field c D))"},
	} {
		file, list := parse(c.text)
		if list.Empty() {
			t.Errorf("%s: no error", c.text)
		}
		if got := all(file.Decls); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}
