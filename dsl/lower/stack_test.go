package lower_test

import (
	"fmt"
	"strings"
	"testing"

	"archc/dsl/lower"
	"archc/ir"
)

// Stacks: what a layer's number decides, and which layers are one loop.

// loops lists a module's repeats: "0+1*4" is four layers from 0 by 1; those inside stand in brackets.
func loops(r *ir.Region) string {
	var out []string
	for _, n := range r.Nodes {
		if a, ok := n.Attr.(*ir.RepeatAttr); ok {
			text := fmt.Sprintf("%d+%d*%s", a.First, a.Step, a.Count)
			if inner := loops(n.Regions[0]); inner != "" {
				text += "(" + inner + ")"
			}
			out = append(out, text)
		}
	}
	return strings.Join(out, " ")
}

const scaled = "block S(n) { g : [D]\n(x: [D]) = x * g + n }\n"

func TestLoops(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"s : 4 * S(0)\n(x: [T, D]) = s(x)\n" + scaled, "0+1*4"},
		{"s : 4 * S(l)\n(x: [T, D]) = s(x)\n" + scaled, "0+1*4"},
		{"s : 0 * S(l)\n(x: [T, D]) = s(x)\n" + scaled, ""},
		{"s : 1 * S(if l == 0 then 5 else 0)\n(x: [T, D]) = s(x)\n" + scaled, "0+1*1"},
		{"s : 5 * S(if l == 2 then 1 else 0)\n(x: [T, D]) = s(x)\n" + scaled, "0+1*2 2+1*1 3+1*2"},
		{"s : 7 * S(if l % 2 == 0 then 1 else 0)\n(x: [T, D]) = s(x)\n" + scaled, "0+2*3 6+1*1"},
		{"s : 12 * S(if l % 6 == 5 then 1 else 0)\n(x: [T, D]) = s(x)\n" + scaled, "0+6*2"},
		{"s : 9 * S(if l < 3 then 0 else l % 3)\n(x: [T, D]) = s(x)\n" + scaled, "0+1*3 3+1*6"},
		{"s : 6 * S(if l < 3 then 0 else (if l % 3 == 1 then 7 else 8))\n(x: [T, D]) = s(x)\n" + scaled,
			"0+1*3 3+1*1 4+1*1 5+1*1"},
		{"s : 6 * S(0)\n(x: [T, D]) = s[4..6](s[0..2](x))\n" + scaled, "0+1*2 4+1*2 2+1*2"}, // those that do not run are stored
		{"s : 6 * S(if l == 3 then 7 else 0)\n(x: [T, D]) = s[2](s[1](x))\n" + scaled, "0+1*3 3+1*1 4+1*2"},
		{"s : 3 * S(0)\n(x: [T, D]) = s(s(x))\n" + scaled, "0+1*3 0+1*3"},
		{"s : 2 * (if l == 0 then RMSNorm(D) else LayerNorm(D))\n(x: [T, D]) = s(x)", "0+1*1 1+1*1"},
		{"s : 3 * O(l)\n(x: [T, D]) = s(x)\nblock O(m) { t : 4 * S(m + l)\n(x: [T, D]) = t(x) }\n" + scaled,
			"0+1*3(0+1*4)"},
		{"s : 3 * O(l)\n(x: [T, D]) = s(x)\nblock O(m) { t : 4 * S(if l < m then 1 else 2)\n(x: [T, D]) = t(x) }\n" + scaled,
			"0+1*1(0+1*4) 1+1*1(0+1*1 1+1*3) 2+1*1(0+1*2 2+1*2)"},
	} {
		m := compile(t, header+c.body+"\n}", lower.Options{})
		if got := loops(m.Body); got != c.want {
			t.Errorf("%q: loops %q, want %q", c.body, got, c.want)
		}
	}
}

// Layers compute the same whether they are one loop, several, or a period; numbers of the layer are exact in each.
func TestLayersCompute(t *testing.T) {
	for _, n := range []string{"l", "if l % 2 == 0 then l else 10 * l", "if l == 3 then 7 else l % 3", "(l + 1) / (2 * l + 1)",
		"l * l - l", "if l < 2 then D else F"} {
		at := func(l int) float64 {
			switch n {
			case "l":
				return float64(l)
			case "if l % 2 == 0 then l else 10 * l":
				return float64([]int{l, 10 * l}[l%2])
			case "if l == 3 then 7 else l % 3":
				if l == 3 {
					return 7
				}
				return float64(l % 3)
			case "(l + 1) / (2 * l + 1)":
				return float64(l+1) / float64(2*l+1)
			case "l * l - l":
				return float64(l*l - l)
			}
			return []float64{8, 6}[min(l/2, 1)]
		}
		p := execute(t, "s : 6 * S("+n+", l)\n(x: [T, D]) = s(x)\n"+
			"block S(n, i) { g : [D] as \"g{i}\"\n(x: [D]) = x * g + n + i }", inputs(in("x", axis("T", 2), axis("D", 8))))
		p.is("output", func(ix map[string]int) float64 {
			v := p.x("x", ix["T"], ix["D"])
			for l := range 6 {
				v = v*w(fmt.Sprintf("s.%d.g%d", l, l), []int{8}, ix["D"]) + at(l) + float64(l)
			}
			return v
		})
	}
}

