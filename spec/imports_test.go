package spec_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the law of imports: for each package of the module, the other packages of the module that its code
// (tests apart) may use. A package that is not here may not exist.
var mayImport = map[string]string{
	"ir/diag":                 "",
	"ir":                      "ir/diag",
	"ir/eval":                 "ir ir/diag",
	"dsl/syntax":              "ir/diag",
	"dsl/format":              "ir/diag dsl/syntax",
	"stdlib":                  "ir/diag",
	"examples":                "ir/diag",
	"examples/lecture":        "ir ir/diag dsl/check dsl/lower examples passes/cost passes/figures",
	"dsl/check":               "ir/diag dsl/syntax stdlib examples",
	"dsl/expand":              "ir/diag dsl/syntax dsl/check stdlib",
	"dsl/lower":               "ir ir/diag dsl/syntax dsl/check",
	"passes":                  "ir ir/diag passes/decode passes/order passes/simplify",
	"passes/figures":          "ir passes passes/cost passes/decode",
	"passes/plan":             "ir ir/diag passes",
	"passes/order":            "ir passes/cost passes/simplify passes/sparsity",
	"passes/simplify":         "ir",
	"passes/sparsity":         "ir ir/diag",
	"passes/cost":             "ir passes/sparsity",
	"passes/document":         "ir/diag",
	"passes/hardware":         "ir/diag passes/document",
	"passes/roofline":         "ir passes passes/cost passes/figures passes/hardware",
	"passes/decode":           "ir ir/diag passes/sparsity",
	"passes/search":           "ir/diag passes/document",
	"passes/compare":          "ir passes/cost passes/decode passes/figures",
	"backends/reference":      "ir ir/eval passes",
	"backends/scalar":         "backends/kernel",
	"backends/gograph":        "ir ir/diag backends/host/weights backends/kernel backends/scalar passes/plan",
	"backends/cuda":           "",
	"backends/checkpoint":     "",
	"backends/kernel":         "",
	"backends/kernel/probe":   "",
	"backends/host/arrays":    "backends/checkpoint",
	"backends/host/tokenizer": "",
	"backends/host/sampler":   "",
	"backends/host/weights":   "backends/checkpoint backends/kernel",
	"backends/host/program":   "backends/checkpoint backends/host/arrays backends/host/sampler backends/host/tokenizer backends/host/weights",
	"backends/folder":         "",
	"backends/source":         "ir passes/plan",
	"backends/gosource":       "ir passes/plan backends backends/host/weights backends/kernel backends/scalar backends/source",
	"backends/cudasource":     "ir ir/diag passes/plan backends/cuda backends/host/weights backends/source",
	"backends/cudarun":        "backends/cudasource",
	"backends":                "",
	"cmd/archc": "ir ir/diag ir/eval dsl/syntax dsl/format dsl/expand dsl/check dsl/lower stdlib examples passes passes/cost passes/figures " +
		"passes/compare passes/decode passes/hardware passes/order passes/roofline passes/search passes/plan passes/simplify passes/sparsity " +
		"backends/checkpoint backends/reference backends/gograph backends/kernel " +
		"backends/host/arrays backends/host/tokenizer backends/host/sampler backends/host/program backends/host/weights backends/folder backends/gosource backends/cudasource backends/cudarun",
	"spec/arbitrary":      "",
	"spec/bench/decoder":  "backends/gograph backends/kernel dsl/check dsl/lower ir/diag passes passes/plan",
	"spec/bench/products": "backends/kernel",
	"spec":                "",
}

// mayRequire names the only packages that may use a library from outside, apart by spaces.
var mayRequire = map[string]string{
	"github.com/alecthomas/participle/v2": "dsl/syntax",
	"github.com/alecthomas/kong":          "cmd/archc",
	"github.com/jedib0t/go-pretty/v6":     "cmd/archc",
	"github.com/ebitengine/purego":        "backends/cudarun",
	"gopkg.in/yaml.v3":                    "passes/document passes/hardware passes/search",
}

func TestImportLaw(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != ".." || d.IsDir() && d.Name() == "testdata" {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		pkg := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), ".."+string(filepath.Separator)))
		allowed, ok := mayImport[pkg]
		if !ok && !seen[pkg] {
			t.Errorf("package %s is not in the law of imports", pkg)
		}
		seen[pkg] = true
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			checkImport(t, path, pkg, allowed, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range mayImport {
		if !seen[pkg] {
			t.Errorf("the law of imports names %s, which does not exist", pkg)
		}
	}
}

func checkImport(t *testing.T, path, pkg, allowed, name string) {
	t.Helper()
	if inside, ok := strings.CutPrefix(name, "archc/"); ok {
		for _, a := range strings.Fields(allowed) {
			if a == inside {
				return
			}
		}
		t.Errorf("%s imports %s, which %s may not", path, name, pkg)
		return
	}
	if !strings.Contains(strings.Split(name, "/")[0], ".") || strings.HasPrefix(name, "golang.org/x/sys/") {
		return // the standard library, and the system calls beside it
	}
	for library, only := range mayRequire {
		if strings.HasPrefix(name, library) {
			if !slices.Contains(strings.Fields(only), pkg) {
				t.Errorf("%s imports %s, which only %s may", path, name, only)
			}
			return
		}
	}
	t.Errorf("%s imports %s: no package is allowed to", path, name)
}
