package lower_test

import (
	"math"
	"testing"

	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/eval"
)

// average is attention written out: over the keys that admit holds for, the softmax of score times value; 0 without any.
func average(keys int, admit func(j int) bool, score, value func(j int) float64) float64 {
	top, total, out := math.Inf(-1), 0.0, 0.0
	for j := range keys {
		if admit(j) {
			top = max(top, score(j))
		}
	}
	for j := range keys {
		if admit(j) {
			e := math.Exp(score(j) - top)
			total += e
			out += e * value(j)
		}
	}
	if total == 0 {
		return 0
	}
	return out / total
}

func all(int) bool { return true }

func xt(n int) *namedTensor { return in("x", axis("T", n), axis("D", 8)) }

func (p *program) dot(t, s int) float64 {
	return sum(8, func(d int) float64 { return p.x("x", t, d) * p.x("x", s, d) })
}

// Masks: positions, patterns, inputs that decide, and rows without keys, which are 0.
func TestMasks(t *testing.T) {
	valid := &namedTensor{"valid", &eval.Tensor{Kind: ir.Bool, Axes: []eval.Axis{axis("T", 4)}, Data: []float64{0, 1, 1, 0}}}
	for mask, admit := range map[string]func(i, j int) bool{
		"causal":               func(i, j int) bool { return j <= i },
		"j < i":                func(i, j int) bool { return j < i },
		"causal & !window(2)":  func(i, j int) bool { return j <= i && !(j <= i && i-j < 2) },
		"band(1) | sink(1)":    func(i, j int) bool { return math.Abs(float64(i-j)) <= 1 || j < 1 },
		"valid[j]":             func(i, j int) bool { return j == 1 || j == 2 },
		"valid[i] & causal":    func(i, j int) bool { return (i == 1 || i == 2) && j <= i },
		"valid[T: j] | i == j": func(i, j int) bool { return j == 1 || j == 2 || i == j },
		"i % 2 == 0":           func(i, j int) bool { return i%2 == 0 },
		"far":                  func(i, j int) bool { return i-j > 1 },
		"(i - j) % T == 0":     func(i, j int) bool { return i == j },
		"if causal then i < 3 else j == 3": func(i, j int) bool {
			if j <= i {
				return i < 3
			}
			return j == 3
		},
	} {
		p := execute(t, "(x: [T, D], valid: bool[T]) = attend(x; x, x) { score = sum[D](q*k);  mask = "+mask+" }\n"+
			"pattern far = i - j > 1", inputs(xt(4), valid))
		p.is("output", func(ix map[string]int) float64 {
			i := ix["T"]
			return average(4, func(j int) bool { return admit(i, j) }, func(j int) float64 { return p.dot(i, j) },
				func(j int) float64 { return p.x("x", j, ix["D"]) })
		})
	}
}

// A mask may differ from head to head. Heads of the mask, of the weights and of the value are the same heads, split
// where one of them is.
func TestMaskOfHeads(t *testing.T) {
	p := execute(t, `
q : D -> H K
k : D -> G K
(x: [T, D], v: [T, F]) -> a: [T, H, F], b: [T, D], c: [T, H, F] {
  a = attend(x; x, v) { score = sum[D](q*k);  mask = i - j <= index(H) & j <= i }
  b = attend(x; x, x) { score = sum[D](q*k);  mask = i - j <= index(H) & j <= i }
  c = attend(q(x); k(x), v) { score = 0 * sum[K](q*k);  mask = i - j <= index(H) & j <= i }
  a, b, c
}`, inputs(xt(4), in("v", axis("T", 4), axis("F", 6))))
	check := func(name, value string, scale float64, head, col func(ix map[string]int) int) {
		p.is(name, func(ix map[string]int) float64 {
			i := ix["T"]
			return average(4, func(j int) bool { return j <= i && i-j <= head(ix) },
				func(j int) float64 { return scale * p.dot(i, j) }, func(j int) float64 { return p.x(value, j, col(ix)) })
		})
	}
	h := func(ix map[string]int) int { return ix["H"] }
	f := func(ix map[string]int) int { return ix["F"] }
	check("a", "v", 1, h, f)
	check("b", "x", 1, func(ix map[string]int) int { return ix["D"] / 2 }, func(ix map[string]int) int { return ix["D"] })
	check("c", "v", 0, h, f)
}

