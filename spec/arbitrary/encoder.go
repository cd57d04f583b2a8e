package arbitrary

// encoders make the second sequence what the layers attend to; they see all of it.
var encoders = []struct {
	option
	write func(g *generator)
}{
	{option{"embedding alone", 15}, func(g *generator) { g.file.do("memory = embed(source)") }},
	{option{"attention", 40}, func(g *generator) {
		g.file.field("encoder : 2 * Encoder")
		b := g.file.inner("block Encoder(H=2, K=D/H)")
		b.field("q, k, v : D -> H K")
		b.field("o : H K -> D")
		b.field("before : LayerNorm(D)")
		b.signature = "(x: [S, D]) -> [S, D]"
		b.do("y = before(x)")
		b.do("x += o(attend(q(y); k(y), v(y)) { score = sum[K](q*k) / sqrt(K) })")
		g.file.do("memory = encoder(embed(source))")
	}},
	{option{"two scans", 25}, func(g *generator) {
		g.file.field("forth, back : Reader")
		b := g.file.inner("block Reader")
		b.field("ih : D -> D with bias")
		b.field("hh : D -> D")
		b.signature = "(x: [S, D]) -> [S, D]"
		b.do("last, ys = scan(a in ih(x); h = zeros([D])) {")
		b.do("  h = tanh(a + hh(h))")
		b.do("  yield h")
		b.do("}")
		b.do("ys")
		g.file.do("words = embed(source)")
		g.file.do("memory = forth(words) + reverse[S](back(reverse[S](words)))")
	}},
	{option{"convolution", 20}, func(g *generator) {
		g.file.field("around : D -> D over Place window(3) pad(1) with bias")
		g.file.do("memory = relu(around(embed(source)))")
	}},
}

func (g *generator) encoder() { pick(g.chooser, "encoder", encoders).write(g) }
