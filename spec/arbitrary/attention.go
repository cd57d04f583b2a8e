package arbitrary

import (
	"fmt"
	"strconv"
	"strings"
)

// heads are the axes of queries and of keys beside their width K. Where those of queries are a product of those of
// keys, a score that adds them (not only multiplies) needs queries written as G R.
var heads = []struct {
	option
	parameters     string // of the block, with the numbers of heads {H} and of groups {G}
	queries, keys  string
	score          string // the axes of a score, for what is added to it
	multipliesOnly bool
}{
	{option{"one", 15}, "K=4", "", "", "", false},
	{option{"all", 30}, "H={H}, K=D/H", "H ", "H ", "H", false},
	{option{"all, width of their own", 15}, "H={H}, K=6", "H ", "H ", "H", false},
	{option{"grouped", 30}, "H={H}, G={G}, R=H/G, K=4", "H ", "G ", "H", true},
	{option{"grouped by two axes", 20}, "G={G}, R=2, K=4", "G R ", "G ", "G, R", false},
	{option{"one key for all", 15}, "H={H}, K=4", "H ", "", "H", false},
	{option{"one key, of a group", 10}, "H={H}, G=1, R=H/G, K=4", "H ", "G ", "H", true},
}

// turns are positions in queries and keys.
var turns = []struct {
	option
	call string
}{
	{option{"", 50}, ""},
	{option{"halves", 25}, "rope(%s)"},
	{option{"neighbours", 15}, "rope_interleaved(%s, 100)"},
	{option{"stretched", 10}, "rope_yarn(%s, 50, factor=4, original=8)"},
}

// attending is what the parts of an attention know of each other.
type attending struct {
	b              *block
	queries, keys  string // axes beside the width, each followed by a space
	scores         string // axes of a score, with commas
	multipliesOnly bool
	whole          bool   // H K is D
	positive       bool   // scores are, so that they may be summed to divide
	score          string // the expression
	talks, byHead  bool   // it sums over heads; the mask differs between them
}

// attention is self-attention in the layers of the library and in forms of its own.
func (g *generator) attention(b *block) {
	a := g.heads(b)
	y := "x"
	q, k, v := g.projections(a, y)
	valueWidth := "K"
	if v == "" {
		b.field("W = 3 * 1")
		b.field("v_proj : D -> %sW", a.keys)
		v, valueWidth = "v_proj(x)", "W"
	}
	q, k = g.prepared(a, q, k)
	g.attend(a, q, k, v, true)
	g.output(a, valueWidth)
}

// heads chooses the heads of a block.
func (g *generator) heads(b *block) *attending {
	h := pick(g.chooser, "heads", heads)
	number := g.number("H", 2, 4)
	filled := strings.NewReplacer("{H}", strconv.Itoa(number), "{G}", strconv.Itoa(number/2)).Replace(h.parameters)
	b.head += "(" + filled + ")"
	return &attending{b: b, queries: h.queries, keys: h.keys, scores: h.score, multipliesOnly: h.multipliesOnly,
		whole: strings.Contains(filled, "K=D/H")}
}

// projections makes queries, keys and values of y; no value means one of a width of its own.
func (g *generator) projections(a *attending, y string) (q, k, v string) {
	bias := ""
	if g.has("projection bias") {
		bias = " with bias"
	}
	b := a.b
	if g.has("fused projections") {
		b.field("qkv : D -> %[1]sK + %[2]sK + %[2]sK%[3]s", a.queries, a.keys, bias)
		b.do("qq, kk, vv = qkv(%s)", y)
		return "qq", "kk", "vv"
	}
	b.field("q_proj : D -> %sK%s", a.queries, bias)
	b.field("k_proj : D -> %sK%s", a.keys, bias)
	q, k = "q_proj("+y+")", "k_proj("+y+")"
	switch {
	case g.has("keys are values"):
		return q, k, k
	case g.has("value width"):
		return q, k, ""
	}
	b.field("v_proj : D -> %sK%s", a.keys, bias)
	return q, k, "v_proj(" + y + ")"
}

