package format

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"archc/dsl/syntax"
	"archc/ir/diag"
)

func source(text string) *diag.Source { return diag.NewSource("x.arch", text) }

// reprint formats text that must be free of errors, and checks what holds of every result.
func reprint(t testing.TB, text string) string {
	t.Helper()
	out, list := Source(source(text))
	if !list.Empty() {
		t.Fatalf("%v in\n%s", list.All[0], text)
	}
	checkResult(t, text, string(out))
	return string(out)
}

// checkResult fails when a result has other tokens or comments than the text, is not its own canonical
// form, or has blanks at a line's end.
func checkResult(t testing.TB, text, out string) {
	t.Helper()
	wantTokens, wantComments := content(text)
	gotTokens, gotComments := content(out)
	if diff := cmp.Diff(wantTokens, gotTokens); diff != "" {
		t.Fatalf("other tokens in\n%s\n%s", out, diff)
	}
	if diff := cmp.Diff(wantComments, gotComments); diff != "" {
		t.Fatalf("other comments in\n%s\n%s", out, diff)
	}
	again, list := Source(source(out))
	if !list.Empty() {
		t.Fatalf("the result has an error: %v\n%s", list.All[0], out)
	}
	if diff := cmp.Diff(out, string(again)); diff != "" {
		t.Fatalf("not idempotent on\n%s\n%s", text, diff)
	}
	for _, line := range strings.SplitAfter(out, "\n") {
		if line != "" && strings.TrimRight(line, " \t\n")+"\n" != line {
			t.Fatalf("line %q", line)
		}
	}
	if strings.Contains(out, "\n\n\n") || strings.HasPrefix(out, "\n") || strings.HasSuffix(out, "\n\n") {
		t.Fatalf("blank lines in\n%s", out)
	}
}

// content returns what the parser sees of a text, and its comments.
func content(text string) (tokens, comments []string) {
	toks, _ := syntax.Tokens(source(text))
	for _, t := range toks {
		switch t.Kind {
		case syntax.Comment:
			comments = append(comments, t.Text)
		case syntax.End:
			tokens = append(tokens, "end")
		default:
			tokens = append(tokens, t.Text)
		}
	}
	return tokens, comments
}

func samples(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range []string{"testdata/*.arch", "../syntax/testdata/*.arch", "../../examples/*.arch",
		"../../stdlib/*.arch", "../../stdlib/models/*.arch"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			out[name] = string(text)
		}
	}
	return out
}

// TestSamples formats every sample. Those in testdata are in canonical form and stay as they are.
func TestSamples(t *testing.T) {
	for name, text := range samples(t) {
		out := reprint(t, text)
		if strings.HasPrefix(name, "testdata") {
			if diff := cmp.Diff(text, out); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
		}
	}
}

// TestBlanksDoNotMatter changes the blanks between the tokens of every sample: the result is the same.
func TestBlanksDoNotMatter(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, text := range samples(t) {
		want := reprint(t, text)
		for range 5 {
			if diff := cmp.Diff(want, reprint(t, jitter(random, text))); diff != "" {
				t.Fatalf("%s:\n%s", name, diff)
			}
		}
	}
}

// jitter puts other blanks where blanks are, and new ones around punctuation, and leaves the lines as they
// are.
func jitter(random *rand.Rand, text string) string {
	toks, _ := syntax.Tokens(source(text))
	var b strings.Builder
	end := 0
	for _, t := range toks {
		if t.Start == t.End {
			continue // the end of a line
		}
		gap := text[end:t.Start]
		n := random.IntN(4)
		if len(gap) > 0 && !strings.Contains(gap, "\n") {
			n++
		}
		b.WriteString(strings.Repeat("\n", strings.Count(gap, "\n")))
		b.WriteString(strings.Repeat(" ", n))
		b.WriteString(text[t.Start:t.End])
		end = t.End
	}
	return b.String()
}

// TestAnyLines breaks and joins the lines of every sample anywhere, and adds comments: whatever still is
// free of errors keeps its tokens and has a canonical form.
func TestAnyLines(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	gaps := []string{" ", "\n", "\n\n\n", "  // c\n", "\n// c\n\n// d\n", ";", " ;\n", ""}
	good := 0
	for _, text := range samples(t) {
		for _, decl := range strings.Split(text, "\n\n") {
			toks, _ := syntax.Tokens(source(decl))
			for range 20 {
				var b strings.Builder
				end := 0
				for _, tok := range toks {
					gap := decl[end:tok.Start]
					if random.IntN(30) == 0 && tok.Start < tok.End {
						gap = gaps[random.IntN(len(gaps))]
					}
					b.WriteString(gap + decl[tok.Start:tok.End])
					end = tok.End
				}
				if out, list := Source(source(b.String())); list.Empty() {
					checkResult(t, b.String(), string(out))
					good++
				}
			}
		}
	}
	if good < 50 {
		t.Errorf("only %d texts were free of errors", good)
	}
}

// TestErrors says that a text with errors has no form.
func TestErrors(t *testing.T) {
	out, list := Source(source("block A { a : }"))
	if out != nil || len(list.All) != 1 || list.All[0].Code != diag.Unexpected {
		t.Errorf("%q %v", out, list.All)
	}
}

func FuzzFormat(f *testing.F) {
	for _, text := range samples(f) {
		for _, part := range strings.Split(text, "\n\n") {
			f.Add(part)
		}
	}
	for _, c := range forms {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out, list := Source(source(text))
		if list.Empty() {
			checkResult(t, text, string(out))
		} else if out != nil {
			t.Fatal("a result with errors")
		}
	})
}
