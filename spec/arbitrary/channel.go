package arbitrary

// feedForwards work on each token alone.
var feedForwards = []struct {
	option
	write func(g *generator, b *block) string // declares in the layer, gives what is called
}{
	{option{"one map", 8}, func(g *generator, b *block) string {
		b.field("channel : D -> D with bias")
		return "channel"
	}},
	{option{"ReLU", 20}, plain("relu")},
	{option{"GELU", 15}, plain("gelu")},
	{option{"tanh GELU", 8}, plain("gelu_tanh")},
	{option{"SiLU", 8}, plain("silu")},
	{option{"SwiGLU", 20}, ofLibrary("SwiGLU(D, 12)")},
	{option{"biased SwiGLU", 5}, ofLibrary("BiasedSwiGLU(D, 6)")},
	{option{"GeGLU", 15}, ofLibrary("GeGLU(D, 6)")},
	{option{"squared ReLU", 8}, func(g *generator, b *block) string {
		b.field("up : D -> 6")
		b.field("down : 6 -> D")
		b.function("squared(x: [T, D]) = down(relu(up(x))^2)")
		return "squared"
	}},
	{option{"experts", 35}, (*generator).experts},
	{option{"roundings", 12}, func(g *generator, b *block) string {
		b.field("up : D -> 6 with bias")
		b.field("down : 6 -> D")
		// The functions jump and what they make does not: an error of one bit stays one.
		b.function("waves(u) = abs(u - round(u)) + (ceil(u) - u) * (u - floor(u)) + u * sign(u)")
		b.function("rounded(x: [T, D]) {\n  u = up(x)\n  down(if u != 0 & !(u < -1) then waves(u) else sqrt(u^2))\n}")
		return "rounded"
	}},
}

func ofLibrary(kind string) func(*generator, *block) string {
	return func(g *generator, b *block) string {
		b.field("channel : %s", kind)
		return "channel"
	}
}

// plain is two maps and an activation, which may be an argument of the block.
func plain(activation string) func(*generator, *block) string {
	return func(g *generator, b *block) string {
		bias := ""
		if g.has("bias in feed-forward") {
			bias = " with bias"
		}
		act, head, use := activation, "Channel(F=12)", "Channel"
		if g.has("activation as argument") {
			act, head, use = "act", "Channel(act, F=6)", "Channel("+activation+")"
		}
		in := b.inner("block " + head)
		in.field("up : D -> F%s", bias)
		in.field("down : F -> D%s", bias)
		in.signature = "(x: [D]) -> [D]"
		in.do("down(%s(up(x)))", act)
		b.field("channel : %s", use)
		return "channel"
	}
}

// channel writes the feed-forward part of a layer and gives its call on y.
func (g *generator) channel(b *block, y string) string {
	call := ""
	g.within("channel", func() { call = pick(g.chooser, "feed-forward", feedForwards).write(g, b) })
	return call + "(" + y + ")"
}

// routers choose experts for a token: a selection r and the shares p. E is G groups of P.
var routers = []struct {
	option
	weighted bool // the share is p of the chosen expert; else all experts run
	lines    []string
}{
	{option{"top of softmax", 30}, true, []string{"p = softmax[E](gate(x))", "r = top[E](p, 2)"}},
	{option{"softmax of top", 20}, true, []string{"p = exp(gate(x))", "r = top[E](p, 2)"}},
	{option{"sigmoid", 20}, true, []string{"p = sigmoid(gate(x))", "r = top[E](p%s, 2)"}},
	{option{"groups", 20}, true, []string{"p = sigmoid(gate(x))", "best = top[G](max[P](p%s), 1)",
		"r = top[E](if onehot(best) then p%[1]s else -inf, 2)"}},
	{option{"one, above a threshold", 15}, true, []string{"p = sigmoid(gate(x))", "r = top[E](p, 1) & (p > 0.5)"}},
	{option{"all", 20}, false, []string{"p = softmax[E](gate(x))"}},
}
