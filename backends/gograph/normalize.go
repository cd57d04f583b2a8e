package gograph

import (
	"archc/backends/kernel"
	"archc/backends/scalar"
	"archc/passes/plan"
)

// normalizer is the program that makes weights of scores: each line a function of whole vectors, or of a number of each
// lane.
type normalizer struct {
	*attention
	code    []normOp
	vectors int // rooms of vectors; spare ones are behind them
}

type normOp struct {
	plan.NormOp
	room int
	view *view // strides along Over and Lane
	expr func(at *point) float64
	f1   func(dst, x []float32)
	f2   scalar.Binary
	size int // of lookup: numbers of sizes
	unit int
	two  []int // of a reduction: the lines that are computed for each key
}

// bindNorm binds the normalizer of an attention.
func (x *attention) bindNorm(a *plan.Attention) *normalizer {
	n := &normalizer{attention: x}
	rooms, vectors, _ := plan.NormRooms(a.Norm)
	n.vectors = vectors
	for k, o := range a.Norm {
		q := normOp{NormOp: o, room: rooms[k], f1: scalar.Unaries[o.Fn].F, f2: scalar.Binaries[o.Fn], two: plan.Two(a.Norm, k)}
		if o.View.Store != nil {
			q.view = x.g.view(along(o.View, x.labels))
		}
		if o.Fn == "lookup" {
			q.size, q.unit = x.g.sizes.number(o.Size), x.g.sizes.number(o.Unit)
		}
		if o.Expr != nil {
			q.expr = x.g.scalar(o.Expr, x.labels)
		}
		n.code = append(n.code, q)
	}
	return n
}

func (n *normalizer) prepare() {
	for _, o := range n.code {
		if o.view != nil {
			o.view.tensor()
		}
	}
}

// run makes weights of the scores of a block.
func (n *normalizer) run(w *kernel.Weights) {
	for k := range n.code {
		if n.code[k].Along != plan.PerTwo {
			n.line(w, k, -1)
		}
	}
	last := len(n.code) - 1
	w.Give(n.vector(w, last, -1, 0))
	if err := w.Lost(); err != nil {
		n.err[w.Tile.Worker] = err
	}
}

// value is where a line's value stands: a number of each lane, or a vector.
func (n *normalizer) value(w *kernel.Weights, k int) []float32 {
	o := &n.code[k]
	switch {
	case o.Fn == "score":
		return w.Scores
	case o.Fn == "other":
		return n.value(w, o.Args[0])
	case o.Along == plan.PerLane:
		return w.Number(o.room)
	}
	return w.Vector(o.room)
}

// vector is a line's value as a vector, written out over the keys in a spare room where it is one number of a lane; or,
// for a key j of what is computed for two keys, where it is one of that key.
func (n *normalizer) vector(w *kernel.Weights, k, j, spare int) []float32 {
	o := &n.code[k]
	to := func() []float32 { return w.Vector(n.vectors + spare) }
	switch {
	case o.Fn == "imm":
		v := to()
		kernel.Fill(v, float32(o.Imm))
		return v
	case o.Along == plan.PerLane:
		v := to()
		w.Spread(v, n.value(w, k))
		return v
	case o.Along == plan.PerKey && j >= 0:
		v := to()
		w.Spread(v, w.Row(n.value(w, k), j))
		return v
	}
	return n.value(w, k)
}

// number is a line's value as a number of each lane.
func (n *normalizer) number(w *kernel.Weights, k, spare int) []float32 {
	if o := &n.code[k]; o.Fn == "imm" {
		v := w.Row(w.Vector(n.vectors+spare), 0)
		kernel.Fill(v, float32(o.Imm))
		return v
	}
	return n.value(w, k)
}

// line computes a line: what is of two keys for key j and all others.
func (n *normalizer) line(w *kernel.Weights, k, j int) {
	o := &n.code[k]
	if o.room < 0 {
		return
	}
	dst := n.value(w, k)
	switch o.Fn {
	case "view":
		w.PerLane(dst, func(lane int) float32 { return o.view.data()[n.place(o.view, w.Tile, lane)] })
	case "position":
		w.PerLane(dst, func(lane int) float32 { return float32(o.expr(n.point(w.Tile, lane, 0))) })
	case "count":
		w.Count(dst)
	case "rank":
		w.Rank(dst)
	case "key":
		w.KeyNumber(dst)
	case "lookup":
		n.lookup(w, o, dst)
	case "cumsum":
		w.RunningSum(dst, n.value(w, o.Args[0]))
	case "cummax":
		w.RunningLargest(dst, n.value(w, o.Args[0]))
	case "cummin":
		w.RunningLeast(dst, n.value(w, o.Args[0]))
	case "sum", "max_of", "min_of":
		n.reduce(w, o, dst)
	default:
		n.function(w, o, dst, j)
	}
}

// lookup reads a table at a number of each lane, or of each key.
func (n *normalizer) lookup(w *kernel.Weights, o *normOp, dst []float32) {
	x, v := n.value(w, o.Args[0]), n.g.sizes.values
	if a := &n.code[o.Args[0]]; a.Fn == "imm" {
		x = dst
		kernel.Fill(x, float32(a.Imm))
	}
	w.LookUp(dst, x, o.view.data(), v[o.size], v[o.unit], func(lane int) int { return n.place(o.view, w.Tile, lane) })
}

var reductions = map[string]func(w *kernel.Weights, dst, x []float32){
	"sum": (*kernel.Weights).Sum, "max_of": (*kernel.Weights).Largest, "min_of": (*kernel.Weights).Least,
}

// reduce reduces along the keys; what is of two keys for each of them.
func (n *normalizer) reduce(w *kernel.Weights, o *normOp, dst []float32) {
	f := reductions[o.Fn]
	x := o.Args[0]
	if len(o.two) == 0 {
		f(w, dst, n.value(w, x))
		return
	}
	for j := range w.Keys {
		for _, k := range o.two {
			n.line(w, k, j)
		}
		f(w, w.Row(dst, j), n.value(w, x))
	}
}

// function applies a scalar function.
func (n *normalizer) function(w *kernel.Weights, o *normOp, dst []float32, j int) {
	arg := func(i int) []float32 {
		if o.Along == plan.PerLane {
			return n.number(w, o.Args[i], i)
		}
		return n.vector(w, o.Args[i], j, i)
	}
	imm := func(i int) (float32, bool) { a := &n.code[o.Args[i]]; return float32(a.Imm), a.Fn == "imm" }
	switch {
	case o.f1 != nil:
		o.f1(dst, arg(0))
	case o.f2.VV == nil:
		kernel.Select(dst, arg(0), arg(1), arg(2))
	default:
		x, first := imm(0)
		y, second := imm(1)
		switch {
		case second && !first:
			o.f2.VN(dst, arg(0), y)
		case first && !second:
			o.f2.NV(dst, x, arg(1))
		default:
			o.f2.VV(dst, arg(0), arg(1))
		}
	}
}
