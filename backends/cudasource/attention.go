package cudasource

import (
	"fmt"
	"slices"

	"archc/ir"
	"archc/passes/plan"
)

// attentionThreads take one query each, and a tile of as many keys at once.
const attentionThreads = 64

// attention writes softmax attention: a block for each query, one pass over tiles of keys with a running maximum and a
// running sum. Scores of a tile and the outputs so far are in shared memory.
func (w *printer) attention(a *plan.Attention) {
	w.called = lastWord(w.scope)
	k := w.kernel("attention")
	k.use("numbers.cuh")
	p := &pairs{kernel: k, a: a}
	points := w.axes(slices.Concat(axesOf(a.Over), axesOf(a.Lane)))
	k.say("attention: for each of %s queries the softmax of its scores over %s keys, and the averages of values.", k.shown(elements(points)), w.shown(a.Key.Size))
	width := ir.Const(0)
	for _, v := range a.Values {
		width = width.Add(v.Size)
	}
	k.put("SHARED_MEMORY(float, score);")
	k.put("float* const kept = score + %d;", attentionThreads)
	k.put("for (long at = blockIdx.x; at < %s; at += gridDim.x) {", k.text(elements(points)))
	p.at = k.parts(points)
	p.bounds()
	k.put("for (long i = threadIdx.x; i < %s; i += %d) kept[i] = 0.f;", k.text(width), attentionThreads)
	k.put("float top = -INFINITY, total = 0.f;")
	k.put("for (long from = first; from < end; from += %d) {", attentionThreads)
	k.put("const long n = least(end - from, %d), key = from + threadIdx.x;", attentionThreads)
	k.put("block_sync();")
	k.put("if (key < end) {")
	p.at[a.Key.Label] = k.named("key")
	p.score()
	delete(p.at, a.Key.Label)
	k.put("}")
	k.put("block_sync();")
	k.put("float high = top;")
	k.put("for (long i = 0; i < n; i++) high = fmaxf(high, score[i]);")
	k.put("const float base = high == -INFINITY ? 0.f : high, shrink = exponential(top - base);")
	k.put("block_sync();")
	k.put("if (key < end) score[threadIdx.x] = exponential(score[threadIdx.x] - base);")
	k.put("block_sync();")
	k.put("top = high;")
	k.put("total *= shrink;")
	k.put("for (long i = 0; i < n; i++) total += score[i];")
	p.values("for (long i = 0; i < n; i++) sum = fmaf(score[i], %s[%s], sum);", "kept[%s] * shrink", "kept[%s] = sum;", true)
	k.put("}")
	p.values("", "total == 0.f ? 0.f : kept[%s] / total", "", false)
	k.put("}")
	shared := fmt.Sprintf("size_t(%d + %s) * sizeof(float)", attentionThreads, w.text(width))
	k.launch(fmt.Sprintf("groups(%s, %d, %s)", w.text(elements(points)), attentionThreads, shared), fmt.Sprintf("__launch_bounds__(%d) ", attentionThreads))
}

// named is the size that stands for an identifier of the kernel.
func (k *kernel) named(id string) ir.Size {
	k.local["#in."+id] = id
	return ir.Free("#in." + id)
}

// pairs is what is computed of a query and a key.
type pairs struct {
	*kernel
	a    *plan.Attention
	at   map[string]ir.Size
	text []string
}

// bounds writes the first key and the one behind the last.
func (p *pairs) bounds() {
	first, end := "0", p.kernel.text(p.a.Key.Size)
	if p.a.First != nil {
		first = "most(0, " + p.whole(p.a.First) + ")"
	}
	if p.a.End != nil {
		end = fmt.Sprintf("least(%s, %s)", end, p.whole(p.a.End))
	}
	p.put("const long first = %s, end = %s;", first, end)
}

