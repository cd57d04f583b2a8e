package spec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"archc/dsl/format"
	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/diag"
)

// TestFormatted asks every example and library file to stand in the canonical form.
func TestFormatted(t *testing.T) {
	for _, pattern := range []string{"../examples/*.arch", "../stdlib/*.arch"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			out, list := format.Source(diag.NewSource(f, string(text)))
			if !list.Empty() || string(out) != string(text) {
				t.Errorf("%s is not formatted: archc fmt -w %s", f, strings.TrimPrefix(f, "../"))
			}
		}
	}
}

// TestFormattingKeepsTheIR spoils the white space of every example; formatted again, it lowers to the same IR.
func TestFormattingKeepsTheIR(t *testing.T) {
	files, err := filepath.Glob("../examples/*.arch")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		spoiled := strings.NewReplacer("  ", "    ", " = ", "   =  ", "\n\n", "\n\n\n\n", ", ", " ,").Replace(string(text))
		out, list := format.Source(diag.NewSource(f, spoiled))
		if !list.Empty() {
			t.Fatalf("%s: %v", f, list.Err())
		}
		name := filepath.Base(f)
		for _, model := range models(t, strings.TrimSuffix(name, ".arch")) {
			opt := lower.Options{Model: model}
			before, behind := compileModel(t, name, string(text), opt), compileModel(t, name, string(out), opt)
			if err := ir.Equal(before, behind); err != nil {
				t.Errorf("%s: formatting changed the IR: %v", f, err)
			}
		}
	}
}
