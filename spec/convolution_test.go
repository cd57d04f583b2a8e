package spec_test

import (
	"slices"
	"testing"

	"archc/ir/eval"
)

// TestWindowsFindTheirAxes lays a window that is not square on one image, its axes in both orders: a name after `over` is
// the axis of that name, not the one that happens to stand there.
func TestWindowsFindTheirAxes(t *testing.T) {
	m := compile(t, "windows.arch", `
model M(D=2, F=3) {
  conv : D -> F over Y X window(2, 3)
  (x: [D, Y, X]) {
    rows = x * index(X) * index(Y)
    cols = index(X) * (index(Y) * x)
    conv(rows), conv(cols) - conv(rows)
  }
}`, nil)
	w, err := eval.NewHashWeights(m)
	if err != nil {
		t.Fatal(err)
	}
	out := run(t, m, w, smallInputs(m, map[string]int{"Y": 5, "X": 4}), eval.Options{}).Outputs
	nonzero := func(v float64) bool { return v != 0 }
	if x := out["output"]; len(x.Data) != 3*4*2 || !slices.ContainsFunc(x.Data, nonzero) {
		t.Errorf("the convolution gives %v", x)
	}
	if x := out["output2"]; slices.ContainsFunc(x.Data, nonzero) {
		t.Errorf("the order of axes changes the convolution by %v", x.Data)
	}
}