// Scores: of positions alone, of a table read by a difference, of several operands, of captured tensors.
func TestScores(t *testing.T) {
	for score, want := range map[string]func(p *program, i, j int) float64{
		"0.5 * i":                 func(_ *program, i, _ int) float64 { return 0.5 * float64(i) },
		"0":                       func(*program, int, int) float64 { return 0 },
		"i - j":                   func(_ *program, i, j int) float64 { return float64(i - j) },
		"rel[i - j + 3]":          func(_ *program, i, j int) float64 { return w("rel", []int{7}, i-j+3) },
		"rel[max(i - j, 0)]":      func(_ *program, i, j int) float64 { return w("rel", []int{7}, max(i-j, 0)) },
		"sum[D](q*k) / sqrt(D)":   func(p *program, i, j int) float64 { return p.dot(i, j) / math.Sqrt(8) },
		"softcap(sum[D](q*k), 2)": func(p *program, i, j int) float64 { return 2 * math.Tanh(p.dot(i, j)/2) },
		"sum[D]((q + bias) * k)": func(p *program, i, j int) float64 {
			return p.dot(i, j) + sum(8, func(d int) float64 { return w("bias", []int{8}, d) * p.x("x", j, d) })
		},
		"sum[D](tanh(q + k))": func(p *program, i, j int) float64 {
			return sum(8, func(d int) float64 { return math.Tanh(p.x("x", i, d) + p.x("x", j, d)) })
		},
		"sum[D](bias * x[T: j] * x[i])": func(p *program, i, j int) float64 {
			return sum(8, func(d int) float64 { return w("bias", []int{8}, d) * p.x("x", j, d) * p.x("x", i, d) })
		},
		"mean[D](q * k)": func(p *program, i, j int) float64 { return p.dot(i, j) / 8 },
	} {
		p := execute(t, "rel : [7]\nbias : [D]\n(x: [T, D]) = attend(x; x, x) { score = "+score+" }", inputs(xt(4)))
		p.is("output", func(ix map[string]int) float64 {
			return average(4, all, func(j int) float64 { return want(p, ix["T"], j) },
				func(j int) float64 { return p.x("x", j, ix["D"]) })
		})
	}
}

