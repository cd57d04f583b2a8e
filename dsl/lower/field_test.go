package lower_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/eval"
)

// Fields: keys, stored orders, biases, sharing, buffers.

// keys lists a module's stored tensors with their shapes: "a.weight[6 8]".
func keys(t *testing.T, m *ir.Module) string {
	t.Helper()
	shapes, err := eval.StoredShapes(m)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for key, shape := range shapes {
		out = append(out, key+fmt.Sprint(shape))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestKeysAndStoredShapes(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"w : D -> F with bias\n(x: [T, D]) = w(x)", "w.bias[6] w.weight[6 8]"},
		{"w : D -> H K\n(x: [T, D]) = w(x)", "w.weight[8 8]"},
		{"w : D -> F stored [D, F]\n(x: [T, D]) = w(x)", "w.weight[8 6]"},
		{"w : int V -> D\n(x: int[T]) = w(x)", "w.weight[10 8]"},
		{"w : int V -> D stored [D, V]\n(x: int[T]) = w(x)", "w.weight[8 10]"},
		{"a.b : [D, 1, F]\n(x: [T, D]) = x * a.b", "a.b[8 1 6]"},
		{"g : [D, H K] stored [H, D K]\n(x: [T, D]) = x", "g[4 16]"},
		{"r : []\n(x: [T, D]) = x * r", "r[]"},
		{"n : int[D]\n(x: [T, D]) = x * n", "n[8]"},
		{"w : D -> F with bias as \"\"\n(x: [T, D]) = w(x)", "bias[6] weight[6 8]"},
		{"w : D -> F with bias as \"=w_ih\", \"=b_ih\"\n(x: [T, D]) = w(x)", "b_ih[6] w_ih[6 8]"},
		{"a, b : D -> D with bias as \"x\", \"y\"\n(x: [T, D]) = a(b(x))", "x.bias[8] x.weight[8 8] y.bias[8] y.weight[8 8]"},
		{"a, b : D -> D with bias as \"x\", \"y\", \"p\", \"q\"\n(x: [T, D]) = a(b(x))",
			"p[8] q[8] x.weight[8 8] y.weight[8 8]"},
		{"n = 7\nb : B as \"deep.{n}\"\n(x: [T, D]) = b(x)\nblock B { g : [D]\nh : [D] as \"=k{D}\"\n(x: [D]) = x * g * h }",
			"deep.7.g[8] deep.7.k8[8]"},
		{"b : B as \"\"\n(x: [T, D]) = b(x)\nblock B { g : [D]\n(x: [D]) = x * g }", "g[8]"},
		{"layers : 2 * B\n(x: [T, D]) = layers(x)\nblock B { g : [D]\n(x: [D]) = x * g }", "layers.0.g[8] layers.1.g[8]"},
		{"layers : 2 * B as \"block{l}\"\n(x: [T, D]) = layers(x)\nblock B { g : [D]\n(x: [D]) = x * g }",
			"block0.g[8] block1.g[8]"},
		{"layers : 2 * B(l, l * 2) as \"\"\n(x: [T, D]) = layers(x)\n" +
			"block B(n, m) { next = n + 1\ng : [D] as \"a{n}\"\nh : [D] as \"b{next}\"\ni : [D] as \"c{m}\"\n(x: [D]) = x * g * h * i }",
			"0.a0[8] 0.b1[8] 0.c0[8] 1.a1[8] 1.b2[8] 1.c2[8]"},
		{"used : [D]\nspare : D -> F with bias\nmore : RMSNorm(F)\n(x: [T, D]) = x * used",
			"more.weight[6] spare.bias[6] spare.weight[6 8] used[8]"},
	} {
		m := compile(t, header+c.body+"\n}", lower.Options{})
		if got := keys(t, m); got != c.want {
			t.Errorf("%q stores %s, want %s", c.body, got, c.want)
		}
	}
}

// D -> D: the input is the second stored dim, or the first behind `stored`. A product on both sides goes part by part.
func TestSquareMaps(t *testing.T) {
	p := execute(t, `
a : D -> D
b : D -> D stored [D, D]
c : D -> D stored [D, D] = a
e : H K -> H K stored [H, K, H K]
(x: [T, D]) -> a: [T, D], b: [T, D], c: [T, D], e: [T, D] = a(x), b(x), c(x), e(x)`,
		inputs(in("x", axis("T", 2), axis("D", 8))))
	dot := func(key string, first bool) func(ix map[string]int) float64 {
		return func(ix map[string]int) float64 {
			return sum(8, func(d int) float64 {
				if first {
					return w(key, []int{8, 8}, d, ix["D"]) * p.x("x", ix["T"], d)
				}
				return w(key, []int{8, 8}, ix["D"], d) * p.x("x", ix["T"], d)
			})
		}
	}
	p.is("a", dot("a.weight", false))
	p.is("b", dot("b.weight", true))
	p.is("c", dot("a.weight", true))
	p.is("e", dot("e.weight", true))
}

