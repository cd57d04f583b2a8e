package lower_test

import (
	"strings"
	"testing"

	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/eval"

	"github.com/google/go-cmp/cmp"
)

// Overrides: a variant with lines computes what the same text with these changes computes.

const plainModel = `model Base(D=8, L=12, H=4, G=2, R=H/G, K=D/H, F=6, V=10, W=5) {
  embed        : int V -> D
  model.layers : L * Layer(l)
  norm         : RMSNorm(D, 1e-4)
  (tokens: int[T], far: bool[T] = true) -> [T, D] = norm(model.layers(embed(tokens), far))
  block Layer(l) {
    norm      : RMSNorm(D, 1e-3)
    self_attn : Attention(W, l)
    mlp       : SwiGLU(D, F)
    (x: [T, D], far: bool[T]) {
      x += self_attn(norm(x), far)
      x += mlp(norm(x))
    }
  }
  block Attention(w, l) {
    q_proj         : D -> H K
    k_proj, v_proj : D -> G K
    o_proj         : H K -> D
    (x: [T, D], far: bool[T]) = o_proj(attend(act(q_proj(x)); k_proj(x), v_proj(x)) {
      score = sum[K](q*k) / sqrt(K)
      mask  = causal & window(w)
    })
    act(x) = x
  }
}
`

