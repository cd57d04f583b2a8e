package gograph

import (
	"math"
	"slices"

	"archc/backends/kernel"
	"archc/backends/scalar"
	"archc/passes/plan"
)

// pairs is the program of the scores. A line's value is an array: for each element of its axes a number of each pair of
// the tile, laid out as the scores are.
type pairs struct {
	*attention
	code    []pairOp
	key     int // which of the labels is the key
	wide    int // numbers of all lines for a pair, 0 where no line has axes
	deepest int // most axes of a line
	workers []pairState
}

// pairState is what one worker runs the program with.
type pairState struct {
	regs [][]float32 // where the value of a line stands
	lane [kernel.Lanes]float32
	keys [kernel.TileKeys]float32
}

type pairOp struct {
	plan.PairOp
	view          *view // strides along the labels, then along Axes
	axes, sum     *extent
	same          bool // for all lanes and keys
	onKey, onLane bool
	expr          func(at *point) float64
	size, unit    int
	matrix        *matrix
	f1            func(dst, x []float32)
	f2            scalar.Binary
	count, summed int      // elements of Axes, and of Sum
	steps         [3][]int // of the arguments along Axes, then Sum, by number of the element
	inner         []int    // of a lookup: where its elements stand from the first on
}

// matrix is a stored matrix of a product.
type matrix struct {
	x                    int // the line that it multiplies
	view                 *view
	rows                 []int // numbers of the strides along Axes
	columns, columnsStep int
}

// bindPairs binds the score of an attention.
func (x *attention) bindPairs(a *plan.Attention) *pairs {
	p := &pairs{attention: x, key: len(x.labels) - 1}
	axesOf := func(list []plan.Dim) (out []plan.Axis) {
		for _, d := range list {
			out = append(out, plan.Axis{Label: d.Label, Size: d.Size})
		}
		return out
	}
	for k, o := range a.Score {
		q := pairOp{PairOp: o, axes: x.g.extent(axesOf(o.Axes)), sum: x.g.extent(axesOf(o.Sum)), same: a.Same(k), f1: scalar.Unaries[o.Fn].F, f2: scalar.Binaries[o.Fn]}
		labels := x.labels
		for _, d := range o.Axes {
			labels = append(labels[:len(labels):len(labels)], d.Label)
		}
		p.deepest = max(p.deepest, len(o.Axes))
		if o.View.Store != nil {
			q.view = x.g.view(along(o.View, labels))
			for _, s := range o.View.Axes {
				q.onKey = q.onKey || s.Label == a.Key.Label
				for _, d := range a.Lane {
					q.onLane = q.onLane || s.Label == d.Label
				}
			}
		}
		if o.Expr != nil {
			q.expr = x.g.scalar(o.Expr, labels)
		}
		if o.Fn == "lookup" {
			q.size, q.unit = x.g.sizes.number(o.Size), x.g.sizes.number(o.Unit)
		}
		if m, ok := a.Matrix(k); ok {
			var over []string
			for _, d := range a.Over {
				over = append(over, d.Label)
			}
			q.matrix = &matrix{x: m.X, view: x.g.view(along(m.W, over)), columns: x.g.sizes.number(m.Column.Size), columnsStep: x.g.sizes.number(m.Column.Stride)}
			for _, s := range m.Rows {
				q.matrix.rows = append(q.matrix.rows, x.g.sizes.number(s))
			}
		}
		p.code = append(p.code, q)
	}
	p.workers = make([]pairState, x.g.crew.Workers())
	for i := range p.workers {
		p.workers[i].regs = make([][]float32, len(p.code))
	}
	return p
}

// spares are rooms behind those of the lines.
const spares = 3

func (p *pairs) rooms() int { return len(p.code) + spares }

// prepare fills in the numbers of this run.
func (p *pairs) prepare() {
	p.wide = 0
	for i := range p.code {
		o := &p.code[i]
		axes, sum := o.axes.sizes(), o.sum.sizes()
		o.count, o.summed = elements(axes), elements(sum)
		if len(axes) > 0 && !o.same {
			p.wide += o.count
		}
		if o.view != nil {
			o.view.tensor()
		}
		if o.matrix != nil {
			o.matrix.view.tensor()
		}
		if o.Fn == "lookup" {
			o.inner = kernel.Offsets(axes, o.view.now[len(p.labels):])
		}
		for k, a := range o.Args {
			o.steps[k] = o.steps[k][:0]
			for _, list := range [][]plan.Dim{o.Axes, o.Sum} {
				for _, d := range list {
					o.steps[k] = append(o.steps[k], p.step(a, d.Label))
				}
			}
		}
	}
}

func elements(sizes []int) int {
	n := 1
	for _, s := range sizes {
		n *= s
	}
	return n
}

