package spec_test

import (
	"strings"
	"testing"

	"archc/ir"
)

// TestDepthIsOneLine asks the IR of a deep and a shallow Llama to differ in the number of runs alone.
func TestDepthIsOneLine(t *testing.T) {
	deep := strings.Split(ir.Text(example(t, "llama", map[string]string{"L": "80"})), "\n")
	shallow := strings.Split(ir.Text(example(t, "llama", map[string]string{"L": "8"})), "\n")
	if len(deep) != len(shallow) {
		t.Fatalf("%d lines for 80 layers, %d for 8", len(deep), len(shallow))
	}
	var differ []string
	for i := range deep {
		if deep[i] != shallow[i] {
			differ = append(differ, deep[i], shallow[i])
		}
	}
	want := []string{"%3 = repeat l = 0..80 %2 : [T, D]", "%3 = repeat l = 0..8 %2 : [T, D]"}
	if strings.Join(differ, "\n") != strings.Join(want, "\n") {
		t.Errorf("lines that differ:\n%s", strings.Join(differ, "\n"))
	}
}
