package lower_test

import (
	"math"
	"strings"
	"testing"

	"archc/dsl/lower"
)

// Expressions: numbers, conditions, reductions, values of bodies.

func TestNumbers(t *testing.T) {
	for text, want := range map[string]float64{
		"-2^2":                               -4,
		"2^-1":                               0.5,
		"2^3^2":                              512,
		"7 / 2":                              3.5,
		"7 div 2":                            3,
		"-7 div 2":                           -4,
		"-7 % 3":                             2,
		"7 % -3":                             -2,
		"1 + 2 * 3 - 4":                      3,
		"2 * D + K":                          18,
		"H K - 3 F":                          -10,
		"sqrt(K * G * D + 4)":                6,
		"if L > 3 & !(D == 7) then 1 else 2": 1,
		"if \"a\" == \"b\" then 1 else 2":    2,
		"max(D, F) + min(D, F)":              14,
		"floor(2.5) + ceil(2.5) + round(2.5) + round(3.5)": 11,
		"abs(-3) * sign(-2)": -3,
		"exp(0) + log(1) + cos(0) + erf(0) + tanh(0) + sin(0)": 2,
		"rsqrt(4)":    0.5,
		"1_000 + 1e3": 2000,
		"pi":          math.Pi,
		"(if true then 1 else 0) + (if train then 5 else 0)": 1,
		"T + 1 - T":         1,
		"(T + 1) * (T - 1)": 8,
		"min(T, T + 1) * 2": 6,
		"T^2 / 2":           4.5,
		"T div 2":           1,
	} {
		p := execute(t, "(x: [T, D]) -> [] = "+text, inputs(xt(3)))
		p.is("output", func(map[string]int) float64 { return want })
		if !strings.Contains(text, "T") {
			p = execute(t, "c = "+text+"\n(x: [T, D]) -> [] = c", inputs(xt(3)))
			p.is("output", func(map[string]int) float64 { return want })
		}
	}
}

func TestElementwise(t *testing.T) {
	p := execute(t, `
g : [D]
(x: [T, D], y: [S]) -> a: [T, D], b: [T, S], c: [T, D], d: [T, D], e: bool[T, D] {
  a = -x^2 * g / (1 + abs(x))
  b = x[D: 0] + y
  c = if x > 0 then x else if x < -0.25 then 2 else g
  d = max(min(x, 0.1), -0.1) div 0.05 + x % 0.3
  e = !(x > 0) | x > 0.3 & x < 0.4 | (x >= 0) == (x <= 0)
  a, b, c, d, e
}`, inputs(xt(3), in("y", axis("S", 2))))
	g := func(d int) float64 { return w("g", []int{8}, d) }
	at := func(f func(x float64, d int) float64) func(map[string]int) float64 {
		return func(ix map[string]int) float64 { return f(p.x("x", ix["T"], ix["D"]), ix["D"]) }
	}
	p.is("a", at(func(x float64, d int) float64 { return -(x * x) * g(d) / (1 + math.Abs(x)) }))
	p.is("b", func(ix map[string]int) float64 { return p.x("x", ix["T"], 0) + p.x("y", ix["S"]) })
	p.is("c", at(func(x float64, d int) float64 {
		switch {
		case x > 0:
			return x
		case x < -0.25:
			return 2
		}
		return g(d)
	}))
	p.is("d", at(func(x float64, _ int) float64 {
		return math.Floor(max(min(x, 0.1), -0.1)/0.05) + x - 0.3*math.Floor(x/0.3)
	}))
	p.is("e", at(func(x float64, _ int) float64 {
		if x <= 0 || x > 0.3 && x < 0.4 {
			return 1
		}
		return 0
	}))
}

