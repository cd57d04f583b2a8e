package lower_test

import (
	"slices"
	"testing"

	"archc/dsl/lower"
	"archc/ir/eval"

	"github.com/google/go-cmp/cmp"
)

// Carried outputs: what one call gives is what the next one takes.

const running = `model M(D=3) {
  u : D -> D
  (x: [T, D], h: [D] = 0, n: int[] = 0) -> y: [T, D], h: [D], n: int[] {
    last, ys = scan(e in x; s = h) {
      s = tanh(u(s)) + e
      yield s
    }
    ys, last, n + T
  }
}`

// A sequence read in two calls gives what one call gives.
func TestCarriedOutputs(t *testing.T) {
	m := compile(t, running, lower.Options{})
	var names []string
	for _, c := range m.Carried() {
		names = append(names, c.Input.Name+c.Output.Name)
	}
	if !slices.Equal(names, []string{"hh", "nn"}) {
		t.Fatalf("carried: %v", names)
	}
	x := tensor("x", axis("T", 5), axis("D", 3))
	part := func(a, b int) *eval.Tensor {
		return &eval.Tensor{Axes: []eval.Axis{axis("T", b-a), axis("D", 3)}, Data: x.Data[3*a : 3*b]}
	}
	want := run(t, m, map[string]*eval.Tensor{"x": x})
	var got []float64
	given := map[string]*eval.Tensor{}
	for _, seg := range [][2]int{{0, 2}, {2, 5}} {
		given["x"] = part(seg[0], seg[1])
		out := run(t, m, given)
		got = append(got, out["y"].Data...)
		for _, c := range m.Carried() {
			given[c.Input.Name] = out[c.Output.Name]
		}
	}
	if diff := cmp.Diff(want["y"].Data, got); diff != "" {
		t.Error(diff)
	}
	if n := given["n"].Data[0]; n != 5 {
		t.Errorf("5 tokens were counted as %v", n)
	}
}

func TestCarriedMistakes(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"(x: [T, D], h: [D]) -> y: [T, D], h: [F] = x, index(F) * 1.0", "E311:2"},
		{"(x: [T, D], h: [D]) -> y: [T, D], h: [D] = x, index(D)", "E311:2"},       // int
		{"(x: [T, D], h: [T, D]) -> y: [T, D], h: [D, T] = x, h", "E311:2"},        // another order
		{"(x: [T, D], h: [S, D]) -> y: [T, D], h: [T, D] = x, x", "E311:2"},        // another length
		{"(x: [T, D], h: [D]) -> y: [T, D], h: [D], h: [D] = x, h, h", "E202:2"},   // twice
		{"(x: [T, D], output: [D]) = x", "E311:2"},                                 // by its usual name
		{"(x: [T, D], h: [D], g: [D]) -> y: [T, D], g: [D], h: [D] = x, h, g", ""}, // they trade places
	} {
		if got := faults(header+c.body+"\n}", lower.Options{}); got != c.want {
			t.Errorf("%q: %s, want %s", c.body, got, c.want)
		}
	}
}