// prepared is what stands between the projections and the scores: a convolution, norms, positions.
func (g *generator) prepared(a *attending, q, k string) (string, string) {
	b := a.b
	if g.has("short convolution") {
		b.field("q_conv : %[1]sK -> %[1]sK over Place window(3) pad(2, 0)", a.queries)
		b.field("k_conv : %[1]sK -> %[1]sK over Place window(2) pad(1, 0)", a.keys)
		q, k = "q_conv("+q+")", "k_conv("+k+")"
	}
	if g.has("query and key norm") {
		b.field("q_norm, k_norm : RMSNorm(K)")
		q, k = "q_norm("+q+")", "k_norm("+k+")"
	}
	if t := pick(g.chooser, "turn", turns); t.call != "" {
		q, k = fmt.Sprintf(t.call, q), fmt.Sprintf(t.call, k)
	}
	return q, k
}

// attend writes the attend itself: the local a is its result. A self-attention is masked so that it is causal.
func (g *generator) attend(a *attending, q, k, v string, self bool) {
	b := a.b
	if !g.has("operands in place") {
		b.do("q = %s", q)
		b.do("k = %s", k)
		b.do("v = %s", v)
		q, k, v = "q", "k", "v"
	}
	g.scores(a, self)
	b.do("a = attend(%s; %s, %s) {", q, k, v)
	b.do("  score = %s", a.score)
	mask := ""
	if self {
		mask = g.mask(a)
	} else if g.has("ordered cross-attention") {
		mask = "causal"
	}
	if mask != "" {
		b.do("  mask = %s", mask)
	}
	if n := g.normalizer(a); n != "" {
		b.do("  norm = %s", n)
	}
	if a.scores == "H" && !a.byHead && g.has("talking heads") {
		b.field("listen : H -> H")
		b.do("  weight = listen(w)")
	}
	b.do("}")
}

// output is what a layer makes of the heads' results.
func (g *generator) output(a *attending, width string) {
	b := a.b
	out := "a"
	if g.has("output gate") {
		b.field("gate : D -> %s%s with bias", a.queries, width)
		out = "a * sigmoid(gate(x))"
	}
	if a.whole && width == "K" && g.has("no output projection") {
		b.do("%s", out)
		return
	}
	b.field("o_proj : %s%s -> D", a.queries, width)
	b.do("o_proj(%s)", out)
}

// cross is attention to the second sequence.
func (g *generator) cross(b *block) {
	a := g.heads(b)
	b.field("q_proj : D -> %sK", a.queries)
	b.field("k_proj, v_proj : D -> %sK", a.keys)
	g.attend(a, "q_proj(x)", "k_proj(memory)", "v_proj(memory)", false)
	g.output(a, "K")
}

// latent is attention whose keys and values come from few numbers a token, with positions apart, as in DeepSeek-V2.
func (g *generator) latent(b *block) {
	b.head += "(H=2, C=5, N=3, R=2, W=4)"
	if g.has("low-rank queries") {
		b.field("q_a : D -> 3")
		b.field("q_norm : RMSNorm(3)")
		b.field("q_b : 3 -> H (N + R)")
		b.do("qn, qr = q_b(q_norm(q_a(x)))")
	} else {
		b.field("q_b : D -> H (N + R)")
		b.do("qn, qr = q_b(x)")
	}
	b.field("kv_a : D -> C + R")
	b.field("kv_norm : RMSNorm(C)")
	b.field("kv_b : C -> H (N + W)")
	b.field("o_proj : H W -> D")
	b.do("c, kr = kv_a(x)")
	b.do("kn, v = kv_b(kv_norm(c))")
	b.do("qr = rope_interleaved(qr, 100)")
	b.do("kr = rope_interleaved(kr, 100)")
	b.do("a = attend(qn, qr; kn, kr, v) {")
	b.do("  score = (sum[N](qn*kn) + sum[R](qr*kr)) / sqrt(N + R)")
	a := &attending{b: b, queries: "H ", keys: "H ", scores: "H"}
	b.do("  mask = %s", g.mask(a))
	if n := g.normalizer(a); n != "" {
		b.do("  norm = %s", n)
	}
	b.do("}")
	b.do("o_proj(a)")
}
