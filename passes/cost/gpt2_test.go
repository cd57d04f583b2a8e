package cost

import (
	"testing"

	"archc/ir"
)

// gpt2 is GPT-2 124M (Radford et al. 2019; sizes from the published config.json) written down by hand:
// enough of it for parameters and contractions to be the model's.
func gpt2(t *testing.T) *ir.Module {
	n := newNet(t)
	d, v := dim("D", 768), dim("V", 50257)
	tokens := n.input("tokens", ir.Int, free("T"))
	wte := n.param("wte.weight", v, d)
	at := n.add(ir.Position, &ir.AxisAttr{Axis: free("T")}, nil)
	x := n.fn("add", n.gather(wte, tokens, "V"), n.gather(n.param("wpe.weight", dim("P", 1024), d), at, "P"))
	x = n.repeat(0, 1, 12, x, func(x ir.Value) ir.Value {
		x = n.fn("add", x, gpt2Attention(n, n.layerNorm(x, "h.{l}.ln_1")))
		n.Scope = "h.{l}.mlp"
		up := n.linear(n.layerNorm(x, "h.{l}.ln_2"), "h.{l}.mlp.c_fc", "D", dim("F", 3072))
		return n.fn("add", x, n.linear(n.fn("tanh", up), "h.{l}.mlp.c_proj", "F", d))
	})
	n.Scope = "lm_head"
	return n.done(n.dot(n.layerNorm(x, "ln_f"), n.param("wte.weight", v, d), "D"))
}

func gpt2Attention(n *net, x ir.Value) ir.Value {
	n.Scope = "h.{l}.attn"
	heads := func(from int64, query bool) ir.Value {
		// The fused c_attn is cut into its three parts; each is counted as stored.
		part := n.add(ir.Slice, &ir.SliceAttr{Label: "C", Start: ir.Const(from), Into: dim("E", 768)},
			[]ir.Value{n.param("h.{l}.attn.c_attn.weight", dim("D", 768), dim("C", 2304))})
		bias := n.add(ir.Slice, &ir.SliceAttr{Label: "C", Start: ir.Const(from), Into: dim("E", 768)},
			[]ir.Value{n.param("h.{l}.attn.c_attn.bias", dim("C", 2304))})
		h := n.split(n.fn("add", n.dot(x, part, "D"), bias), "E", dim("H", 12), dim("K", 64))
		if query {
			return h
		}
		return n.rename(h, "T", "S")
	}
	value := n.rename(heads(1536, false), "K", "W")
	y := n.attention(heads(0, true), heads(768, false), value, causal)
	return n.linear(n.merge(y, dim("E", 768), "H", "W"), "h.{l}.attn.c_proj", "E", dim("D", 768))
}

// linear is a map with bias from one label to an axis.
func (n *net) linear(x ir.Value, key, from string, to ir.Axis) ir.Value {
	at := x.Type().Axes[x.Type().Find(from)]
	return n.fn("add", n.dot(x, n.param(key+".weight", at, to), from), n.param(key+".bias", to))
}

func (n *net) layerNorm(x ir.Value, key string) ir.Value {
	d := dim("D", 768)
	mean := func(v ir.Value) ir.Value { return n.fn("div", n.reduce("sum", v, "D"), n.real(768)) }
	c := n.fn("sub", x, mean(x))
	y := n.fn("mul", c, n.fn("rsqrt", n.fn("add", mean(n.fn("mul", c, c)), n.real(1e-5))))
	return n.fn("add", n.fn("mul", y, n.param(key+".weight", d)), n.param(key+".bias", d))
}

// TestGPT2 holds the count against the published checkpoint (124,439,808 parameters) and, with all pairs,
// against nanoGPT's own count for 1024 tokens (karpathy/nanoGPT, transformer_sizing.ipynb: 291,648,307,200
// FLOPs).
func TestGPT2(t *testing.T) {
	for _, c := range []struct {
		convention Attention
		want       int64
	}{{Exact, 272_339_828_736}, {Full, 291_648_307_200}} {
		r := reportAs(t, gpt2(t), Options{Attention: c.convention})
		got, err := r.At(map[string]int64{"B": 1, "T": 1024})
		if err != nil {
			t.Fatal(err)
		}
		wantInt(t, "parameters", got.Parameters, 124_439_808)
		wantInt(t, string(c.convention), got.Contraction, c.want)
	}
	r := report(t, gpt2(t))
	wantText(t, "forward", r.Formulas["flops.forward"], "18432*B*T^2 + 247082496*B*T")
	for _, s := range r.Scopes {
		t.Logf("%s: %s; %s", s.Scope, Pretty(s.Contraction), Pretty(s.Elementwise))
	}
}