func TestReductions(t *testing.T) {
	p := execute(t, `
mix : [D, F]
(x: [T, D], y: [T, F]) -> a: [T], b: [D], c: [T], d: [], e: [T, D], f: bool[T], g: bool[D], h: [T] {
  a = sum[D, F](x * mix * y * 2 * (1 + 0.5))
  b = max[T](x) - min[T](x)
  c = sum[D](x * 3) + sum[D](x * x * x) + sum[D](x / 2)
  d = sum[T, D](x) + sum(x[T: 0])
  e = cumsum[T](x)
  f = any[D](x > 0.4)
  g = all[T](x > -0.4)
  h = sum[H](sum[K](x))
  a, b, c, d, e, f, g, h
}`, inputs(xt(3), in("y", axis("T", 3), axis("F", 6))))
	x := func(t, d int) float64 { return p.x("x", t, d) }
	over := func(f func(d int) float64) float64 { return sum(8, f) }
	p.is("a", func(ix map[string]int) float64 {
		return 3 * over(func(d int) float64 {
			return x(ix["T"], d) * sum(6, func(f int) float64 { return w("mix", []int{8, 6}, d, f) * p.x("y", ix["T"], f) })
		})
	})
	p.is("b", func(ix map[string]int) float64 {
		a, b, c := x(0, ix["D"]), x(1, ix["D"]), x(2, ix["D"])
		return max(a, b, c) - min(a, b, c)
	})
	p.is("c", func(ix map[string]int) float64 {
		return over(func(d int) float64 { v := x(ix["T"], d); return 3*v + v*v*v + v/2 })
	})
	p.is("d", func(map[string]int) float64 {
		return sum(3, func(t int) float64 { return over(func(d int) float64 { return x(t, d) }) }) +
			over(func(d int) float64 { return x(0, d) })
	})
	p.is("e", func(ix map[string]int) float64 {
		return sum(ix["T"]+1, func(t int) float64 { return x(t, ix["D"]) })
	})
	found := func(yes bool) float64 {
		if yes {
			return 1
		}
		return 0
	}
	p.is("f", func(ix map[string]int) float64 {
		return found(over(func(d int) float64 { return found(x(ix["T"], d) > 0.4) }) > 0)
	})
	p.is("g", func(ix map[string]int) float64 {
		return found(sum(3, func(t int) float64 { return found(x(t, ix["D"]) > -0.4) }) == 3)
	})
	p.is("h", func(ix map[string]int) float64 { return over(func(d int) float64 { return x(ix["T"], d) }) })
}

// Functions are values, blocks are by partial application; a pipe takes both, with brackets.
func TestValuesOfEveryKind(t *testing.T) {
	p := execute(t, `
norm = RMSNorm(eps=0.5)
act  = if L == 4 then relu else silu
a    : norm(D)
b    : Half(norm, act, 3)
(x: [T, D]) -> u: [T, D], v: [T, D], w: [T, D] {
  y  = a(x)
  y += 1
  y, b(x), x |> act |> softmax[D] |> both(relu)
}
both(f) = f
block Half(n, act, by) {
  inner : n(D)
  (x: [D]) = act(inner(x)) * by
}`, inputs(xt(2)))
	normed := func(key string, t, d int) float64 {
		return p.x("x", t, d) / math.Sqrt(p.dot(t, t)/8+0.5) * w(key, []int{8}, d)
	}
	p.is("u", func(ix map[string]int) float64 { return normed("a.weight", ix["T"], ix["D"]) + 1 })
	p.is("v", func(ix map[string]int) float64 { return 3 * max(normed("b.inner.weight", ix["T"], ix["D"]), 0) })
	p.is("w", func(ix map[string]int) float64 {
		relu := func(d int) float64 { return math.Exp(max(p.x("x", ix["T"], d), 0)) }
		return relu(ix["D"]) / sum(8, relu)
	})
}

