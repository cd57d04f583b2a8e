package lower_test

import (
	"os"
	"path/filepath"
	"testing"

	"archc/dsl/lower"
)

// TestPrograms compiles every program of testdata by each of its models.
func TestPrograms(t *testing.T) {
	for _, c := range []struct{ file, model string }{{"attend", ""}, {"stacks", ""}, {"sequences", ""}, {"dims", "Base"}, {"dims", "Variant"}} {
		b, err := os.ReadFile(filepath.Join("testdata", c.file+".arch"))
		if err != nil {
			t.Fatal(err)
		}
		compile(t, string(b), lower.Options{Model: c.model})
	}
}
