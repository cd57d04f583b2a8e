package lower_test

import (
	"math"
	"testing"
)

// Norms and weights: functions of the library and the file, numbers element by element, regions with locals.
func TestNorms(t *testing.T) {
	type rows = func(s []float64) []float64
	each := func(f func(s float64) float64) rows {
		return func(s []float64) []float64 {
			out := make([]float64, len(s))
			for i := range s {
				out[i] = f(s[i])
			}
			return out
		}
	}
	total := func(s []float64) float64 { return sum(len(s), func(i int) float64 { return s[i] }) }
	soft := func(one float64) rows {
		return func(s []float64) []float64 {
			e := each(math.Exp)(s)
			n := total(e) + one
			return each(func(x float64) float64 { return x / n })(e)
		}
	}
	for norm, want := range map[string]rows{
		"norm = softmax":  soft(0),
		"norm = softmax1": soft(1),
		"norm = sigmoid":  each(func(s float64) float64 { return 1 / (1 + math.Exp(-s)) }),
		"norm = relu(s)":  each(func(s float64) float64 { return max(s, 0) }),
		"norm = exp":      each(math.Exp),
		"norm = s":        each(func(s float64) float64 { return s }),
		"norm = s - mean(s)": func(s []float64) []float64 {
			m := total(s) / float64(len(s))
			return each(func(x float64) float64 { return x - m })(s)
		},
		"norm = scaled(2)":    each(func(s float64) float64 { return 2 * s }),
		"norm = scaled(by=3)": each(func(s float64) float64 { return 3 * s }),
		"norm = sinks":        soft(math.Exp(w("sink", nil))),
		"norm = rank": func(s []float64) []float64 {
			out := make([]float64, len(s))
			for i := range s {
				out[i] = float64(i) * s[i]
			}
			return out
		},
		"norm = { m = max(s);  exp(s - m) / (exp(-m) + sum(exp(s - m))) }": soft(1),
		"norm = softmax;  weight = w^2": func(s []float64) []float64 {
			return each(func(x float64) float64 { return x * x })(soft(0)(s))
		},
		"weight = { n = sum(w);  w * 2 / n }": func(s []float64) []float64 {
			return each(func(x float64) float64 { return 2 * x })(soft(0)(s))
		},
		"norm = norm_": each(func(s float64) float64 { return s * 7 }),
	} {
		p := execute(t, `
sink  : []
norm_ : N
sinks = { e = exp(s);  e / (exp(sink) + sum(e)) }
scaled[J](s: [J], by) = s * by
rank[J](s: [J]) = s * index(J)
(x: [T, D]) = attend(x; x, x) { score = sum[D](q*k);  mask = causal;  `+norm+` }
block N { (s: [J]) = s * 7 }`, inputs(xt(4)))
		p.is("output", func(ix map[string]int) float64 {
			i := ix["T"]
			s := make([]float64, i+1)
			for j := range s {
				s[j] = p.dot(i, j)
			}
			weights := want(s)
			return sum(i+1, func(j int) float64 { return weights[j] * p.x("x", j, ix["D"]) })
		})
	}
}

// Sinks of GPT-OSS: a learned number for each head in the denominator; and talking heads, a map over heads behind it.
func TestHeadsInNormAndWeight(t *testing.T) {
	p := execute(t, `
q    : D -> H K
sink : [H]
mix  : [H, H2]
H2 = 1 * 3
(x: [T, D], v: [T, F]) -> a: [T, H, F], b: [T, H2, F] {
  a = attend(q(x); q(x), v) { score = sum[K](q*k);  norm = { e = exp(s);  e / (exp(sink) + sum(e)) } }
  b = attend(q(x); q(x), v) { score = sum[K](q*k);  weight = sum[H](mix * w) }
  a, b
}`, inputs(xt(3), in("v", axis("T", 3), axis("F", 6))))
	q := func(t, h, k int) float64 {
		return sum(8, func(d int) float64 { return w("q.weight", []int{8, 8}, h*2+k, d) * p.x("x", t, d) })
	}
	score := func(i, j, h int) float64 {
		return sum(2, func(k int) float64 { return q(i, h, k) * q(j, h, k) })
	}
	p.is("a", func(ix map[string]int) float64 {
		i, h := ix["T"], ix["H"]
		n := math.Exp(w("sink", []int{4}, h)) + sum(3, func(j int) float64 { return math.Exp(score(i, j, h)) })
		return sum(3, func(j int) float64 { return math.Exp(score(i, j, h)) / n * p.x("v", j, ix["F"]) })
	})
	p.is("b", func(ix map[string]int) float64 {
		return sum(4, func(h int) float64 {
			return w("mix", []int{4, 3}, h, ix["H2"]) * average(3, all, func(j int) float64 { return score(ix["T"], j, h) },
				func(j int) float64 { return p.x("v", j, ix["F"]) })
		})
	})
}

// Grouped heads: queries along H, keys and values along G; and the other way round, weights along H for values along G.
func TestGroupedHeads(t *testing.T) {
	p := execute(t, `
q    : D -> H K
k, v : D -> G K
o    : H K -> D
(x: [T, D]) -> a: [T, H, K], b: [T, H, K] {
  a = attend(q(x); k(x), v(x)) { score = sum[K](q*k) / sqrt(K);  mask = causal }
  b = attend(q(x); q(x), v(x)) { score = sum[K](q*k) / sqrt(K);  mask = causal }
  a, b
}`, inputs(xt(3)))
	head := func(key string, rows, row, t int) float64 {
		return sum(8, func(d int) float64 { return w(key, []int{rows, 8}, row, d) * p.x("x", t, d) })
	}
	check := func(name, keys string, rows int, group func(h int) int) {
		p.is(name, func(ix map[string]int) float64 {
			i, h := ix["T"], ix["H"]
			return average(3, func(j int) bool { return j <= i }, func(j int) float64 {
				return sum(2, func(k int) float64 {
					return head("q.weight", 8, h*2+k, i) * head(keys, rows, group(h)*2+k, j)
				}) / math.Sqrt(2)
			}, func(j int) float64 { return head("v.weight", 4, h/2*2+ix["K"], j) })
		})
	}
	check("a", "k.weight", 4, func(h int) int { return h / 2 })
	check("b", "q.weight", 8, func(h int) int { return h })
}
