package backends

import (
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// carried are the packages of this module that an engine carries.
var carried = []string{"checkpoint", "host/arrays", "host/sampler", "host/tokenizer", "host/weights", "host/program", "kernel"}

// TestCarriedPackagesStandAlone: they import the standard library and each other, or an engine would not build.
func TestCarriedPackagesStandAlone(t *testing.T) {
	for _, dir := range carried {
		files, err := Source(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) == 0 {
			t.Errorf("%s is empty", dir)
		}
		for name, text := range files {
			if strings.HasSuffix(name, "_test.go") {
				t.Errorf("%s/%s is carried", dir, name)
			}
			if !strings.HasSuffix(name, ".go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range f.Imports {
				path, _ := strconv.Unquote(spec.Path.Value)
				inside, ours := strings.CutPrefix(path, "archc/backends/")
				if ours && !slices.Contains(carried, inside) || !ours && strings.Contains(strings.Split(path, "/")[0], ".") {
					t.Errorf("%s/%s imports %s, which an engine does not have", dir, name, path)
				}
			}
		}
	}
}

func TestUnknownSource(t *testing.T) {
	if _, err := Source("reference"); err == nil {
		t.Error("a package is embedded that no engine carries")
	}
}
