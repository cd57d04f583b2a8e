package lower_test

import (
	"testing"

	"archc/dsl/lower"
)

// Facts H = G R, products and sums of dims: what splits and merges by itself, and what never does.

func TestProductsSplitAndResultsMerge(t *testing.T) {
	p := execute(t, `
q : D -> H K
k : D -> G K
(x: [T, D]) -> a: [T, H], b: [T, D], c: [T, G, R, K], d: [T, H] {
  s = sum[K](q(x) * k(x))
  m = max(s, 0) * index(H)
  s, q(x), q(x), m
}`, inputs(in("x", axis("T", 2), axis("D", 8))))
	q := func(t, h, k int) float64 {
		return sum(8, func(d int) float64 { return w("q.weight", []int{8, 8}, h*2+k, d) * p.x("x", t, d) })
	}
	key := func(t, g, k int) float64 {
		return sum(8, func(d int) float64 { return w("k.weight", []int{4, 8}, g*2+k, d) * p.x("x", t, d) })
	}
	score := func(t, h int) float64 {
		return sum(2, func(k int) float64 { return q(t, h, k) * key(t, h/2, k) })
	}
	p.is("a", func(ix map[string]int) float64 { return score(ix["T"], ix["H"]) })
	p.is("b", func(ix map[string]int) float64 { return q(ix["T"], ix["D"]/2, ix["D"]%2) })
	p.is("c", func(ix map[string]int) float64 { return q(ix["T"], ix["G"]*2+ix["R"], ix["K"]) })
	p.is("d", func(ix map[string]int) float64 {
		return max(score(ix["T"], ix["H"]), 0) * float64(ix["H"])
	})
}

func TestNamedProductsAndSums(t *testing.T) {
	p := execute(t, `
N = 3 F
S = F + G K
up : D -> N
mix : D -> S
(x: [T, D]) -> a: [T, 3, F], b: [T, F], c: [T, G, K] {
  u, v = mix(x)
  up(x), u, v
}`, inputs(in("x", axis("T", 2), axis("D", 8))))
	dot := func(key string, rows, row, t int) float64 {
		return sum(8, func(d int) float64 { return w(key, []int{rows, 8}, row, d) * p.x("x", t, d) })
	}
	p.is("a", func(ix map[string]int) float64 { return dot("up.weight", 18, ix["3"]*6+ix["F"], ix["T"]) })
	p.is("b", func(ix map[string]int) float64 { return dot("mix.weight", 10, ix["F"], ix["T"]) })
	p.is("c", func(ix map[string]int) float64 { return dot("mix.weight", 10, 6+ix["G"]*2+ix["K"], ix["T"]) })
}

// `F + F` splits in halves, `F 2` in every other one; a product of a sum splits inside.
func TestHalvesInterleavedAndHeadsOfSums(t *testing.T) {
	p := execute(t, `
halves : D -> F + F
inter  : D -> F 2
heads  : D -> G (F + K)
(x: [T, D]) -> a: [T, F], b: [T, F], c: [T, G, K] {
  u, v = halves(x)
  m, n = inter(x)
  r, s = heads(x)
  v, n, s
}`, inputs(in("x", axis("T", 2), axis("D", 8))))
	dot := func(key string, rows, row, t int) float64 {
		return sum(8, func(d int) float64 { return w(key, []int{rows, 8}, row, d) * p.x("x", t, d) })
	}
	p.is("a", func(ix map[string]int) float64 { return dot("halves.weight", 12, 6+ix["F"], ix["T"]) })
	p.is("b", func(ix map[string]int) float64 { return dot("inter.weight", 12, 2*ix["F"]+1, ix["T"]) })
	p.is("c", func(ix map[string]int) float64 { return dot("heads.weight", 16, ix["G"]*8+6+ix["K"], ix["T"]) })
}

// [a, b] lies side by side or one behind another, and a map from F + F takes two of the same dims.
func TestPacking(t *testing.T) {
	p := execute(t, `
up   : D -> F
join : F + F -> D
cat  : D + F -> G
(x: [T, D]) -> a: [T, D], b: [T, G], c: [2, T, F] {
  u = up(x)
  join([u, 2 * u]), cat([x, u]), [u, -u]
}`, inputs(in("x", axis("T", 2), axis("D", 8))))
	up := func(t, f int) float64 {
		return sum(8, func(d int) float64 { return w("up.weight", []int{6, 8}, f, d) * p.x("x", t, d) })
	}
	p.is("a", func(ix map[string]int) float64 {
		return sum(6, func(f int) float64 {
			return up(ix["T"], f) * (w("join.weight", []int{8, 12}, ix["D"], f) + 2*w("join.weight", []int{8, 12}, ix["D"], 6+f))
		})
	})
	p.is("b", func(ix map[string]int) float64 {
		row := func(k int) float64 { return w("cat.weight", []int{2, 14}, ix["G"], k) }
		return sum(8, func(d int) float64 { return row(d) * p.x("x", ix["T"], d) }) +
			sum(6, func(f int) float64 { return row(8+f) * up(ix["T"], f) })
	})
	p.is("c", func(ix map[string]int) float64 { return float64(1-2*ix["2"]) * up(ix["T"], ix["F"]) })
}

// Facts that lead in circles, dims of size 1 and dims divided by themselves end.
func TestStrangeFactsEnd(t *testing.T) {
	for _, text := range []string{
		"model M(D=4, A=D/D, B=D/A, C=B/A) { w : D -> B A\n(x: [T, D]) = w(x) }",
		"model M(A=4, Q=1) { P = A Q\nE = A/P\nw : A -> P E\n(x: [T, A]) -> [T, A] = w(x) }",
		"model M(D=8, H=4) { N = 1\nw : D -> N H\n(x: [T, D]) = w(x) }",
		"model M(D=8) { b : B(1)\n(x: [T, D]) = b(x)\nblock B(N) { g : [N]\n(x: [D]) = x * sum[N](g) } }",
		"model M(D=64, A=D/2, B=A/2, C=B/2, E=D/4, F=D/8) { w : D -> 2 E\n(x: [T, D]) -> [T, 2, 2, B] = w(x) }",
	} {
		faults(text, lower.Options{}) // it ends, and without a panic
	}
}

// Equal sizes never make two dims one, and a sum never splits.
func TestWhatNeverGoesTogether(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"b : D -> D\n(x: [T, F]) = b(x)", "E301:3"},
		{"E = 1 * 8\nb : D -> D\na : D -> E\n(x: [T, D]) = b(a(x))", "E301:5"},
		{"(x: [T, H], y: [T, G]) = x + y", "E308:2"},
		{"(x: [T, H], y: [T, G]) { x += y }", "E308:2"},
		{"(x: [T, D], y: [T, H]) = x - y", "E308:2"},
		{"w : D -> H K + G K\n(x: [T, D]) { a, b, c = w(x)\na }", "E306:3"},
		{"w : D -> F + F + H K\n(x: [T, H, D]) { a, b, c = w(x)\na }", "E305:3"},
		{"w : D -> 2 F\nv : D -> F + F\n(x: [T, D]) { a, b = w(x)\nc = [a, b]\nd, e = c\nd }", ""},
		{"w : D -> 2 (F + F)\n(x: [T, D]) { a, b = w(x)\na }", "E309:3"},
	} {
		if got := faults(header+c.body+"\n}", lower.Options{}); got != c.want && !(c.want == "" && got == "") {
			t.Errorf("%q: %s, want %s", c.body, got, c.want)
		}
	}
}
