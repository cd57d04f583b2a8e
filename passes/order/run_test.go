package order

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"archc/ir"
	"archc/ir/diag"
	"archc/ir/eval"
	"archc/passes/cost"
)

func parse(t testing.TB, text string) *ir.Module {
	t.Helper()
	m, err := ir.Parse(diag.NewSource("test.ir", text))
	if err != nil {
		t.Fatal(err)
	}
	if errs := ir.Verify(m); len(errs) > 0 {
		t.Fatal(errs)
	}
	return m
}

// with puts sizes into a module's text: {H} is the size of H.
func with(text string, sizes map[string]int64) string {
	for k, v := range sizes {
		text = strings.ReplaceAll(text, "{"+k+"}", fmt.Sprint(v))
	}
	return text
}

// random are inputs for a module, the free dims given, the same for the same seed.
func random(m *ir.Module, dims map[string]int64, seed uint64) map[string]*eval.Tensor {
	r := rand.New(rand.NewPCG(seed, 1))
	out := map[string]*eval.Tensor{}
	for _, p := range m.Inputs {
		x := &eval.Tensor{Kind: p.Type().Kind}
		n := 1
		if b := dims[eval.Batch]; b > 0 {
			x.Axes, n = []eval.Axis{{Label: eval.Batch, Size: int(b)}}, int(b)
		}
		for _, a := range p.Type().Axes {
			size, _ := a.Size.Eval(dims)
			x.Axes = append(x.Axes, eval.Axis{Label: a.Label, Size: int(size.Num().Int64())})
			n *= int(size.Num().Int64())
		}
		for range n {
			v := r.NormFloat64()
			switch x.Kind {
			case ir.Int:
				v = float64(r.IntN(3))
			case ir.Bool:
				v = float64(r.IntN(2))
			}
			x.Data = append(x.Data, v)
		}
		out[p.Name] = x
	}
	return out
}

func evaluate(m *ir.Module, in map[string]*eval.Tensor) (*eval.Result, error) {
	w, err := eval.NewHashWeights(m)
	if err != nil {
		return nil, err
	}
	machine, err := eval.New(m, w)
	if err != nil {
		return nil, err
	}
	return machine.Run(context.Background(), in, eval.Options{})
}

// distance is the largest difference of two runs, relative to the largest number of each output; infinite where they
// do not fit or one fails.
func distance(a, b *ir.Module, dims map[string]int64, seed uint64) (float64, error) {
	in := random(a, dims, seed)
	x, err := evaluate(a, in)
	if err != nil {
		return math.Inf(1), err
	}
	y, err := evaluate(b, in)
	if err != nil {
		return math.Inf(1), err
	}
	worst := 0.0
	for name, p := range x.Outputs {
		q := y.Outputs[name]
		if q == nil || len(p.Data) != len(q.Data) {
			return math.Inf(1), fmt.Errorf("output %s does not fit", name)
		}
		top, diff := 0.0, 0.0
		for i := range p.Data {
			if math.IsNaN(p.Data[i]) && math.IsNaN(q.Data[i]) {
				continue
			}
			top, diff = max(top, math.Abs(p.Data[i])), max(diff, math.Abs(p.Data[i]-q.Data[i]))
		}
		if math.IsNaN(diff) {
			return math.Inf(1), nil
		}
		if diff > 0 {
			worst = max(worst, diff/top)
		}
	}
	return worst, nil
}

// same wants two modules to compute the same at some sizes.
func same(t *testing.T, what string, a, b *ir.Module, points ...map[string]int64) {
	t.Helper()
	if errs := ir.Verify(b); len(errs) > 0 {
		t.Fatalf("%s: %v\n%s", what, errs, ir.Text(b))
	}
	for i, dims := range points {
		d, err := distance(a, b, dims, uint64(i))
		if err != nil || d > 1e-12 {
			t.Errorf("%s at %v: %g of the largest, %v\n%s", what, dims, d, err, ir.Text(b))
			return
		}
	}
}

// work is the contraction of a module at some sizes, in multiply-adds.
func work(t *testing.T, m *ir.Module, dims map[string]int64) *big.Int {
	t.Helper()
	r, err := cost.Of(m, cost.Options{})
	if err != nil || len(r.Unknown)+len(r.Bounds) > 0 {
		t.Fatal(err, r)
	}
	at := map[string]int64{"B": 1}
	for k, v := range dims {
		at[k] = v
	}
	n, err := r.At(at)
	if err != nil {
		t.Fatal(err)
	}
	half, odd := new(big.Int).DivMod(n.Contraction, big.NewInt(2), new(big.Int))
	if odd.Sign() != 0 {
		t.Fatalf("%s operations are no multiply-adds", n.Contraction)
	}
	return half
}

func formula(t *testing.T, m *ir.Module) string {
	t.Helper()
	r, err := cost.Of(m, cost.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Formulas["flops.forward"]
}

func choice(t *testing.T, m *ir.Module) *Choice {
	t.Helper()
	c, err := Forms(m)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// softmax is the region norm of the scores [H, key].
func softmax(first int, key string, axes string) string {
	t := fmt.Sprintf(`  norm(%%0 : [%[1]s%[2]s] @ s) {
    %%1 = reduce max[%[2]s] %%0 : [%[3]s]
    %%2 = map sub %%0, %%1 : [%[1]s%[2]s]
    %%3 = map exp %%2 : [%[1]s%[2]s]
    %%4 = reduce sum[%[2]s] %%3 : [%[3]s]
    %%5 = map div %%3, %%4 : [%[1]s%[2]s]
    give %%5
  }`, axes, key, strings.TrimSuffix(axes, ", "))
	for i := 5; i >= 0; i-- {
		t = strings.ReplaceAll(t, fmt.Sprintf("%%%d ", i), fmt.Sprintf("%%%d ", i+first))
		t = strings.ReplaceAll(t, fmt.Sprintf("%%%d,", i), fmt.Sprintf("%%%d,", i+first))
		t = strings.ReplaceAll(t, fmt.Sprintf("%%%d\n", i), fmt.Sprintf("%%%d\n", i+first))
	}
	return t
}

func hasAttend(m *ir.Module) bool {
	found := false
	m.Body.Walk(func(n *ir.Node, _ int) { found = found || n.Op == ir.Attend })
	return found
}

// total is the contraction of a module as the free dims grow, all pairs of patterns without a formula counted.
func total(t *testing.T, m *ir.Module) *big.Rat {
	t.Helper()
	r, err := cost.Of(m, cost.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := r.Forward.Contraction.Substitute(map[string]ir.Size{r.Batch: ir.Const(1)})
	for _, a := range r.Attention {
		if a.Symbol != "" {
			s = s.Substitute(map[string]ir.Size{a.Symbol: a.Queries.Mul(a.Keys), a.RowSymbol: a.Queries})
		}
	}
	return grown(s)
}
