package spec_test

import (
	"fmt"
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

// TestConvolutionByHand compares convolutions of every stride, padding, dilation and grouping, within bounds, with loops
// over their definition.
func TestConvolutionByHand(t *testing.T) {
	for stride := 1; stride <= 3; stride++ {
		for pad := 0; pad <= 2; pad++ {
			for dilate := 1; dilate <= 2; dilate++ {
				for _, groups := range []int{1, 2} {
					c := handmade{stride: stride, low: pad, high: 2 - pad, dilate: dilate, groups: groups}
					m := compile(t, "conv.arch", c.text(), nil)
					w, err := eval.NewHashWeights(m)
					if err != nil {
						t.Fatal(err)
					}
					in := smallInputs(m, map[string]int{"N": 9})
					got := run(t, m, w, in, eval.Options{}).Outputs["output"].Data
					_, weight, err := w.Read("conv.weight")
					if err != nil {
						t.Fatal(err)
					}
					if d := relative(got, c.want(in["x"].Data, weight, 9)); d > 1e-14 {
						t.Errorf("%+v differs by %g of the largest", c, d)
					}
				}
			}
		}
	}
}

// handmade is a convolution from 4 to 6 channels with windows of 3 places.
type handmade struct{ stride, low, high, dilate, groups int }

func (c handmade) text() string {
	return fmt.Sprintf(`model M(C=4, F=6) {
  conv : C -> F over N window(3) stride(%d) pad(%d, %d) dilate(%d) groups(%d)
  (x: [C, N]) = conv(x)
}
`, c.stride, c.low, c.high, c.dilate, c.groups)
}

// want is the result in the order of the module's: places, then channels.
func (c handmade) want(x, w []float64, n int) []float64 {
	in, out := 4/c.groups, 6/c.groups
	var all []float64
	for at := 0; at+2*c.dilate < c.low+n+c.high; at += c.stride {
		for f := range 6 {
			sum := 0.0
			for k := range 3 {
				i := at + k*c.dilate - c.low
				for a := 0; a < in && 0 <= i && i < n; a++ {
					sum += w[(f*in+a)*3+k] * x[(f/out*in+a)*n+i]
				}
			}
			all = append(all, sum)
		}
	}
	return all
}