// step is by how much a line's place moves along an axis: what is the same for all pairs stands in memory, the number of
// the element counts in others.
func (p *pairs) step(line int, label string) int {
	o := &p.code[line]
	n := 1
	for k := len(o.Axes) - 1; k >= 0; k-- {
		if o.Axes[k].Label == label {
			if o.same {
				return o.view.now[len(p.labels)+k]
			}
			return n
		}
		n *= o.axes.now[k]
	}
	return 0
}

// walk visits points in order, outer axes first, with what strides give there.
func walk(sizes []int, strides [3][]int, visit func(number int, at [3]int)) {
	number := 0
	var axis func(k int, at [3]int)
	axis = func(k int, at [3]int) {
		if k == len(sizes) {
			visit(number, at)
			number++
			return
		}
		for range sizes[k] {
			axis(k+1, at)
			for i, s := range strides {
				if s != nil {
					at[i] += s[k]
				}
			}
		}
	}
	axis(0, [3]int{})
}

// score runs the program on a tile, in parts where lines have many numbers for a pair; the last line writes the scores.
func (p *pairs) score(t *kernel.Tile) {
	if p.wide == 0 {
		p.part(t)
		return
	}
	t.Parts(kernel.PairsOf(p.wide), p.part)
}

func (p *pairs) part(t *kernel.Tile) {
	regs, n, last := p.workers[t.Worker].regs, len(t.Out), len(p.code)-1
	for i := range p.code {
		o := &p.code[i]
		if o.same && i < last {
			continue
		}
		if o.Fn == "dot" && i < last {
			regs[i] = t.Dots[o.Dot]
			continue
		}
		if regs[i] = t.Out; i < last {
			regs[i] = t.Room(i, o.count*n)
		}
		p.line(t, i, regs[i])
	}
}

// line computes a line to dst.
func (p *pairs) line(t *kernel.Tile, i int, dst []float32) {
	o, n := &p.code[i], len(t.Out)
	switch {
	case o.same:
		kernel.Fill(dst, p.operand(t, i, 0).number)
	case o.Fn == "dot":
		copy(dst, t.Dots[o.Dot])
	case o.Fn == "position":
		p.position(t, o, dst)
	case o.Fn == "lookup":
		p.lookup(t, o, dst)
	case o.matrix != nil:
		p.multiply(t, o, dst)
	case len(o.Sum) > 0:
		p.reduce(t, o, dst)
	case o.Fn == "view" && len(o.Axes) == 0:
		p.load(t, o, 0, dst)
	case o.Fn == "view":
		walk(o.axes.now, [3][]int{o.view.now[len(p.labels):]}, func(e int, at [3]int) { p.load(t, o, at[0], dst[e*n:][:n]) })
	case len(o.Axes) == 0:
		p.function(t, o, dst, [3]int{})
	default:
		walk(o.axes.now, o.steps, func(e int, at [3]int) { p.function(t, o, dst[e*n:][:n], at) })
	}
}

// operand is a line's value at an element: the same number for all pairs, or one for each.
type operand struct {
	vector []float32
	number float32
}

func (p *pairs) operand(t *kernel.Tile, line, at int) operand {
	o := &p.code[line]
	switch {
	case o.Fn == "imm":
		return operand{number: float32(o.Imm)}
	case o.same:
		return operand{number: o.view.data()[p.place(o.view, t, 0)+at]}
	}
	return operand{vector: p.workers[t.Worker].regs[line][at*len(t.Out):][:len(t.Out)]}
}

// vector is an operand as a number for each pair, in a spare room where it is the same for all.
func (p *pairs) vector(t *kernel.Tile, x operand, spare int) []float32 {
	if x.vector == nil {
		x.vector = t.Room(len(p.code)+spare, len(t.Out))
		kernel.Fill(x.vector, x.number)
	}
	return x.vector
}

func (p *pairs) function(t *kernel.Tile, o *pairOp, dst []float32, at [3]int) {
	var args [3]operand
	for k, a := range o.Args {
		args[k] = p.operand(t, a, at[k])
	}
	switch {
	case o.f1 != nil:
		o.f1(dst, p.vector(t, args[0], 0))
	case o.f2.VV != nil:
		p.binary(t, o.f2, dst, args[0], args[1])
	case o.Fn == "admit":
		admit(dst, p.vector(t, args[0], 0), p.vector(t, args[1], 1))
	default:
		kernel.Select(dst, p.vector(t, args[0], 0), p.vector(t, args[1], 1), p.vector(t, args[2], 2))
	}
}

func (p *pairs) binary(t *kernel.Tile, f scalar.Binary, dst []float32, x, y operand) {
	switch {
	case x.vector != nil && y.vector != nil:
		f.VV(dst, x.vector, y.vector)
	case x.vector == nil:
		f.NV(dst, x.number, p.vector(t, y, 1))
	default:
		f.VN(dst, x.vector, y.number)
	}
}

// start is what a reduction begins with.
func start(fn string) float32 {
	switch fn {
	case "max_of":
		return float32(math.Inf(-1))
	case "min_of":
		return float32(math.Inf(1))
	}
	return 0
}

