package cudasource

import (
	"fmt"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// productTiles are the tiles that products of many rows are made of, by the most columns that they are for: bf16 weights on tensor
// cores (BM, BN, BK, stages), float ones exactly (BM, BN, BK, and of a thread).
var productTiles = []struct {
	columns     int64
	tensor      string
	m, n        int
	exact       string
	exactM      int
	exactN      int
	exactThread int
}{
	{64, "32, 64, 32, 3", 32, 64, "32, 32, 16, 4, 4", 32, 32, 64},
	{768, "64, 64, 32, 3", 64, 64, "64, 64, 16, 4, 4", 64, 64, 256},
	{1 << 62, "128, 128, 32, 3", 128, 128, "128, 128, 16, 8, 8", 128, 128, 256},
}

// fewRows is how many rows are products that stream their weights.
const fewRows = 8

// products writes the products of one instruction, which may share rows.
func (w *printer) products(list ...*plan.Product) {
	w.narrowed = map[string]*plan.Store{}
	for _, p := range list {
		w.product(p)
	}
	w.memory.free()
}

// product writes a product with packed weights, once for few rows, where each weight is read once for all of them, and once
// for many, in tiles, for devices that have warpgroups and for others. Which one is started is a matter of speed: each is right
// for any number of rows.
func (w *printer) product(p *plan.Product) {
	f := w.model.weights.Packed(p.Weights)
	w.called = f.Name
	rows := w.text(p.Rows)
	n, known := w.size(p.Rows).Int()
	also := "" // where another case stands in front
	if !known || n <= fewRows {
		start := w.streamed(p)
		switch {
		case known && n == 1:
			w.line("%s", start(1))
			return
		case known:
			w.line("%s", start(fewRows))
			return
		}
		one, few := rows+" == 1", fmt.Sprintf("%s <= %d", rows, fewRows)
		if w.choice != nil { // as many rows, of as many experts
			one, few = few, fmt.Sprintf("%s <= %d * %s", rows, fewRows, w.text(w.choice.loop.Count))
		}
		w.line("if (%s) {\n%s\n} else if (%s) {\n%s", one, start(1), few, start(fewRows))
		also = "} else "
	}
	why := w.notWide(p)
	if why == "" {
		w.line("%sif (%s) {", also, w.widely(p))
		w.wide(p)
		also = "} else "
	}
	if also != "" {
		w.line("} else {")
	}
	w.tiled(p, why)
	if also != "" {
		w.line("}")
	}
}

// lanesOf are the axes over which a product is repeated, and how far a lane begins into what is read, written and weighs.
func (k *kernel) lanesOf(p *plan.Product) []source.Axis {
	var lanes []source.Axis
	for _, l := range p.Over {
		if !source.IsOne(k.size(l.Size)) {
			stride := []ir.Size{l.In, l.Out, l.Panel}
			lanes = append(lanes, source.Axis{Label: l.Label, Size: k.size(l.Size), Stride: stride})
		}
	}
	return lanes
}

// lane writes where a lane's matrices begin; that of the weights is a number.
func (k *kernel) lane(p *plan.Product, lanes []source.Axis) (in, out, weight ir.Size) {
	in, out = k.base(p.In), k.base(p.Out)
	at := k.parts(lanes)
	for _, l := range lanes {
		n := at[l.Label]
		in, out, weight = in.Add(l.Stride[0].Mul(n)), out.Add(l.Stride[1].Mul(n)), weight.Add(l.Stride[2].Mul(n))
	}
	weight = weight.Add(k.shift(k.model.weights.Packed(p.Weights).Batch, source.LoopsOf(p.Weights)))
	return in, out, weight
}

func (k *kernel) sayProduct(p *plan.Product, lanes []source.Axis, how string) {
	f := k.model.weights.Packed(p.Weights)
	n, cols := p.Weights.Rows(), p.Weights.Columns()
	rows := elements(lanes).Mul(p.Rows)
	bytes := k.model.bytes(f, source.Whole(n))
	k.say("out[m][n] = the sum over k of in[m][k] %s[n][k], %s.", f.Name, how)
	k.say("  m = %s, n = %s, k = %s; %s FLOPs; weights %s bytes%s.", k.shown(rows), k.shown(n), k.shown(cols),
		k.shown(ir.Const(2).Mul(rows).Mul(n).Mul(cols)), k.shown(ir.Const(bytes).Mul(lanesOfWeights(p))), k.model.inFormat(f))
	k.does(p)
	k.weightBytes = float64(bytes) / float64(source.Whole(n)*source.Whole(cols))
}

// lanesOfWeights is how many matrices a product reads.
func lanesOfWeights(p *plan.Product) ir.Size {
	n := ir.Const(1)
	for _, l := range p.Over {
		if !l.Panel.IsZero() {
			n = n.Mul(l.Size)
		}
	}
	return n
}

// streamed writes the product for few rows, and gives the line that starts it for so many at a time.
func (w *printer) streamed(p *plan.Product) func(rows int) string {
	f := w.model.weights.Packed(p.Weights)
	k := w.kernelOf(f.Name, "few")
	k.use("stream.cuh")
	lanes := k.lanesOf(p)
	k.sayProduct(p, lanes, "ROWS rows at a time, the weights read once for all of them")
	w.checkStream(p.Weights.Rows(), p.Weights.Columns(), 1)
	k.few = len(k.fewRows) > 0
	n, cols := k.text(p.Weights.Rows()), k.text(p.Weights.Columns())
	rows := k.text(p.Rows)
	k.put("const long lanes = %s, teams = least(lanes, gridDim.x), team = blockIdx.x %% teams;", k.text(elements(lanes)))
	k.put("for (long at = team; at < lanes; at += teams) {")
	in, out, weight := k.lane(p, lanes)
	k.put("for (long row = 0; row < %s; row += ROWS) {", rows)
	row := k.named("row")
	k.put("block_sync();")
	k.put("const %s weights[1] = {%s};", k.model.reads(f), k.matrix(p.Weights, weight))
	to := k.data(p.Out, true)
	m, e := k.named("m"), k.named("e")
	k.put("stream<ROWS, stream_elements<ROWS, 1>, 1>(weights, SameRow{}, %s, int(least(%s - row, ROWS)), %s, stream_part<ROWS>(%s),",
		n, rows, cols, cols)
	apart := p.In.Axes[0].Stride
	k.put("    %s{%s, %s, %s},", map[bool]string{false: "StridedRows", true: "NarrowRows"}[k.halves[p.In.Store]], plus(k.data(p.In, false), k.text(in.Add(apart.Mul(row)))), k.text(apart),
		k.text(p.In.Axes[1].Stride))
	k.put("    [&](int m, int e, const float (&sum)[1]) { %s[%s] = sum[0]; },", to,
		k.text(out.Add(p.Out.Axes[0].Stride.Mul(row.Add(m))).Add(p.Out.Axes[1].Stride.Mul(e))))
	k.put("    int(blockIdx.x / teams), int((gridDim.x - team + teams - 1) / teams));")
	k.put("}")
	k.put("}")
	given := k.end("template <int ROWS>\n", "__launch_bounds__(stream_threads, stream_fit<ROWS>) ")
	return func(rows int) string {
		return fmt.Sprintf("run(%s<%d>, groups(%s * stream_blocks<%d, 1>(%s), stream_threads, stream_shared<%d>(stream_part<%d>(%s))), %s);", k.name, rows,
			w.lanesText(lanes, p.Rows), rows, w.text(p.Weights.Rows()), rows, rows, w.text(p.Weights.Columns()), given)
	}
}

// tiled writes the product for many rows; not is why warpgroups have none of it.
func (w *printer) tiled(p *plan.Product, not string) {
	f := w.model.weights.Packed(p.Weights)
	k := w.kernelOf(f.Name, "product")
	lanes := k.lanesOf(p)
	t := productTiles[0]
	for i := 0; productTiles[i].columns < source.Whole(p.Weights.Rows()); i++ {
		t = productTiles[i+1]
	}
	m, n, threads, shared := t.m, t.n, "product_threads", fmt.Sprintf("product_shared<%s, %s>", t.tensor, w.element(p.In.Store))
	how := "in tiles on tensor cores, in rounded to bf16 on its way"
	if w.model.formats[f] != nil {
		k.use("widened.cuh")
	}
	if w.halves[p.In.Store] {
		how = "in tiles on tensor cores, in as bf16"
	}
	if w.model.BFloat16 {
		k.tensor = true
		k.use("product.cuh")
	} else {
		k.use("product_exact.cuh")
		m, n, threads = t.exactM, t.exactN, fmt.Sprint(t.exactThread)
		shared = "product_exact_shared<" + strings.Join(strings.SplitN(t.exact, ", ", 4)[:3], ", ") + ">"
		how = "in tiles of one chain of multiply-adds for each element"
	}
	k.sayProduct(p, lanes, how)
	if w.model.BFloat16 && not != "" {
		k.say("  Not by warpgroups: %s.", not)
	}
	if w.model.BFloat16 {
		w.model.check("check_tensor<%s>(%v, %v);", t.tensor, p.Weights.Rows(), p.Weights.Columns())
	} else {
		w.model.check("check_exact<%s>(%v, %v);", t.exact, p.Weights.Rows(), p.Weights.Columns())
	}
	k.tileLoop(lanes, p.Rows, p.Weights.Rows(), m, n, func() {
		in, out, weight := k.lane(p, lanes)
		k.put("block_sync();")
		left := k.operand(p.In, in, p.In.Axes[0].Stride, p.In.Axes[1].Stride, w.model.BFloat16)
		right := k.right(p.Weights, weight)
		to := k.data(p.Out, true)
		row, col := k.named("row"), k.named("col")
		store := fmt.Sprintf("[&](int row, int col, float sum) { %s[%s] = sum; });", to,
			k.text(out.Add(p.Out.Axes[0].Stride.Mul(row)).Add(p.Out.Axes[1].Stride.Mul(col))))
		sizes := fmt.Sprintf("int(%s), %s, %s", k.text(p.Rows), k.text(p.Weights.Rows()), k.text(p.Weights.Columns()))
		if w.model.BFloat16 {
			k.put("product_tile<%s>(%s, %s, %s, row0, col0,", t.tensor, left, right, sizes)
		} else {
			k.put("product_exact<%s>(%s, %s, %s, Once{}, row0, col0,", t.exact, left, right, sizes)
		}
		k.put("%s", store)
	})
	k.launchTiles(lanes, p.Rows, p.Weights.Rows(), m, n, threads, shared)
}

// tileLoop writes a loop over the tiles of all lanes, shared by the blocks: rows fastest, so that those that run at once read
// the same weights. What stands in it finds the lane in `at` and the tile in row0 and col0.
func (k *kernel) tileLoop(lanes []source.Axis, rows, cols ir.Size, m, n int, write func()) {
	k.put("const long down = (%s + %d) / %d, across = (%s + %d) / %d;", k.text(rows), m-1, m, k.text(cols), n-1, n)
	k.put("for (long item = blockIdx.x; item < %s * down * across; item += gridDim.x) {", paren(k.text(elements(lanes))))
	k.put("const int row0 = int(item %% down) * %d, col0 = int(item / down %% across) * %d;", m, n)
	if len(lanes) > 0 {
		k.put("const long at = item / (down * across);")
	}
	write()
	k.put("}")
}

func (k *kernel) launchTiles(lanes []source.Axis, rows, cols ir.Size, m, n int, threads, shared string) {
	w := k.printer
	down := fmt.Sprintf("((%s + %d) / %d)", w.text(rows), m-1, m)
	if w.choice != nil { // each expert's last tile may have one row
		down = fmt.Sprintf("((%s) / %d + %s)", w.text(rows), m, w.lanesText(nil, rows))
	}
	blocks := fmt.Sprintf("%s * %s * ((%s + %d) / %d)", paren(w.text(elements(lanes))), down, w.text(cols), n-1, n)
	k.launch(fmt.Sprintf("groups(%s, %s, %s)", blocks, threads, shared),
		"__launch_bounds__("+threads+") ")
}

// lanesText is how often a product is repeated, at the most: for each lane, and for each expert that may have rows.
func (w *printer) lanesText(lanes []source.Axis, rows ir.Size) string {
	text := paren(w.text(elements(lanes)))
	if w.choice == nil {
		return text
	}
	return fmt.Sprintf("%s * least(%s, %s)", text, w.text(w.choice.loop.Count), w.text(rows))
}

// operand is a matrix as its strides allow it to be read: in 16 bytes along its rows, along its columns where that is exact
// arithmetic's, or one by one.
func (k *kernel) operand(v plan.View, base, row, col ir.Size, tensor bool, shifts ...ir.Size) string {
	data := plus(k.data(v, false), k.text(base))
	row, col, base = k.size(row), k.size(col), k.size(base)
	if k.halves[v.Store] {
		return fmt.Sprintf("Close<bf16>{%s, %s}", data, k.text(row))
	}
	loaded := v.Store.Role != plan.Weight // memory of ours begins where 16 bytes do
	for _, x := range shifts {
		loaded = loaded && fours(k.size(x))
	}
	switch {
	case loaded && source.IsOne(col) && fours(row) && fours(base):
		return fmt.Sprintf("Close<float>{%s, %s}", data, k.text(row))
	case loaded && !tensor && source.IsOne(row) && fours(col) && fours(base):
		return fmt.Sprintf("Across<float>{%s, %s}", data, k.text(col))
	}
	return fmt.Sprintf("Loose<float>{%s, %s, %s}", data, k.text(row), k.text(col))
}

// plus is a pointer so much further.
func plus(pointer, more string) string {
	if more == "0" {
		return pointer
	}
	return pointer + " + " + more
}

// paren is an expression as an operand of any operator.
func paren(text string) string {
	if strings.ContainsAny(text, " *") {
		return "(" + text + ")"
	}
	return text
}

// contractTiles are those of products of two tensors, by the most rows and columns that they are for.
var contractTiles = []struct {
	rows, columns int64
	text          string
	m, n, threads int
}{
	{16, 1 << 62, "16, 64, 16, 4, 4", 16, 64, 64},
	{1 << 62, 16, "64, 16, 16, 4, 4", 64, 16, 64},
	{48, 48, "32, 32, 16, 4, 4", 32, 32, 64},
	{1 << 62, 1 << 62, "64, 64, 16, 4, 4", 64, 64, 256},
}

// contract writes a product of two tensors, in tiles.
func (w *printer) contract(c *plan.Contract) {
	w.called = lastWord(w.scope) + "_sum"
	k := w.kernel("contract")
	k.use("product_exact.cuh")
	pairs := func(list []plan.Pair, first rune) (out []source.Axis) {
		for i, p := range list {
			if !source.IsOne(w.size(p.Size)) {
				label := string(first+rune(i)) + p.Label // they may share labels with sums
				out = append(out, source.Axis{Label: label, Size: w.size(p.Size), Stride: []ir.Size{p.A, p.B, p.Out}})
			}
		}
		return out
	}
	lanes, terms := pairs(c.Over, 'a'), pairs(c.Inside, 'p')
	t := contractTiles[len(contractTiles)-1]
	for i := len(contractTiles) - 1; i >= 0; i-- {
		if atMost(w.size(c.M.Size), contractTiles[i].rows) && atMost(w.size(c.N.Size), contractTiles[i].columns) {
			t = contractTiles[i]
		}
	}
	sums := c.K.Size.Mul(elements(terms))
	rows := elements(lanes).Mul(c.M.Size)
	k.say("out[m][n] = the sum over k of a[m][k] b[k][n], two tensors; %s matrices, m = %s, n = %s, k = %s; %s FLOPs.", k.shown(elements(lanes)),
		k.shown(c.M.Size), k.shown(c.N.Size), k.shown(sums), k.shown(ir.Const(2).Mul(rows).Mul(c.N.Size).Mul(sums)))
	more := "Once{}"
	if len(terms) > 0 {
		more = k.terms(terms)
	}
	k.tileLoop(lanes, c.M.Size, c.N.Size, t.m, t.n, func() {
		a, b, out := k.base(c.A), k.base(c.B), k.base(c.Out)
		at := k.parts(lanes)
		for _, l := range lanes {
			n := at[l.Label]
			a, b, out = a.Add(l.Stride[0].Mul(n)), b.Add(l.Stride[1].Mul(n)), out.Add(l.Stride[2].Mul(n))
		}
		k.put("block_sync();")
		left := k.operand(c.A, a, c.M.A, c.K.A, false, shifts(terms, 0)...)
		right := k.operand(c.B, b, c.N.B, c.K.B, false, shifts(terms, 1)...)
		row, col := k.named("row"), k.named("col")
		to := k.data(c.Out, true)
		k.put("product_exact<%s>(%s, %s, int(%s), int(%s), int(%s), %s, row0, col0,", t.text, left, right,
			k.text(c.M.Size), k.text(c.N.Size), k.text(c.K.Size), more)
		k.put("[&](int row, int col, float sum) { %s[%s] = sum; });", to, k.text(out.Add(c.M.Out.Mul(row)).Add(c.N.Out.Mul(col))))
	})
	shared := "product_exact_shared<" + strings.Join(strings.SplitN(t.text, ", ", 4)[:3], ", ") + ">"
	k.launchTiles(lanes, c.M.Size, c.N.Size, t.m, t.n, fmt.Sprint(t.threads), shared)
}

func atMost(s ir.Size, n int64) bool {
	x, ok := s.Int()
	return n == 1<<62 || ok && x <= n
}

func shifts(terms []source.Axis, side int) (out []ir.Size) {
	for _, x := range terms {
		out = append(out, x.Stride[side])
	}
	return out
}

// terms writes which further axes a sum runs over: in the order of the axes, the last one fastest.
func (k *kernel) terms(terms []source.Axis) string {
	k.put("const auto terms = terms_of(int(%s),", k.text(elements(terms)))
	for side, end := range []string{",", ");"} {
		shift := ir.Const(0)
		parts := ""
		for i, x := range terms {
			id := fmt.Sprint("i_", i)
			parts += fmt.Sprintf("const long %s = at / %s %% %s; ", id, paren(k.text(elements(terms[i+1:]))), paren(k.text(x.Size)))
			shift = shift.Add(x.Stride[side].Mul(k.named(id)))
		}
		k.put("[=](int at) { %sreturn long(%s); }%s", parts, k.text(shift), end)
	}
	return "terms"
}
