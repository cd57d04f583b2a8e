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

// Side results and random draws: their names, and the axes that loops give them.

const three = "model M(D=3) {\n"

// ports lists inputs and outputs as they are named, with their types as the author wrote them.
func ports(m *ir.Module) string {
	var out []string
	for _, p := range slices.Concat(m.Inputs, m.Outputs) {
		var dims []string
		for _, a := range p.Type().Axes {
			dims = append(dims, fmt.Sprintf("%s=%s", strings.Split(a.Label, ".")[0], a.Size))
		}
		out = append(out, p.Name+"["+strings.Join(dims, ",")+"]")
	}
	return strings.Join(out, " ")
}

func TestSides(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"(x: [T, D]) { emit a = sum[T](x);  x + normal([T]) }",
			"x[T=T,D=3] normal[T=T] output[T=T,D=3] a[D=3]"},
		{"(x: [T, D]) { n = uniform(x);  y = uniform(x);  x + n + y + uniform(x) + uniform(x) }",
			"x[T=T,D=3] n[T=T,D=3] y[T=T,D=3] uniform[T=T,D=3] uniform#2[T=T,D=3] output[T=T,D=3]"},
		// Names are the fields'; a function of the file has the place of its caller.
		{"b : B as \"q\"\n(x: [T, D]) = b(b(x))\nblock B { (x: [D]) { emit s = sum[D](x);  x + normal([D]) } }",
			"x[T=T,D=3] b.normal[T=T,D=3] b.normal#2[T=T,D=3] output[T=T,D=3] b.s[T=T] b.s#2[T=T]"},
		// All layers: the dim of the stack.
		{"N = 3 * 1\ns : N * B\n(x: [T, D]) = s(x)\nblock B { (x: [D]) { emit s = sum[D](x);  x + normal([D]) } }",
			"x[T=T,D=3] s.normal[N=3,T=T,D=3] output[T=T,D=3] s.s[N=3,T=T]"},
		// Some layers, in two loops and one that has two of a period.
		{"s : 7 * B(l)\n(x: [T, D]) = s(x)\n" + sometimes("l == 0 | l % 3 != 0"),
			"x[T=T,D=3] s.n[layers=5,T=T] output[T=T,D=3] s.s[layers=5,T=T]"},
		{"s : 2 * B\n(x: [T, D]) = s(x)\nblock B { u : 3 * C\n(x: [D]) = u(x) }\n" +
			"block C { (x: [D]) { emit s = sum[D](x);  x } }",
			"x[T=T,D=3] output[T=T,D=3] s.u.s[2=2,3=3,T=T]"},
		{"(x: [T, D]) { last, ys = scan(e in x; h = zeros([D])) { h = h + e * uniform([D]);  emit a = h;  yield h }\nys }",
			"x[T=T,D=3] uniform[T=T,D=3] output[T=T,D=3] a[T=T,D=3]"},
		{"E = 2 * 1\ns : E * B\n(x: [T, D]) = sum[E](s[E](x))\nblock B { (x: [D]) { emit a = sum[D](x);  x + normal([]) } }",
			"x[T=T,D=3] s.normal[E=2,T=T] output[T=T,D=3] s.a[E=2,T=T]"},
		// A choice that is known when compiling.
		{"(x: [T, D]) = if train then x + normal([T]) else x", "x[T=T,D=3] output[T=T,D=3]"},
	} {
		if got := ports(compile(t, three+c.body+"\n}", lower.Options{})); got != c.want {
			t.Errorf("%q:\n%s, want\n%s", c.body, got, c.want)
		}
	}
	m := compile(t, three+"(x: [T, D]) = if train then x + normal([T]) else x\n}",
		lower.Options{Settings: map[string]string{"train": "true"}})
	if got := ports(m); got != "x[T=T,D=3] normal[T=T] output[T=T,D=3]" {
		t.Errorf("in training: %s", got)
	}
}

