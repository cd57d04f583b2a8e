package spec_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"archc/ir"
	"archc/ir/diag"
	"archc/ir/eval"
	"archc/passes/decode"
)

// decodeForms are ways in which a row reads earlier ones, with the states that follow: kind, name and type of each.
var decodeForms = []struct {
	name   string
	body   string // of a model with D=8, H=2, K=D/H, M=3, V=7, W=6, over (x: [T, D])
	states []string
}{
	{"pointwise", "up : D -> W\n(x: [T, D]) -> [T, W] = tanh(up(x)) * index(T)", nil},
	{"causal", "q, k, v : D -> H K\n(x: [T, D]) -> [T, H, K] = attend(q(x); rope(k(x)), v(x)) { score = sum[K](q*k);  mask = causal }",
		[]string{"cache a [T=past, H, K]", "cache v [T=past, H, K]"}},
	{"many heads", "q, k, v : D -> W\n(x: [T, D]) -> [T, W] = attend(q(x); k(x) + 1, v(x) + 1) { score = sum[W](q*k);  mask = causal }",
		[]string{"cache k [T=past, W]", "cache v [T=past, W]"}},
	{"window", "q : D -> W\n(x: [T, D]) -> [T, W] = attend(q(x); tanh(q(x)), q(x) + 1) { score = sum[W](q*k);  mask = causal & window(3) }",
		[]string{"ring q [T=min(2, past), W]", "ring q#2 [T=min(2, past), W]"}},
	{"keys by no bound", "(x: [T, D]) -> [T, D] = attend(x; x, x) { score = sum[D](q*k);  mask = causal & (i - 2*j < 5) & (j*j + 1 <= 3*i + 2) & (-(j*2) < 9) }", nil},
	{"window and sinks", "(x: [T, D]) -> [T, D] = attend(x; x, x) { score = sum[D](q*k);  mask = causal & (window(3) | sink(2)) }",
		[]string{"ring x.past [T=min(2, max(0, past - 2)) + min(2, past), D]"}},
	{"sinks alone", "(x: [T, D]) -> [T, D] = attend(x; x, x) { score = sum[D](q*k);  mask = causal & j < 2 }",
		[]string{"ring x.past [T=min(2, past), D]"}},
	{"two windows", `(x: [T, D]) -> [T, D] = attend(x; x, x) { score = sum[D](q*k);  mask = causal & window(2) } +
  attend(x; x, x) { score = sum[D](q*k);  mask = causal & window(4) }`, []string{"ring x.past [T=min(3, past), D]"}},
	{"a table by key", "(x: [T, D], valid: bool[T] = true) -> [T, D] = attend(x; x, x) { score = sum[D](q*k);  mask = causal & valid[j] }",
		[]string{"cache x.past [T=past, D]", "cache valid.past [T=past]"}},
	{"a table by query", "(x: [T, D], valid: bool[T] = true) -> [T, D] = attend(x; x, x) { score = sum[D](q*k);  mask = causal & valid[i] }",
		[]string{"cache x.past [T=past, D]"}},
	{"a table by distance", "rel : [16]\n(x: [T, D]) -> [T, D] = attend(x; x, x) { score = sum[D](q*k) + rel[min(i - j, 15)];  mask = causal }",
		[]string{"cache x.past [T=past, D]"}},
	{"first row", "(x: [T, D]) -> [T, D] = x - x[T: 0]", []string{"carry x.first [D]"}},
	{"row before", "(x: [T, D]) -> [T, D] = x - cat[T](zeros([1, D]), x[T: 0..T - 1])", []string{"ring x.past [T=1, D]"}},
	{"two rows before", "before(x: [T, D]) = cat[T](zeros([1, D]) + 3, x[T: 0..T - 1])\n(x: [T, D]) -> [T, D] = x - before(before(x))", nil},
	{"convolution", "w : D -> W over T window(3) dilate(2) pad(4, 0)\n(x: [T, D]) -> [T, W] = w(x)", []string{"ring x.past [T=4, D]"}},
	{"running sum", "(x: [T, D]) -> [T, D] = cumsum[T](x) / (index(T) + 1)", []string{"carry x.sum [D]"}},
	{"recurrence", "u : D -> D\n(x: [T, D]) -> [T, D] {\n  last, ys = scan(y in x; h = zeros([D])) { h = tanh(y + u(h) + 1);  yield h }\n  ys\n}",
		[]string{"carry h [D]"}},
	{"recurrence from the first row", "u : D -> D\n(x: [T, D]) -> [T, D] {\n  last, ys = scan(y in x; h = x[T: 0]) { h = tanh(y + u(h));  yield h }\n  ys\n}",
		[]string{"carry h [D]", "carry x.first [D]"}},
	{"last state", "u : D -> D\n(x: [T, D]) -> all: [T, D], last: [D] {\n  last, ys = scan(y in x; h = zeros([D])) { h = tanh(y + u(h) + 1);  yield h }\n  ys, last\n}",
		[]string{"carry h [D]"}},
	{"sums over all rows", "(x: [T, D]) -> a: [T, D], b: [D], c: [D], d: [D] = x, sum[T](x), max[T](x), min[T](x)", nil},
	{"last row", "(x: [T, D]) -> a: [T, D], b: [D], c: [D] = x, x[T: T - 1], tanh(x[T: T - 2])", nil},
	{"a query of all rows", "w : [D]\n(x: [T, D]) -> a: [T, D], b: [D] = x, attend(w; x, x) { score = sum[D](q*k) }", []string{"cache x.past [T=past, D]"}},
	{"another sequence", "k, v : D -> W + 1\nq : D -> W + 1\n(x: [T, D], y: [S, D]) -> [T, W + 1] = attend(q(x); k(y), v(y)) { score = sum[W + 1](q*k) }", nil},
	{"layers", "layers : M * Layer\n(x: [T, D]) -> [T, D] = layers(x)\nblock Layer {\n  q, k : D -> W\n  v : D -> D\n  (x: [T, D]) = x + attend(q(x); tanh(k(x)), tanh(v(x))) { score = sum[W](q*k);  mask = causal }\n}",
		[]string{"cache layers.{l}.k [l=3, T=past, W]", "cache layers.{l}.v [l=3, T=past, D]"}},
	{"layers in layers", "outer : M * Outer\n(x: [T, D]) -> [T, D] = outer(x)\nblock Outer {\n  inner : 2 * Inner\n  (x: [T, D]) = inner(x)\n}\nblock Inner {\n  q : D -> W\n  (x: [T, D]) = x + cumsum[T](tanh(x))\n}", nil},
	{"one cache for all layers", "layers : M * Layer\nk : D -> W\n(x: [T, D]) -> [T, D] = layers(x, tanh(k(x)))\nblock Layer {\n  q : D -> W\n  (x: [T, D], keys: [T, W]) = x + attend(q(x); keys, tanh(x)) { score = sum[W](q*keys);  mask = causal }\n}",
		[]string{"cache k [T=past, W]", "cache layers.{l}.x [l=3, T=past, D]"}},
	{"layers over another sequence", "layers : M * Layer\n(x: [T, D], y: [S, D]) -> [T, D] = layers(x, tanh(y))\nblock Layer {\n  q, k, v : D -> D\n  (x: [T, D], y: [S, D]) = x + attend(q(x); k(y), v(y)) { score = sum[D](q*k) }\n}", nil},
	{"running sums of features", `q, k, v : D -> W
(x: [T, D]) -> [T, W] = attend(q(x); k(x), v(x)) { score = sum[W](q*k);  mask = causal;  norm = s }`, []string{"carry k.sum [W.2, W]"}},
	{"features, some of them masked", `q, k, v : D -> W
(x: [T, D], valid: bool[T] = true) -> [T, W] = attend(q(x); k(x), v(x)) { score = sum[W](q*k);  mask = causal & valid[j];  norm = s }`,
		[]string{"cache k [T=past, W]", "cache v [T=past, W]", "cache valid.past [T=past]"}},
	{"experts", "gate : D -> M\nexperts : M * SwiGLU(D, W)\n(x: [T, D]) -> [T, D] {\n  p = softmax[M](gate(x))\n  r = top[M](p, 2)\n  sum[e in r](p[M: e] * experts[e](x))\n}", nil},
}

