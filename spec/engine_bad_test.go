package spec_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/ir"
	"archc/ir/eval"
	"archc/passes/plan"
)

// edited are weights with some elements replaced.
type edited struct {
	from eval.Weights
	key  string
	at   int
	by   float64
}

func (w edited) Read(key string) ([]int64, []float64, error) {
	shape, data, err := w.from.Read(key)
	if err == nil && key == w.key {
		data = slices.Clone(data)
		data[w.at] = w.by
	}
	return shape, data, err
}

// formCase is a form with weights; inputs are given by each test.
func formCase(t *testing.T, body string) (*ir.Module, *rounded) {
	t.Helper()
	m := compile(t, "form.arch", formText(body), nil)
	hash, err := eval.NewHashWeights(m)
	if err != nil {
		t.Fatal(err)
	}
	return m, newRounded(hash)
}

// inBothWays runs a form whole, planned as usual and op by op, and by its steps, against the reference.
func inBothWays(t *testing.T, m *ir.Module, w *rounded, inputs map[string]*eval.Tensor) {
	t.Helper()
	crew := gograph.Crew(2)
	defer crew.Close()
	j, err := newJudge(t.Context(), m, w, inputs)
	if err != nil {
		t.Fatal(err)
	}
	plans, err := plansOf(m)
	if err != nil {
		t.Fatal(err)
	}
	apart, err := plan.Of(plans.behind, plan.Options{Rowwise: true, Apart: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]*plan.Plan{"as usual": plans.whole, "op by op": apart} {
		if err := engineWhole(t.Context(), p, w, inputs, crew, j); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := j.broken(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := engineStepwise(t.Context(), m, plans, w, inputs, crew, 1, j); err != nil {
		t.Fatalf("in pieces: %v", err)
	}
	if err := j.broken(); err != nil {
		t.Errorf("in pieces: %v", err)
	}
}

func realRows(n int, f func(t, d int) float64) map[string]*eval.Tensor {
	x := &eval.Tensor{Kind: ir.Real, Axes: []eval.Axis{{Label: "T", Size: n}, {Label: "D", Size: 8}}}
	for t := range n {
		for d := range 8 {
			x.Data = append(x.Data, single(f(t, d)))
		}
	}
	return map[string]*eval.Tensor{"x": x}
}

// bad are inputs at the edge of float32 and beyond it; the reference says what comes of them.
var bad = []struct {
	name, body string
	rows       int
	x          func(t, d int) float64
}{
	{"NaN in one row", "w : D -> W\n(x: [T, D]) -> [T, W] = tanh(w(x))", 5, at(2, 3, math.NaN())},
	{"an infinity in one row", "w : D -> W\n(x: [T, D]) -> [T, W] = w(x)", 5, at(2, 3, math.Inf(1))},
	{"infinities of both signs", "(x: [T, D]) -> [T] = sum[D](x)", 5, func(t, d int) float64 {
		return map[int]float64{3: math.Inf(1), 4: math.Inf(-1 + 2*(t%2))}[d]
	}},
	{"NaN is the largest", "(x: [T, D]) -> a: [T], b: [T] = max[D](x), min[D](x)", 5, at(2, 3, math.NaN())},
	{"a softmax over infinities", "(x: [T, D]) -> [T, D] = softmax[D](x)", 5, at(2, 3, math.Inf(-1))},
	{"overflow of a function", "(x: [T, D]) -> [T, D] = exp(100 * x) - exp(-100 * x)", 4, func(t, d int) float64 { return float64(t - 2) }},
	{"division by zero", "(x: [T, D]) -> a: [T, D], b: [T, D] = 1 / x, x / x", 4, func(t, d int) float64 { return float64(t - 2) }},
	{"roots and logarithms of negative numbers", "(x: [T, D]) -> a: [T, D], b: [T, D], c: [T, D] = sqrt(x), log(x), rsqrt(x)", 4,
		func(t, d int) float64 { return float64(t - 2) }},
	{"a norm of the zero row", "n : RMSNorm(D)\n(x: [T, D]) -> [T, D] = n(x)", 3, func(int, int) float64 { return 0 }},
	{"numbers below the normal ones", "w : D -> W\n(x: [T, D]) -> a: [T, D], b: [T, W] = x * 0.5 + x, w(x)", 4,
		func(t, d int) float64 { return float64(t*8+d+1) * 1e-43 }},
	{"numbers near the largest", "(x: [T, D]) -> [T, D] = x * 0.5 + x * 0.25", 4, func(t, d int) float64 { return 3e38 }},
	{"the sign of zero", "(x: [T, D]) -> a: [T, D], b: [T, D] = 1 / (x * 0), -x", 4, func(t, d int) float64 { return float64(2*(d%2) - 1) }},
	{"equal numbers", "(x: [T, D]) -> bool[T, D] = onehot(top[D](x, 3))", 4, func(t, d int) float64 { return float64(d / 3) }},
	{"scores that differ by hundreds", "(x: [T, D]) -> [T, D] = attend(x; x, x) { score = 100 * sum[D](q*k);  mask = causal }", 20,
		func(t, d int) float64 { return float64((t*7+d*3)%11) - 5 }},
	{"scores of minus infinity", "(x: [T, D]) -> [T, D] = attend(x; x, x) { score = if j <= i then sum[D](q*k) else -inf }", 20,
		func(t, d int) float64 { return float64((t*7+d*3)%11)/5 - 1 }},
	{"one row", "q : D -> W\n(x: [T, D]) -> [T, D] = attend(q(x); q(x), x) { score = sum[W](q*k);  mask = causal }", 1, at(0, 0, 1)},
	{"no row", "q : D -> W\n(x: [T, D]) -> [T, D] = attend(q(x); q(x), x) { score = sum[W](q*k);  mask = causal }", 0, nil},
	{"no row of a recurrence", recurs, 0, nil},
	{"no row of a convolution", filtered, 0, nil},
}

// at is a number in one place, small numbers elsewhere.
func at(row, col int, x float64) func(t, d int) float64 {
	return func(t, d int) float64 {
		if t == row && d == col {
			return x
		}
		return float64(t+d)/8 - 0.5
	}
}

func TestEngineBadInputs(t *testing.T) {
	for _, c := range bad {
		t.Run(c.name, func(t *testing.T) {
			m, w := formCase(t, c.body)
			inBothWays(t, m, w, realRows(c.rows, c.x))
		})
	}
}

// TestEngineBadWeights: a NaN or an infinity among the weights reaches what reads it, as in the reference, and nothing else.
func TestEngineBadWeights(t *testing.T) {
	body := `e : int V -> D
q, k : D -> W
(ids: int[T]) -> [T, D] {
  x = e(ids)
  x + attend(q(x); k(x), tanh(x)) { score = sum[W](q*k);  mask = causal }
}`
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, key := range []string{"e.weight", "q.weight"} {
			if key == "q.weight" && !math.IsNaN(x) {
				continue // TestEngineBadScores
			}
			m, w := formCase(t, body)
			w = newRounded(edited{w.from, key, 5*8 + 3, x})
			ids := []float64{1, 2, 3, 4, 0, 6, 6, 1}
			if key == "e.weight" { // the row of word 5 is read last
				ids = append(ids, 5)
			}
			inputs := map[string]*eval.Tensor{"ids": {Kind: ir.Int, Axes: []eval.Axis{{Label: "T", Size: len(ids)}}, Data: ids}}
			t.Run(fmt.Sprint(key, " ", x), func(t *testing.T) {
				crew := gograph.Crew(1)
				defer crew.Close()
				plans, err := plansOf(m)
				if err != nil {
					t.Fatal(err)
				}
				model, err := gograph.NewModel(plans.program, gograph.NewWeights(w, kernel.Float32), crew)
				if err != nil {
					t.Fatal(err)
				}
				// Token by token: a query of the same piece that does not see the key may be NaN too.
				got, err := enginePieces(t.Context(), model, "T", inputs, 1, inChunks(len(ids), 1))
				if err != nil {
					t.Fatal(err)
				}
				j, err := newJudge(t.Context(), m, w, inputs)
				if err != nil {
					t.Fatal(err)
				}
				j.sees("output", joined(got["output"], "T"))
				if err := j.broken(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestEngineBadNeighbour: NaN in one sequence of a batch leaves the bits of the others.
func TestEngineBadNeighbour(t *testing.T) {
	crew := gograph.Crew(2)
	defer crew.Close()
	for name, body := range map[string]string{
		"attention": "q, k : D -> H K\n(x: [T, D]) -> [T, D] = attend(q(x); k(x), x) { score = sum[H, K](q*k);  mask = causal }",
		"experts":   plantedModels["experts"], "recurrence": recurs, "convolution": filtered,
	} {
		m, w := formCase(t, body)
		plans, err := plansOf(m)
		if err != nil {
			t.Fatal(err)
		}
		engine, err := gograph.New(plans.whole, gograph.NewWeights(w, kernel.Float32), crew)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 9))
		clean := gograph.Array{Axes: []gograph.Axis{{Label: plan.Batch, Size: 3}, {Label: "T", Size: 19}, {Label: "D", Size: 8}}}
		for range 3 * 19 * 8 {
			clean.Data = append(clean.Data, r.Float32()*2-1)
		}
		dirty := clean
		dirty.Data = slices.Clone(clean.Data)
		for i := range 19 * 8 {
			dirty.Data[19*8+i] = float32(math.NaN())
		}
		before, err := engine.Run(t.Context(), map[string]gograph.Array{"x": clean}, nil)
		if err != nil {
			t.Fatal(err)
		}
		after, err := engine.Run(t.Context(), map[string]gograph.Array{"x": dirty}, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		n := len(before["output"].Data) / 3
		for _, k := range []int{0, 2} {
			a := gograph.Array{Data: before["output"].Data[k*n : (k+1)*n]}
			b := gograph.Array{Data: after["output"].Data[k*n : (k+1)*n]}
			if !sameBits(a, b) {
				t.Errorf("%s: sequence %d has other bits beside NaN", name, k)
			}
		}
	}
}

// TestEngineBadMask: rows that see no key are 0.
func TestEngineBadMask(t *testing.T) {
	for _, norm := range []string{"", ";  norm = softmax1", ";  norm = sparsemax", ";  norm = sigmoid(s)"} {
		m, w := formCase(t, "(x: [T, D], seen: bool[T]) -> [T, D] = attend(x; x, x) { score = sum[D](q*k);  mask = causal & seen[j]"+norm+" }")
		inputs := realRows(21, at(0, 0, 0.5))
		seen := &eval.Tensor{Kind: ir.Bool, Axes: []eval.Axis{{Label: "T", Size: 21}}, Data: make([]float64, 21)}
		for i := 6; i < 21; i += 2 {
			seen.Data[i] = 1
		}
		inputs["seen"] = seen
		inBothWays(t, m, w, inputs)
		crew := gograph.Crew(1)
		formOnEngine(t, m, w, inputs, crew, func(name string, got map[string]gograph.Array) {
			for i, v := range got["output"].Data[:6*8] {
				if math.Float32bits(v) != 0 {
					t.Fatalf("%s: element %d of a row without keys is %v", name, i, v)
				}
			}
		})
		crew.Close()
	}
}

// TestEngineBadScores: attention in lanes takes a key whose score is minus infinity for one that the query does not see, so
// that a row of such scores is 0; op by op it is NaN, as in the reference.
func TestEngineBadScores(t *testing.T) {
	m, w := formCase(t, "(x: [T, D]) -> [T, D] = attend(x; x, x) { score = if j < i then sum[D](q*k) else -inf;  mask = causal }")
	inputs := realRows(20, at(0, 0, 0.5))
	want := run(t, m, w, inputs, eval.Options{}).Outputs["output"].Data
	crew := gograph.Crew(1)
	defer crew.Close()
	formOnEngine(t, m, w, inputs, crew, func(name string, got map[string]gograph.Array) {
		lanes := name == fmt.Sprintf("%+v", plan.Options{})
		for i, v := range got["output"].Data {
			switch {
			case i < 8 && lanes && v != 0, i < 8 && !lanes && v == v, i < 8 && !math.IsNaN(want[i]):
				t.Fatalf("%s: element %d is %v, in the reference %v", name, i, v, want[i])
			case i >= 8 && math.Abs(float64(v)-want[i]) > 1e-6:
				t.Fatalf("%s: element %d is %v, in the reference %v", name, i, v, want[i])
			}
		}
	})
}

// TestEngineBadIndex: an index outside of its table is an error that names the scope; so is an expert that is none.
func TestEngineBadIndex(t *testing.T) {
	crew := gograph.Crew(2)
	defer crew.Close()
	for _, c := range []struct{ body, scope, says string }{
		{"layer : Layer\n(x: [T, D]) -> [T, D] = layer(x)\nblock Layer {\n  e : int V -> D\n  (x: [T, D]) -> [T, D] = e(floor(9 * x[D: 0]))\n}", "layer", "9"},
		{"layer : Layer\n(x: [T, D]) -> [T] = layer(x)\nblock Layer {\n  (x: [T, D]) -> [T] = x[D: floor(9 * x[D: 1])]\n}", "layer", "9"},
		{"layer : Layer\n(x: [T, D]) -> [T, D] = layer(x)\nblock Layer {\n  rel : [4]\n  (x: [T, D]) -> [T, D] = attend(x; x, x) { score = sum[D](q*k) + rel[i - j];  mask = causal }\n}", "layer", "4"},
	} {
		m, w := formCase(t, c.body)
		for _, s := range []plan.Options{{}, {Rowwise: true, Apart: true}} {
			p, err := plan.Of(behind(t, m), s)
			if err != nil {
				t.Fatal(err)
			}
			engine, err := gograph.New(p, gograph.NewWeights(w, kernel.Float32), crew)
			if err != nil {
				t.Fatal(err)
			}
			_, err = engine.Run(t.Context(), arrays(realRows(20, func(int, int) float64 { return 1 })), nil)
			var at *gograph.Located
			if !errors.As(err, &at) || at.Scope != c.scope || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s\n%+v: %v", c.body, s, err)
			}
			t.Log(err)
		}
	}
}

// TestEngineBadSizes: a batch of none gives none; what is missing or has another size is an error.
func TestEngineBadSizes(t *testing.T) {
	crew := gograph.Crew(2)
	defer crew.Close()
	m, w := formCase(t, plantedModels["layers"])
	plans, err := plansOf(m)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := gograph.New(plans.whole, gograph.NewWeights(w, kernel.Float32), crew)
	if err != nil {
		t.Fatal(err)
	}
	axes := func(batch, rows, width int) gograph.Array {
		return gograph.Array{Axes: []gograph.Axis{{Label: plan.Batch, Size: batch}, {Label: "T", Size: rows}, {Label: "D", Size: width}},
			Data: make([]float32, batch*rows*width)}
	}
	for _, n := range [][2]int{{0, 5}, {2, 0}, {0, 0}, {1, 1}} {
		got, err := engine.Run(t.Context(), map[string]gograph.Array{"x": axes(n[0], n[1], 8)}, nil)
		if err != nil || len(got["output"].Data) != n[0]*n[1]*7 {
			t.Errorf("batch %d, %d rows: %d numbers, %v", n[0], n[1], len(got["output"].Data), err)
		}
	}
	short := axes(1, 5, 8)
	short.Data = short.Data[:39]
	for name, in := range map[string]map[string]gograph.Array{
		"no input": {}, "another width": {"x": axes(1, 5, 7)}, "fewer numbers than axes say": {"x": short},
		"another axis": {"x": {Axes: []gograph.Axis{{Label: "S", Size: 5}, {Label: "D", Size: 8}}, Data: make([]float32, 40)}},
	} {
		if _, err := engine.Run(t.Context(), in, nil); err == nil {
			t.Errorf("%s is no error", name)
		} else {
			t.Logf("%s: %v", name, err)
		}
	}
}
