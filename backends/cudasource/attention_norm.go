package cudasource

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes/plan"
)

// normText is a normalizer as the library takes it: the functor's text, how a kernel makes it, and whether it needs whole
// rows, with how many rows beside.
type normText struct {
	text, made, says string
	rows             bool
	spare            int
}

// normer writes a normalizer.
type normer struct {
	*attend
	code  []plan.NormOp
	keyed []bool // lines that hang on the keys
	kept  map[int]int
	costs []int // functions that are computed for a line where it is read
	reads []int // how many lines read a line
}

// dear is from how many functions on a line that several read is computed once, and kept.
const dear = 8

func (p *attend) normText() normText {
	n := &normer{attend: p, code: p.a.Norm, kept: map[int]int{}}
	if n.code == nil {
		return normText{made: "Softmax{}", says: "softmax, in one pass"}
	}
	n.keyed = make([]bool, len(n.code))
	for i, o := range n.code {
		n.keyed[i] = slices.Contains([]string{"score", "count", "rank", "key"}, o.Fn)
		for _, a := range o.Args {
			n.keyed[i] = n.keyed[i] || n.keyed[a]
		}
	}
	if sink, ok := n.softmax(); ok {
		if sink < 0 {
			return normText{made: "Softmax{}", says: "softmax, in one pass"}
		}
		start := p.body.Len()
		p.put("return %s;", n.ofLane(sink))
		body := p.body.String()[start:]
		return normText{
			text: p.functor("sink", "A score that takes weight and has no value.") +
				"template <class P> __device__ float operator()(const P& at) const {\n" + body + "}\n};\n",
			made: fmt.Sprintf("SoftmaxSink<%s_sink>{{{data}}}", p.name), says: "softmax with one more score, in one pass",
		}
	}
	if text, ok := n.shares(); ok {
		return text
	}
	return n.whole()
}

func (n *normer) last() int { return len(n.code) - 1 }

// is matches a line's function and gives its arguments.
func (n *normer) is(i int, fn string) (args []int, ok bool) {
	return n.code[i].Args, n.code[i].Fn == fn
}

func (n *normer) reduces(i int, fn string, of int) bool {
	args, ok := n.is(i, fn)
	return ok && args[0] == of
}

// softmax recognizes e / sum(e), and with exp(sink - m) added to the sum, where e = exp(score - m) for any m of the row.
func (n *normer) softmax() (sink int, ok bool) {
	w, ok := n.is(n.last(), "div")
	if !ok {
		return 0, false
	}
	e := w[0]
	inside, ok := n.is(e, "exp")
	if !ok {
		return 0, false
	}
	d, ok := n.is(inside[0], "sub")
	if !ok || n.code[d[0]].Fn != "score" || n.code[d[1]].Along != plan.PerLane {
		return 0, false
	}
	m := d[1]
	if n.reduces(w[1], "sum", e) {
		return -1, true
	}
	sum, ok := n.is(w[1], "add")
	if !ok {
		return 0, false
	}
	for k := range 2 {
		rest, is := n.is(sum[k], "exp")
		if !is || !n.reduces(sum[1-k], "sum", e) {
			continue
		}
		if x, is := n.is(rest[0], "sub"); is && x[1] == m && !n.keyed[x[0]] {
			return x[0], true
		}
		if x, is := n.is(rest[0], "neg"); is && x[0] == m {
			n.code = append(slices.Clone(n.code), plan.NormOp{Fn: "imm"})
			return n.last(), true
		}
	}
	return 0, false
}

