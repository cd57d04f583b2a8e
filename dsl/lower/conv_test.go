package lower_test

import (
	"fmt"
	"testing"

	"archc/dsl/lower"
)

// TestWindowNumbers meets the limit of a clause's numbers from both sides.
func TestWindowNumbers(t *testing.T) {
	for n, want := range map[int]string{1<<20 - 1: "", 1 << 20: "", 1<<20 + 1: "E501:2"} {
		text := fmt.Sprintf("model M(D=8) {\n  w : D -> D over N window(1) stride(%d)\n  (x: [N, D]) = w(x)\n}\n", n)
		if got := faults(text, lower.Options{}); got != want {
			t.Errorf("a stride of %d: %q, want %q", n, got, want)
		}
	}
}
