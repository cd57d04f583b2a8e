package lower_test

import (
	"os"
	"path/filepath"
	"testing"

	"archc/dsl/lower"
	"archc/dsl/syntax"
	"archc/ir/diag"
)

// user applies what the library declares, so that a damaged declaration is looked into.
const user = `
model User(D=8) {
  n : RMSNorm(D)
  m : LayerNorm(D)
  f : SwiGLU(D, 16)
  g : GeGLU(D, 16)
  (x: [T, D]) = attend(rope(n(f(x))); rope_interleaved(m(g(x))), x) {
    score = softcap(sum[D](q*k), 50)
    mask  = causal & window(3) | band(2) & sink(1)
    norm  = softmax1
  }
}`

// places is how many tokens of a file are damaged, evenly spaced; -1 is every one.
const places = 10

// TestDamagedFiles cuts example and library files behind a token, and leaves a token out: what remains compiles, or has
// a mistake that is told.
func TestDamagedFiles(t *testing.T) {
	for _, c := range []struct{ files, tail string }{{"../../examples/*.arch", ""}, {"../../stdlib/*.arch", user},
		{"testdata/*.arch", ""}} {
		files, err := filepath.Glob(c.files)
		if err != nil || len(files) == 0 {
			t.Fatalf("no files %s: %v", c.files, err)
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			damage(t, name, string(b), c.tail)
		}
	}
}

func damage(t *testing.T, name, text, tail string) {
	t.Helper()
	tokens, _ := syntax.Tokens(diag.NewSource(name, text))
	step := max(1, len(tokens)/places)
	for i := len(name) % step; i < len(tokens); i += step {
		tok := tokens[i]
		for _, damaged := range []string{text[:tok.End], text[:tok.Start] + text[tok.End:]} {
			if m, list := load(damaged+tail, lower.Options{}); (m == nil) == list.Empty() {
				t.Errorf("%s, token %d: a module %v, mistakes %d", name, i, m != nil, len(list.All))
			}
		}
	}
}