// shares recognizes weights of one pass: a function of the score alone, or one times a number of the row that is made of one
// sum of such functions.
func (n *normer) shares() (normText, bool) {
	sum := -1
	for i, o := range n.code {
		switch {
		case slices.Contains([]string{"max_of", "min_of", "rank", "cumsum", "cummax", "cummin", "other", "key", "lookup"}, o.Fn):
			return normText{}, false
		case o.Fn == "sum" || o.Fn == "count":
			if sum >= 0 {
				return normText{}, false
			}
			sum = i
		}
	}
	plain := func(i int) bool { return sum < 0 || !n.needs(i, sum) }
	weight, factor, divides := n.last(), -1, false
	if !plain(weight) {
		for _, fn := range []string{"div", "mul"} {
			args, ok := n.is(weight, fn)
			if !ok {
				continue
			}
			a, b := args[0], args[1]
			if fn == "mul" && !plain(a) {
				a, b = b, a
			}
			if plain(a) && n.code[b].Along == plan.PerLane {
				weight, factor, divides = a, b, fn == "div"
			}
		}
		if factor < 0 {
			return normText{}, false
		}
	}
	var b strings.Builder
	says := "each weight of its own score alone, in one pass"
	b.WriteString(n.functor("norm", "Weights of one pass: of a score, what it adds to the row's total, and what the row is multiplied by."))
	b.WriteString("static constexpr bool shifted = false;\n")
	method := func(head, text string) {
		fmt.Fprintf(&b, "template <class P> __device__ float %s const {\n%s}\n", head, text)
	}
	method("weight(float x, const P& at)", n.body1(map[int]string{}, weight))
	term, scale := "return 0.f;\n", "return 1.f;\n"
	if factor >= 0 {
		says = "weights of one pass, divided by a number of the row"
		given := map[int]string{sum: "count"}
		if n.code[sum].Fn == "sum" {
			term = n.body1(map[int]string{}, n.code[sum].Args[0])
			given[sum] = "total"
		}
		scale = n.body1(given, factor)
		if divides {
			scale = strings.Replace(scale, "return ", "return 1.f / ", 1)
		}
	}
	method("term(float x, const P& at)", term)
	method("factor(const P& at, float total, float count)", scale)
	b.WriteString("};\n")
	return normText{text: b.String(), made: n.name + "_norm{data}", says: says}, true
}

// needs reports whether a line is made of another.
func (n *normer) needs(i, of int) bool {
	return i == of || slices.ContainsFunc(n.code[i].Args, func(a int) bool { return n.needs(a, of) })
}

// body1 writes statements for one key, the score being x, and returns a line.
func (n *normer) body1(given map[int]string, i int) string {
	start := n.body.Len()
	var text func(i int) string
	text = func(i int) string {
		if t, ok := given[i]; ok {
			return t
		}
		o := n.code[i]
		switch {
		case o.Fn == "score":
			given[i] = "x"
		case o.Fn == "imm" || o.Fn == "view" || o.Fn == "position":
			given[i] = n.ofLane(i)
		default:
			args := make([]string, len(o.Args))
			for k, a := range o.Args {
				args[k] = text(a)
			}
			id := fmt.Sprint("n_", i)
			n.put("const float %s = %s;", id, n.call(o.Fn, args...))
			given[i] = id
		}
		return given[i]
	}
	n.put("return %s;", text(i))
	return n.body.String()[start:]
}

// ofLane is a number of the lane that hangs on no key, as an expression.
func (n *normer) ofLane(i int) string {
	switch o := n.code[i]; o.Fn {
	case "imm":
		return number32(o.Imm)
	case "view":
		return fmt.Sprintf("%s[%s]", n.data(o.View, false), n.spot(o.View, ir.Size{}))
	case "position":
		return "float(" + n.number(o.Expr) + ")"
	default:
		args := make([]string, len(o.Args))
		for k, a := range o.Args {
			args[k] = n.ofLane(a)
		}
		return "(" + n.call(o.Fn, args...) + ")"
	}
}

// whole writes a normalizer over whole rows: numbers of the lane in order, functions of a key as lambdas.
func (n *normer) whole() normText {
	start := n.body.Len()
	n.costs, n.reads = make([]int, len(n.code)), make([]int, len(n.code))
	for _, o := range n.code {
		for _, a := range o.Args {
			n.reads[a]++
		}
	}
	for i := range n.code {
		n.row(i)
	}
	n.put("row.weights([&](float x, int i) { return %s; });", n.text(n.last(), "x", "i", "", ""))
	body := n.body.String()[start:]
	spare := len(n.kept)
	var b strings.Builder
	b.WriteString(n.functor("norm", "Weights of a row of scores, made by a warp."))
	fmt.Fprintf(&b, "static constexpr int spare = %d;\n", spare)
	b.WriteString("template <class P> __device__ void operator()(const WarpRow& row, const P& at) const {\n" + body + "}\n};\n")
	return normText{text: b.String(), made: n.name + "_norm{data}", says: "a normalizer over whole rows of scores", rows: true, spare: spare}
}

// text is a line's value: for key (x, i), for another key (y, j).
func (n *normer) text(i int, x, at, y, other string) string {
	o := n.code[i]
	switch {
	case o.Fn == "imm":
		return number32(o.Imm)
	case o.Fn == "score":
		return x
	case o.Along == plan.PerLane:
		return fmt.Sprint("n_", i)
	case o.Along == plan.PerKey:
		return fmt.Sprintf("k_%d(%s, %s)", i, x, at)
	case o.Along == plan.PerOther:
		return fmt.Sprintf("o_%d(%s, %s)", i, y, other)
	}
	return fmt.Sprintf("p_%d(%s, %s, %s, %s)", i, x, at, y, other)
}

