package cudasource

import (
	"fmt"
	"slices"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// wideRows is how many rows are products of warpgroups (sm_90a): half of a tile of theirs. With fewer, smaller tiles are faster.
const wideRows = 64

// A tile of warpgroups is so wide, and a step of its sum so long (product_sm90.cuh); what does not fill one is not for it.
const (
	wideColumns = 128
	wideSum     = 64
)

// wideStages are the parts of A and B that are on their way: 128 KiB of shared memory, one block on a multiprocessor.
const wideStages = 4

// notWide is why a product is not made by warpgroups, however many rows there are; "" where it is. It hangs on shapes alone.
func (w *printer) notWide(p *plan.Product) string {
	n, k := source.Whole(p.Weights.Rows()), source.Whole(p.Weights.Columns())
	rows, known := w.size(allRows(p)).Int()
	switch {
	case !w.model.BFloat16:
		return "tensor cores would round the weights"
	case w.model.formats[w.model.weights.Packed(p.Weights)] != nil:
		return "weights become bf16 on their way, and bulk copies bring them as they are"
	case w.plan == w.model.Program.Few:
		return "this is a step of few rows"
	case w.choice != nil && !w.ofExperts(p):
		return "the rows of experts are not stored as bf16, one expert's behind another's"
	case !lanesOfWeights(p).Equal(ir.Const(1)):
		return "these are many matrices"
	case n < wideColumns || k < wideSum:
		return fmt.Sprintf("a tile is %d wide, and a step of its sum %d long", wideColumns, wideSum)
	case w.halves[p.In.Store] && len(w.flat(p).Over) > 0:
		return "the rows of its lanes lie apart"
	case known && rows < wideRows:
		return fmt.Sprintf("that is for %d rows or more", wideRows)
	}
	return ""
}

// allRows are the rows of all lanes: those that read one matrix, one behind the other.
func allRows(p *plan.Product) ir.Size {
	n := p.Rows
	for _, l := range p.Over {
		n = n.Mul(l.Size)
	}
	return n
}

// flat is a product whose lanes lie one behind the other in what it reads, without these lanes.
func (w *printer) flat(p *plan.Product) *plan.Product {
	step := p.In.Axes[0].Stride.Mul(p.Rows)
	for i := len(p.Over) - 1; i >= 0; i-- {
		l := p.Over[i]
		if !source.IsOne(w.size(l.Size)) && !w.size(l.In).Equal(w.size(step)) {
			return p
		}
		step = step.Mul(l.Size)
	}
	all := *p
	all.Over, all.Rows = nil, allRows(p)
	return &all
}

// ofExperts reports whether a product of experts is one of warpgroups: its rows are those of all experts in one matrix.
func (w *printer) ofExperts(p *plan.Product) bool {
	each, ok := w.choice.rowOf(p.In.Store)
	return ok && w.halves[p.In.Store] && len(p.Over) == 0 && w.size(each).Equal(w.size(p.In.Axes[0].Stride)) && w.size(p.In.Base).IsZero()
}

// widely is the host's question whether there are enough rows for warpgroups, or in their place the library: for each expert
// on an average.
func (w *printer) widely(p *plan.Product) string {
	who, least := "kind.warpgroups", fmt.Sprint(wideRows)
	if w.byLibrary(p) {
		who = "wide"
	}
	if w.choice != nil {
		least += " * " + w.text(w.choice.loop.Count)
	}
	return fmt.Sprintf("%s && %s >= %s", who, w.text(allRows(p)), least)
}

// wide writes a product of many rows for warpgroups.
func (w *printer) wide(p *plan.Product) {
	rows, cols, long := allRows(p), p.Weights.Columns(), ir.Const(stride(p.Weights))
	from, apart := w.narrowRows(p)
	f := w.model.weights.Packed(p.Weights)
	k := w.kernelOf(f.Name, "product_sm90")
	k.use("product_sm90.cuh")
	k.tensor = true
	lanes := k.lanesOf(p)
	k.sayProduct(p, lanes, "in tiles of warpgroups, in as bf16")
	n, columns := k.text(p.Weights.Rows()), k.text(cols)
	// The matrices of all runs are one, each below the one before.
	runs := int64(1)
	for _, l := range source.LoopsOf(p.Weights) {
		runs *= source.Whole(l.Count)
	}
	in := k.given("const TensorMap*", "in", fmt.Sprintf("map_of(%s, %s, %s, %s)", from, w.text(rows), w.text(cols), w.text(apart)))
	weights := k.given("const TensorMap*", f.Name, fmt.Sprintf("map_of(w.%s, %s, %s, %s)", f.Name,
		w.text(p.Weights.Rows().Mul(ir.Const(runs))), w.text(cols), w.text(long)))
	below := ir.Const(0) // where the matrix of the runs that are on begins
	for _, l := range source.LoopsOf(p.Weights) {
		below = below.Mul(l.Count).Add(k.runOf(l))
	}
	below = below.Mul(p.Weights.Rows())
	to := k.data(p.Out, true)
	if w.choice == nil {
		k.put("product_sm90<%d>(%s, %s, int(%s), int(%s), %s, %s, [&](int row, int col, float sum) {", wideStages, in, weights, k.text(below),
			k.text(rows), n, columns)
	} else {
		experts := k.withRows(func() {
			k.put("return Part{int(begin), int(%s), int(count), int(expert)};", k.text(below))
		})
		k.put("product_sm90_parts<%d>(%s, %s, %s, part_of, %s, %s, [&](const Part& part, int row, int col, float sum) {", wideStages, in, weights,
			experts, n, columns)
		k.put("[[maybe_unused]] const long begin = part.a, expert = part.number;")
	}
	k.put("%s[%s] = sum;", to, k.wideSpot(p, lanes))
	k.put("});")
	library := w.byLibrary(p)
	if library {
		out := plus(w.store(p.Out.Store), w.text(w.base(p.Out)))
		w.line("if (!by_library(%s, w.%s%s, %s, %s, %s, %s, %s, %s, %s)) {", from, f.Name, k.offset(f, source.LoopsOf(p.Weights), nil), out,
			w.text(rows), w.text(p.Weights.Rows()), w.text(cols), w.text(apart), w.text(long), w.text(p.Out.Axes[0].Stride))
	}
	k.launch(fmt.Sprintf("resident(kind, product_sm90_tiles(%s, %s), product_sm90_threads, product_sm90_shared<%d>)", w.text(rows),
		w.text(p.Weights.Rows()), wideStages),
		"__launch_bounds__(product_sm90_threads) ")
	if library {
		w.line("}")
	}
}

// byLibrary reports whether the product is one that cuBLASLt can make for us (cublaslt.h): of rows into rows.
func (w *printer) byLibrary(p *plan.Product) bool {
	lanes := slices.ContainsFunc(p.Over, func(l plan.Lane) bool { return !source.IsOne(w.size(l.Size)) })
	return !lanes && w.choice == nil && source.IsOne(w.size(p.Out.Axes[1].Stride))
}

// wideSpot is where an element of the product goes: `row` counts the rows of all lanes, the last lane fastest.
func (k *kernel) wideSpot(p *plan.Product, lanes []source.Axis) string {
	row := k.named("row")
	out := k.base(p.Out)
	if len(lanes) > 0 {
		const rows = "#rows"
		at := k.digits("row", append(lanes[:len(lanes):len(lanes)], source.Axis{Label: rows, Size: k.size(p.Rows)}))
		for _, l := range lanes {
			out = out.Add(l.Stride[1].Mul(at[l.Label]))
		}
		row = at[rows]
	}
	return k.text(out.Add(p.Out.Axes[0].Stride.Mul(row)).Add(p.Out.Axes[1].Stride.Mul(k.named("col"))))
}

// narrowRows are the rows that a product reads, as bf16, and how far they are apart. Bulk copies bring memory as it is: what is
// not stored so is rounded first, once for all products of an instruction.
func (w *printer) narrowRows(p *plan.Product) (from string, apart ir.Size) {
	if w.halves[p.In.Store] {
		return plus(w.store(p.In.Store), w.text(w.base(p.In))), p.In.Axes[0].Stride
	}
	flat, cols := w.flat(p), p.Weights.Columns()
	key := fmt.Sprint(flat.In, flat.Over, flat.Rows, cols)
	half := w.narrowed[key]
	if half == nil {
		half = w.memory.room(allRows(p).Mul(ir.Const(stride(p.Weights) / 2)))
		w.narrow(flat, half)
		w.narrowed[key] = half
	}
	return w.store(half), ir.Const(stride(p.Weights))
}

// narrow writes the rows that a product reads as bf16.
func (w *printer) narrow(p *plan.Product, half *plan.Store) {
	k := w.kernelOf(lastWord(w.store(p.In.Store)), "narrow")
	k.use("narrow.cuh")
	k.work = nil
	lanes := k.lanesOf(p)
	rows, cols := allRows(p), p.Weights.Columns()
	k.say("rows of %s as bf16, which bulk copies bring to warpgroups.", k.data(p.In, false))
	k.say("  m = %s, k = %s: %s bytes read, %s written.", k.shown(rows), k.shown(cols), k.shown(ir.Const(4).Mul(rows).Mul(cols)),
		k.shown(ir.Const(2*stride(p.Weights)).Mul(rows)))
	to := k.given("bf16*", "to", "reinterpret_cast<bf16*>("+w.store(half)+")")
	if len(lanes) > 0 {
		k.put("for (long at = 0; at < %s; at++) {", k.text(elements(lanes)))
		to = plus(to, "at * "+paren(k.text(p.Rows.Mul(ir.Const(stride(p.Weights))))))
	}
	in, _, _ := k.lane(p, lanes)
	k.put("narrow_rows(%s, %s, %s, %s);", k.operand(p.In, in, p.In.Axes[0].Stride, p.In.Axes[1].Stride, true), k.text(p.Rows), k.text(cols), to)
	if len(lanes) > 0 {
		k.put("}")
	}
	k.launch("items("+w.text(rows.Mul(ir.Const(stride(p.Weights)/8)))+")", "")
}
