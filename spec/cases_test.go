package spec_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"archc/dsl/check"
	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/diag"
	"archc/passes"
	"archc/passes/sparsity"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the expectations of case files and generated documents")

// marker is an expected error on the very line to be blamed: `...  // ERROR E301`. It is cut before compiling.
var marker = regexp.MustCompile(`[ ]*// ERROR (E\d+(?: E\d+)*)$`)

// errorCase is one file under cases/error: sections input.arch (or input.ir), other .arch files that it imports,
// optionally set (NAME=VALUE lines) and config.json, steps where the steps are derived too, and want: the exact
// diagnostics.
type errorCase struct {
	path    string
	archive *txtar.Archive
	want    string
	marked  map[string]bool // "line code"
}

func (c *errorCase) section(name string) (string, bool) {
	for _, f := range c.archive.Files {
		if f.Name == name {
			return string(f.Data), true
		}
	}
	return "", false
}

func readCase(t *testing.T, path string) *errorCase {
	t.Helper()
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := &errorCase{path: path, archive: a, marked: map[string]bool{}}
	c.want, _ = c.section("want")
	return c
}

// source cuts the markers out of a section and remembers them.
func (c *errorCase) source(name string) *diag.Source {
	text, _ := c.section(name)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if m := marker.FindStringSubmatch(line); m != nil {
			lines[i] = strings.TrimSuffix(line, m[0])
			for _, code := range strings.Fields(m[1]) {
				c.marked[fmt.Sprintf("%s:%d %s", name, i+1, code)] = true
			}
		}
	}
	return diag.NewSource(name, strings.Join(lines, "\n"))
}

func (c *errorCase) run(t *testing.T) []*diag.Diagnostic {
	t.Helper()
	if _, ok := c.section("input.ir"); ok {
		_, err := ir.Parse(c.source("input.ir"))
		if d, ok := err.(*diag.Diagnostic); ok {
			return []*diag.Diagnostic{d}
		}
		t.Fatalf("%s: ir.Parse gave %v, not a diagnostic", c.path, err)
	}
	prog, list := check.Load(c.source("input.arch"), func(name string) (*diag.Source, error) {
		if _, ok := c.section(name + ".arch"); !ok {
			return nil, fmt.Errorf("no such file")
		}
		return c.source(name + ".arch"), nil
	})
	if !list.Empty() {
		list.Sort()
		return list.All
	}
	opt := lower.Options{Settings: map[string]string{}}
	if config, ok := c.section("config.json"); ok {
		arch, fields := flatConfig(t, config)
		var settings map[string]string
		opt.Model, settings, list = lower.Configure(prog, "", arch, fields)
		if !list.Empty() {
			list.Sort()
			return list.All
		}
		opt.Settings = settings
	}
	if set, ok := c.section("set"); ok {
		for line := range strings.Lines(set) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			opt.Settings[name] = value
		}
	}
	m, list := lower.Lower(prog, opt)
	if list.Empty() {
		for _, d := range sparsity.Check(m) {
			list.Add(d)
		}
	}
	if _, ok := c.section("steps"); ok && list.Empty() {
		_, fault, err := passes.StepsOf(m, "", true)
		if err != nil {
			t.Fatal(err)
		}
		if fault != nil {
			return []*diag.Diagnostic{fault}
		}
	}
	return list.All
}

func TestErrorCases(t *testing.T) {
	files, err := filepath.Glob("cases/error/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no case files", err)
	}
	seen := map[string]bool{}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			c := readCase(t, path)
			all := c.run(t)
			got := map[string]bool{}
			for _, d := range all {
				seen[d.Code.ID] = true
				if d.Span.Src != nil {
					got[fmt.Sprintf("%s:%d %s", d.Span.Src.Name, d.Span.Line(), d.Code.ID)] = true
				}
			}
			if diff := cmp.Diff(c.marked, got); diff != "" {
				t.Errorf("%s: blamed lines (-marked +reported):\n%s", path, diff)
			}
			var b strings.Builder
			if err := diag.Human(&b, all); err != nil {
				t.Fatal(err)
			}
			if *update {
				c.rewrite(t, b.String())
				return
			}
			if diff := cmp.Diff(c.want, b.String()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
		})
	}
	if len(files) < 40 {
		t.Errorf("%d error cases, at least 40 are wanted", len(files))
	}
	for _, code := range diag.Codes() {
		if !seen[code.ID] {
			t.Errorf("code %s (%s) has no case under cases/error", code.ID, code.Title)
		}
	}
}

func (c *errorCase) rewrite(t *testing.T, want string) {
	t.Helper()
	for i := range c.archive.Files {
		if c.archive.Files[i].Name == "want" {
			c.archive.Files = append(c.archive.Files[:i], c.archive.Files[i+1:]...)
			break
		}
	}
	c.archive.Files = append(c.archive.Files, txtar.File{Name: "want", Data: []byte(want)})
	if err := os.WriteFile(c.path, txtar.Format(c.archive), 0o666); err != nil {
		t.Fatal(err)
	}
}
