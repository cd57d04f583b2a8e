package spec_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"archc/ir"
	"archc/ir/eval"
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

// small are examples with dims at which the counting run takes milliseconds.
var small = []struct {
	file     string
	settings map[string]string
}{
	{"llama", map[string]string{"D": "16", "L": "3", "H": "4", "G": "2", "F": "24", "V": "29"}},
	{"llama", map[string]string{"D": "24", "L": "2", "H": "2", "G": "1", "K": "4", "F": "10", "V": "11", "tied": "true"}},
	{"gpt2", map[string]string{"D": "12", "L": "2", "H": "3", "V": "17", "P": "16"}},
	{"nano-sort", nil},
}

// mixed uses the ops that the small examples lack.
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

func smallModules(t testing.TB) map[string]*ir.Module {
	t.Helper()
	out := map[string]*ir.Module{"mixed": compile(t, "mixed.arch", mixed, nil)}
	for _, c := range small {
		out[fmt.Sprint(c.file, c.settings)] = example(t, c.file, c.settings)
	}
	return out
}

// counted compares the formulas with the counting run at one batch and length; it says whether they agree.
func counted(t testing.TB, m *ir.Module, batch, length int64) bool {
	t.Helper()
	numbers, err := report(t, m, cost.Exact).At(map[string]int64{"B": batch, "T": length})
	if err != nil {
		t.Fatal(err)
	}
	w, err := eval.NewHashWeights(m)
	if err != nil {
		t.Fatal(err)
	}
	inputs := map[string]*eval.Tensor{}
	for _, p := range m.Inputs {
		x := &eval.Tensor{Kind: ir.Int, Axes: []eval.Axis{{Label: eval.Batch, Size: int(batch)}, {Label: "T", Size: int(length)}}}
		for i := range batch * length {
			x.Data = append(x.Data, float64(i%3))
		}
		inputs[p.Name] = x
	}
	got := run(t, m, w, inputs, eval.Options{}).Counts
	same := func(formula *big.Int, count uint64) bool {
		return formula != nil && formula.Cmp(new(big.Int).SetUint64(count)) == 0
	}
	return same(numbers.Contraction, got.Contraction) && same(numbers.Elementwise, got.Elementwise)
}

// TestCountsEqualCountingRun asks every formula to equal the operations that the reference evaluation executes.
func TestCountsEqualCountingRun(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, m := range smallModules(t) {
		for range 8 {
			batch, length := 1+r.Int64N(4), 1+r.Int64N(11)
			if !counted(t, m, batch, length) {
				t.Errorf("%s: formula and counting run differ at B=%d, T=%d", name, batch, length)
			}
		}
	}
}

// TestPlantedCostErrors puts a mistake into each op's cost row: some example must then disagree with its counting run.
func TestPlantedCostErrors(t *testing.T) {
	modules := smallModules(t)
	agree := func() bool {
		for _, m := range modules {
			if !counted(t, m, 2, 5) {
				return false
			}
		}
		return true
	}
	used := map[*ir.Op]bool{}
	for _, m := range modules {
		m.Body.Walk(func(n *ir.Node, _ int) { used[n.Op] = true })
	}
	for _, op := range ir.Ops() {
		if !used[op] {
			// Kinds convert by themselves, and orders change only where a type declares one. The language has no words
			// yet for the others; the tests of passes/cost plant errors in them.
			rare := []*ir.Op{ir.Cast, ir.Transpose, ir.TopK, ir.Reverse, ir.Windows, ir.Experts}
			if !slices.Contains(rare, op) {
				t.Errorf("no module here uses %s", op.Name)
			}
			continue
		}
		honest := op.Cost
		for name, wrong := range map[string]func(ir.Work) ir.Work{
			"one more contraction":  func(w ir.Work) ir.Work { return w.Add(ir.Work{Contraction: ir.Const(1)}) },
			"one more elementwise":  func(w ir.Work) ir.Work { return w.Add(ir.Work{Elementwise: ir.Const(1)}) },
			"twice the work it has": func(w ir.Work) ir.Work { return w.Scale(ir.Const(2)) },
		} {
			if honest == nil && name == "twice the work it has" {
				continue
			}
			op.Cost = func(n *ir.Node) ir.Work {
				var w ir.Work
				if honest != nil {
					w = honest(n)
				}
				return wrong(w)
			}
			if agree() {
				t.Errorf("%s with %s goes unnoticed", op.Name, name)
			}
			op.Cost = honest
		}
	}
}