func TestLibrary(t *testing.T) {
	p := execute(t, `
ln  : LayerNorm(D)
mlp : SwiGLU(D, F)
(x: [T, D]) -> a: [T, D], b: [T, D], c: [T, D], d: [T, D] {
  ln(x), mlp(x), rope(x, 100), rope_interleaved(x, 100)
}`, inputs(xt(3)))
	x := func(t, d int) float64 { return p.x("x", t, d) }
	p.is("a", func(ix map[string]int) float64 {
		t := ix["T"]
		mean := sum(8, func(d int) float64 { return x(t, d) }) / 8
		variance := sum(8, func(d int) float64 { return (x(t, d) - mean) * (x(t, d) - mean) }) / 8
		return (x(t, ix["D"])-mean)/math.Sqrt(variance+1e-5)*w("ln.weight", []int{8}, ix["D"]) + w("ln.bias", []int{8}, ix["D"])
	})
	p.is("b", func(ix map[string]int) float64 {
		row := func(key string, f int) float64 {
			return sum(8, func(d int) float64 { return w(key, []int{6, 8}, f, d) * x(ix["T"], d) })
		}
		return sum(6, func(f int) float64 {
			g := row("mlp.gate_proj.weight", f)
			return w("mlp.down_proj.weight", []int{8, 6}, ix["D"], f) * g / (1 + math.Exp(-g)) * row("mlp.up_proj.weight", f)
		})
	})
	turn := func(t, pair int, a, b float64, second bool) float64 {
		s, c := math.Sincos(float64(t) * math.Pow(100, -float64(pair)/4))
		if second {
			return b*c + a*s
		}
		return a*c - b*s
	}
	p.is("c", func(ix map[string]int) float64 {
		t, d := ix["T"], ix["D"]
		return turn(t, d%4, x(t, d%4), x(t, d%4+4), d >= 4)
	})
	p.is("d", func(ix map[string]int) float64 {
		t, d := ix["T"], ix["D"]
		return turn(t, d/2, x(t, d/2*2), x(t, d/2*2+1), d%2 == 1)
	})
}

