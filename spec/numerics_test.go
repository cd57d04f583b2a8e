package spec_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestNumericsNamesTests: every rule of numerics.md names a test, and every test that it names stands in the package that it names.
func TestNumericsNamesTests(t *testing.T) {
	doc, err := os.ReadFile("numerics.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`go test (?:-tags \w+ )?\./([\w/]+) -run '?([\w|]+)`).FindAllStringSubmatch(string(doc), -1)
	if n := strings.Count(string(doc), "-run "); len(named) != n {
		t.Errorf("%d tests are named, %d of them with their package", n, len(named))
	}
	for _, m := range named {
		tests := testsOf(t, filepath.Join("..", m[1]))
		for _, name := range strings.Split(m[2], "|") {
			if !slices.ContainsFunc(tests, func(have string) bool { return strings.Contains(have, name) }) {
				t.Errorf("numerics.md names %s, and no test of %s is called so", name, m[1])
			}
		}
	}
	rules := regexp.MustCompile(`(?ms)^\*\*([NQ]\d+) .*?(\n\n|\z)`).FindAllStringSubmatch(string(doc), -1)
	if len(rules) < 12 {
		t.Errorf("%d rules", len(rules))
	}
	for _, r := range rules {
		if !strings.Contains(r[0], "go test ") {
			t.Errorf("%s names no test", r[1])
		}
	}
}

// testsOf are the names of a package's tests.
func testsOf(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var tests []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)`).FindAllStringSubmatch(string(text), -1) {
			tests = append(tests, m[1])
		}
	}
	return tests
}
