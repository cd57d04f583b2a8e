package spec_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNumericsNamesTests: every rule of numerics.md names a test, and every test that it names stands in this folder.
func TestNumericsNamesTests(t *testing.T) {
	doc, err := os.ReadFile("numerics.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*_test.go")
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
	for _, m := range regexp.MustCompile(`-run '?([\w|]+)`).FindAllStringSubmatch(string(doc), -1) {
		for _, name := range strings.Split(m[1], "|") {
			found := false
			for _, have := range tests {
				found = found || strings.Contains(have, name)
			}
			if !found {
				t.Errorf("numerics.md names %s, and no test is called so", name)
			}
		}
	}
	rules := regexp.MustCompile(`(?ms)^\*\*(N\d+) .*?(\n\n|\z)`).FindAllStringSubmatch(string(doc), -1)
	if len(rules) < 8 {
		t.Errorf("%d rules", len(rules))
	}
	for _, r := range rules {
		if !strings.Contains(r[0], "go test ") {
			t.Errorf("%s names no test", r[1])
		}
	}
}
