package spec_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/ir"
	"archc/ir/eval"
	"archc/passes/plan"
)

// moved are models that compute nothing but which element stands where, or what is true: every bit is that of the
// reference. They are over x: [T, D], whose T is 9.
var moved = []struct{ name, body string }{
	{"split, transpose and merge", "turned(a: [H, K]) -> [K, H] = a\n(x: [T, H K]) -> [T, K H] = turned(x)"},
	{"slice, concat and reverse", "(x: [T, D]) -> [T, D] = cat[T](reverse[T](x)[T: 0..3], x[T: 0..T - 3])"},
	{"pick", "(x: [T, D]) -> [T, D] = x * 0 + x[T: T - 1]"},
	{"windows", "(x: [T, D]) -> [T, D] = maxpool[T](x, window=3, stride=1, pad=1)"},
	{"extremes", "(x: [T, D]) -> a: [T], b: [D], c: [T, D] = max[D](x), min[T](x), max(x, -x)"},
	{"comparisons", "(x: [T, D]) -> a: bool[T, D], b: bool[T, D], c: bool[T] = x > 0.25, !(x <= 0) & x != 1 | x == 0, any[D](x > 0.9)"},
	{"select", "(x: [T, D]) -> [T, D] = if x > 0 then x else -x"},
	{"rounding", "(x: [T, D]) -> a: int[T, D], b: int[T, D], c: int[T, D] = floor(8*x), ceil(8*x), round(8*x)"},
	{"whole numbers", "(x: [T, D]) -> a: int[T, D], b: int[T, D], c: int[T] = round(99*x) div 7, round(99*x) % 7, sum[D](round(99*x))"},
	{"an embedding", "e : int V -> D\n(x: [T, D]) -> [T, D] = e(floor(abs(6*x[D: 0])))"},
	{"a table", "(x: [T, D]) -> [T] = x[D: floor(abs(7*x[D: 1]))]"},
	{"one hot of the largest", "(x: [T, D]) -> bool[T, D] = onehot(top[D](x, 3))"},
	{"largest of equal ones", "(x: [T, D]) -> bool[T, D] = onehot(top[D](floor(2*x), 3))"},
	{"positions", "(x: [T, D]) -> [T] = index(T) * 3 - T"},
}

// added are models that are sums of products of inputs and weights: their error is at most count roundings of the sum of
// the absolute values of the terms, which the same model gives of absolute values.
var added = []struct {
	name, body string
	count      float64
}{
	{"sum", "(x: [T, D]) -> [T] = sum[D](x)", 8},
	{"sum over two axes", "(x: [T, D]) -> [M] = zeros([M]) + sum[T, D](x)", 9 * 8},
	{"mean", "(x: [T, D]) -> [D] = mean[T](x)", 9 + 2},
	{"running sum", "(x: [T, D]) -> [T, D] = cumsum[T](x)", 9},
	{"map", "w : D -> 40\n(x: [T, D]) -> [T, 40] = w(x)", 8},
	{"map by weights from the last to the first", "w : [D, 40]\n(x: [T, D]) -> [T, 40] = sum[D](x * reverse[D](w))", 8},
	{"map with bias", "w : D -> 40 with bias\n(x: [T, D]) -> [T, 40] = w(x)", 8 + 1},
	{"map of two axes", "w : H K -> W\n(x: [T, H K]) -> [T, W] = w(x)", 8},
	{"product of two tensors", "(x: [T, D]) -> [D, T] {\n  y = x[T: 0..T]\n  x * sum[T](x * y)\n}", 9 + 1},
	{"product of three tensors", "w : [D]\n(x: [T, D]) -> [T] = sum[D](x * x * w)", 8 + 2},
	{"convolution", "w : D -> W over T window(3) pad(1)\n(x: [T, D]) -> [T, W] = w(x)", 3 * 8},
	{"convolution in groups", "w : D -> D over T window(3) pad(1) groups(D)\n(x: [T, D]) -> [T, D] = w(x)", 3},
	{"average over keys", "(x: [T, D]) -> [T, D] = attend(x; x, x) { score = i - j;  mask = causal;  norm = 1 + 0*s }", 9 + 2},
}

// absolute are weights without their signs.
type absolute struct{ from eval.Weights }

func (w absolute) Read(key string) ([]int64, []float64, error) {
	shape, data, err := w.from.Read(key)
	for i, x := range data {
		data[i] = math.Abs(x)
	}
	return shape, data, err
}

// formOnEngine runs a form on the engine with each set of switches of its plan.
func formOnEngine(t *testing.T, m *ir.Module, w *rounded, inputs map[string]*eval.Tensor, crew *kernel.Crew, each func(name string, got map[string]gograph.Array)) {
	t.Helper()
	for _, s := range []plan.Options{{}, {Rowwise: true, Apart: true}} {
		p, err := plan.Of(behind(t, m), s)
		if err != nil {
			t.Fatal(err)
		}
		engine, err := gograph.New(p, gograph.NewWeights(w, kernel.Float32), crew)
		if err != nil {
			t.Fatal(err)
		}
		engine.Poison()
		got, err := engine.Run(t.Context(), arrays(inputs), nil)
		if err != nil {
			t.Fatal(err)
		}
		each(fmt.Sprintf("%+v", s), got)
	}
}

