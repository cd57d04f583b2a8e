package spec_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"archc/ir"
	"archc/passes/cost"
)

func report(t testing.TB, m *ir.Module, attention cost.Attention) *cost.Report {
	t.Helper()
	r, err := cost.Of(m, cost.Options{Attention: attention})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestGPT2Forward holds two published figures: every pair counted as nanoGPT does, and the causal pairs alone.
func TestGPT2Forward(t *testing.T) {
	m := example(t, "gpt2", nil)
	for attention, want := range map[cost.Attention]int64{cost.Exact: 272_339_828_736, cost.Full: 291_648_307_200} {
		n, err := report(t, m, attention).At(map[string]int64{"B": 1, "T": 1024})
		if err != nil {
			t.Fatal(err)
		}
		if n.Contraction.Cmp(big.NewInt(want)) != 0 {
			t.Errorf("%s attention: %s FLOPs at T=1024, want %d", attention, n.Contraction, want)
		}
	}
}

// mixed uses what examples use rarely: marks without a gradient, further results, least and greatest elements.
const mixed = `
model Mixed(D=6, E=4, V=5, H=2, K=D/H) {
  embed : int V -> D
  up    : D -> E
  join  : D + E -> D
  taps  : [E]
  (tokens: int[T]) -> [T, D] {
    x = embed(tokens)
    y = join([x, up(x) * taps])
    z = cumsum[T](y) - y[T: 0]
    a, b = [z, x]
    emit size = stop(sum[D](x * x))
    far = max(a, b) + min[T](b) + mean[T](b) + taps[E: 0]
    if tokens % 2 == 0 then far else sum[E](up(y) * taps * up(x)) * x
  }
}`

// TestMixedCountsEqualCountingRun asks the same of a module that has what the examples lack.
func TestMixedCountsEqualCountingRun(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	m := compile(t, "mixed.arch", mixed, nil)
	for range 20 {
		x := &countedRun{what: "mixed", module: m, batch: "B", env: map[string]int64{"B": 1 + r.Int64N(4), "T": 1 + r.Int64N(11)}}
		x.count(t, r)
		for _, d := range x.differences(t) {
			t.Errorf("at %v: %s", x.env, d)
		}
	}
}
