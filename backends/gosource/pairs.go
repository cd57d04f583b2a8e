package gosource

import (
	"fmt"
	"slices"
	"strings"

	"archc/backends/scalar"
	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// spares are rooms behind those of the lines of a score.
const spares = 3

// score writes the program of the scores: line k computes into room k of the tile, the last one into the scores. Where
// lines have several numbers for a pair, a tile is done in parts.
func (p *pairs) score() {
	p.regs = make([]string, len(p.a.Score))
	wide := ir.Size{}
	for k, o := range p.a.Score {
		if len(o.Axes) > 0 && !p.a.Same(k) {
			wide = wide.Add(p.count(o.Axes))
		}
	}
	if wide.IsZero() {
		p.lines()
		return
	}
	p.line("tile.Parts(kernel.PairsOf(%s), func(tile *kernel.Tile) {", p.text(wide))
	p.inside(func() {
		p.n = p.local("n")
		p.line("%s := len(tile.Out)", p.n)
		p.lines()
	})
	p.n = ""
	p.line("})")
}

func (p *pairs) count(list []plan.Dim) ir.Size {
	n := ir.Const(1)
	for _, d := range list {
		n = n.Mul(d.Size)
	}
	return n
}

func (p *pairs) lines() {
	last := len(p.a.Score) - 1
	for k, o := range p.a.Score {
		to := "tile.Out"
		if k != last {
			to = p.room(k)
		}
		switch {
		case p.a.Same(k) && k != last:
			continue // written where it is read
		case len(o.Axes) > 0 && k != last:
			p.regs[k] = p.local("x")
			p.line("%s := tile.Room(%d, %s*%s)", p.regs[k], k, p.times(p.count(o.Axes)), p.n)
		case o.Fn == "dot" && k != last:
			p.regs[k] = fmt.Sprintf("tile.Dots[%d]", o.Dot)
			continue
		default:
			p.regs[k] = to
		}
		p.pair(k, p.regs[k])
	}
}

// times writes a size as a factor.
func (p *pairs) times(s ir.Size) string {
	if text := p.text(s); strings.ContainsAny(text, "+-") {
		return "(" + text + ")"
	} else {
		return text
	}
}

// pair writes line k, which computes to a place.
func (p *pairs) pair(k int, to string) {
	o := p.a.Score[k]
	m, matrix := p.a.Matrix(k)
	switch {
	case p.a.Same(k):
		p.line("kernel.Fill(%s, %s)", to, p.single(k, nil))
	case o.Fn == "dot":
		p.line("copy(%s, tile.Dots[%d])", to, o.Dot)
	case o.Fn == "lookup":
		p.lookup(o, to)
	case matrix:
		p.multiply(o, m, to)
	case len(o.Sum) > 0:
		p.reduce(k, o)
	default:
		p.each(o.Axes, func(at map[string]ir.Size) {
			dst := p.element(k, at)
			switch o.Fn {
			case "view":
				p.load(o.View, at, dst)
			case "position":
				p.line("%s(tile, %s, func(lane, key int) float64 { return %s })", p.help("perPair"), dst, p.expr(p.folded(o.Expr, p.index)))
			default:
				p.function(o, at, dst)
			}
		})
	}
}

// each writes loops over axes beyond the pair around what stands in them, which knows where it is along them.
func (p *pairs) each(dims []plan.Dim, write func(at map[string]ir.Size)) {
	at := map[string]ir.Size{}
	p.nest(p.printer.axes(source.AxesOf(dims)), func(a source.Axis, symbol string) {
		at[a.Label] = ir.Free(symbol)
		p.index[a.Label] = symbol
	}, func() { write(at) })
	for _, d := range dims {
		delete(p.index, d.Label)
	}
}

// room is where a line computes.
func (p *pairs) room(k int) string { return fmt.Sprintf("tile.Rooms[%d][:len(tile.Out)]", k) }

// element is where the value of line k stands for an element of its axes.
func (p *pairs) element(k int, at map[string]ir.Size) string {
	number, n := ir.Size{}, ir.Const(1)
	axes := p.a.Score[k].Axes
	if len(axes) == 0 || k == len(p.a.Score)-1 {
		return p.regs[k]
	}
	for i := len(axes) - 1; i >= 0; i-- {
		number = number.Add(at[axes[i].Label].Mul(n))
		n = n.Mul(axes[i].Size)
	}
	if p.size(number).IsZero() {
		return fmt.Sprintf("%s[:%s]", p.regs[k], p.n)
	}
	return fmt.Sprintf("%s[%s*%s:][:%s]", p.regs[k], p.times(number), p.n, p.n)
}

// where is the place of a view for the block's element of Over, for a lane, and along axes beyond the pair.
func (p *pairs) where(v plan.View, at map[string]ir.Size) ir.Size {
	place := p.base(v)
	for _, d := range slices.Concat(p.a.Over, p.a.Lane) {
		if s, ok := p.at[d.Label]; ok {
			place = place.Add(v.Stride(d.Label).Mul(s))
		}
	}
	for label, s := range at {
		place = place.Add(v.Stride(label).Mul(s))
	}
	return place
}

// single is the value of a line that is the same for all pairs.
func (p *pairs) single(k int, at map[string]ir.Size) string {
	o := p.a.Score[k]
	if o.Fn == "imm" {
		return p.number32(o.Imm)
	}
	return fmt.Sprintf("%s[%s]", p.data(o.View), p.text(p.where(o.View, p.known(o, at))))
}

// known are the places along the axes of a line alone.
func (p *pairs) known(o plan.PairOp, at map[string]ir.Size) map[string]ir.Size {
	out := map[string]ir.Size{}
	for _, d := range o.Axes {
		out[d.Label] = at[d.Label]
	}
	return out
}

// load writes a value out over the tile: it differs along lanes, keys or both.
func (p *pairs) load(v plan.View, at map[string]ir.Size, to string) {
	onKey := v.Find(p.a.Key.Label) >= 0
	onLane := slices.ContainsFunc(p.a.Lane, func(d plan.Dim) bool { return v.Find(d.Label) >= 0 })
	place, step := p.text(p.where(v, at)), p.text(v.Stride(p.a.Key.Label))
	switch {
	case !onKey:
		p.line("%s(tile, %s, %s, func(lane int) int { return %s })", p.help("perLane"), to, p.data(v), place)
	case !onLane:
		p.line("%s(tile, %s, %s[%s:], %s)", p.help("perKey"), to, p.data(v), place, step)
	default:
		p.line("%s(tile, %s, %s, %s, func(lane int) int { return %s })", p.help("perLaneAndKey"), to, p.data(v), step, place)
	}
}

// lookup writes elements of a table: at a function of positions, or at the number that a line gives.
func (p *pairs) lookup(o plan.PairOp, to string) {
	inner := "[]int{0}"
	if axes := p.printer.axes(source.AxesOf(o.Axes), o.View); len(axes) > 0 {
		inner = fmt.Sprintf("kernel.Offsets(%s, %s)", p.ints(sizesOf(axes)), p.ints(stridesOf(axes, 0)))
	}
	number := ""
	switch {
	case o.Expr != nil:
		number = p.expr(p.folded(o.Expr, p.index))
	case p.a.Same(o.Args[0]):
		number = "float64(" + p.single(o.Args[0], nil) + ")"
	default:
		number = fmt.Sprintf("float64(%s[tile.Pair(lane, key)])", p.regs[o.Args[0]])
	}
	p.line("tile.LookUp(%s, %s, %s, %s, %s, %s, func(lane int) int { return %s }, func(lane, key int) float64 { return %s })", to, p.data(o.View),
		p.text(o.Size), p.text(o.Unit), p.text(o.View.Stride(p.a.Key.Label)), inner, p.text(p.where(o.View, nil)), number)
}

// multiply writes a product with a stored matrix.
func (p *pairs) multiply(o plan.PairOp, m plan.Matrix, to string) {
	outer, rows, step := o.Axes, ir.Const(1), ir.Size{}
	if k := len(outer) - 1; k >= 0 {
		outer, rows, step = outer[:k], outer[k].Size, m.Rows[k]
	}
	p.each(outer, func(at map[string]ir.Size) {
		place, number, n := p.where(m.W, nil), ir.Size{}, rows
		for i := len(outer) - 1; i >= 0; i-- {
			if s, ok := at[outer[i].Label]; ok {
				place, number = place.Add(m.Rows[i].Mul(s)), number.Add(n.Mul(s))
			}
			n = n.Mul(outer[i].Size)
		}
		dst := to
		if !p.size(number).IsZero() {
			dst = fmt.Sprintf("%s[%s*%s:]", to, p.times(number), p.n)
		}
		w := p.data(m.W)
		if !p.size(place).IsZero() {
			w = fmt.Sprintf("%s[%s:]", w, p.text(place))
		}
		matrix := p.help("matrix")
		p.line("kernel.Multiply(%s(%s, %s, 1), %s(%s, %s, %s), %s(%s, %s, 1), %s, %s, %s, false)", matrix, dst, p.n, matrix, w, p.text(step),
			p.text(m.Column.Stride), matrix, p.regs[m.X], p.n, p.text(rows), p.n, p.text(m.Column.Size))
	})
}

// reduce writes a sum, or the largest or least, along the axes of Sum.
func (p *pairs) reduce(k int, o plan.PairOp) {
	start := map[string]string{"max_of": "float32(math.Inf(-1))", "min_of": "float32(math.Inf(1))"}[o.Fn]
	if start == "" {
		start = "0"
	}
	p.each(o.Axes, func(outer map[string]ir.Size) {
		to := p.element(k, outer)
		p.line("kernel.Fill(%s, %s)", to, start)
		p.each(o.Sum, func(at map[string]ir.Size) {
			for label, s := range outer {
				at[label] = s
			}
			switch o.Fn {
			case "max_of":
				p.binary("Max", to, p.operand(k, at, to), p.operand(o.Args[0], at, ""))
			case "min_of":
				p.binary("Min", to, p.operand(k, at, to), p.operand(o.Args[0], at, ""))
			case "sum":
				p.binary("Add", to, p.operand(k, at, to), p.operand(o.Args[0], at, ""))
			default:
				term := p.room(len(p.a.Score) + 2)
				p.binary("Mul", term, p.operand(o.Args[0], at, ""), p.operand(o.Args[1], at, ""))
				p.line("kernel.Add(%s, %s, %s)", to, to, term)
			}
		})
	})
}

// operand is a value for all pairs, or the same one for each.
type operand struct {
	text   string
	single bool
}

func (p *pairs) operand(k int, at map[string]ir.Size, is string) operand {
	switch {
	case is != "":
		return operand{text: is}
	case p.a.Same(k):
		return operand{p.single(k, at), true}
	}
	return operand{text: p.element(k, at)}
}

// vector is an operand for all pairs, in a spare room where it is the same one.
func (p *pairs) vector(x operand, spare int) string {
	if !x.single {
		return x.text
	}
	room := p.room(len(p.a.Score) + spare)
	p.line("kernel.Fill(%s, %s)", room, x.text)
	return room
}

func (p *pairs) binary(name, to string, x, y operand) {
	switch {
	case !x.single && !y.single:
		p.line("kernel.%s(%s, %s, %s)", name, to, x.text, y.text)
	case x.single:
		p.line("kernel.N%s(%s, %s, %s)", name, to, x.text, p.vector(y, 1))
	default:
		p.line("kernel.%sN(%s, %s, %s)", name, to, x.text, y.text)
	}
}

func (p *pairs) function(o plan.PairOp, at map[string]ir.Size, to string) {
	var args []operand
	for _, a := range o.Args {
		args = append(args, p.operand(a, at, ""))
	}
	name, u := scalar.Binaries[o.Fn].Name, scalar.Unaries[o.Fn].Name
	switch {
	case u != "":
		p.line("kernel.%s(%s, %s)", u, to, p.vector(args[0], 0))
	case name != "":
		p.binary(name, to, args[0], args[1])
	case o.Fn == "admit":
		p.line("%s(%s, %s, %s)", p.help("admit"), to, p.vector(args[0], 0), p.vector(args[1], 1))
	case o.Fn == "select":
		p.line("kernel.Select(%s, %s, %s, %s)", to, p.vector(args[0], 0), p.vector(args[1], 1), p.vector(args[2], 2))
	default:
		panic("gosource: no kernel for " + o.Fn)
	}
}
