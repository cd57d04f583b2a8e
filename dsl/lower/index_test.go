package lower_test

import (
	"testing"

	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/eval"
)

// Indices, ranges and renamings.

func TestIndices(t *testing.T) {
	at := &namedTensor{"at", &eval.Tensor{Kind: ir.Int, Axes: []eval.Axis{axis("S", 2)}, Data: []float64{2, 0}}}
	p := execute(t, `
(x: [T, D], at: int[S]) -> a: [D], b: [T], c: [S, D], d: [T, K], e: [], f: [T, D], g: [D] {
  x[T: 1], x[D: 3], x[T: at], x[H: 2], x[T: T - 1, D: 0], x[D: index(D)], x[T: 0][D: index(D)]
}`, inputs(in("x", axis("T", 3), axis("D", 8)), at))
	p.is("a", func(ix map[string]int) float64 { return p.x("x", 1, ix["D"]) })
	p.is("b", func(ix map[string]int) float64 { return p.x("x", ix["T"], 3) })
	p.is("c", func(ix map[string]int) float64 { return p.x("x", []int{2, 0}[ix["S"]], ix["D"]) })
	p.is("d", func(ix map[string]int) float64 { return p.x("x", ix["T"], 4+ix["K"]) })
	p.is("e", func(map[string]int) float64 { return p.x("x", 2, 0) })
	p.is("f", func(ix map[string]int) float64 { return p.x("x", ix["T"], ix["D"]) })
	p.is("g", func(ix map[string]int) float64 { return p.x("x", 0, ix["D"]) })
}

// Ranges of one size go together, and the dim's name means the range that a tensor has.
func TestRanges(t *testing.T) {
	p := execute(t, `
total(x: [N, D]) = sum[N](x)
(x: [T, D]) -> a: [D], b: [D], c: [T, D], d: [D], e: [D] {
  step = x[T: 1..T] - x[T: 0..T - 1]
  sum[T](step), total(step[D = E][E = D]), x[T: 0..T], step[T: 1], sum[T](step[T: 1..T - 1])
}`, inputs(in("x", axis("T", 4), axis("D", 8))))
	step := func(t, d int) float64 { return p.x("x", t+1, d) - p.x("x", t, d) }
	p.is("a", func(ix map[string]int) float64 { return sum(3, func(t int) float64 { return step(t, ix["D"]) }) })
	p.is("b", func(ix map[string]int) float64 { return sum(3, func(t int) float64 { return step(t, ix["D"]) }) })
	p.is("c", func(ix map[string]int) float64 { return p.x("x", ix["T"], ix["D"]) })
	p.is("d", func(ix map[string]int) float64 { return step(1, ix["D"]) })
	p.is("e", func(ix map[string]int) float64 { return step(1, ix["D"]) + step(2, ix["D"]) })
}

func TestRenamings(t *testing.T) {
	p := execute(t, `
diagonal(s: [A, B]) -> [A] = sum[B](if index(A) == index(B) then s else 0)
pairs(x: [A, D]) -> [A, B] { y = x[A = B];  sum[D](x * y) }
(x: [T, D]) -> a: [T, S], b: [D], c: [T, D], d: [U] {
  y = x[T = S]
  s = pairs(x)[T = U]
  sum[D](x * y), sum[S](y), y[S = T] + x, diagonal(s)
}`, inputs(in("x", axis("T", 3), axis("D", 8))))
	p.is("a", func(ix map[string]int) float64 { return p.dot(ix["T"], ix["S"]) })
	p.is("b", func(ix map[string]int) float64 { return sum(3, func(t int) float64 { return p.x("x", t, ix["D"]) }) })
	p.is("c", func(ix map[string]int) float64 { return 2 * p.x("x", ix["T"], ix["D"]) })
	p.is("d", func(ix map[string]int) float64 { return p.dot(ix["U"], ix["U"]) })
}

func TestIndexMistakes(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"(x: [T, D]) = x[D: 8]", "E313:2"},
		{"(x: [T, D]) = x[D: -1]", "E313:2"},
		{"(x: [T, D]) = x[F: 0]", "E301:2"},
		{"(x: [T, D]) = x[0]", "E309:2"},
		{"(x: [T, D]) = x[0..1]", "E309:2"},
		{"(x: [T, D]) = x[]", "E207:2"},
		{"(x: [T, D]) = x[H K: 0]", "E309:2"},
		{"(x: [T, D]) = x[1: 0]", "E309:2"},
		{"(x: [T, D]) = x[T: x]", "E307:2"},
		{"(x: [T, D]) = x[T: eps]", "E307:2"},
		{"(x: [T, D]) = x[D: 3..3]", "E313:2"},
		{"(x: [T, D]) = x[D: 5..2]", "E313:2"},
		{"(x: [T, D]) = x[D: 5..9]", "E313:2"},
		{"(x: [T, D]) = x[D: 0..x]", "E501:2"},
		{"(x: [T, D]) = x[H K: 0..1]", "E309:2"},
		{"(x: [T, D]) = x[T = D]", "E302:2"},
		{"(x: [T, D]) = x[D = H K]", "E309:2"},
		{"(x: [D, H, K]) = x[D = A]", ""},
		{"E = D\nB = 4 G\n(x: [D, B]) = x[B = D]", "E305:4"},
		{"(x: [T, D]) = x[y in x]", "E309:2"},
		{"(x: [T, D]) = D[0]", "E301:2"},
		{"(x: [T, D]) = eps[0]", "E301:2"},
		{"(x: [T, D]) = f[0]\nf(x) = x", "E307:2"},
		{"(x: [T, D]) = x[T: 0][T: 0]", "E301:2"},
		{"w : D -> D\n(x: [T, D]) = w[0]", "E307:3"},
	} {
		if got := faults(header+c.body+"\n}", lower.Options{}); got != c.want {
			t.Errorf("%q: %s, want %s", c.body, got, c.want)
		}
	}
}
