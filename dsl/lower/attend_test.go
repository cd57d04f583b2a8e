package lower_test

import (
	"math"
	"testing"

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

// A mask along H, scores along H that read no key, values along G: all three have the heads of G and R.
func TestMaskOfGroupedHeads(t *testing.T) {
	p := execute(t, `
v : D -> G K
u : [H]
(x: [T, D]) -> [T, H, K] = attend(x; x, v(x)) { score = u * j;  mask = i - j <= index(H) & j <= i }`, inputs(xt(4)))
	p.is("output", func(ix map[string]int) float64 {
		i, h := ix["T"], ix["H"]
		return average(4, func(j int) bool { return j <= i && i-j <= h },
			func(j int) float64 { return w("u", []int{4}, h) * float64(j) },
			func(j int) float64 {
				return sum(8, func(d int) float64 { return w("v.weight", []int{4, 8}, h/2*2+ix["K"], d) * p.x("x", j, d) })
			})
	})
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
