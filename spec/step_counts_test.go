package spec_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"archc/ir"
	"archc/ir/eval"
	"archc/passes/cost"
	"archc/passes/figures"
)

// TestStepCountsEqualCountingRun asks the formulas of a step to equal the operations that the reference evaluation
// executes in it, for any number of new tokens behind any number of earlier ones.
func TestStepCountsEqualCountingRun(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range small {
		f, err := figures.Of(example(t, c.file, c.settings), figures.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if f.Steps == nil {
			t.Errorf("%s has no steps: %s", c.file, f.NoSteps)
			continue
		}
		m := f.Steps.Step
		formulas := report(t, m, cost.Exact)
		w, err := eval.NewHashWeights(m)
		if err != nil {
			t.Fatal(err)
		}
		for range 8 {
			env := map[string]int64{formulas.Batch: 1 + r.Int64N(3), f.Axis: 1 + r.Int64N(3), f.Past: 1 + r.Int64N(8)}
			want, err := formulas.At(env)
			if err != nil {
				t.Fatal(err)
			}
			inputs := map[string]*eval.Tensor{}
			for _, p := range m.Inputs {
				inputs[p.Name] = counting(p.Type(), env, env[formulas.Batch])
			}
			got := run(t, m, w, inputs, eval.Options{}).Counts
			if want.Contraction.Cmp(new(big.Int).SetUint64(got.Contraction)) != 0 ||
				want.Elementwise.Cmp(new(big.Int).SetUint64(got.Elementwise)) != 0 {
				t.Errorf("%s at %v: formulas %s and %s, counted %d and %d", c.file, env, want.Contraction, want.Elementwise,
					got.Contraction, got.Elementwise)
			}
		}
	}
}

// counting is a tensor of a type with a batch: 0, 1, 2, 0, 1, 2 and so on.
func counting(of ir.Type, env map[string]int64, batch int64) *eval.Tensor {
	x := &eval.Tensor{Kind: of.Kind, Axes: []eval.Axis{{Label: eval.Batch, Size: int(batch)}}}
	n := int(batch)
	for _, a := range of.Axes {
		size, _ := a.Size.Eval(env)
		x.Axes = append(x.Axes, eval.Axis{Label: a.Label, Size: int(size.Num().Int64())})
		n *= int(size.Num().Int64())
	}
	for i := range n {
		x.Data = append(x.Data, float64(i%3))
	}
	return x
}
