package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestEveryTableIsShown: each table works and stands in README.md, whose outputs the tests of spec compare.
func TestEveryTableIsShown(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, table := range tables {
		var out bytes.Buffer
		if err := table(&out); err != nil || out.Len() == 0 {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(string(text), "$ go run ./examples/lecture "+name+"\n") {
			t.Errorf("README.md does not show %s", name)
		}
	}
}

// TestPairs holds the patterns to closed forms, for n rows of which n is a multiple of the block l.
func TestPairs(t *testing.T) {
	const n, l, c, r = 4096, 64, 8, 256
	a := int64(n / l)
	for _, p := range []struct {
		model string
		want  int64
	}{
		{"Full", n * n},
		{"Causal", n * (n + 1) / 2},
		// The last l+1 keys; every l-th of all; both at once at the distances 0 and l.
		{"Strided", (n*(l+1) - (l+1)*l/2) + l*a*(a+1)/2 - n - (n - l)},
		// Its own block; the last c of each block so far; both in its own block.
		{"Fixed", a*l*(l+1)/2 + c*(a*(n+1)-l*a*(a+1)/2) + a*c*(c-1)/2 - a*c*(c+1)/2},
		// The band, and the first row and column outside of it.
		{"Longformer", n*(2*r+1) - r*(r+1) + 2*(n-1-r)},
		{"Window", n*512 - 512*511/2},
		// As if the window had 4 more keys, once all have them.
		{"Sinks", n*516 - 516*515/2},
	} {
		got, err := pairsOf(p.model, nil, n)
		if err != nil || got.Int64() != p.want {
			t.Errorf("%s: %v pairs, not %d: %v", p.model, got, p.want, err)
		}
	}
}