// reduce sums, or takes the largest or least, along the axes of Sum in order.
func (p *pairs) reduce(t *kernel.Tile, o *pairOp, dst []float32) {
	n := len(t.Out)
	if o.summed == 0 { // nothing, of each element
		kernel.Fill(dst, start(o.Fn))
		return
	}
	walk(slices.Concat(o.axes.now, o.sum.now), o.steps, func(e int, at [3]int) {
		to := dst[e/o.summed*n:][:n]
		if e%o.summed == 0 {
			kernel.Fill(to, start(o.Fn))
		}
		x := p.operand(t, o.Args[0], at[0])
		switch o.Fn {
		case "max_of":
			p.binary(t, scalar.Binaries["max"], to, operand{vector: to}, x)
		case "min_of":
			p.binary(t, scalar.Binaries["min"], to, operand{vector: to}, x)
		case "sum":
			p.binary(t, scalar.Binaries["add"], to, operand{vector: to}, x)
		default:
			term := t.Room(len(p.code)+2, n)
			p.binary(t, scalar.Binaries["mul"], term, x, p.operand(t, o.Args[1], at[1]))
			kernel.Add(to, to, term)
		}
	})
}

// multiply is a product with a stored matrix.
func (p *pairs) multiply(t *kernel.Tile, o *pairOp, dst []float32) {
	n, v := len(t.Out), p.g.sizes.values
	m := o.matrix
	base := m.view.offset()
	for i, k := range t.Over {
		base += k * m.view.now[i]
	}
	strides := make([]int, len(m.rows))
	for i, s := range m.rows {
		strides[i] = v[s]
	}
	data, x := m.view.data(), kernel.Matrix{Data: p.workers[t.Worker].regs[m.x], Row: n, Col: 1}
	outer, rows, step := o.axes.now, 1, 0
	if k := len(outer) - 1; k >= 0 {
		outer, rows, step = outer[:k], outer[k], strides[k]
	}
	walk(outer, [3][]int{strides}, func(e int, at [3]int) {
		w := kernel.Matrix{Data: data[base+at[0]:], Row: step, Col: v[m.columnsStep]}
		kernel.Multiply(kernel.Matrix{Data: dst[e*rows*n:], Row: n, Col: 1}, w, x, rows, n, v[m.columns], false)
	})
}

// load writes an element of a view, at from on from where it begins, out over the tile.
func (p *pairs) load(t *kernel.Tile, o *pairOp, from int, dst []float32) {
	s, data, step := &p.workers[t.Worker], o.view.data(), o.view.now[p.key]
	switch {
	case !o.onKey:
		for l := range t.Count {
			s.lane[l] = data[from+p.place(o.view, t, l)]
		}
		t.FillLanes(dst, &s.lane)
	case !o.onLane:
		at := from + p.place(o.view, t, 0) + t.First*step
		for k := range t.N {
			s.keys[k] = data[at+k*step]
		}
		t.FillKeys(dst, s.keys[:t.N])
	default:
		for l := range t.Count {
			at := from + p.place(o.view, t, l) + t.First*step
			for k := range t.N {
				dst[l*t.PerLane+k*t.PerKey] = data[at+k*step]
			}
		}
	}
}

// position computes a function of positions for each pair of the tile.
func (p *pairs) position(t *kernel.Tile, o *pairOp, dst []float32) {
	for e := range o.count {
		to := dst[e*len(t.Out):]
		for l := range t.Count {
			at := p.point(t, l, t.First)
			for k, rest := len(o.axes.now)-1, e; k >= 0; k-- {
				at.index[len(p.labels)+k] = rest % o.axes.now[k]
				rest /= o.axes.now[k]
			}
			for k := range t.N {
				at.index[p.key] = t.First + k
				to[l*t.PerLane+k*t.PerKey] = float32(o.expr(at))
			}
		}
	}
}

// lookup writes elements of a table.
func (p *pairs) lookup(t *kernel.Tile, o *pairOp, dst []float32) {
	v, last := p.g.sizes.values, -1
	var at *point
	number := func(lane, key int) float64 {
		if lane != last {
			at, last = p.point(t, lane, key), lane
		}
		at.index[p.key] = key
		return o.expr(at)
	}
	if o.expr == nil {
		x := p.operand(t, o.Args[0], 0)
		number = func(lane, key int) float64 {
			if x.vector == nil {
				return float64(x.number)
			}
			return float64(x.vector[t.Pair(lane, key)])
		}
	}
	t.LookUp(dst, o.view.data(), v[o.size], v[o.unit], o.view.now[p.key], o.inner, func(lane int) int { return p.place(o.view, t, lane) }, number)
}

// admit is a score where the mask holds, and none where it does not.
func admit(dst, mask, x []float32) {
	none := float32(math.Inf(-1))
	for i := range dst {
		if mask[i] != 0 {
			dst[i] = x[i]
		} else {
			dst[i] = none
		}
	}
}
