package cost

import (
	"fmt"
	"testing"

	"archc/ir"
)

// weights are stored tensors of a layer: a name and the dims.
type weights []struct {
	name string
	dims []int64
}

func (w weights) read(n *net, prefix string) {
	for _, t := range w {
		axes := make([]ir.Axis, len(t.dims))
		for i, d := range t.dims {
			axes[i] = dim(fmt.Sprint("A", i), d)
		}
		n.param(prefix+t.name, axes...)
	}
}

// mixture is a decoder with experts, as far as its parameters go.
type mixture struct {
	layers, dense       int64 // the first of them without experts
	width, vocabulary   int64
	experts, slots      int64
	attention           weights
	expert, shared, mlp int64 // hidden sizes of gated layers, of three matrices; 0 for none
	bias                bool  // of the router
}

func gated(width, hidden int64) weights {
	if hidden == 0 {
		return nil
	}
	return weights{{"gate", []int64{hidden, width}}, {"up", []int64{hidden, width}}, {"down", []int64{width, hidden}}}
}

func (m mixture) module(t *testing.T) *ir.Module {
	n := newNet(t)
	ids := n.input("ids", ir.Int, free("T"))
	d := dim("D", m.width)
	x := n.gather(n.param("embed", dim("V", m.vocabulary), d), ids, "V")
	yes := n.yes()
	attention := func(prefix string) {
		m.attention.read(n, prefix)
		weights{{"norm1", []int64{m.width}}, {"norm2", []int64{m.width}}}.read(n, prefix)
	}
	x = n.repeat(0, 1, m.dense, x, func(x ir.Value) ir.Value {
		attention("layers.{l}.")
		gated(m.width, m.mlp).read(n, "layers.{l}.mlp.")
		return x
	})
	x = n.repeat(m.dense, 1, m.layers-m.dense, x, func(x ir.Value) ir.Value {
		attention("layers.{l}.")
		gated(m.width, m.shared).read(n, "layers.{l}.shared.")
		score := n.dot(x, n.param("layers.{l}.router", dim("E", m.experts), d), "D")
		if m.bias {
			score = n.fn("add", score, n.param("layers.{l}.bias", dim("E", m.experts)))
		}
		index := n.topk(score, "E", dim("K2", m.slots))
		return n.expertsOn(index, yes, m.experts, []ir.Value{x}, func(_ ir.Value, in []ir.Value) ir.Value {
			gated(m.width, m.expert).read(n, "layers.{l}.experts.{e}.")
			return in[0]
		})
	})
	return n.done(n.dot(n.fn("mul", x, n.param("norm", d)), n.param("head", dim("V", m.vocabulary), d), "D"))
}

// grouped is attention of so many heads and key heads of a size.
func grouped(width, heads, keys, size int64) weights {
	return weights{{"q", []int64{heads * size, width}}, {"k", []int64{keys * size, width}},
		{"v", []int64{keys * size, width}}, {"o", []int64{width, heads * size}}}
}

// latent is attention with compressed keys and values (DeepSeek-V2, arXiv:2405.04434, section 2.1): sizes 128 + 64 of
// queries and keys, 128 of values, a latent of 512, and one of so many for the queries, 0 for none.
func latent(width, heads, query int64) weights {
	w := weights{{"kv_a", []int64{512 + 64, width}}, {"kv_norm", []int64{512}}, {"kv_b", []int64{heads * 256, 512}},
		{"o", []int64{width, heads * 128}}}
	if query == 0 {
		return append(w, weights{{"q", []int64{heads * 192, width}}}...)
	}
	return append(w, weights{{"q_a", []int64{query, width}}, {"q_norm", []int64{query}},
		{"q_b", []int64{heads * 192, query}}}...)
}

// TestPublishedExperts holds total and active parameters against those of the published models: the checkpoints'
// own totals; active 12.9B (Mixtral, arXiv:2401.04088), 3.3B (Qwen3), 2.4B without the embedding (DeepSeek-V2-Lite)
// and 36.6B without the embedding (DeepSeek-V3, README_WEIGHTS.md).
func TestPublishedExperts(t *testing.T) {
	qwen := append(grouped(2048, 32, 4, 128), weights{{"q_norm", []int64{128}}, {"k_norm", []int64{128}}}...)
	for _, c := range []struct {
		name                string
		of                  mixture
		total, active, excl int64
	}{
		{"Mixtral 8x7B", mixture{layers: 32, width: 4096, vocabulary: 32000, experts: 8, slots: 2, expert: 14336,
			attention: grouped(4096, 32, 8, 128)}, 46_702_792_704, 12_879_925_248, 12_748_853_248},
		{"Mixtral 8x22B", mixture{layers: 56, width: 6144, vocabulary: 32000, experts: 8, slots: 2, expert: 16384,
			attention: grouped(6144, 48, 8, 128)}, 140_620_634_112, 39_152_031_744, 38_955_423_744},
		{"Qwen3 30B-A3B", mixture{layers: 48, width: 2048, vocabulary: 151936, experts: 128, slots: 8, expert: 768,
			attention: qwen}, 30_532_122_624, 3_353_032_704, 3_041_867_776},
		{"DeepSeek-V2-Lite", mixture{layers: 27, dense: 1, width: 2048, vocabulary: 102400, experts: 64, slots: 6,
			expert: 1408, shared: 2 * 1408, mlp: 10944, attention: latent(2048, 16, 0)},
			15_706_484_224, 2_661_150_208, 2_451_435_008},
		{"DeepSeek-V3", mixture{layers: 61, dense: 3, width: 7168, vocabulary: 129280, experts: 256, slots: 8,
			expert: 2048, shared: 2048, mlp: 18432, bias: true, attention: latent(7168, 128, 1536)},
			671_026_419_200, 37_552_297_472, 36_625_618_432},
	} {
		p := report(t, c.of.module(t)).Parameters
		wantInt(t, c.name, p.Total, c.total)
		wantInt(t, c.name+", active", p.Active, c.active)
		wantInt(t, c.name+", without embedding", p.ActiveWithoutInputEmbedding, c.excl)
	}
}
