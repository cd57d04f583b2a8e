package gosource

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes/plan"
)

// attention writes softmax attention with queries in lanes: what is multiplied and averaged as data, the bounds of the keys,
// the mask and the program of the scores as functions.
func (w *printer) attention(a *plan.Attention) {
	w.called = lastWord(w.scope)
	p := &pairs{printer: w, a: a, index: map[string]string{}, at: map[string]ir.Size{}}
	p.axes()
	over, lane := w.axes(axesOf(a.Over)), w.axes(axesOf(a.Lane))
	both := slices.Concat(over, lane)
	w.line("if err := s.attend(%d, %d, kernel.Attention{", w.attentions, len(a.Score))
	w.attentions++
	w.line("Over: %s, Lane: %s, Keys: %s,", w.ints(sizesOf(over)), w.ints(sizesOf(lane)), w.text(a.Key.Size))
	w.line("Dots: []kernel.Dot{")
	for _, d := range a.Dots {
		sum := w.axes(axesOf(d.Sum))
		w.line("{Query: %s, Sum: %s, Key: %s},", w.tensor(d.Query, strides(d.Query, slices.Concat(both, sum))), w.ints(sizesOf(sum)),
			w.tensor(d.Key, append(strides(d.Key, over), d.Key.Stride(a.Key.Label), d.Unit)))
	}
	w.line("},\nValues: []kernel.Average{")
	for _, v := range a.Values {
		w.line("{Value: %s, Size: %s, Out: %s},", w.tensor(v.Value, append(strides(v.Value, over), v.Value.Stride(a.Key.Label), v.Unit)),
			w.text(v.Size), w.tensor(v.Out, append(strides(v.Out, both), v.To)))
	}
	w.line("},")
	if a.First != nil || a.End != nil {
		first, end := "0", w.text(a.Key.Size)
		if a.First != nil {
			first = p.whole(a.First)
		}
		if a.End != nil {
			end = p.whole(a.End)
		}
		w.line("Bounds: func(tile *kernel.Tile, lane int) (first, end int) { return %s, %s },", first, end)
	}
	if a.Admits != nil {
		w.line("Admits: func(tile *kernel.Tile, lane, key int) bool { return %s },", w.condition(w.folded(a.Admits, p.index)))
	}
	if len(a.Score) > 1 || a.Score[0].Fn != "dot" {
		w.line("Score: func(tile *kernel.Tile) {")
		p.score()
		w.line("},")
	}
	w.line("}); err != nil {\nreturn %s\n}", w.failed())
}

