package gosource

import (
	"fmt"
	"regexp"
	"slices"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// attention writes attention with queries in lanes: what is multiplied and averaged as data, the bounds of the keys, the
// mask, the program of the scores and the normalizer as functions.
func (w *printer) attention(a *plan.Attention) {
	w.called = lastWord(w.scope)
	p := &pairs{printer: w, a: a, index: map[string]string{}, at: map[string]ir.Size{}}
	p.axes()
	over, lane := w.axes(source.AxesOf(a.Over)), w.axes(source.AxesOf(a.Lane))
	both := slices.Concat(over, lane)
	w.kept = true
	w.line("if err := s.attend(%d, %d, kernel.Attention{", w.attentions, len(a.Score)+spares)
	w.attentions++
	w.line("Over: %s, Lane: %s, Keys: %s,", w.ints(sizesOf(over)), w.ints(sizesOf(lane)), w.text(a.Key.Size))
	w.line("Dots: s.dots(")
	for _, d := range a.Dots {
		sum := w.axes(source.AxesOf(d.Sum))
		w.line("kernel.Dot{Query: %s, Sum: %s, Key: %s},", w.tensor(d.Query, strides(d.Query, slices.Concat(both, sum))), w.ints(sizesOf(sum)),
			w.tensor(d.Key, append(strides(d.Key, over), d.Key.Stride(a.Key.Label), d.Unit)))
	}
	w.line("),\nValues: s.averages(")
	for _, v := range a.Values {
		w.line("kernel.Average{Value: %s, Size: %s, Out: %s},", w.tensor(v.Value, append(strides(v.Value, over), v.Value.Stride(a.Key.Label), v.Unit)),
			w.text(v.Size), w.tensor(v.Out, append(strides(v.Out, both), v.To)))
	}
	w.line("),")
	w.kept = false
	if a.First != nil || a.End != nil {
		p.tile("Bounds: func(tile *kernel.Tile, lane int) (first, end int)", "tile", func() {
			first, end := "0", ""
			if a.First != nil {
				first = p.whole(a.First)
			}
			if a.End != nil {
				end = p.whole(a.End)
			} else {
				end = w.text(a.Key.Size)
			}
			w.line("return %s, %s", first, end)
		})
	}
	if a.Admits != nil {
		p.tile("Admits: func(tile *kernel.Tile, lane, key int) bool", "tile", func() {
			w.line("return %s", w.condition(w.folded(a.Admits, p.index)))
		})
	}
	if len(a.Score) > 1 || a.Score[0].Fn != "dot" {
		p.tile("Score: func(tile *kernel.Tile)", "tile", func() {
			p.score()
			if slices.ContainsFunc(a.Score, func(o plan.PairOp) bool { return o.Fn == "lookup" }) {
				p.line("s.lookedUp(tile)")
			}
		})
	}
	if a.Norm != nil {
		p.norm()
	}
	w.line("}); err != nil {\nreturn %s\n}", w.failed())
}

// session is a mention of the session in code.
var session = regexp.MustCompile(`\bs\.`)

// tile writes a function of a tile, which knows the session that it is computed for.
func (p *pairs) tile(head, tile string, write func()) {
	declared, body := p.printer.function(write)
	p.line("%s {", head)
	if session.MatchString(declared + body) {
		p.line("s := %s.Caller.(*Session)", tile)
	}
	p.out.WriteString(declared + body)
	p.line("},")
}

// strides are those of a view along axes.
func strides(v plan.View, axes []source.Axis) (out []ir.Size) {
	for _, a := range axes {
		out = append(out, v.Stride(a.Label))
	}
	return out
}

// pairs is the program of the scores, for pairs of a query and a key.
type pairs struct {
	*printer
	a     *plan.Attention
	index map[string]string  // free dims that say where a pair stands, by label
	at    map[string]ir.Size // the same, as sizes
	over  map[string]bool    // labels of Over
	regs  []string           // of each line of the score: where its value stands
	n     string             // how many pairs the tile has, where lines have several numbers for each
}

// axes gives each label the Go text of where a lane, or a key, stands along it.
func (p *pairs) axes() {
	note := func(label, text string) {
		symbol := fmt.Sprintf("#pair%d.%s", p.attentions, text)
		p.dims[symbol], p.index[label], p.at[label] = text, symbol, ir.Free(symbol)
	}
	p.over = map[string]bool{}
	for i, a := range p.printer.axes(source.AxesOf(p.a.Over)) {
		note(a.Label, fmt.Sprintf("tile.Over[%d]", i))
		p.over[a.Label] = true
	}
	for i, a := range p.printer.axes(source.AxesOf(p.a.Lane)) {
		note(a.Label, fmt.Sprintf("tile.At[lane][%d]", i))
	}
	note(p.a.Key.Label, "key")
}

// whole writes a function of positions that is a whole number as an int.
func (p *pairs) whole(e *plan.Expr) string {
	if s, ok := p.polynomial(e); ok {
		return p.text(s)
	}
	return "int(" + p.expr(p.folded(e, p.index)) + ")"
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

// comparisons are the functions that are true or false, as Go's operators.
var comparisons = map[string]string{"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=", "and": "&&", "or": "||"}

// condition writes a folded function of positions as a Go condition.
func (w *printer) condition(e *plan.Expr) string {
	op := comparisons[e.Fn]
	switch {
	case op == "&&" || op == "||":
		return "(" + w.condition(e.Args[0]) + " " + op + " " + w.condition(e.Args[1]) + ")"
	case op != "":
		return w.expr(e.Args[0]) + " " + op + " " + w.expr(e.Args[1])
	case e.Fn == "not":
		return "!(" + w.condition(e.Args[0]) + ")"
	}
	return w.expr(e) + " != 0"
}
