package arbitrary

// futures are values of x: [T, D] at a position that hang on later tokens, or on how many there are.
var futures = []struct {
	option
	fields []string
	lines  []string
}{
	{option{"no mask", 1}, []string{"q, k, v : D -> D"}, []string{"attend(q(x); k(x), v(x)) { score = sum[D](q*k) }"}},
	{option{"mask one ahead", 1}, []string{"q, k, v : D -> D"},
		[]string{"attend(q(x); k(x), v(x)) { score = sum[D](q*k);  mask = j <= i + 1 }"}},
	{option{"mask of a band", 1}, []string{"q, k, v : D -> D"},
		[]string{"attend(q(x); k(x), v(x)) { score = sum[D](q*k);  mask = band(2) }"}},
	{option{"mask of dilated keys", 1}, []string{"q, k, v : D -> D"},
		[]string{"attend(q(x); k(x), v(x)) { score = sum[D](q*k);  mask = dilated(2, 2) }"}},
	{option{"mask of blocks", 1}, []string{"q, k, v : D -> D"},
		[]string{"attend(q(x); k(x), v(x)) { score = sum[D](q*k);  mask = i div 4 == j div 4 }"}},
	{option{"reverse", 1}, nil, []string{"reverse[T](x)"}},
	{option{"maximum", 1}, nil, []string{"x * max[T](x)"}},
	{option{"mean", 1}, nil, []string{"x - mean[T](x)"}},
	{option{"softmax over positions", 1}, nil, []string{"softmax[T](x)"}},
	{option{"symmetric convolution", 1}, []string{"conv : D -> D over Place window(3) pad(1)"}, []string{"conv(x)"}},
	{option{"convolution ahead", 1}, []string{"conv : D -> D over Place window(3) pad(0, 2) groups(D)"}, []string{"conv(x)"}},
	{option{"pooling around", 1}, nil, []string{"maxpool[T](x, window=3, stride=1, pad=1)"}},
	{option{"scan from behind", 1}, []string{"hh : D -> D"}, []string{
		"last, ys = scan(a in reverse[T](x); h = zeros([D])) {", "  h = tanh(a + hh(h))", "  yield h", "}", "reverse[T](ys)"}},
	{option{"last state", 1}, []string{"hh : D -> D"}, []string{
		"last, ys = scan(a in x; h = zeros([D])) {", "  h = tanh(a + hh(h))", "  yield h", "}", "ys + last"}},
	{option{"sums from behind", 1}, nil, []string{"reverse[T](cumsum[T](reverse[T](x)))"}},
	{option{"last token", 1}, nil, []string{"x * x[T: T - 1]"}},
	{option{"length", 1}, nil, []string{"x / T"}},
	{option{"distance from the end", 1}, nil, []string{"x * reverse[T](index(T))"}},
}

// places are where the future comes in.
var places = []option{{"before the layers", 1}, {"in a layer", 2}, {"behind the layers", 1}}

// future declares a block that needs the future, as a field of b.
func (g *generator) future(b *block, field string) {
	f := pick(g.chooser, "future", futures)
	g.cause = "future " + f.name
	in := b.inner("block Ahead")
	in.fields = f.fields
	in.body = f.lines
	in.signature = "(x: [T, D]) -> [T, D]"
	b.field("%s : Ahead", field)
}

// late adds such a block to a local of the model.
func (g *generator) late(field, x string) {
	g.future(g.file, field)
	g.file.do("%s += %s(%s)", x, field, x)
}