// strides are those of a view along axes.
func strides(v plan.View, axes []axis) (out []ir.Size) {
	for _, a := range axes {
		out = append(out, v.Stride(a.label))
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
	regs  []string
}

// axes gives each label the Go text of where a lane, or a key, stands along it.
func (p *pairs) axes() {
	note := func(label, text string) {
		symbol := fmt.Sprintf("#pair%d.%s", p.attentions, text)
		p.dims[symbol], p.index[label], p.at[label] = text, symbol, ir.Free(symbol)
	}
	p.over = map[string]bool{}
	for i, a := range p.printer.axes(axesOf(p.a.Over)) {
		note(a.label, fmt.Sprintf("tile.Over[%d]", i))
		p.over[a.label] = true
	}
	for i, a := range p.printer.axes(axesOf(p.a.Lane)) {
		note(a.label, fmt.Sprintf("tile.At[lane][%d]", i))
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

// score writes the program: line k computes into room k of the tile, the last one into the scores.
func (p *pairs) score() {
	last := len(p.a.Score) - 1
	p.regs = make([]string, len(p.a.Score))
	for k, o := range p.a.Score {
		if o.Fn == "imm" {
			continue // written where it is read
		}
		to := "tile.Out"
		if k != last {
			to = p.room(k)
		}
		p.regs[k] = to
		switch o.Fn {
		case "dot":
			if k == last {
				p.line("copy(tile.Out, tile.Dots[%d])", o.Dot)
			} else {
				p.regs[k] = fmt.Sprintf("tile.Dots[%d]", o.Dot)
			}
		case "view":
			p.load(o.View, to)
		case "position":
			p.line("%s(tile, %s, func(lane, key int) float64 { return %s })", p.help("perPair"), to, p.expr(p.folded(o.Expr, p.index)))
		case "lookup":
			p.line("s.lookUp(tile, %s, %s, %s, %s, func(lane, key int) (at int, number float64) { return %s, %s })", to, p.data(o.View),
				p.text(o.Size), p.text(o.Unit), p.place(o.View), p.expr(p.folded(o.Expr, p.index)))
		case "admit":
			p.line("%s(%s, %s, %s)", p.help("admit"), to, p.vector(o.Args[0]), p.vector(o.Args[1]))
		default:
			p.function(o, to)
		}
	}
}

// room is where a line computes.
func (p *pairs) room(k int) string { return fmt.Sprintf("tile.Rooms[%d][:len(tile.Out)]", k) }

// place is where a view stands for the block's element of Over and for a lane.
func (p *pairs) place(v plan.View) string {
	at := p.base(v)
	for _, d := range slices.Concat(p.a.Over, p.a.Lane) {
		if s, ok := p.at[d.Label]; ok {
			at = at.Add(v.Stride(d.Label).Mul(s))
		}
	}
	return p.text(at)
}

// load writes a value out over the tile: it differs along lanes, keys or both.
func (p *pairs) load(v plan.View, to string) {
	onKey := v.Find(p.a.Key.Label) >= 0
	onLane := slices.ContainsFunc(v.Axes, func(a plan.Axis) bool {
		return a.Label != p.a.Key.Label && !slices.ContainsFunc(p.a.Over, func(d plan.Dim) bool { return d.Label == a.Label })
	})
	step := p.text(v.Stride(p.a.Key.Label))
	switch {
	case !onKey:
		p.line("%s(tile, %s, %s, func(lane int) int { return %s })", p.help("perLane"), to, p.data(v), p.place(v))
	case !onLane:
		p.line("%s(tile, %s, %s[%s:], %s)", p.help("perKey"), to, p.data(v), p.place(v), step)
	default:
		p.line("%s(tile, %s, %s, %s, func(lane int) int { return %s })", p.help("perLaneAndKey"), to, p.data(v), step, p.place(v))
	}
}

// vector is a line's value over the tile.
func (p *pairs) vector(k int) string {
	if o := p.a.Score[k]; o.Fn == "imm" {
		p.line("kernel.Fill(%s, %s)", p.room(k), p.number32(o.Imm))
		return p.room(k)
	}
	return p.regs[k]
}

func (p *pairs) function(o plan.PairOp, to string) {
	imm := func(k int) bool { return p.a.Score[o.Args[k]].Fn == "imm" }
	n := func(k int) string { return p.number32(p.a.Score[o.Args[k]].Imm) }
	name := binaries[o.Fn]
	switch {
	case name == "" && len(o.Args) == 1:
		u, ok := unaries[o.Fn]
		if !ok {
			panic("gosource: no kernel for " + o.Fn)
		}
		p.line("kernel.%s(%s, %s)", u, to, p.vector(o.Args[0]))
	case name != "" && imm(1) && !imm(0):
		p.line("kernel.%sN(%s, %s, %s)", name, to, p.regs[o.Args[0]], n(1))
	case name != "" && imm(0) && !imm(1):
		p.line("kernel.N%s(%s, %s, %s)", name, to, n(0), p.regs[o.Args[1]])
	case name != "":
		x, y := p.vector(o.Args[0]), p.vector(o.Args[1])
		p.line("kernel.%s(%s, %s, %s)", name, to, x, y)
	default:
		args := []string{p.vector(o.Args[0]), p.vector(o.Args[1]), p.vector(o.Args[2])}
		p.line("kernel.Select(%s, %s)", to, strings.Join(args, ", "))
	}
}
