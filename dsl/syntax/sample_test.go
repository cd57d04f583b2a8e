package syntax

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"archc/ir/diag"
)

// everything is a source with every form of the language.
func everything(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/everything.arch")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// examples returns the examples and the library by name, as far as they are there.
func examples(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, folder := range []string{"examples", "stdlib", "stdlib/models"} {
		found, err := filepath.Glob("../../" + folder + "/*.arch")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			out[name] = string(text)
		}
	}
	return out
}

func parse(text string) (*File, *diag.List) { return Parse(diag.NewSource("x.arch", text)) }

func TestEverything(t *testing.T) {
	file, list := parse(everything(t))
	for _, d := range list.All {
		t.Error(d)
	}
	var kinds []string
	for _, d := range file.Decls {
		kinds = append(kinds, strings.Fields(strings.Trim(dump(d), "("))[0])
	}
	got := strings.Join(kinds, " ")
	want := "import import model block block block block block model model from pattern func func func"
	if got != want {
		t.Errorf("declarations: got %s, want %s", got, want)
	}
	checkSpans(t, file)
}

// declarations returns the text of each declaration of a source.
func declarations(t testing.TB, text string) []string {
	t.Helper()
	src := diag.NewSource("x.arch", text)
	toks, _ := Tokens(src)
	var out []string
	for _, decl := range split(toks) {
		out = append(out, src.Text[decl[0].Start:decl[len(decl)-1].End])
	}
	return out
}

// TestExamples reads the examples and the library: they are the best sample of the language.
func TestExamples(t *testing.T) {
	for name, text := range examples(t) {
		file, list := Parse(diag.NewSource(name, text))
		checkSpans(t, file)
		for _, d := range list.All {
			t.Error(d)
		}
	}
}

// TestTruncated reads every prefix of every declaration here and in the examples: it gives a diagnostic or none, but
// no panic.
func TestTruncated(t *testing.T) {
	texts := declarations(t, everything(t))
	for _, text := range examples(t) {
		texts = append(texts, declarations(t, text)...)
	}
	for _, text := range texts {
		for n := range len(text) {
			file, list := parse(text[:n])
			checkSpans(t, file)
			checkDiagnostics(t, file.Src, list)
		}
	}
}

// TestDamaged reads every declaration with each token left out, and with each token doubled.
func TestDamaged(t *testing.T) {
	for _, text := range declarations(t, everything(t)) {
		toks, _ := Tokens(diag.NewSource("x.arch", text))
		for _, tok := range toks {
			word := text[tok.Start:tok.End]
			for _, damaged := range []string{
				text[:tok.Start] + text[tok.End:], text[:tok.End] + " " + word + text[tok.End:],
			} {
				file, list := parse(damaged)
				checkSpans(t, file)
				checkDiagnostics(t, file.Src, list)
			}
		}
	}
}

// checkSpans fails when a part of the tree is missing or does not point into the source.
func checkSpans(t testing.TB, file *File) {
	t.Helper()
	for _, d := range file.Decls {
		Walk(d, func(e Expr) {
			at := e.Span()
			if at.Src != file.Src || at.Start < 0 || at.Start >= at.End || at.End > len(file.Src.Text) {
				t.Fatalf("%T %s at %d..%d of %d bytes", e, dump(e), at.Start, at.End, len(file.Src.Text))
			}
		})
	}
}

// checkDiagnostics fails when a message lacks its code, its place or its help, or says nothing.
func checkDiagnostics(t testing.TB, src *diag.Source, list *diag.List) {
	t.Helper()
	for _, d := range list.All {
		switch {
		case d.Code == nil || d.Msg == "" || d.Help == "" || strings.Contains(d.Msg, "\n"):
			t.Fatalf("incomplete: %+v", d)
		case d.Span.Src != src || d.Span.Start > d.Span.End || d.Span.Start < 0 || d.Span.End > len(src.Text):
			t.Fatalf("%s points to %d..%d of %d bytes", d.Msg, d.Span.Start, d.Span.End, len(src.Text))
		}
	}
}