// looksAhead are forms whose rows hang on rows to come, with a part of the message.
var looksAhead = []struct{ body, says string }{
	{"(x: [T, D]) -> [T, D] = attend(x; x, x) { score = sum[D](q*k) }", "(i=0, j=1)"},
	{"(x: [T, D]) -> [T, D] = attend(x; x, x) { score = sum[D](q*k);  mask = causal | j == i + 1 }", "(i=0, j=1)"},
	{"(x: [T, D], seen: bool[T]) -> [T, D] = attend(x; x, x) { score = sum[D](q*k);  mask = seen[j] }", "behind the query"},
	{"(x: [T, D]) -> [T, D] = x / max[T](x)", "it takes the max over all rows"},
	{"(x: [T, D]) -> [T, D] = x * T", "it is the number of rows of the whole sequence"},
	{"(x: [T, D]) -> [T, D] = x - x[T: T - 1]", "it takes a row counted from the end"},
	{"(x: [T, D]) -> [T, D] = reverse[T](x)", "it turns the sequence around"},
	{"(x: [T, D]) -> [T, D] {\n  last, ys = scan(y in x; h = zeros([D])) { h = tanh(y + h);  yield h }\n  ys + last\n}",
		"it is what the last row leaves"},
	{"w : D -> D over T window(3) pad(1)\n(x: [T, D]) -> [T, D] = w(x)", "its windows reach 1 rows ahead"},
	{"w : [D]\n(x: [T, D]) -> [T, D] = x + attend(w; x, x) { score = sum[D](q*k) }", "it looks at all rows"},
	{"layers : M * Layer\n(x: [T, D]) -> [T, D] = layers(x)\nblock Layer { (x: [T, D]) = x - sum[T](x) }", "it takes the sum over all rows"},
	{"(x: [T, D]) -> [T, D] {\n  r = top[T](x, 1)\n  if onehot(r) then x else 0\n}", "it chooses among all rows"},
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range looksAhead {
		m := compile(t, "form.arch", formText(c.body), nil)
		_, fault := decode.Derive(m, "")
		if fault == nil {
			t.Errorf("%s\nis derived", c.body)
			continue
		}
		var b strings.Builder
		_ = diag.Human(&b, []*diag.Diagnostic{fault})
		t.Log("\n" + b.String())
		if !strings.Contains(b.String(), c.says) || fault.Help == "" || fault.Span.Src == nil {
			t.Errorf("%s\nsays\n%s", c.body, b.String())
		}
	}
}

