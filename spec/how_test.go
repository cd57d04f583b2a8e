package spec_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pathLike is a word in backquotes that names a file or folder of the repository.
var pathLike = regexp.MustCompile("`([\\w.-]+(?:/[\\w.-]*)+|[\\w-]+\\.(?:go|md|arch|ir|txt))`")

// TestHowToPaths: every file and folder that the recipes name is there. NAME stands for one to be made.
func TestHowToPaths(t *testing.T) {
	found := 0
	for _, m := range pathLike.FindAllStringSubmatch(read(t, "how.md"), -1) {
		path := m[1]
		if strings.Contains(path, "NAME") {
			path = filepath.Dir(path)
		}
		found++
		if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(path))); err != nil {
			t.Errorf("how.md names %s, which is not there", m[1])
		}
	}
	if found < 40 {
		t.Errorf("%d paths found in how.md", found)
	}
}

// TestHowToTests: every test that the recipes run by name is there.
func TestHowToTests(t *testing.T) {
	command := regexp.MustCompile("`go test \\./([\\w/]+) -run '?([\\w|]+)")
	for _, m := range command.FindAllStringSubmatch(read(t, "how.md"), -1) {
		files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(m[1]), "*_test.go"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s...` runs no tests", m[0])
		}
		var all strings.Builder
		for _, f := range files {
			all.WriteString(read(t, f))
		}
		for name := range strings.SplitSeq(m[2], "|") {
			declared := regexp.MustCompile(`(?m)^func Test\w*` + strings.TrimPrefix(name, "Test") + `\w*\(`)
			if !declared.MatchString(all.String()) {
				t.Errorf("%s` names no test %s of %s", m[0], name, m[1])
			}
		}
	}
}
