package eval_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"archc/ir"
	"archc/ir/diag"
	"archc/ir/eval"
)

const drawing = `model draws
dim T
%0 = input x : [T]
%1 = input noise drawn normal : [T, 3]
%2 = input "layers.coin" drawn uniform : [2]
%3 = stop %1 : [T, 3]
output noise = %3
output coin = %2
`

// Draws that are not given come from the seed, apart for each sequence of the batch; those given are taken.
func TestDraws(t *testing.T) {
	m, err := ir.Parse(diag.NewSource("draws.ir", drawing))
	if err != nil {
		t.Fatal(err)
	}
	machine, err := eval.New(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	x := &eval.Tensor{Axes: []eval.Axis{{Label: eval.Batch, Size: 2}, {Label: "T", Size: 5}}, Data: make([]float64, 10)}
	given := map[string]*eval.Tensor{"x": x}
	if _, err := machine.Run(context.Background(), given, eval.Options{}); err == nil ||
		!strings.Contains(err.Error(), "input noise: it is a random draw, [T, 3]: give it, or a seed") {
		t.Fatalf("without a seed: %v", err)
	}
	seed := uint64(7)
	res, err := machine.Run(context.Background(), given, eval.Options{Seed: &seed})
	if err != nil {
		t.Fatal(err)
	}
	noise, coin := res.Outputs["noise"], res.Outputs["coin"]
	if noise.String() != "[*=2, T=5, 3=3]" || coin.String() != "[*=2, 2=2]" {
		t.Fatalf("noise is %s, coin %s", noise, coin)
	}
	for i, v := range noise.Data {
		if v != eval.Drawn(7, "noise", ir.Normal, i) {
			t.Fatalf("element %d is %v", i, v)
		}
	}
	given["layers.coin"] = &eval.Tensor{Axes: []eval.Axis{{Label: "2", Size: 2}}, Data: []float64{0.25, 0.5}}
	res, err = machine.Run(context.Background(), given, eval.Options{Seed: &seed})
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Outputs["coin"].Data; got[0] != 0.25 || got[1] != 0.5 {
		t.Errorf("the given draw is %v", got)
	}
}

// The stated distributions, by their moments, and their ends.
func TestDrawnMoments(t *testing.T) {
	const n = 1 << 16
	for _, c := range []struct {
		distribution         string
		mean, variance, most float64
	}{{ir.Uniform, 0.5, 1.0 / 12, 1}, {ir.Normal, 0, 1, 5.5}} {
		var sum, squares float64
		for i := range n {
			x := eval.Drawn(1, "a", c.distribution, i)
			if math.Abs(x) >= c.most || c.distribution == ir.Uniform && x < 0 {
				t.Fatalf("%s gives %v", c.distribution, x)
			}
			sum += x
			squares += x * x
		}
		mean := sum / n
		if v := squares/n - mean*mean; math.Abs(mean-c.mean) > 0.02 || math.Abs(v-c.variance) > 0.02 {
			t.Errorf("%s has mean %v and variance %v", c.distribution, mean, v)
		}
	}
	if a, b := eval.Drawn(1, "a", ir.Normal, 0), eval.Drawn(2, "a", ir.Normal, 0); a == b {
		t.Error("two seeds give one number")
	}
}
