package gograph

import (
	"math"

	"archc/backends/kernel"
	"archc/passes/plan"
)

// attention binds an attention: the kernel's loops, and the program of the scores on its tiles.
type attention struct {
	g       *graph
	kernel  kernel.Attention
	dots    []dot
	values  []average
	over    *extent
	lane    *extent
	keys    int
	labels  []string // of Over, of Lane, and the key
	code    []pairOp
	workers []pairState
	err     []error // of each worker
}

type dot struct {
	query, key *view
	sum        *extent
}

type average struct {
	value, out *view
	size       int
}

type pairOp struct {
	plan.PairOp
	view   *view // strides along labels
	onKey  bool
	onLane bool
	expr   func(at *point) float64
	size   int
	unit   int
	f1     func(dst, x []float32)
	f2     binary
}

type pairState struct {
	regs    [][]float32
	at      *point
	lane    [kernel.Lanes]float32
	keys    []float32
	outside []outside
}

// outside is a lookup of a pair that found no element. It is a mistake only where the query sees the key.
type outside struct {
	lane, key int // in the tile
	number    float32
	size      int
}

func (g *graph) attention(a *plan.Attention) func() error {
	x := &attention{g: g, keys: g.sizes.number(a.Key.Size)}
	axes := func(list []plan.Dim) (out []plan.Axis, labels []string) {
		for _, d := range list {
			out = append(out, plan.Axis{Label: d.Label, Size: d.Size})
			labels = append(labels, d.Label)
		}
		return out, labels
	}
	overAxes, over := axes(a.Over)
	laneAxes, lane := axes(a.Lane)
	x.over, x.lane = g.extent(overAxes), g.extent(laneAxes)
	both := append(append([]string{}, over...), lane...)
	x.labels = append(append([]string{}, both...), a.Key.Label)
	onKeys := append(append([]string{}, over...), a.Key.Label)
	for _, d := range a.Dots {
		sumAxes, sum := axes(d.Sum)
		key := along(d.Key, onKeys)
		key.Axes = append(key.Axes, plan.Axis{Stride: d.Unit})
		x.dots = append(x.dots, dot{g.view(along(d.Query, append(append([]string{}, both...), sum...))), g.view(key), g.extent(sumAxes)})
	}
	for _, v := range a.Values {
		value, out := along(v.Value, onKeys), along(v.Out, both)
		value.Axes = append(value.Axes, plan.Axis{Stride: v.Unit})
		out.Axes = append(out.Axes, plan.Axis{Stride: v.To})
		x.values = append(x.values, average{g.view(value), g.view(out), g.sizes.number(v.Size)})
	}
	x.kernel.Dots = make([]kernel.Dot, len(x.dots))
	x.kernel.Values = make([]kernel.Average, len(x.values))
	for _, o := range a.Score {
		p := pairOp{PairOp: o, f1: unary[o.Fn], f2: binaries[o.Fn]}
		if o.View.Store != nil {
			p.view = g.view(along(o.View, x.labels))
			p.onKey = o.View.Find(a.Key.Label) >= 0
			for _, l := range both {
				p.onLane = p.onLane || o.View.Find(l) >= 0 && !contains(over, l)
			}
		}
		if o.Expr != nil {
			p.expr = g.scalar(o.Expr, x.labels)
		}
		if o.Fn == "lookup" {
			p.size, p.unit = g.sizes.number(o.Size), g.sizes.number(o.Unit)
		}
		x.code = append(x.code, p)
	}
	if len(x.code) > 1 || x.code[0].Fn != "dot" {
		x.kernel.Score = x.score
	}
	first, end := x.bound(a.First, 0), x.bound(a.End, math.MaxInt)
	if a.First != nil || a.End != nil {
		x.kernel.Bounds = func(t *kernel.Tile, lane int) (int, int) {
			at := x.point(t, lane, 0)
			return first(at), end(at)
		}
	}
	if a.Admits != nil {
		admits := g.scalar(a.Admits, x.labels)
		x.kernel.Admits = func(t *kernel.Tile, lane, key int) bool { return admits(x.point(t, lane, key)) != 0 }
	}
	tiles := kernel.Tiles(g.crew.Workers(), len(x.code))
	x.workers, x.err = make([]pairState, len(tiles)), make([]error, len(tiles))
	for i := range x.workers {
		x.workers[i] = pairState{regs: make([][]float32, len(x.code)), at: g.point(len(x.labels)), keys: make([]float32, kernel.TileKeys)}
	}
	return func() error {
		x.prepare()
		g.crew.Attend(&x.kernel, tiles)
		for i, err := range x.err {
			if err != nil {
				x.err[i] = nil
				return err
			}
		}
		return nil
	}
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

func (x *attention) bound(e *plan.Expr, absent int) func(at *point) int {
	if e == nil {
		return func(*point) int { return absent }
	}
	f := x.g.scalar(e, x.labels)
	return func(at *point) int { return int(f(at)) }
}

// point is where a lane and a key stand along the labels.
func (x *attention) point(t *kernel.Tile, lane, key int) *point {
	p := x.workers[t.Worker].at
	n := copy(p.index, t.Over)
	n += copy(p.index[n:], t.At[lane])
	p.index[n] = key
	return p
}

// prepare fills in the numbers of this run.
func (x *attention) prepare() {
	k := &x.kernel
	k.Over, k.Lane, k.Keys = x.over.sizes(), x.lane.sizes(), x.g.sizes.values[x.keys]
	for i, d := range x.dots {
		k.Dots[i] = kernel.Dot{Query: d.query.tensor(), Sum: d.sum.sizes(), Key: d.key.tensor()}
	}
	for i, v := range x.values {
		k.Values[i] = kernel.Average{Value: v.value.tensor(), Size: x.g.sizes.values[v.size], Out: v.out.tensor()}
	}
	for _, o := range x.code {
		if o.view != nil {
			o.view.tensor()
		}
	}
}

// score runs the program on a tile; the last line writes the scores.
func (x *attention) score(t *kernel.Tile) {
	s := &x.workers[t.Worker]
	for i := range x.code {
		o := &x.code[i]
		dst := t.Rooms[i][:len(t.Out)]
		if i == len(x.code)-1 {
			dst = t.Out
		}
		s.regs[i] = dst
		switch o.Fn {
		case "imm":
		case "dot":
			if i == len(x.code)-1 {
				copy(dst, t.Dots[o.Dot])
			} else {
				s.regs[i] = t.Dots[o.Dot]
			}
		case "view":
			x.load(t, s, o, dst)
		case "position":
			x.each(t, dst, o.expr)
		case "lookup":
			x.lookup(t, s, o, dst)
		case "admit":
			kernel.Fill(s.keys[:1], float32(math.Inf(-1)))
			admit(dst, s.vector(x, o.Args[0], t), s.vector(x, o.Args[1], t))
		default:
			x.function(s, o, t, dst)
		}
	}
	for _, o := range s.outside {
		if at := o.lane*t.PerLane + o.key*t.PerKey; x.sees(t, o.lane, t.First+o.key) && !math.IsInf(float64(t.Out[at]), -1) {
			x.err[t.Worker] = &kernel.NoElement{Number: o.number, Size: o.size}
		}
	}
	s.outside = s.outside[:0]
}

// sees reports whether the part of the mask that hangs on positions admits a key.
func (x *attention) sees(t *kernel.Tile, lane, key int) bool {
	if x.kernel.Bounds != nil {
		if first, end := x.kernel.Bounds(t, lane); key < first || key >= end {
			return false
		}
	}
	return x.kernel.Admits == nil || x.kernel.Admits(t, lane, key)
}

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

// vector is a line's value over the tile.
func (s *pairState) vector(x *attention, k int, t *kernel.Tile) []float32 {
	if x.code[k].Fn == "imm" {
		kernel.Fill(s.regs[k], float32(x.code[k].Imm))
	}
	return s.regs[k]
}

func (x *attention) function(s *pairState, o *pairOp, t *kernel.Tile, dst []float32) {
	imm := func(k int) bool { return x.code[o.Args[k]].Fn == "imm" }
	n := func(k int) float32 { return float32(x.code[o.Args[k]].Imm) }
	switch {
	case o.f1 != nil:
		o.f1(dst, s.vector(x, o.Args[0], t))
	case o.f2.vv != nil && imm(1) && !imm(0):
		o.f2.vn(dst, s.regs[o.Args[0]], n(1))
	case o.f2.vv != nil && imm(0) && !imm(1):
		o.f2.nv(dst, n(0), s.regs[o.Args[1]])
	case o.f2.vv != nil:
		o.f2.vv(dst, s.vector(x, o.Args[0], t), s.vector(x, o.Args[1], t))
	default:
		kernel.Select(dst, s.vector(x, o.Args[0], t), s.vector(x, o.Args[1], t), s.vector(x, o.Args[2], t))
	}
}

// base is where a view stands for the block's element of Over, and for a lane.
func (x *attention) base(o *pairOp, t *kernel.Tile, lane int) int {
	at := o.view.offset()
	for i, k := range t.Over {
		at += k * o.view.now[i]
	}
	for i, k := range t.At[lane] {
		at += k * o.view.now[len(t.Over)+i]
	}
	return at
}

func (x *attention) load(t *kernel.Tile, s *pairState, o *pairOp, dst []float32) {
	data, step := o.view.data(), o.view.now[len(x.labels)-1]
	switch {
	case !o.onKey:
		for l := range t.Count {
			s.lane[l] = data[x.base(o, t, l)]
		}
		t.FillLanes(dst, &s.lane)
	case !o.onLane:
		at := x.base(o, t, 0) + t.First*step
		for k := range t.N {
			s.keys[k] = data[at+k*step]
		}
		t.FillKeys(dst, s.keys[:t.N])
	default:
		for l := range t.Count {
			at := x.base(o, t, l) + t.First*step
			for k := range t.N {
				dst[l*t.PerLane+k*t.PerKey] = data[at+k*step]
			}
		}
	}
}

// each computes a function of positions for each pair of the tile.
func (x *attention) each(t *kernel.Tile, dst []float32, f func(*point) float64) {
	for l := range t.Count {
		at := x.point(t, l, t.First)
		key := &at.index[len(at.index)-1]
		for k := range t.N {
			*key = t.First + k
			dst[l*t.PerLane+k*t.PerKey] = float32(f(at))
		}
	}
}

func (x *attention) lookup(t *kernel.Tile, s *pairState, o *pairOp, dst []float32) {
	data, size, unit := o.view.data(), x.g.sizes.values[o.size], x.g.sizes.values[o.unit]
	for l := range t.Count {
		base := x.base(o, t, l)
		at := x.point(t, l, t.First)
		key := &at.index[len(at.index)-1]
		for k := range t.N {
			*key = t.First + k
			n := o.expr(at)
			i := int(n)
			if i < 0 || i >= size {
				s.outside = append(s.outside, outside{l, k, float32(n), size})
				i = 0
			}
			dst[l*t.PerLane+k*t.PerKey] = data[base+i*unit]
		}
	}
}
