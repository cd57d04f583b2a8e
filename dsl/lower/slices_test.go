package lower_test

import (
	"fmt"
	"testing"

	"archc/dsl/lower"
)

// Stacks whose layers take an element each of an argument, and give more than they carry.

// A layer n of these stacks maps x to x g_n + b_n m_n + n and gives x g_n too; b_n tells apart the kinds of layers.
const remembering = `
block S(n, b) {
  g : [D]
  (x: [T, D], add=0; m: [D]) -> [T, D], [T, D] = x * g + b * m + n + add, x * g
}
`

// Loops of one kind, periods, runs and ranges compute what layer by layer gives.
func TestSlicedStacks(t *testing.T) {
	always := func(int) float64 { return 1 }
	for _, c := range []struct {
		body  string
		loops string
		order []int
		b     func(l int) float64
	}{
		{"s : L * S(l, 1)\n(x: [T, D], m: [L, D]) -> y: [T, D], o: [L, T, D] = s(x; m)", "0+1*4", []int{0, 1, 2, 3}, always},
		{"s : L * S(l, if l % 2 == 0 then 1 else 3)\n(x: [T, D], m: [L, D]) -> y: [T, D], o: [L, T, D] = s(x; m)", "0+2*2",
			[]int{0, 1, 2, 3}, func(l int) float64 { return []float64{1, 3}[l%2] }},
		{"s : L * S(l, if l == 2 then 1 else 3)\n(x: [T, D], m: [L, D]) -> y: [T, D], o: [L, T, D] = s(x; m)",
			"0+1*2 2+1*1 3+1*1", []int{0, 1, 2, 3}, func(l int) float64 { return []float64{3, 3, 1, 3}[l] }},
		{`s : L * S(l, if l == 2 then 1 else 3)
(x: [T, D], m: [L, D]) -> y: [T, D], o: [L, T, D] {
  z, a = s[0..3](x; m)
  y, b = s[3..4](z; m[L: 3..4])
  y, cat[L](a, b)
}`, "0+1*2 2+1*1 3+1*1", []int{0, 1, 2, 3}, func(l int) float64 { return []float64{3, 3, 1, 3}[l] }},
		{`s : L * S(l, 1)
(x: [T, D], m: [L, D]) -> y: [T, D], o: [L, T, D] {
  z, a = s[2..4](x; m)
  y, b = s[0..2](z; m[L: 0..2])
  y, cat[L](a, b)
}`, "2+1*2 0+1*2", []int{2, 3, 0, 1}, always},
		{"s : 4 * S(l, 1)\n(x: [T, D], m: [4, D]) -> y: [T, D], o: [4, T, D] = s(x; m)", "0+1*4", []int{0, 1, 2, 3}, always},
		{"s : L * S(l, 1)\n(x: [T, D], m: [L, D]) -> y: [T, D], o: [L, T, D] = s(x, add=0; m)", "0+1*4", []int{0, 1, 2, 3},
			always},
	} {
		label := "L"
		if c.body[4] == '4' {
			label = "4"
		}
		p := execute(t, c.body+remembering, inputs(in("x", axis("T", 2), axis("D", 8)), in("m", axis(label, 4), axis("D", 8))))
		if got := loops(compile(t, header+c.body+remembering+"\n}", lower.Options{}).Body); got != c.loops {
			t.Errorf("%q: loops %q, want %q", c.body, got, c.loops)
		}
		after := func(steps, tt, d int) (y, o float64) {
			y = p.x("x", tt, d)
			for _, l := range c.order[:steps] {
				o = y * w(fmt.Sprintf("s.%d.g", l), []int{8}, d)
				y = o + c.b(l)*p.x("m", l, d) + float64(l)
			}
			return y, o
		}
		p.is("y", func(ix map[string]int) float64 { y, _ := after(4, ix["T"], ix["D"]); return y })
		p.is("o", func(ix map[string]int) float64 { _, o := after(ix[label]+1, ix["T"], ix["D"]); return o })
	}
}

