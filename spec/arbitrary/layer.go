package arbitrary

import "fmt"

// layer writes a kind of layer and gives what names it in a field, for an index.
func (g *generator) layer(k int) func(index string) string {
	name := fmt.Sprint("Layer", k)
	g.indexed, g.argument = g.has("layer index"), g.has("norm as argument")
	parameters, normal := "", ""
	if g.argument {
		normal = pick(g.chooser, "norm", norms[:3]).name
	}
	switch {
	case g.indexed && g.argument:
		parameters = "(l, normal)"
	case g.indexed:
		parameters = "(l)"
	case g.argument:
		parameters = "(normal)"
	}
	b := g.file.inner("block " + name + parameters)
	b.signature = g.signature()
	if g.has("layer constant") {
		b.field("half = 1 / 2")
		b.do("x = x * half")
	}
	pick(g.chooser, "residual", residuals).write(g, b)
	return func(index string) string {
		switch {
		case parameters == "(l, normal)":
			return name + "(" + index + ", " + normal + ")"
		case parameters == "(l)":
			return name + "(" + index + ")"
		case parameters == "(normal)":
			return name + "(" + normal + ")"
		}
		return name
	}
}

// norms are blocks of the library, and one of the file's own.
var norms = []option{{"RMSNorm", 40}, {"LayerNorm", 30}, {"UnbiasedLayerNorm", 10}, {"OffsetRMSNorm", 10}, {"own", 10}}

// norm declares a norm in b and gives the name of what is called.
func (g *generator) norm(b *block, name string) string {
	if g.argument && b != g.file {
		b.field("%s : normal(D)", name)
		return name
	}
	var kind string
	g.within(name, func() { kind = pick(g.chooser, "norm", norms).name })
	if kind == "own" {
		g.file.function("unit(x: [D]) = x * rsqrt(sum[D](x*x) + 1e-5)")
		return "unit"
	}
	b.field("%s : %s(D)", name, kind)
	return name
}

// residuals are the ways in which a layer puts its two halves together. What has no norm is bounded: a product of three,
// as attention without a normalizer is, would grow from layer to layer beyond any number.
var residuals = []struct {
	option
	write func(g *generator, b *block)
}{
	{option{"none", 5}, func(g *generator, b *block) {
		b.field("offset : [D]") // layers without it make values so small that a cosine divides 0 by 0
		b.do("offset + %s", g.channel(b, g.mixer(b, "tanh(x)")))
	}},
	{option{"plain", 10}, func(g *generator, b *block) {
		b.do("x += %s", g.mixer(b, "tanh(x)"))
		b.do("x + %s", g.channel(b, "tanh(x)"))
	}},
	{option{"norm before", 40}, func(g *generator, b *block) {
		b.do("x += %s", g.mixer(b, g.norm(b, "norm1")+"(x)"))
		b.do("x + %s", g.channel(b, g.norm(b, "norm2")+"(x)"))
	}},
	{option{"norm behind", 20}, func(g *generator, b *block) {
		b.do("x = %s(x + %s)", g.norm(b, "norm1"), g.mixer(b, "x"))
		b.do("%s(x + %s)", g.norm(b, "norm2"), g.channel(b, "x"))
	}},
	{option{"norms on both sides", 10}, func(g *generator, b *block) {
		b.do("x += %s(%s)", g.norm(b, "norm1"), g.mixer(b, g.norm(b, "norm2")+"(x)"))
		b.do("x + %s(%s)", g.norm(b, "norm3"), g.channel(b, g.norm(b, "norm4")+"(x)"))
	}},
	{option{"parallel", 15}, func(g *generator, b *block) {
		b.do("y = %s(x)", g.norm(b, "norm1"))
		b.do("x + %s + %s", g.mixer(b, "y"), g.channel(b, "y"))
	}},
	{option{"scaled", 10}, func(g *generator, b *block) {
		b.field("gain : [D]")
		by := "gain"
		if g.indexed {
			by = "gain / (l + 1)"
		}
		b.do("x += %s * %s", by, g.mixer(b, g.norm(b, "norm1")+"(x)"))
		b.do("x + %s * %s", by, g.channel(b, g.norm(b, "norm2")+"(x)"))
	}},
	{option{"highway", 10}, func(g *generator, b *block) {
		b.field("carry : D -> D with bias")
		b.do("c = sigmoid(carry(x))")
		b.do("x = c * x + (1 - c) * %s", g.mixer(b, "tanh(x)"))
		b.do("x + %s", g.channel(b, g.norm(b, "norm2")+"(x)"))
	}},
}

// mixers carry values along the sequence.
var mixers = []struct {
	option
	memory bool // needs the second sequence
	write  func(g *generator, b *block)
}{
	{option{"running mean", 4}, false, (*generator).runningMean},
	{option{"moving average", 4}, false, (*generator).movingAverage},
	{option{"token shift", 5}, false, (*generator).tokenShift},
	{option{"convolution", 10}, false, (*generator).convolution},
	{option{"rows before", 5}, false, (*generator).rowsBefore},
	{option{"RNN", 5}, false, (*generator).rnn},
	{option{"attention", 46}, false, (*generator).attention},
	{option{"GRU", 5}, false, (*generator).gru},
	{option{"LSTM", 5}, false, (*generator).lstm},
	{option{"running sums", 4}, false, (*generator).runningSums},
	{option{"running weights", 4}, false, (*generator).runningWeights},
	{option{"linear attention scan", 5}, false, (*generator).linearScan},
	{option{"delta rule", 4}, false, (*generator).deltaRule},
	{option{"state space", 5}, false, (*generator).stateSpace},
	{option{"cross-attention", 30}, true, (*generator).cross},
	{option{"latent attention", 8}, false, (*generator).latent},
}

// mixer writes the block Mixer into a layer and gives its call on y.
func (g *generator) mixer(b *block, y string) string {
	if g.place == "in a layer" && g.cause == "" {
		g.future(b, "mixer")
		return "mixer(" + y + ")"
	}
	g.within("mixer", func() {
		in := b.inner("block Mixer")
		in.signature = g.signature()
		offered := mixers[:0:0]
		for _, m := range mixers {
			if g.memory || !m.memory {
				offered = append(offered, m)
			}
		}
		pick(g.chooser, "mixer", offered).write(g, in)
	})
	b.field("mixer : Mixer")
	return "mixer(" + y + g.extra(false) + ")"
}