// Norms and weights: functions of the library and the file, numbers element by element, regions with locals.
func TestNorms(t *testing.T) {
	row := func(f func(s []float64) []float64) func(s []float64) []float64 { return f }
	each := func(f func(s float64) float64) func(s []float64) []float64 {
		return func(s []float64) []float64 {
			out := make([]float64, len(s))
			for i := range s {
				out[i] = f(s[i])
			}
			return out
		}
	}
	total := func(s []float64) float64 { return sum(len(s), func(i int) float64 { return s[i] }) }
	soft := func(one float64) func(s []float64) []float64 {
		return row(func(s []float64) []float64 {
			e := each(math.Exp)(s)
			n := total(e) + one
			return each(func(x float64) float64 { return x / n })(e)
		})
	}
	for norm, want := range map[string]func(s []float64) []float64{
		"norm = softmax":  soft(0),
		"norm = softmax1": soft(1),
		"norm = sigmoid":  each(func(s float64) float64 { return 1 / (1 + math.Exp(-s)) }),
		"norm = relu(s)":  each(func(s float64) float64 { return max(s, 0) }),
		"norm = exp":      each(math.Exp),
		"norm = s":        each(func(s float64) float64 { return s }),
		"norm = s - mean(s)": row(func(s []float64) []float64 {
			m := total(s) / float64(len(s))
			return each(func(x float64) float64 { return x - m })(s)
		}),
		"norm = scaled(2)":    each(func(s float64) float64 { return 2 * s }),
		"norm = scaled(by=3)": each(func(s float64) float64 { return 3 * s }),
		"norm = sinks":        soft(math.Exp(w("sink", nil))),
		"norm = rank": row(func(s []float64) []float64 {
			out := make([]float64, len(s))
			for i := range s {
				out[i] = float64(i) * s[i]
			}
			return out
		}),
		"norm = { m = max(s);  exp(s - m) / (exp(-m) + sum(exp(s - m))) }": soft(1),
		"norm = softmax;  weight = w^2":                                    row(func(s []float64) []float64 { return each(func(x float64) float64 { return x * x })(soft(0)(s)) }),
		"weight = { n = sum(w);  w * 2 / n }":                              row(func(s []float64) []float64 { return each(func(x float64) float64 { return 2 * x })(soft(0)(s)) }),
		"norm = norm_":                                                     each(func(s float64) float64 { return s * 7 }),
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

// Axes: other keys than queries, a bracket, given dims, one query, two operands on each side.
func TestAttendAxes(t *testing.T) {
	p := execute(t, `
lat : [F, D]
(x: [T, D], m: [S, D], one: [D]) -> a: [T, D], b: [D], c: [F, D], d: [T, D], e: [T, D], f: [F, D] {
  a = attend(x; m, m) { score = sum[D](q*k);  mask = j <= i }
  b = attend(one; m, m) { score = sum[D](q*k);  mask = j > 0 }
  c = attend[S](lat; m, m) { score = sum[D](q*k) }
  d = attend[F](x; lat, lat) { score = sum[D](q*k);  mask = j != i }
  e = attend(x, 2 * x; m, m, m) { score = j * 0.1 }
  f = attend[F](lat; lat, lat) { score = sum[D](q*k);  mask = causal }
  a, b, c, d, e, f
}`, inputs(xt(3), in("m", axis("S", 5), axis("D", 8)), in("one", axis("D", 8))))
	dot := func(a, b func(d int) float64) float64 {
		return sum(8, func(d int) float64 { return a(d) * b(d) })
	}
	x := func(t int) func(int) float64 { return func(d int) float64 { return p.x("x", t, d) } }
	m := func(s int) func(int) float64 { return func(d int) float64 { return p.x("m", s, d) } }
	one := func(d int) float64 { return p.x("one", d) }
	lat := func(f int) func(int) float64 { return func(d int) float64 { return w("lat", []int{6, 8}, f, d) } }
	p.is("a", func(ix map[string]int) float64 {
		return average(5, func(j int) bool { return j <= ix["T"] }, func(j int) float64 { return dot(x(ix["T"]), m(j)) },
			func(j int) float64 { return m(j)(ix["D"]) })
	})
	p.is("b", func(ix map[string]int) float64 {
		return average(5, func(j int) bool { return j > 0 }, func(j int) float64 { return dot(one, m(j)) },
			func(j int) float64 { return m(j)(ix["D"]) })
	})
	p.is("c", func(ix map[string]int) float64 {
		return average(5, all, func(j int) float64 { return dot(lat(ix["F"]), m(j)) }, func(j int) float64 { return m(j)(ix["D"]) })
	})
	p.is("d", func(ix map[string]int) float64 {
		return average(6, func(j int) bool { return j != ix["T"] }, func(j int) float64 { return dot(x(ix["T"]), lat(j)) },
			func(j int) float64 { return lat(j)(ix["D"]) })
	})
	p.is("e", func(ix map[string]int) float64 {
		return average(5, all, func(j int) float64 { return 0.1 * float64(j) }, func(j int) float64 { return m(j)(ix["D"]) })
	})
	p.is("f", func(ix map[string]int) float64 {
		return average(6, func(j int) bool { return j <= ix["F"] }, func(j int) float64 { return dot(lat(ix["F"]), lat(j)) },
			func(j int) float64 { return lat(j)(ix["D"]) })
	})
}

// An attend inside a score has keys of its own, although they are along the same dim.
func TestAttendInside(t *testing.T) {
	p := execute(t, `
(x: [T, D]) {
  y = x[T = S]
  attend(x; x, x) { score = sum[D](q*k) + sum[D](attend[S](q; y, y) { score = sum[D](q*k) }) }
}`, inputs(xt(3)))
	inner := func(i int) float64 {
		return sum(8, func(d int) float64 {
			return average(3, all, func(j int) float64 { return p.dot(i, j) }, func(j int) float64 { return p.x("x", j, d) })
		})
	}
	p.is("output", func(ix map[string]int) float64 {
		i := ix["T"]
		return average(3, all, func(j int) float64 { return p.dot(i, j) + inner(i) },
			func(j int) float64 { return p.x("x", j, ix["D"]) })
	})
}

func TestAttendMistakes(t *testing.T) {
	const q = "{ score = sum[D](q*k)"
	for _, c := range []struct{ body, want string }{
		{"(x: [T, D]) = attend(x; x) " + q + " }", "E401:2"},
		{"(x: [T, D]) = attend(x; x, x)", "E402:2"},
		{"(x: [T, D]) = attend(x; x, x) { x }", "E402:2"},
		{"(x: [T, D]) = attend(x; x, x) { score = 1; score = 2 }", "E402:2"},
		{"(x: [T, D]) = attend(x; x, x) { score, mask = 1, 2 }", "E402:2"},
		{"(x: [T, D]) = attend(x; x, x) { score = i < j }", "E307:2"},
		{"(x: [T, D]) = attend(x; x, x) " + q + "; norm = s > 0 }", "E307:2"},
		{"(x: [T, D]) = attend(x; x, x) " + q + "; norm = none }", "E307:2"},
		{"(x: [T, D]) = attend(x; x, x) " + q + "; norm = { require D > 2 } }", "E210:2"},
		{"(x: [T, D]) = attend(x; x, x) " + q + "; norm = { max(s) } }", "E402:2"},
		{"(x: [T, D]) = attend(x; x, x) " + q + "; norm = j * s }", "E210:2"},
		{"(x: [T, D]) = attend(x; x, x > 0) " + q + " }", "E307:2"},
		{"(x: [T, D]) = attend(y=x; x, x) " + q + " }", "E401:2"},
		{"(x: [T, D]) = attend(x; x, 3) " + q + " }", "E309:2"},
		{"(x: [T, D]) = attend[T, D](x; x, x) " + q + " }", "E309:2"},
		{"(x: [T, D]) = attend[F](x; x, x) " + q + " }", "E301:2"},
		{"(x: [T, S, D]) = attend(x; x, x) " + q + " }", "E309:2"},
		{"(x: [T, S, D], y: [U, D]) = attend(x; y, y) " + q + " }", "E309:2"},
		{"(x: [T, D], z: [D]) = attend(z; x, x) " + q + "; mask = causal }", "E309:2"},
		{"(x: [T, D]) = x * causal", "E210:2"},
		{"(x: [T, D]) = x * i", "E210:2"},
		{"(x: [T, D]) = attend(x; x, x) " + q + " + index(T) }", "E403:2"},
		{"(x: [T, D], y: [T]) = attend(x; x, x) " + q + " + y }", "E403:2"},
		{"(x: [T, D], y: [T]) = attend(x; x, x) " + q + " + (y * 2)[j] }", "E403:2"},
		{"(x: [T, D], y: [T]) = attend(x; x, x) " + q + "; norm = s * sum(y) }", "E403:2"},
		{"b : [F]\n(x: [F, D]) = attend[F](x; x, x) " + q + " + b }", "E403:3"},
		{"b : [F]\n(x: [F, D]) = attend[F](x; x, x) " + q + " + get(0) }\nget(n) = b + n", "E403:4"},
		{"(x: [T, D], m: [S, D], y: [S]) = attend(x; m, m) " + q + " + sum[S](y) }", "E403:2"},
		{"(x: [T, D]) = attend(x; x, x) " + q + "; mask = j <= i & (i = 3) }", "E105:2"},
		{"(x: [T, D]) = attend(x; x, x) " + q + "; norm = { s = s * 2\ns } }", "E205:2"},
	} {
		if got := faults(header+c.body+"\n}", lower.Options{}); got != c.want {
			t.Errorf("%q: %s, want %s", c.body, got, c.want)
		}
	}
}