// changed is the base with one text in place of another, once.
func changed(t *testing.T, pairs ...string) string {
	text := plainModel
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("no %q in the base", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

func TestOverrides(t *testing.T) {
	const mask = "mask  = causal & window(w)"
	for _, c := range []struct {
		lines string
		same  string // the base with the change written into it
		loops string
	}{
		{"model.layers[*].self_attn.mask = causal", changed(t, mask, "mask = causal"), "0+1*12"},
		{"model.layers[*].self_attn.mask = causal & window(w + N) | far[j] & j <= i",
			changed(t, mask, "mask = causal & window(w + 3) | far[j] & j <= i"), "0+1*12"},
		{"model.layers[*].self_attn.mask = causal & window(2)\nmodel.layers[l % 6 == 5].self_attn.mask = causal",
			changed(t, mask, "mask = if l % 6 == 5 then causal else causal & window(2)"), "0+6*2"},
		{"model.layers[l % 6 == 5].self_attn.mask = causal\nmodel.layers[*].self_attn.mask = causal & window(2)",
			changed(t, mask, "mask = causal & window(2)"), "0+6*2"},
		{"model.layers[3].self_attn.score = sum[K](q*k)", changed(t, "/ sqrt(K)", "/ (if l == 3 then 1 else sqrt(K))"),
			"0+1*3 3+1*1 4+1*8"},
		{"model.layers[l > 7].self_attn.norm = softmax1", changed(t, mask, mask+"\nnorm = if l > 7 then softmax1 else softmax"),
			"0+1*8 8+1*4"},
		{"model.layers[*].self_attn.weight = w * 0.5", changed(t, mask, mask+"\nweight = w * 0.5"), "0+1*12"},
		{"model.layers[*].self_attn.w = 2", changed(t, "Attention(W, l)", "Attention(2, l)"), "0+1*12"},
		{"model.layers[*].self_attn.w = l % 2 + 1", changed(t, "Attention(W, l)", "Attention(l % 2 + 1, l)"), "0+1*12"},
		{"model.layers[*].norm.eps = 0.5\nnorm.eps = 0.25", changed(t, "1e-4", "0.25", "1e-3", "0.5"), "0+1*12"},
		{"model.layers[l % 2 == 0].mlp.F = 4", changed(t, "SwiGLU(D, F)", "SwiGLU(D, if l % 2 == 0 then 4 else F)"), "0+2*6"},
		{"model.layers[*].mlp.F = F", changed(t, "mlp       : SwiGLU(D, F)", "mlp : SwiGLU(D, 7)"), "0+1*12"},
		{"model.layers[*].self_attn.act = relu", changed(t, "act(x) = x", "act(x) = relu(x)"), "0+1*12"},
		{"V = 11\nL = 2", changed(t, "V=10", "V=11", "L=12", "L=2"), "0+1*2"},
	} {
		text := plainModel + "model M(N=3, F=7) = Base with {\n" + c.lines + "\n}"
		m := compile(t, text, lower.Options{Model: "M"})
		if got := loops(m.Body); got != c.loops {
			t.Errorf("%q: loops %q, want %q", c.lines, got, c.loops)
		}
		want := compile(t, c.same, lower.Options{})
		in := func() map[string]*eval.Tensor {
			tokens := &eval.Tensor{Kind: ir.Int, Axes: []eval.Axis{axis("T", 9)}, Data: []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}}
			far := &eval.Tensor{Kind: ir.Bool, Axes: []eval.Axis{axis("T", 9)}, Data: []float64{1, 0, 0, 1, 0, 0, 0, 1, 0}}
			return map[string]*eval.Tensor{"tokens": tokens, "far": far}
		}
		got := run(t, m, in())["output"].Data
		if diff := cmp.Diff(run(t, want, in())["output"].Data, got); diff != "" {
			t.Errorf("%q computes something else: %s", c.lines, diff)
		}
		if base := run(t, compile(t, plainModel, lower.Options{}), in())["output"].Data; cmp.Equal(base, got) &&
			!strings.HasPrefix(c.lines, "V") {
			t.Errorf("%q changes nothing", c.lines)
		}
	}
}

// Variants of variants: the outer one's lines come last, its settings reach the parameters of both.
func TestOverridesOfOverrides(t *testing.T) {
	m := compile(t, `model A(D=8, s=1) { a : Scale;  b : Scale;  (x: [T, D]) = a(x) + b(x) * s
block Scale(by=3) { (x: [D]) = x * by } }
model B(s=5) = A(s=s) with { a.by = 10;  b.by = 100 }
model C = B with { b.by = 1000;  s = 2 }`, lower.Options{Model: "C"})
	x := tensor("x", axis("T", 2), axis("D", 8))
	out := run(t, m, map[string]*eval.Tensor{"x": x})["output"]
	for i := range x.Data {
		if want := x.Data[i]*10 + x.Data[i]*1000*2; out.Data[i] != want {
			t.Fatalf("%v, want %v", out.Data[i], want)
		}
	}
}

func TestOverrideMistakes(t *testing.T) {
	for _, c := range []struct{ lines, want string }{
		{"model.layers[*].self_attn.msk = causal", "E201:1"},
		{"model.layers[*].attn.mask = causal", "E201:1"},
		{"model.layer[*].self_attn.mask = causal", "E201:1"},
		{"layers[*].self_attn.mask = causal", "E201:1"},
		{"model.layers[*].self_attn = causal", "E201:1"},
		{"model.layers[*].self_attn.q_proj.mask = causal", "E201:1"},
		{"model.layers[l == 12].self_attn.mask = causal", "E201:1"},
		{"model.layers[l == 11].self_attn.mask = causal;  model.layers[12].self_attn.mask = causal", "E201:1"},
		{"model.layers.self_attn.mask = causal", "E210:1"},
		{"model.layers[*].self_attn[*].mask = causal", "E210:1"},
		{"model.layers[0.5].self_attn.mask = causal", "E501:1"},
		{"model.layers[T].self_attn.mask = causal", "E201:1"},
		{"model.layers[*].self_attn.mask = nothing", "E201:1"},
		{"model.layers[*].self_attn.mask = i - j", "E404:1"},
		{"model.layers[*].self_attn.act = 3", "E210:1"},
		{"model.layers[*].mlp.F = 0", "E502:1"},
		{"model.layers[*].mlp.F = 1.5", "E502:1"},
		{"Q = 3", "E201:1"},
		{"q_proj.Q = 3", "E201:1"},
	} {
		got := faults("model M(N=3) = Base with { "+c.lines+" }\n"+plainModel, lower.Options{Model: "M"})
		if got != c.want {
			t.Errorf("%q: %s, want %s", c.lines, got, c.want)
		}
	}
	text := "model M = Base with { a.mask = causal }\nmodel Base(D=8) { a : A\n(x: [T, D]) = a(x)\n" +
		"block A { (x: [T, D]) { y = attend(x; x, x) { score = sum[D](q*k) }\nattend(y; y, y) { score = sum[D](q*k) } } } }"
	if got := faults(text, lower.Options{Model: "M"}); got != "E210:1" {
		t.Errorf("two attends: %s", got)
	}
}
