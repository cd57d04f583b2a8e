package arbitrary

// convolutions see the past alone: they are padded in front.
var convolutions = []struct {
	option
	fields []string
	value  string
}{
	{option{"short", 30}, []string{"conv : D -> D over Place window(3) pad(2, 0) with bias"}, "conv(x)"},
	{option{"dilated", 25}, []string{"conv : D -> D over Place window(3) pad(4, 0) dilate(2)"}, "relu(conv(x))"},
	{option{"gated", 25}, []string{"conv, door : D -> D over Place window(2) pad(1, 0)"}, "tanh(conv(x)) * sigmoid(door(x))"},
	{option{"gated by halves", 20}, []string{"conv : D -> 2 D over Place window(4) pad(3, 0)"}, "glu(conv(x))"},
}

func (g *generator) convolution(b *block) {
	c := pick(g.chooser, "convolution", convolutions)
	groups := ""
	if c.name != "gated by halves" && g.has("groups in convolution") {
		groups = " groups(D)"
	}
	if c.name == "gated by halves" {
		b.function("glu(x) {\n  a, b = x\n  a * sigmoid(b)\n}")
	}
	for _, f := range c.fields {
		b.field("%s", insertGroups(f, groups))
	}
	b.do("%s", c.value)
}

// insertGroups puts groups before the bias, which is the clause behind.
func insertGroups(field, groups string) string {
	const bias = " with bias"
	if n := len(field) - len(bias); n > 0 && field[n:] == bias {
		return field[:n] + groups + bias
	}
	return field + groups
}

// tokenShift mixes each token with the one before it, Peng et al. 2023, as a convolution of one channel each.
func (g *generator) tokenShift(b *block) {
	b.field("before : D -> D over Place window(2) pad(1, 0) groups(D)")
	b.field("share : [D]")
	b.field("value : D -> D")
	b.do("value(share * x + (1 - share) * before(x))")
}

// rowsBefore lays zeros in front of the rows, so that each stands beside the one before it.
func (g *generator) rowsBefore(b *block) {
	b.field("value : D -> D")
	b.do("value(x) + cat[T](zeros([1, D]), tanh(x)[T: 0..T - 1])")
}
