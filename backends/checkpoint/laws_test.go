package checkpoint

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"
)

// sources parses the files of this package, tests or not.
func sources(t *testing.T, tests bool) map[string]*ast.File {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") != tests {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = f
	}
	return files
}

// TestImports keeps the package fit to be embedded: the standard library and nothing else.
func TestImports(t *testing.T) {
	for name, f := range sources(t, false) {
		for _, spec := range f.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") || first == "archc" ||
				path == "C" {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}

// uses collects the Code... constants that files name.
func uses(files map[string]*ast.File, but string) map[string]bool {
	used := map[string]bool{}
	for name, f := range files {
		if name == but {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				used[id.Name] = true
			}
			return true
		})
	}
	return used
}

// TestCodes: numbers without gaps in order, a full story each, and every code both raised by
// the package and demanded by a test.
func TestCodes(t *testing.T) {
	raised, tested := uses(sources(t, false), "codes.go"), uses(sources(t, true), "laws_test.go")
	table := sources(t, false)["codes.go"]
	constants := map[string]string{}
	ast.Inspect(table, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
			if lit, ok := v.Values[0].(*ast.BasicLit); ok {
				constants[strings.Trim(lit.Value, `"`)] = v.Names[0].Name
			}
		}
		return true
	})
	sentence := regexp.MustCompile(`[.:?] |\.$`)
	for i, c := range Codes {
		if want := fmt.Sprintf("C%03d", i+1); c.ID != want {
			t.Errorf("code %s stands in the place of %s", c.ID, want)
		}
		name := constants[c.ID]
		if !raised[name] {
			t.Errorf("%s %s is never raised", c.ID, name)
		}
		if !tested[name] {
			t.Errorf("%s %s is in no test", c.ID, name)
		}
		if n := len(sentence.FindAllString(c.Story, -1)); n < 2 || n > 6 || c.Title == "" ||
			strings.Contains(c.Title, "\n") {
			t.Errorf("%s has the title %q and a story of %d sentences", c.ID, c.Title, n)
		}
	}
	if len(constants) != len(Codes) {
		t.Errorf("%d constants, %d rows", len(constants), len(Codes))
	}
}