func TestExpressionMistakes(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"a = 0 / 0\n(x: [T, D]) = x", "E106:2"},
		{"a = 1 div 0\n(x: [T, D]) = x", "E106:2"},
		{"a = 1 % 0\n(x: [T, D]) = x", "E106:2"},
		{"a = 10^400 - 10^400\n(x: [T, D]) = x", "E106:2"},
		{"a = 9007199254740992 * 2\n(x: [T, D]) = x", "E106:2"},
		{"a = floor(inf)\n(x: [T, D]) = x", "E106:2"},
		{"a = sqrt(-1)\n(x: [T, D]) = x", "E106:2"},
		{"(x: [T, D]) = x + true", "E307:2"},
		{"(x: [T, D]) = x & x", "E307:2"},
		{"(x: [T, D]) = !x", "E307:2"},
		{"(x: [T, D]) = if x then x else x", "E307:2"},
		{"(x: [T, D]) = if D then x else x", "E307:2"},
		{"(x: [T, D]) = if x > 0 then x else x > 0", "E307:2"},
		{"(x: [T, D]) = if x > 0 then relu else x", "E307:2"},
		{"(x: [T, D]) = x + \"a\"", "E307:2"},
		{"(x: [T, D]) = x + none", "E307:2"},
		{"(x: [T, D]) = x * relu", "E307:2"},
		{"(x: [T, D]) = max[D](x > 0)", "E307:2"},
		{"(x: [T, D]) = sum[D](x * (x > 0))", "E307:2"},
		{"(x: [T, D]) = any[D](x)", "E307:2"},
		{"(x: [T, D]) = cumsum[T, D](x)", "E309:2"},
		{"(x: [T, D]) = sum[D](3)", "E301:2"},
		{"(x: [T, D]) = max[D](3)", "E301:2"},
		{"(x: [T, D]) = sum[F](x)", "E301:2"},
		{"(x: [T, D]) = sum[D, D](x)", "E305:2"},
		{"(x: [T, D]) = sum[1](x)", "E502:2"},
		{"(x: [T, D]) = sum[D](x, x)", "E207:2"},
		{"(x: [T, D]) = sum[D](x, axis=1)", "E207:2"},
		{"(x: [T, D]) = max[D](x, x)", "E207:2"},
		{"(x: [T, D]) = exp[D](x)", "E207:2"},
		{"(x: [T, D]) = exp(x; x)", "E207:2"},
		{"(x: [T, D]) = index(H K) * x", "E309:2"},
		{"(x: [T, D]) = D |> index", "E207:2"},
		{"(x: [T, D]) = [x, x > 0]", "E302:2"},
		{"(x: [T, D]) = []", "E207:2"},
		{"(x: [T, D]) = [x, y=x]", "E210:2"},
		{"(x: [T, D]) = H D x", "E502:2"},
		{"(x: [T, D]) { }", "E210:2"},
		{"(x: [T, D]) { require D == 8 }", "E210:2"},
		{"(x: [T, D]) { require x > 0\nx }", "E501:2"},
		{"(x: [T, D]) { a, b = 1, 2, 3\nx }", "E306:2"},
		{"(x: [T, D]) { a = f(x)\nx }\nf(x) = x, x", "E306:2"},
		{"(x: [T, D]) { a, b = relu\nx }", "E306:2"},
		{"(x: [T, D]) { y += x }", "E201:2"},
		{"(x: [T, D]) { y = x[T: 0]\ny += x }", "E303:3"},
		{"(x: [T, D]) = f(x)\nf(x, x) = x", "E202:3"},
		{"(x: [T, D]) = f(x)\nf(eps) = eps", "E205:3"},
		{"(x: [T, D]) = f(x, y=1, y=2)\nf(x, y) = x", "E207:2"},
		{"(x: [T, D]) = f(x, x=1)\nf(x) = x", "E207:2"},
		{"(x: [T, D]) = f(x; h=x)\nf(x; h) = x", "E210:2"},
		{"(x: [T, D]) = f(x; x)\nf(x) = x", "E207:2"},
		{"(x: [T, D]) = f[T, D](x)\nf[N](x: [N]) = x", "E207:2"},
		{"(x: [T, D]) = f(x)\nf(x: [N, N]) = x", "E305:3"},
		{"(x: [T, D]) = f(x)\nf(x: [D, D]) = x", "E305:3"},
		{"(x: [T, D]) = f[D](x)\nf[N](x: [N, D]) = x", "E305:3"},
		{"(x: [T, D]) = f(x)\nf(x: [2 P, 2 Q]) = x", "E314:2"},
		{"(x: [T, D]) = f(x)\nf(x: [T, (2 (P))]) -> [T, 2 P] = x", ""},
		{"(x: [T, D]) = f(x)\nf(x: [A B]) = x", "E201:3"},
		{"(x: [T, D]) = f(x)\nf(x: [T, 2 2 P]) = x", "E305:2"},
		{"(x: [T, D]) = f(x)\nf(x: [T, D, S]) = x", "E301:2"},
		{"(x: [T, D]) = f(x)\nf(x: int[D]) = x", "E307:2"},
		{"(x: [T, D]) = f(x)\nf(x: [D]) -> bool[D] = x", "E307:3"},
		{"(x: [T, D]) = f(x)\nf(x: [D]) -> [D], [D] = x", "E207:3"},
		{"(x: [T, D]) = f(x)\nf(x: [D]) -> [D, D] = x", "E305:3"},
		{"(x: [D, D]) = x", "E305:2"},
		{"(x: [2, 2]) = x", "E305:2"},
		{"(x: [T, D], x: [T, D]) = x", "E202:2"},
		{"(x: [T, D]) -> a: [T, D], a: [T, D] = x, x", "E202:2"},
		{"(x: [T, D], n: int[] = 0.5) = x", "E307:2"},
		{"(x: [T, D], n: bool[] = 1) = x", "E307:2"},
		{"(x: [T, D], n: [] = inf) = x", "E307:2"},
		{"(x: [T, D], n: [] = x) = x", "E501:2"},
		{"(x: [T, D], n = 3) = x", "E507:2"},
		{"(L: [T, D]) = L", "E205:2"},
		{"(x: [T, D]) = f\nf(x) = x", "E307:2"},
		{"b : B\n(x: [T, D]) = b(x)\nblock B(x: [D]) { (x: [D]) = x }", "E210:4"},
		{"b : B\n(x: [T, D]) = b(x)\nblock B(n=index(D)) { (x: [D]) = x }", "E501:4"},
	} {
		if got := faults(header+c.body+"\n}", lower.Options{}); got != c.want {
			t.Errorf("%q: %s, want %s", c.body, got, c.want)
		}
	}
}