// Stacks in stacks, with the numbers of both; a stack that runs twice uses its tensors twice.
func TestStacksInStacks(t *testing.T) {
	p := execute(t, `
s : 3 * O(l)
(x: [T, D], m: [T, D]) = s(s[1..3](x, m), m)
block O(a) {
  t : 2 * I(a, l)
  (x: [T, D], m: [T, D]) = t(x, m)
}
block I(a, b) {
  W = if a == b then 4 else 8
  g : [W] as "g{a}"
  (x: [T, D], m: [T, D]) = x * sum[W](g) + (10 * a + b) * m
}`, inputs(in("x", axis("T", 2), axis("D", 8)), in("m", axis("T", 2), axis("D", 8))))
	p.is("output", func(ix map[string]int) float64 {
		v, m := p.x("x", ix["T"], ix["D"]), p.x("m", ix["T"], ix["D"])
		for _, a := range []int{1, 2, 0, 1, 2} {
			for b := range 2 {
				n := 8
				if a == b {
					n = 4
				}
				v = v*sum(n, func(k int) float64 { return w(fmt.Sprintf("s.%d.t.%d.g%d", a, b, a), []int{8}, k) }) +
					float64(10*a+b)*m
			}
		}
		return v
	})
}

func TestStackMistakes(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"s : T * S(0)\n(x: [T, D]) = s(x)\n" + scaled, "E201:2"},
		{"s : -1 * S(0)\n(x: [T, D]) = s(x)\n" + scaled, "E506:2"},
		{"s : 1.5 * S(0)\n(x: [T, D]) = s(x)\n" + scaled, "E501:2"},
		{"s : 2 * D\n(x: [T, D]) = s(x)", "E210:2"},
		{"s : 2 * S(0)\n(x: [T, D]) = s()\n" + scaled, "E207:3"},
		{"s : 2 * S(0)\n(x: [T, D]) = s(s)\n" + scaled, "E307:3"},
		{"s : 2 * S(0)\n(x: [T, D]) = s[2](x)\n" + scaled, "E313:3"},
		{"s : 2 * S(0)\n(x: [T, D]) = s[-1](x)\n" + scaled, "E313:3"},
		{"s : 2 * S(0)\n(x: [T, D]) = s[1..2][1](x)\n" + scaled, "E313:3"},
		{"s : 2 * S(0)\n(x: [T, D]) = s[T](x)\n" + scaled, "E302:3"},
		{"s : 2 * S(0)\n(x: [T, D]) = s[eps](x)\n" + scaled, "E501:3"},
		{"s : 2 * S(0)\n(x: [T, D]) = s[0].h(x)\n" + scaled, "E201:3"},
		{"s : 2 * S(0)\n(x: [T, D]) = s.h(x)\n" + scaled, "E201:3"},
		{"s : 3 * S(0)\nr : 4 * B(l)\n(x: [T, D]) = r(x)\nblock B(n) { (x: [T, D]) = s[n](x) }\n" + scaled, "E313:5"},
		{"s : 2 * S(0)\n(x: [T, D]) = s[1..1](x)\n" + scaled, "E313:3"},
		{"s : 2 * S(0)\n(x: [T, D]) = s[D: 0..1](x)\n" + scaled, "E210:3"},
		{"s : 2 * S(0)\n(x: [T, D]) = s[0..eps](x)\n" + scaled, "E501:3"},
		{"s : 2 * S(0)\n(x: [T, D]) = s.g\n" + scaled, "E201:3"},
		{"s : 2 * S(0)\n(x: [T, D]) = x\n" + scaled, "E209:2"},
		{"s : 2 * S(0)\n(x: [T, D]) = x + s[0..1](y)\n" + scaled, "E201:3"},
		{"s : 2 * S(0) with bias\n(x: [T, D]) = s(x)\n" + scaled, "E210:2"},
		{"s : 2 * B\n(x: [T, D]) = s(x)\nblock B { w : D -> F\n(x: [T, D]) = w(x) }", "E311:3"},
		{"s : 2 * B\n(x: [T, D]) = s(x)\nblock B { w : D -> F }", "E206:3"},
		{"s : 2 * B\n(x: [T, D]) = s(x)\nblock B { (x: [T, D]) = x, l }", "E201:4"},
		{"s : 300 * B(l)\n(x: [T, D]) = s(x)\nblock B(n) { E = max(n, 1)\ng : [E]\n(x: [T, D]) = x }", "E506:3"},
		{"s : 2 * S(0)\n(x: [T, D]) = s(x; x)\n" + scaled, "E301:3"},
	} {
		if got := faults(header+c.body+"\n}", lower.Options{}); got != c.want {
			t.Errorf("%q: %s, want %s", c.body, got, c.want)
		}
	}
}