// score writes the program of the scores for one pair.
func (p *pairs) score() {
	p.text = make([]string, len(p.a.Score))
	for i, d := range p.a.Dots {
		p.dot(i, d)
	}
	for i, o := range p.a.Score {
		p.text[i] = fmt.Sprint("s_", i)
		value := ""
		switch o.Fn {
		case "imm":
			p.text[i] = number32(o.Imm)
			continue
		case "dot":
			p.text[i] = fmt.Sprint("dot_", o.Dot)
			continue
		case "view":
			value = p.load(o.View, p.at)
		case "position":
			value = "float(" + p.expr(p.folded(o.Expr, p.at)) + ")"
		case "lookup":
			p.put("const long n_%d = element(float(%s), %s, %d, fault);", i, p.expr(p.folded(o.Expr, p.at)), p.kernel.text(o.Size), p.faultNumber())
			value = fmt.Sprintf("%s[%s]", p.data(o.View, false), p.spotAt(o.View, p.named(fmt.Sprint("n_", i)).Mul(o.Unit)))
		case "admit":
			value = fmt.Sprintf("%s != 0.f ? %s : -INFINITY", p.text[o.Args[0]], p.text[o.Args[1]])
		default:
			args := make([]string, len(o.Args))
			for n, a := range o.Args {
				args[n] = p.text[a]
			}
			value = applied(o.Fn, "float", args...)
		}
		p.put("const float s_%d = %s;", i, value)
	}
	last := p.text[len(p.text)-1]
	if p.a.Admits != nil {
		last = fmt.Sprintf("%s != 0. ? %s : -INFINITY", p.expr(p.folded(p.a.Admits, p.at)), last)
	}
	p.put("score[threadIdx.x] = %s;", last)
}

// spotAt is an element of a view, and so much further.
func (p *pairs) spotAt(v plan.View, more ir.Size) string {
	sum := p.base(v).Add(more)
	for _, a := range v.Axes {
		if i, ok := p.at[a.Label]; ok {
			sum = sum.Add(a.Stride.Mul(i))
		}
	}
	return p.kernel.text(sum)
}

// dot writes a sum of products of the query and the key.
func (p *pairs) dot(i int, d plan.Dot) {
	p.put("float dot_%d = 0.f;", i)
	loops := ""
	query, number := ir.Const(0), ir.Const(0) // of the element of the sum: in the query, and counted
	for n, x := range d.Sum {
		id := fmt.Sprint("i_", 10*i+n)
		loops += fmt.Sprintf("for (long %s = 0; %s < %s; %s++) ", id, id, p.kernel.text(x.Size), id)
		at := p.named(id)
		query, number = query.Add(d.Query.Stride(x.Label).Mul(at)), number.Mul(x.Size).Add(at)
	}
	key := d.Key
	p.put("%sdot_%d = fmaf(%s[%s], %s[%s], dot_%d);", loops, i, p.data(d.Query, false), p.spotAt(d.Query, query), p.data(key, false),
		p.spotAt(key, number.Mul(d.Unit)), i)
}

// values writes, for every element of the averages, a sum that starts somewhere and goes somewhere.
func (p *pairs) values(add, from, to string, inner bool) {
	offset := ir.Const(0)
	for _, v := range p.a.Values {
		p.put("for (long x = threadIdx.x; x < %s; x += %d) {", p.kernel.text(v.Size), attentionThreads)
		x := p.named("x")
		place := p.kernel.text(offset.Add(x))
		p.put("float sum = "+from+";", place)
		if inner {
			key := p.named("from").Add(p.named("i"))
			p.put(add, p.data(v.Value, false), p.spotAt(v.Value, key.Mul(v.Value.Stride(p.a.Key.Label)).Add(x.Mul(v.Unit))))
			p.put(to, place)
		} else {
			p.put("%s[%s] = sum;", p.data(v.Out, true), p.spotAt(v.Out, x.Mul(v.To)))
		}
		p.put("}")
		offset = offset.Add(v.Size)
	}
}

// whole writes a function of positions that is a whole number.
func (p *pairs) whole(e *plan.Expr) string {
	if s, ok := p.polynomial(e); ok {
		return p.kernel.text(s)
	}
	return "long(smaller(" + p.expr(p.folded(e, p.at)) + ", 1e18))"
}

// polynomial is an expression as a size, where whole numbers, sums, products and extremes make it.
func (p *pairs) polynomial(e *plan.Expr) (ir.Size, bool) {
	switch e.Fn {
	case "const":
		return ir.Const(int64(e.Const)), e.Const == float64(int64(e.Const))
	case "size":
		return e.Size, true
	case "loop":
		return ir.Const(e.Loop.First).Add(ir.Const(e.Loop.Stride).Mul(p.runOf(e.Loop))), true
	case "index":
		return p.at[e.Axis.Label], true // 0 of one element
	}
	var args []ir.Size
	for _, a := range e.Args {
		s, ok := p.polynomial(a)
		if !ok {
			return ir.Size{}, false
		}
		args = append(args, s)
	}
	switch e.Fn {
	case "add":
		return args[0].Add(args[1]), true
	case "sub":
		return args[0].Sub(args[1]), true
	case "mul":
		return args[0].Mul(args[1]), true
	case "neg":
		return ir.Size{}.Sub(args[0]), true
	case "min":
		return ir.Min(args[0], args[1]), true
	case "max":
		return ir.Max(args[0], args[1]), true
	}
	return ir.Size{}, false
}
