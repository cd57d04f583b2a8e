package syntax

import (
	"slices"
	"testing"
	"time"

	"archc/ir/diag"
)

// FuzzParse reads any bytes: no panic, every span inside the source, every diagnostic complete, tokens in
// order and apart from each other, and the time bounded.
func FuzzParse(f *testing.F) {
	for _, text := range declarations(f, everything(f)) {
		f.Add(text)
	}
	for _, c := range slices.Concat(wrongFields, wrongFunctions, wrongDeclarations, wrongSpellings) {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		src := diag.NewSource("fuzz.arch", text)
		file, list := Parse(src)
		if d := time.Since(start); d > time.Minute {
			t.Fatalf("%d bytes took %v", len(text), d)
		}
		checkSpans(t, file)
		checkDiagnostics(t, src, list)
		toks, _ := Tokens(src)
		for i, tok := range toks {
			if tok.Start > tok.End || tok.End > len(text) || i > 0 && tok.Start < toks[i-1].End {
				t.Fatalf("token %d %+v after %+v", i, tok, toks[max(0, i-1)])
			}
		}
	})
}
