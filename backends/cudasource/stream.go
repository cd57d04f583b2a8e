package cudasource

import (
	"fmt"
	"slices"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// stream writes products of few rows with what goes before and behind them, as one kernel: blocks are divided among the
// parts, and each computes the rows that its products read for itself.
func (w *printer) stream(s *plan.Stream) {
	first := w.model.weights.Packed(s.Parts[0].Sums[0].Weights)
	w.called = first.Name
	k := w.kernelOf(first.Name, "stream")
	k.use("stream.cuh")
	k.use("numbers.cuh")
	for _, p := range s.Parts {
		for _, o := range p.After.Out {
			k.data(o.To, true)
		}
	}
	k.sayStream(s)
	rows, cols := k.text(s.Count), k.text(s.K)
	counts := make([]string, len(s.Parts)) // of the blocks of each part, up to and with it
	blocks := func(rows string, p plan.Part, text func(ir.Size) string) string {
		return fmt.Sprintf("stream_blocks<%s, %d>(%s)", rows, len(p.Sums), text(elementsOf(p)))
	}
	for i, p := range s.Parts {
		w.checkStream(elementsOf(p), s.K, len(p.Sums))
		counts[i] = fmt.Sprint("n_", i)
		sum := blocks("ROWS", p, k.text)
		if i > 0 {
			sum = counts[i-1] + " + " + sum
		}
		k.put("const long %s = %s;", counts[i], sum)
	}
	k.put("for (long row = 0; row < %s; row += ROWS) {", rows)
	k.put("const int some = int(least(%s - row, ROWS));", paren(rows))
	k.rowsOf(s)
	k.put("for (long at = blockIdx.x; at < %s; at += gridDim.x) {", counts[len(counts)-1])
	k.put("block_sync();  // the rows of the one before are not read any more")
	for i, p := range s.Parts {
		switch {
		case len(s.Parts) == 1:
		case i == 0:
			k.put("if (at < %s) {", counts[i])
		case i < len(s.Parts)-1:
			k.put("} else if (at < %s) {", counts[i])
		default:
			k.put("} else {")
		}
		begin := "0"
		if i > 0 {
			begin = counts[i-1]
		}
		k.part(p, cols, begin, counts[i])
	}
	if len(s.Parts) > 1 {
		k.put("}")
	}
	k.put("}")
	k.put("}")
	given := k.end("template <int ROWS>\n", "__launch_bounds__(stream_threads, stream_fit<ROWS>) ")
	start := func(rows int) string {
		sum := make([]string, len(s.Parts))
		for i, p := range s.Parts {
			sum[i] = blocks(fmt.Sprint(rows), p, w.text)
		}
		return fmt.Sprintf("run(%s<%d>, groups(%s, stream_threads, stream_shared<%d>(stream_part<%d>(%s))), %s);", k.name, rows,
			strings.Join(sum, " + "), rows, rows, w.text(s.K), given)
	}
	if n, ok := w.size(s.Count).Int(); ok {
		w.line("%s", start(map[bool]int{true: 1, false: fewRows}[n == 1]))
		return
	}
	w.line("if (%s == 1) {\n%s\n} else {\n%s\n}", w.text(s.Count), start(1), start(fewRows))
}

// checkStream notes a stream of weights for test.cu, of one row and of as many as there may be.
func (w *printer) checkStream(elements, k ir.Size, sums int) {
	for _, rows := range []int{1, fewRows} {
		w.model.check("check_stream<%s, %d, %d>(%v, %v);", w.model.element(), rows, sums, w.size(elements), w.size(k))
	}
}

func elementsOf(p plan.Part) ir.Size { return source.Product(source.AxesOf(p.Elements)) }

// sayStream says what is computed, a line for each part.
func (k *kernel) sayStream(s *plan.Stream) {
	bytes, flops, numbers := ir.Const(0), ir.Const(0), ir.Const(0)
	for _, p := range s.Parts {
		n := elementsOf(p)
		flops = flops.Add(n.Mul(ir.Const(2 * int64(len(p.Sums)))).Mul(s.K).Mul(s.Count))
		numbers = numbers.Add(n.Mul(ir.Const(int64(len(p.Sums)))).Mul(s.K))
		for _, x := range p.Sums {
			bytes = bytes.Add(ir.Const(k.model.bytes(k.model.weights.Packed(x.Weights), source.Whole(n))))
		}
	}
	k.say("products of %s rows of k = %s, ROWS at a time, with what is before and behind them.", k.shown(s.Count), k.shown(s.K))
	k.say("  %s FLOPs; weights %s bytes, read once for all rows.", k.shown(flops), k.shown(bytes))
	all, _ := k.size(bytes).Int()
	if n, _ := k.size(numbers).Int(); n > 0 {
		k.weightBytes = float64(all) / float64(n)
	}
	formula := func(code []plan.Op, name func(i int, o plan.Op) string) {
		for i, o := range code {
			if o.Fn == "load" || o.Fn == "imm" || o.Fn == "dot" {
				continue
			}
			args := make([]string, len(o.Args))
			for n, a := range o.Args {
				args[n] = name(a, code[a])
			}
			k.say("    v_%d = %s(%s)", i, o.Fn, strings.Join(args, ", "))
		}
	}
	word := func(i int, o plan.Op) string {
		switch o.Fn {
		case "imm":
			return fmt.Sprint(o.Imm)
		case "load":
			return k.data(o.Load, false)
		}
		return fmt.Sprint("v_", i)
	}
	if s.Before != nil {
		k.say("  rows:")
		formula(s.Before.Code, word)
		k.say("    x is v_%d", s.Before.Out[0].Reg)
	}
	for _, p := range s.Parts {
		k.say("  for each of %s elements:", k.shown(elementsOf(p)))
		for c, x := range p.Sums {
			f := k.model.weights.Packed(x.Weights)
			k.say("    v_%d = sum[%d], the sum over k of x[k] %s[n][k]%s", x.Reg, c, f.Name, k.model.inFormat(f))
		}
		formula(p.After.Code, word)
		for _, o := range p.After.Out {
			k.say("    %s is %s", k.data(o.To, true), word(o.Reg, p.After.Code[o.Reg]))
		}
	}
}

// rowsOf writes x, the rows that the products read: in memory, or computed.
func (k *kernel) rowsOf(s *plan.Stream) {
	if s.Before == nil {
		in := k.base(s.In).Add(s.In.Axes[0].Stride.Mul(k.named("row")))
		k.put("const StridedRows x = {%s, %s, %s};", plus(k.data(s.In, false), k.text(in)), k.text(s.In.Axes[0].Stride), k.text(s.In.Axes[1].Stride))
		return
	}
	p := s.Before
	r := &row{kernel: k, program: p, scan: map[int]*plan.Store{}, text: make([]string, len(p.Code)), threads: 128}
	r.space()
	reg := p.Out[0].Reg
	kept := r.kept(reg)
	if len(kept) > 0 {
		k.use("reduce.cuh")
		k.put("float* kept = nullptr;")
	}
	k.put("const auto x = given([&](int rows, float* room) {")
	if len(kept) > 0 {
		k.put("kept = room + 32;")
		k.put("for (int m = 0; m < rows; m++) {")
		r.at = k.digits("(row + m)", r.outer)
		for level := 0; level <= slices.Max(r.level); level++ {
			for i, op := range p.Code {
				if !r.vector[i] && r.level[i] == level && !plan.WholeRows(op.Fn) {
					r.op(i)
				}
			}
			r.reduce(level)
		}
		for n, i := range kept {
			k.put("kept[%d * m + %d] = %s;", len(kept), n, r.text[i])
		}
		k.put("}")
	}
	k.put("}, [&](int m, int i) {")
	r.at = k.digits("(row + m)", r.outer)
	r.at[r.inner.Label] = k.named("i")
	for n, i := range kept {
		r.text[i] = fmt.Sprintf("kept[%d * m + %d]", len(kept), n)
	}
	for _, i := range r.needs([]int{reg}) {
		if r.vector[i] || p.Code[i].Fn == "imm" {
			r.op(i)
		}
	}
	k.put("return %s;", r.text[reg])
	k.put("});")
}

// kept are the results of one number a row that its elements are computed from.
func (r *row) kept(reg int) (out []int) {
	for _, i := range r.needs([]int{reg}) {
		if !r.vector[i] && r.program.Code[i].Fn != "imm" {
			out = append(out, i)
		}
	}
	return out
}

// digits writes where a number stands along axes, the last one fastest.
func (k *kernel) digits(number string, axes []source.Axis) map[string]ir.Size {
	at := map[string]ir.Size{}
	for i, a := range axes {
		label := a.Label
		if label == plan.Batch {
			label = "b"
		}
		id, size := k.fresh(label)
		text := number
		if inner := elements(axes[i+1:]); !source.IsOne(inner) {
			text += " / " + paren(k.text(inner))
		}
		if i > 0 {
			text += " % " + paren(k.text(a.Size))
		}
		k.put("const long %s = %s;", id, text)
		at[a.Label] = size
	}
	return at
}

// part writes the products of a part, and what becomes of their sums.
func (k *kernel) part(p plan.Part, cols, begin, end string) {
	n := len(p.Sums)
	matrices := make([]string, n)
	for c, x := range p.Sums {
		matrices[c] = k.matrix(x.Weights, ir.Const(0))
	}
	k.put("const %s weights[%d] = {%s};", k.model.reads(k.model.weights.Packed(p.Sums[0].Weights)), n, strings.Join(matrices, ", "))
	places := k.axes(source.AxesOf(p.Elements))
	k.put("const auto place = [&](int c, int e) {")
	at := k.digits("e", places)
	for c, x := range p.Sums {
		number := k.size(x.Row.Base)
		for _, a := range x.Row.Axes {
			if i, ok := at[a.Label]; ok {
				number = number.Add(a.Stride.Mul(i))
			}
		}
		if c < n-1 {
			k.put("if (c == %d) return int(%s);", c, k.text(number))
		} else {
			k.put("return int(%s);", k.text(number))
		}
	}
	k.put("};")
	k.put("stream<ROWS, stream_elements<ROWS, %d>, %d>(weights, place, %s, some, %s, stream_part<ROWS>(%s), x, [&](int m, int e, const float (&sum)[%d]) {",
		n, n, k.text(elementsOf(p)), cols, cols, n)
	at = k.digits("(row + m)", k.axes(source.AxesOf(p.Rows)))
	for label, i := range k.digits("e", places) {
		at[label] = i
	}
	r := &row{kernel: k, program: p.After, scan: map[int]*plan.Store{}, text: make([]string, len(p.After.Code)), at: at}
	for i, o := range p.After.Code {
		if o.Fn == "dot" {
			c := slices.IndexFunc(p.Sums, func(x plan.RowSum) bool { return x.Reg == i })
			r.text[i] = fmt.Sprintf("sum[%d]", c)
		} else {
			r.op(i)
		}
	}
	for _, o := range p.After.Out {
		k.put("%s[%s] = %s;", k.data(o.To, true), k.place(o.To, at), r.text[o.Reg])
	}
	k.put("}, int(at - %s), int(%s - %s));", begin, end, begin)
}
