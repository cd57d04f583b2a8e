package lower_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"archc/dsl/lower"
)

// FuzzLower holds every source to this: lowering ends, soon and without a panic, with a mistake that is told or with a
// module that keeps the rules of the IR and is what its text says. The seeds are the examples, the programs of the
// error cases, and those under testdata.
func FuzzLower(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 {
			t.Skip("a long text has nothing that a short one has not")
		}
		start := time.Now()
		m, list := load(text, lower.Options{})
		if took := time.Since(start); took > hang {
			t.Errorf("it took %v", took)
		}
		switch {
		case m == nil && list.Empty():
			t.Error("neither a module nor a mistake")
		case m != nil && !list.Empty():
			t.Error("a module with mistakes")
		case m != nil:
			sound(t, m)
		}
	})
}

func seeds(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"../../examples/*.arch", "../../spec/cases/error/*.txt", "testdata/*.arch"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no seeds in %s: %v", pattern, err)
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			text := string(b)
			if _, after, ok := strings.Cut(text, "-- input.arch --\n"); ok {
				text, _, _ = strings.Cut(after, "\n-- ")
			}
			out = append(out, text)
		}
	}
	return out
}