func formText(body string) string {
	return "model Form(D=8, H=2, K=D/H, M=3, V=7, W=6) {\n" + body + "\n}"
}

// random fills the inputs of a module: N rows along T, five along S.
func random(r *rand.Rand, m *ir.Module, n int) map[string]*eval.Tensor {
	env := map[string]int64{"T": int64(n), "S": 5}
	out := map[string]*eval.Tensor{}
	for _, in := range m.Inputs {
		x := &eval.Tensor{Kind: in.Type().Kind}
		size := int64(1)
		for _, a := range in.Type().Axes {
			k, _ := a.Size.Eval(env)
			x.Axes = append(x.Axes, eval.Axis{Label: a.Label, Size: int(k.Num().Int64())})
			size *= k.Num().Int64()
		}
		for range size {
			switch x.Kind {
			case ir.Real:
				x.Data = append(x.Data, r.Float64()*2-1)
			default:
				x.Data = append(x.Data, float64(r.IntN(2)))
			}
		}
		out[in.Name] = x
	}
	return out
}

func TestDecodeForms(t *testing.T) {
	for _, c := range decodeForms {
		t.Run(c.name, func(t *testing.T) {
			m := compile(t, "form.arch", formText(c.body), nil)
			p, fault := derive(t, m)
			if fault != nil {
				t.Fatal(fault)
			}
			var got []string
			for _, s := range p.States {
				got = append(got, fmt.Sprintf("%s %s %s", s.Kind, s.In, long(s.Type)))
			}
			t.Logf("%q", got)
			if c.states != nil && strings.Join(got, "\n") != strings.Join(c.states, "\n") {
				t.Errorf("states\n%q, want\n%q", got, c.states)
			}
			w, err := eval.NewHashWeights(m)
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(3, 4))
			for range 4 {
				n := 5 + r.IntN(5)
				inputs := random(r, m, n)
				for _, sizes := range chunks(r, n) {
					if d := pieces(t, m, p, w, inputs, sizes); d > 1e-12 {
						t.Errorf("in pieces of %v it differs by %g of the largest", sizes, d)
					}
				}
			}
		})
	}
}

// long is a type with its sizes.
func long(t ir.Type) string {
	var parts []string
	for _, a := range t.Axes {
		s := strings.TrimSuffix(a.Label, "'") // whether rows are kept before or behind their renaming does not matter
		if !a.Size.Equal(ir.Free(s)) && len(a.Size.Frees()) > 0 || a.Label == strings.ToLower(a.Label) || a.Label == "T" {
			s += "=" + a.Size.String()
		}
		parts = append(parts, s)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