// Layers that change the type stand alone, and their elements with them; stacks in stacks slice twice.
func TestSlicedAlone(t *testing.T) {
	p := execute(t, `
s : L * A(if l % 2 == 0 then D else F, if l % 2 == 0 then F else D)
(x: [T, D], m: [L]) -> y: [T, D], o: [L, T] = s(x; m)
block A(X, Y) {
  w : X -> Y
  (x: [T, X]; m: []) { y = w(x) * m;  y, sum[Y](y) }
}`, inputs(in("x", axis("T", 2), axis("D", 8)), in("m", axis("L", 4))))
	at := func(layers, tt int) []float64 {
		x := make([]float64, 8)
		for d := range x {
			x[d] = p.x("x", tt, d)
		}
		for l := range layers {
			out := make([]float64, []int{6, 8}[l%2])
			for i := range out {
				out[i] = p.x("m", l) * sum(len(x), func(k int) float64 {
					return x[k] * w(fmt.Sprintf("s.%d.w.weight", l), []int{len(out), len(x)}, i, k)
				})
			}
			x = out
		}
		return x
	}
	p.is("y", func(ix map[string]int) float64 { return at(4, ix["T"])[ix["D"]] })
	p.is("o", func(ix map[string]int) float64 {
		x := at(ix["L"]+1, ix["T"])
		return sum(len(x), func(i int) float64 { return x[i] })
	})

	p = execute(t, `
s : L * O(l)
(x: [T, D], m: [L, G]) -> y: [T, D], o: [L, G, T, D] = s(x; m)
block O(a) { i : G * I(a, l);  (x: [T, D]; m: [G]) = i(x; m) }
block I(a, b) { (x: [T, D]; m: []) { y = x * m + a - b;  y, y } }`,
		inputs(in("x", axis("T", 2), axis("D", 8)), in("m", axis("L", 4), axis("G", 2))))
	p.is("o", func(ix map[string]int) float64 {
		v := p.x("x", ix["T"], ix["D"])
		for n := range 2*ix["L"] + ix["G"] + 1 {
			v = v*p.x("m", n/2, n%2) + float64(n/2-n%2)
		}
		return v
	})
}

func TestSlicedMistakes(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"s : L * S(l, 1)\n(x: [T, D]) = s(x; x)" + remembering, "E301:3"},
		{"s : L * S(l, 1)\n(x: [T, D], m: [L, D]) = s[1..4](x; m[L: 0..2])" + remembering, "E302:3"},
		{"s : L * S(l, 1)\n(x: [T, D], m: [L, D]) = s(x; m, m)" + remembering, "E207:3"},
		{"s : L * S(l, 1)\n(x: [T, D], m: [L, D]) = s(x)" + remembering, "E207:3"},
		{"s : L * S(l, 1)\n(x: [T, D], m: [L, D]) = s(; m)" + remembering, "E207:3"},
		{"s : L * S(l, 1)\n(x: [T, D], m: [L, D]) = s(x; s)" + remembering, "E307:3"},
		{"s : L * S(l, 1)\n(x: [T, L], m: [L, D]) = s(x; m)" + remembering, "E301:3"},
		{"s : G R * S(l, 1)\n(x: [T, D], m: [G, R, D]) = s(x; m)" + remembering, "E502:3"},
		{"s : 1 * S(l, 1)\n(x: [T, D], m: [1, D]) = s(x; m)" + remembering, "E502:3"},
		{"s : L * B(l)\n(x: [T, D]) = s(x)\nblock B(n) { (x: [T, D]) = if n == 1 then x else both(x)\nboth(x) = x, x }", "E311:3"},
		{"s : L * B(l)\n(x: [T, D]) = s(x)\nblock B(n) { (x: [T, D]) { y = if n == 1 then sum[D](x) else x;  x, y } }", "E311:3"},
		{"s : L * B\n(x: [T, D]) = s(x)\nblock B { (x: [T, D]) = x, index(L) }", "E305:3"},
	} {
		if got := faults(header+c.body+"\n}", lower.Options{}); got != c.want {
			t.Errorf("%q: %s, want %s", c.body, got, c.want)
		}
	}
}
