package spec_test

import (
	"math/big"
	"testing"

	"archc/ir"
	"archc/ir/eval"
	"archc/passes/cost"
)

// sameWork asks the formulas for what the reference evaluation of a case has counted, at the sizes of its inputs: the
// same number or, where the formulas say that they are bounds, no smaller one.
func sameWork(t *testing.T, m *ir.Module, inputs map[string]*eval.Tensor, got eval.Counts) {
	t.Helper()
	var given []string
	for name := range inputs {
		given = append(given, name)
	}
	r, err := cost.Of(m, cost.Options{Attention: cost.Exact, Given: given})
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]int64{r.Batch: 1}
	for _, p := range m.Inputs {
		x := inputs[p.Name]
		if x == nil {
			continue
		}
		for _, a := range x.Axes {
			if a.Label == eval.Batch {
				env[r.Batch] = int64(a.Size)
			}
			if i := p.Type().Find(a.Label); i >= 0 {
				for _, free := range p.Type().Axes[i].Size.Frees() {
					env[free] = int64(a.Size)
				}
			}
		}
	}
	want, err := r.At(env)
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Unknown) > 0 {
		t.Logf("no formula: %v", want.Unknown)
		return
	}
	for _, c := range []struct {
		name    string
		formula *big.Int
		counted uint64
	}{{"contractions", want.Contraction, got.Contraction}, {"elementwise", want.Elementwise, got.Elementwise}} {
		order := c.formula.Cmp(new(big.Int).SetUint64(c.counted))
		if order != 0 && !(order > 0 && len(want.Bounds) > 0) {
			t.Errorf("%s: the formula says %s at %v, the counting run %d (bounds %v)", c.name, c.formula, env, c.counted,
				want.Bounds)
		}
	}
}
