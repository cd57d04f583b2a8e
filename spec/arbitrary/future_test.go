package arbitrary_test

import (
	"strings"
	"testing"

	"archc/spec/arbitrary"
)

// TestFuture makes architectures that need the future: each compiles and runs, some logit hangs on a later token or on
// how many there are, and every cause stands in every place.
func TestFuture(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(250) {
		a := arbitrary.Options{Future: true}.New(seed)
		if !strings.HasPrefix(a.Cause, "future ") {
			t.Fatalf("seed %d: no cause in\n%s", seed, a.Text)
		}
		for _, name := range a.Uses {
			if strings.HasPrefix(name, "place ") {
				seen[a.Cause+", "+name] = true
			}
		}
		m, err := compile(a.Text, a.Settings)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, a.Text)
		}
		err = causalAt(a, m, 6, 5, 4, 3, 2, 1) // a weight of 1e-20 in one place changes no bit there
		if err == nil {
			t.Errorf("seed %d: %s, but no logit changes:\n%s", seed, a.Cause, a.Text)
		} else if !strings.Contains(err.Error(), " was ") {
			t.Errorf("seed %d: %v\n%s", seed, err, a.Text)
		}
	}
	for _, cause := range arbitrary.Constructs() {
		for _, place := range arbitrary.Constructs() {
			if strings.HasPrefix(cause, "future ") && strings.HasPrefix(place, "place ") && !seen[cause+", "+place] {
				t.Errorf("no %s, %s", cause, place)
			}
		}
	}
}