// lookup is an element of a table of the lane, at a number.
func (n *normer) lookup(o plan.NormOp, number string) string {
	symbol := fmt.Sprint("#in.lookup.", number)
	n.local[symbol] = fmt.Sprintf("element(%s, %s, %d, fault)", number, n.kernel.text(o.Size), n.faultNumber())
	return fmt.Sprintf("%s[%s]", n.data(o.View, false), n.spot(o.View, ir.Free(symbol).Mul(o.Unit)))
}

// folds are the reductions of a row, and of one lane over all keys.
var folds = map[string][2]string{
	"sum": {"sum", "sum_others"}, "max_of": {"highest", "highest_other"}, "min_of": {"lowest", "lowest_other"},
}

// runs are the running reductions: where they begin, and how two are joined.
var runs = map[string][2]string{
	"rank": {"0.f", "a + b"}, "cumsum": {"0.f", "a + b"}, "cummax": {"-INFINITY", "larger(a, b)"}, "cummin": {"INFINITY", "smaller(a, b)"},
}

// keeps reports whether a line is dear and read more than once, and notes what it costs.
func (n *normer) keeps(i int) bool {
	n.costs[i] = 1
	for _, a := range n.code[i].Args {
		n.costs[i] += n.costs[a]
	}
	if n.costs[i] < dear || n.reads[i] < 2 {
		return false
	}
	n.costs[i] = 1
	return true
}

// row writes a line.
func (n *normer) row(i int) {
	o := n.code[i]
	slot := func() int {
		n.kept[i] = len(n.kept)
		return n.kept[i]
	}
	lambda := func(params, value string) {
		if _, is := n.kept[i]; !is && o.Along == plan.PerKey && n.keeps(i) {
			s := slot()
			n.put("row.keep(%d, [&](%s) { return %s; });", s, params, value)
			params, value = "float, int i", fmt.Sprintf("row.kept(%d, i)", s)
		}
		n.put("const auto %c_%d = [&](%s) { return %s; };", "nkop"[o.Along], i, params, value)
	}
	switch {
	case o.Fn == "imm" || o.Fn == "score":
	case o.Fn == "count":
		n.put("const float n_%d = row.count();", i)
	case o.Fn == "view" || o.Fn == "position":
		n.put("const float n_%d = %s;", i, n.ofLane(i))
	case o.Fn == "key":
		lambda("float, int i", "float(row.first + i)")
	case o.Fn == "lookup" && o.Along == plan.PerLane:
		n.put("const float n_%d = %s;", i, n.lookup(o, n.text(o.Args[0], "", "", "", "")))
	case o.Fn == "lookup":
		lambda("float x, int i", n.lookup(o, n.text(o.Args[0], "x", "i", "", "")))
	case runs[o.Fn][0] != "":
		r, s, of := runs[o.Fn], slot(), "1.f"
		if o.Fn != "rank" {
			of = n.text(o.Args[0], "x", "i", "", "")
		}
		n.put("row.scan(%d, %s, [](float a, float b) { return %s; }, [&](float x, int i) { return %s; });", s, r[0], r[1], of)
		if o.Fn == "rank" { // those in front, without the key itself
			lambda("float, int i", fmt.Sprintf("row.kept(%d, i) - 1.f", s))
		} else {
			lambda("float, int i", fmt.Sprintf("row.kept(%d, i)", s))
		}
	case folds[o.Fn][0] != "" && o.Along == plan.PerLane:
		n.put("const float n_%d = row.%s([&](float x, int i) { return %s; });", i, folds[o.Fn][0], n.text(o.Args[0], "x", "i", "", ""))
	case folds[o.Fn][0] != "":
		s := slot()
		n.put("row.keep(%d, [&](float x, int i) { return row.%s([&](float y, int j) { return %s; }); });", s, folds[o.Fn][1],
			n.text(o.Args[0], "x", "i", "y", "j"))
		lambda("float, int i", fmt.Sprintf("row.kept(%d, i)", s))
	case o.Fn == "other":
		lambda("float y, int j", n.text(o.Args[0], "y", "j", "", ""))
	default:
		args := make([]string, len(o.Args))
		for k, a := range o.Args {
			args[k] = n.text(a, "x", "i", "y", "j")
		}
		value := n.call(o.Fn, args...)
		switch o.Along {
		case plan.PerLane:
			n.put("const float n_%d = %s;", i, value)
		case plan.PerKey:
			lambda("float x, int i", value)
		case plan.PerOther:
			lambda("float y, int j", value)
		case plan.PerTwo:
			lambda("float x, int i, float y, int j", value)
		}
	}
}
