package lower_test

import (
	"fmt"
	"slices"
	"testing"

	"archc/dsl/lower"
	"archc/ir/eval"
)

// Parts of a stack: one layer, the layer beside the one that runs, a function of every layer.

func TestOneLayer(t *testing.T) {
	p := execute(t, `
s : L * S(l)
r : 3 * B(l)
(x: [T, D]) -> a: [T, D], b: [T, D], c: [D], d: [T, D], e: [T, D] {
  a = s[1](x)
  b = s[1..4][1](x)
  c = s[L - 1].g
  d = s.twice(x)
  e = r(s(x))
  a, b, c, d, e
}
block S(n) {
  g : [D]
  (x: [D]) = x * g + n
  twice(x: [D]) = 2 * x * g - n
}
block B(n) {
  m = n + 1
  (x: [D]) = s[m](x) + s[n].g
}`, inputs(in("x", axis("T", 2), axis("D", 8))))
	g := func(l, d int) float64 { return w(fmt.Sprintf("s.%d.g", l), []int{8}, d) }
	of := func(f func(x float64, d int) float64) func(ix map[string]int) float64 {
		return func(ix map[string]int) float64 { return f(p.x("x", ix["T"], ix["D"]), ix["D"]) }
	}
	p.is("a", of(func(x float64, d int) float64 { return x*g(1, d) + 1 }))
	p.is("b", of(func(x float64, d int) float64 { return x*g(2, d) + 2 }))
	p.is("c", func(ix map[string]int) float64 { return g(3, ix["D"]) })
	p.is("d", of(func(x float64, d int) float64 {
		for l := range 4 {
			x = 2*x*g(l, d) - float64(l)
		}
		return x
	}))
	p.is("e", of(func(x float64, d int) float64 {
		for l := range 4 {
			x = x*g(l, d) + float64(l)
		}
		for n := range 3 {
			x = x*g(n+1, d) + float64(n+1) + g(n, d)
		}
		return x
	}))
}

// Layers that do not run are stored and counted, with all that is in them, whatever makes them differ.
func TestLayersThatDoNotRun(t *testing.T) {
	const few = "s : 12 * S(l)\nblock S(n) { w : D -> D with bias if n % 3 == 0\ni : 2 * RMSNorm(D)\n(x: [T, D]) = w(i(x)) }\n"
	keys := func(call string) []string {
		m := compile(t, header+few+"(x: [T, D]) = "+call+"\n}", lower.Options{})
		run(t, m, inputs(in("x", axis("T", 2), axis("D", 8))))
		shapes, err := eval.StoredShapes(m)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for k := range shapes {
			out = append(out, k)
		}
		slices.Sort(out)
		return out
	}
	want := keys("s(x)")
	if len(want) != 12+4+12*2 {
		t.Fatalf("the whole stack stores %v", want)
	}
	for _, call := range []string{"s[0..3](x)", "s[5](x)", "s[11].w(x)", "s[2..4](s[6..9](x))", "s[0].i[1](x)"} {
		if got := keys(call); !slices.Equal(got, want) {
			t.Errorf("%s: it stores %v, want %v", call, got, want)
		}
	}
}
