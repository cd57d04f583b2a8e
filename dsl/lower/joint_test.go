package lower_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"archc/dsl/lower"
	"archc/ir/eval"

	"github.com/google/go-cmp/cmp"
)

// Joint stacks, `[E] Expert`: tensors with the axis E in front, wherever a stack can be used.

// A joint stack computes what the same stack with a tensor for each block does, whatever runs its blocks.
func TestJointStacks(t *testing.T) {
	const block = `
block S(n) {
  up   : D -> F with bias
  norm : RMSNorm(F)
  g    : [D] buffer
  (x: [D]) -> [D] = x + sum[F](norm(tanh(up(x)))) * g + n
  half(x: [D]) = x * g / 2
}
gate : D -> L
outer : 2 * O
block O {
  inner : L * S(l)
  (x: [T, D]) = inner(x)
}
`
	for _, call := range []string{
		"s(x)", "s[1..3](x)", "s[2](x)", "s.half(x)", "x * s[L - 1].g", "sum[L](gate(x) * s[L](x))", "outer(x)",
		"sum[e in top[L](gate(x), 2)](s[e](x))", "sum[L](s[L].half(x))",
	} {
		apart := header + "s : L * S(l)\n(x: [T, D]) -> [T, D] = " + call + " + 0 * s(x) + 0 * outer(x)" + block + "}"
		joint := header + "s : [L] S(l)\n(x: [T, D]) -> [T, D] = " + call + " + 0 * s(x) + 0 * outer(x)" + block + "}"
		joint = strings.Replace(joint, "inner : L * S(l)", "inner : [L] S(l)", 1)
		x := map[string]*eval.Tensor{"x": tensor("x", axis("T", 3), axis("D", 8))}
		m, one := compile(t, joint, lower.Options{}), compile(t, apart, lower.Options{})
		weights, err := eval.NewHashWeights(m)
		if err != nil {
			t.Fatal(err)
		}
		want := runWith(t, one, parts{weights}, x)["output"].Data
		if diff := cmp.Diff(want, run(t, m, x)["output"].Data); diff != "" {
			t.Errorf("%s: %s", call, diff)
		}
	}
}

// parts reads the tensors of single blocks out of those that they have together: s.2.g is the third part of s.g.
type parts struct{ joint eval.Weights }

var numbered = regexp.MustCompile(`((?:^|\.)(?:s|inner))\.(\d+)`)

func (p parts) Read(key string) ([]int64, []float64, error) {
	at := numbered.FindStringSubmatch(key)
	if at == nil {
		return p.joint.Read(key)
	}
	shape, data, err := p.joint.Read(numbered.ReplaceAllString(key, "$1"))
	if err != nil {
		return nil, nil, err
	}
	n, _ := strconv.Atoi(at[2])
	size := len(data) / int(shape[0])
	return shape[1:], data[n*size : (n+1)*size], nil
}

func TestJointKeys(t *testing.T) {
	m := compile(t, header+`
s : [L] S as "mlp.experts"
(x: [T, D]) = s(x)
block S {
  inner : [G] I
  w     : D -> F with bias as "=w_in", "=b_in"
  t     : int V -> D
  c     : D -> D over X window(3) pad(1)
  g     : [D, F] stored [F, D]
  (x: [T, D]) = inner(x)
}
block I { k : [D] ; (x: [T, D]) = x * k }
}`, lower.Options{})
	got, err := eval.StoredShapes(m)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]int64{"mlp.experts.w_in": {4, 6, 8}, "mlp.experts.b_in": {4, 6}, "mlp.experts.t.weight": {4, 10, 8},
		"mlp.experts.c.weight": {4, 8, 8, 3}, "mlp.experts.g": {4, 6, 8}, "mlp.experts.inner.k": {4, 2, 8}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestJointMistakes(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"s : [L, G] RMSNorm(D)\n(x: [T, D]) = s(x)", "E210:2"},
		{"s : [T] RMSNorm(D)\n(x: [T, D]) = s(x)", "E201:2"},
		{"s : [eps] RMSNorm(D)\n(x: [T, D]) = s(x)", "E502:2"},
		{"s : [1] RMSNorm(D)\n(x: [T, D]) = s(x)", "E309:2"},
		{"s : [L] D\n(x: [T, D]) = s(x)", "E210:2"},
		{"s : [L] RMSNorm(D) with bias\n(x: [T, D]) = s(x)", "E210:2"},
		{"s : [L] RMSNorm(D)\n(x: [T, D]) = x", "E209:2"},
		{"s : [D] RMSNorm(D)\n(x: [T, D]) = s(x)", "E305:2"},
		{"s : [L] B(l)\n(x: [T, D]) = s(x)\nblock B(n) { E = n + 1\ng : [E]\n(x: [T, D]) = x * sum[E](g) }", "E312:5"},
		{"s : [L] RMSNorm(D)\n(x: [T, D]) = s[4](x)", "E313:3"},
	} {
		if got := faults(header+c.body+"\n}", lower.Options{}); got != c.want {
			t.Errorf("%q: %s, want %s", c.body, got, c.want)
		}
	}
}