// TestEngineMoves asks for the reference's bits of what is not computed.
func TestEngineMoves(t *testing.T) {
	crew := gograph.Crew(1)
	defer crew.Close()
	r := rand.New(rand.NewPCG(5, 6))
	for _, c := range moved {
		t.Run(c.name, func(t *testing.T) {
			m := compile(t, "form.arch", formText(c.body), nil)
			hash, err := eval.NewHashWeights(m)
			if err != nil {
				t.Fatal(err)
			}
			w, inputs := newRounded(hash), random(r, m, 9)
			roundInputs(inputs)
			want := run(t, m, w, inputs, eval.Options{})
			formOnEngine(t, m, w, inputs, crew, func(name string, got map[string]gograph.Array) {
				for o, x := range want.Outputs {
					for i, v := range x.Data {
						if math.Float32bits(float32(v)) != math.Float32bits(got[o].Data[i]) {
							t.Fatalf("%s: element %d of %s is %v, in the reference %v", name, i, o, got[o].Data[i], v)
						}
					}
				}
			})
		})
	}
}

// TestEngineSums holds each op that adds to its count of roundings.
func TestEngineSums(t *testing.T) {
	crew := gograph.Crew(1)
	defer crew.Close()
	r := rand.New(rand.NewPCG(7, 8))
	for _, c := range added {
		t.Run(c.name, func(t *testing.T) {
			m := compile(t, "form.arch", formText(c.body), nil)
			hash, err := eval.NewHashWeights(m)
			if err != nil {
				t.Fatal(err)
			}
			w, inputs := newRounded(hash), random(r, m, 9)
			roundInputs(inputs)
			sizes := map[string]*eval.Tensor{}
			for name, x := range inputs {
				y := &eval.Tensor{Kind: x.Kind, Axes: x.Axes}
				for _, v := range x.Data {
					y.Data = append(y.Data, math.Abs(v))
				}
				sizes[name] = y
			}
			want := run(t, m, w, inputs, eval.Options{})
			terms := run(t, m, absolute{w}, sizes, eval.Options{})
			worst := 0.0
			formOnEngine(t, m, w, inputs, crew, func(name string, got map[string]gograph.Array) {
				for o, x := range want.Outputs {
					for i, v := range x.Data {
						allowed := c.count * unit * terms.Outputs[o].Data[i]
						if d := math.Abs(float64(got[o].Data[i]) - v); d > 0 {
							worst = max(worst, d/allowed)
						}
					}
				}
			})
			t.Logf("%.2f of %v roundings", worst, c.count)
			if !(worst <= 1) || worst == 0 {
				t.Errorf("%.2f of what %v roundings allow", worst, c.count)
			}
		})
	}
}

// TestEngineForms computes each way of reading earlier rows in pieces.
func TestEngineForms(t *testing.T) {
	crew := gograph.Crew(1)
	defer crew.Close()
	r := rand.New(rand.NewPCG(9, 10))
	for k, c := range decodeForms {
		t.Run(c.name, func(t *testing.T) {
			m := compile(t, "form.arch", formText(c.body), nil)
			hash, err := eval.NewHashWeights(m)
			if err != nil {
				t.Fatal(err)
			}
			w, inputs := newRounded(hash), random(r, m, 9)
			roundInputs(inputs)
			j, err := newJudge(context.Background(), m, w, inputs)
			if err != nil {
				t.Fatal(err)
			}
			plans, err := plansOf(m)
			if err != nil {
				t.Fatal(err)
			}
			if err := engineWhole(t.Context(), plans.whole, w, inputs, crew, j); err != nil {
				t.Fatal(err)
			}
			if err := engineStepwise(t.Context(), m, plans, w, inputs, crew, uint64(k), j); err != nil {
				t.Fatal(err)
			}
			if err := j.broken(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestEngineLastRow: a product of what has rows with what has none is added in the same order for the last row alone.
func TestEngineLastRow(t *testing.T) {
	crew := gograph.Crew(1)
	defer crew.Close()
	m, w := formCase(t, `align : KernelAlign(D, M)
(x: [T, D], y: [S, D]) -> [T, D] = attend(x; y, y) { score = align(q, k);  norm = linear }`)
	plans, err := plansOf(m)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(12) {
		inputs := random(rand.New(rand.NewPCG(seed, 3)), m, 9)
		roundInputs(inputs)
		j, err := newJudge(t.Context(), m, w, inputs)
		if err != nil {
			t.Fatal(err)
		}
		if err := engineStepwise(t.Context(), m, plans, w, inputs, crew, seed, j); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}