// A shared tensor is stored once, whatever the dims are called where it is shared; a bias stays its own.
func TestSharing(t *testing.T) {
	text := `
wte  : int V -> D
head : D -> V with bias = if L > 2 then wte else none
g    : [D]
deep : B
(x: int[T]) -> a: [T, V], b: [T, D] { y = wte(x) * g;  head(y), deep(y) }
block B {
  up   : D -> F
  down : F -> D stored [F, D] = up
  h    : [D] = g
  (x: [D]) = down(up(x)) * h
}`
	p := execute(t, text, map[string]*eval.Tensor{"x": {Kind: ir.Int, Axes: []eval.Axis{axis("T", 2)}, Data: []float64{7, 3}}})
	y := func(t, d int) float64 {
		return w("wte.weight", []int{10, 8}, int(p.inputs["x"].Data[t]), d) * w("g", []int{8}, d)
	}
	p.is("a", func(ix map[string]int) float64 {
		return w("head.bias", []int{10}, ix["V"]) +
			sum(8, func(d int) float64 { return y(ix["T"], d) * w("wte.weight", []int{10, 8}, ix["V"], d) })
	})
	p.is("b", func(ix map[string]int) float64 {
		up := func(f, d int) float64 { return w("deep.up.weight", []int{6, 8}, f, d) }
		return w("g", []int{8}, ix["D"]) * sum(6, func(f int) float64 {
			return up(f, ix["D"]) * sum(8, func(d int) float64 { return up(f, d) * y(ix["T"], d) })
		})
	})
	m := compile(t, header+text+"}", lower.Options{})
	if got, want := keys(t, m), "deep.up.weight[6 8] g[8] head.bias[10] wte.weight[10 8]"; got != want {
		t.Errorf("stored: %s, want %s", got, want)
	}
}

func TestBiasIfAndBuffers(t *testing.T) {
	m := compile(t, header+"a : D -> D with bias if L > 9\nb : D -> D with bias if L == 4\nmean : [D] buffer\n"+
		"(x: [T, D]) = a(b(x - mean))\n}", lower.Options{})
	if got, want := keys(t, m), "a.weight[8 8] b.bias[8] b.weight[8 8] mean[8]"; got != want {
		t.Errorf("stored: %s, want %s", got, want)
	}
	m.Body.Walk(func(n *ir.Node, _ int) {
		if a, ok := n.Attr.(*ir.ParamAttr); ok && a.Buffer != (a.Key == "mean") {
			t.Errorf("%s: buffer %v", a.Key, a.Buffer)
		}
	})
}

// Constants of a block that the running program computes are computed where they are used, in every region.
func TestConstantsThatRun(t *testing.T) {
	p := execute(t, `
shared : S
layers : 2 * B
(x: [T, D]) = shared(layers(x))
block B { (x: [T, D]) = shared(x) }
block S {
  ramp, twice = both(3)
  half = ramp / 2
  (x: [T, D]) = attend(x; x, x) { score = sum[D](q*k*half);  mask = i == j } + twice
  both(s) { r = index(D) * s;  r, 2 * s }
}`, inputs(in("x", axis("T", 2), axis("D", 8))))
	p.is("output", func(ix map[string]int) float64 { return p.x("x", ix["T"], ix["D"]) + 18 })
}