// sometimes is a layer that draws and emits where c holds.
func sometimes(c string) string {
	return "block B(l) { (x: [T, D]) = if " + c + " then noisy(x) else x * 2\n" +
		"noisy(x: [T, D]) { n = normal([T]);  emit s = sum[D](x) + l;  x + n } }"
}

// The k-th layer that draws takes element k, and what it emits is element k, however layers are grouped into loops.
func TestSidesInLayerOrder(t *testing.T) {
	for _, c := range []string{"l >= 0", "l % 2 == 1", "l == 0 | l % 3 != 0", "l > 2", "l < 3 | l == 5", "l == 4"} {
		m := compile(t, three+"s : 8 * B(l)\n(x: [T, D]) = s(x)\n"+sometimes(c)+"\n}", lower.Options{})
		x := tensor("x", axis("T", 2), axis("D", 3))
		n := m.Inputs[1]
		layers, _ := n.Type().Axes[0].Size.Int()
		noise := tensor("noise", axis(n.Type().Axes[0].Label, int(layers)), axis("T", 2))
		out := run(t, m, map[string]*eval.Tensor{"x": x, n.Name: noise})
		h, k := slices.Clone(x.Data), 0
		for l := range 8 {
			here := map[string]bool{"l >= 0": true, "l % 2 == 1": l%2 == 1, "l == 0 | l % 3 != 0": l == 0 || l%3 != 0,
				"l > 2": l > 2, "l < 3 | l == 5": l < 3 || l == 5, "l == 4": l == 4}[c]
			for t0 := range 2 {
				row := h[3*t0 : 3*t0+3]
				if here {
					if got, want := out["s.s"].Data[2*k+t0], row[0]+row[1]+row[2]+float64(l); got != want {
						t.Errorf("%s: layer %d emits %v, want %v", c, l, got, want)
					}
				}
				for i := range row {
					if here {
						row[i] += noise.Data[2*k+t0]
					} else {
						row[i] *= 2
					}
				}
			}
			if here {
				k++
			}
		}
		if k != int(layers) || !slices.Equal(h, out["output"].Data) {
			t.Errorf("%s: %d layers draw, of %d; %v, want %v", c, layers, k, out["output"].Data, h)
		}
	}
}

func TestSideMistakes(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"(x: [T, D]) {\nemit output = x\nx }", "E202:3"},
		{"(x: [T, D]) {\nemit x = x\nx }", "E202:3"},
		{"(x: [T, D]) -> n: [T, D] {\nn = normal([T, D])\nx + n }", "E202:3"},
		{"(n: [T, D]) {\nm = n + 1\nn = normal([T])\nm + n }", "E202:4"},
		{"(x: [T, D]) = attend(x; x, x) { score = sum[D](q*k) + normal([T])[j] }", "E210:2"},
		{"(x: [T, D]) = x + normal(T)", "E207:2"},
		{"(x: [T, D]) = x + normal([T], 2)", "E207:2"},
		{"(x: [T, D]) = x + normal[T](x)", "E207:2"},
		{"(x: [T, D]) = x + normal([T, T])", "E305:2"},
		{"N = 3 * 1\ns : N * B\n(x: [T, D]) = s(x)\nblock B { (x: [D]) { emit s = x * index(N);  x } }", "E305:5"},
		{"N = 3 * 1\ns : N * B\n(x: [T, D]) = s(x)\nblock B { (x: [D]) = x + sum[N](normal([N])) }", "E305:5"},
		{"s : 3 * B(l)\n(x: [T, D]) = s(x)\nblock B(l) { (x: [T, D]) {\nn = if l == 0 then normal([T]) else normal([D])\nx + n } }",
			"E311:5"},
	} {
		if got := faults(three+c.body+"\n}", lower.Options{}); got != c.want {
			t.Errorf("%q: %s, want %s", c.body, got, c.want)
		}
	}
	for set, want := range map[string]string{"true": "", "false": "", "yes": "E509:1"} {
		got := faults(three+"(x: [T, D]) = x\n}", lower.Options{Settings: map[string]string{"train": set}})
		if got != want {
			t.Errorf("train=%s: %s, want %s", set, got, want)
		}
	}
}