func TestFieldMistakes(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"w : D D -> F\n(x: [T, D]) = w(x)", "E305:2"},
		{"w : D -> F F\n(x: [T, D]) = w(x)", "E305:2"},
		{"w : [D, D]\n(x: [T, D]) = x", "E305:2"},
		{"w : [a=D]\n(x: [T, D]) = x", "E502:2"},
		{"w : int V F -> D\n(x: int[T]) = w(x)", "E510:2"},
		{"w : int V\n(x: int[T]) = w(x)", "E210:2"},
		{"w : D -> F stored [D F]\n(x: [T, D]) = w(x)", "E510:2"},
		{"w : D -> F stored []\n(x: [T, D]) = w(x)", "E510:2"},
		{"w : D -> D stored [D D]\n(x: [T, D]) = w(x)", "E510:2"},
		{"w : D -> F buffer\n(x: [T, D]) = w(x)", "E210:2"},
		{"w : [D] with bias\n(x: [T, D]) = x * w", "E210:2"},
		{"w : RMSNorm(D) buffer\n(x: [T, D]) = w(x)", "E210:2"},
		{"w : RMSNorm(D) = w\n(x: [T, D]) = w(x)", "E210:2"},
		{"w : D\n(x: [T, D]) = x", "E210:2"},
		{"w : relu\n(x: [T, D]) = w(x)", "E210:2"},
		{"w : D -> F with bias if T\n(x: [T, D]) = w(x)", "E201:2"},
		{"w : D -> F with bias if L\n(x: [T, D]) = w(x)", "E501:2"},
		{"w : [D] as \"a{\"\n(x: [T, D]) = x * w", "E102:2"},
		{"w : [D] as \"a}b\"\n(x: [T, D]) = x * w", "E102:2"},
		{"w : [D] as \"a{nothing}\"\n(x: [T, D]) = x * w", "E201:2"},
		{"w : [D] as \"a{eps}\"\n(x: [T, D]) = x * w", "E501:2"},
		{"w : [D] as \"a{relu}\"\n(x: [T, D]) = x * w", "E501:2"},
		{"b : B as \"a{\"\n(x: [T, D]) = b(x)\nblock B { (x: [D]) = x }", "E102:2"},
		{"w : D -> F as \"a\", \"b\"\n(x: [T, D]) = w(x)", "E210:2"},
		{"a : D -> F as \"k\"\nb : F -> D as \"k\"\n(x: [T, D]) = b(a(x))", "E312:3"},
		{"a : D -> F\nb : [F] as \"a.weight\"\n(x: [T, D]) = a(x) * b", "E312:3"},
		{"l : 3 * B\nb : [F] as \"l.1.g\"\n(x: [T, D]) = l(x) * b\nblock B { g : [D]\n(x: [D]) = x * g }", "E312:3"},
		{"a : D -> F = c\n(x: [T, D]) = a(x)", "E201:2"},
		{"a : D -> F = relu\n(x: [T, D]) = a(x)", "E312:2"},
		{"a : D -> F = b\nb : F -> D\n(x: [T, D]) = a(x)", "E312:2"},
		{"a : [D] = b\nb : [F]\n(x: [T, D]) = x * a", "E312:2"},
		{"a : [D] = b\nb : int[D]\n(x: [T, D]) = x * a", "E312:2"},
		{"a : [D, F] = b\nb : [F, D]\n(x: [T, D]) = x * a", "E312:2"},
		{"a : [D] = a\n(x: [T, D]) = x * a", "E505:2"},
		{"a : D -> F = if eps then a else none\n(x: [T, D]) = a(x)", "E501:2"},
		{"a : D -> D\n(x: [T, D]) = a.weight", "E201:3"},
		{"a : RMSNorm(D)\n(x: [T, D]) = a.wieght", "E201:3"},
		{"a : RMSNorm(D)\n(x: [T, D]) = a.weight.weight", "E201:3"},
		{"a.b : [D]\n(x: [T, D]) = a.c", "E201:3"},
		{"D : [F]\n(x: [T, D]) = x", "E202:2"},
		{"a = 1\na : [F]\n(x: [T, D]) = x", "E202:3"},
		{"a : [F]\na(x) = x\n(x: [T, D]) = x", "E202:2"},
		{"a(x) = x\nblock a { }\n(x: [T, D]) = x", "E202:3"},
		{"(x: [T, D]) = x\n(x: [T, D]) = x", "E202:3"},
		{"a, D = 1, 2\n(x: [T, D]) = x", "E202:2"},
		{"a, N = 1, 2\n(x: [T, D]) = x", "E502:2"},
		{"N = 1, 2\n(x: [T, D]) = x", "E306:2"},
		{"w : D -> B\n(x: [T, D]) = w(x)\nblock B { }", "E502:2"},
		{"w : D -> F\n(x: [T, D]) = w(x, x)", "E207:3"},
		{"w : D -> F\n(x: [T, D]) = w(x; x)", "E207:3"},
		{"w : D -> F\n(x: [T, D]) = w(x > 0)", "E307:3"},
		{"w : int V -> V\n(x: int[V]) = w(x)", "E305:3"},
	} {
		if got := faults(header+c.body+"\n}", lower.Options{}); got != c.want {
			t.Errorf("%q: %s, want %s", c.body, got, c.want)
		}
	}
}
