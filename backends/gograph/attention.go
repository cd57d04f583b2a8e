package gograph

import (
	"math"
	"slices"

	"archc/backends/kernel"
	"archc/passes/plan"
)

// attention binds an attention: the kernel's loops, the program of the scores on its tiles, and that of the normalizer.
type attention struct {
	g      *graph
	kernel kernel.Attention
	dots   []dot
	values []average
	over   *extent
	lane   *extent
	keys   int
	labels []string // of Over, of Lane, and the key
	pairs  *pairs
	norm   *normalizer
	places []*point // of each worker: where a pair stands along the labels and along axes beyond it
	err    []error  // of each worker
}

type dot struct {
	query, key *view
	sum        *extent
}

type average struct {
	value, out *view
	size       int
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
	both := slices.Concat(over, lane)
	x.labels = append(slices.Clone(both), a.Key.Label)
	onKeys := append(slices.Clone(over), a.Key.Label)
	for _, d := range a.Dots {
		sumAxes, sum := axes(d.Sum)
		key := along(d.Key, onKeys)
		key.Axes = append(key.Axes, plan.Axis{Stride: d.Unit})
		x.dots = append(x.dots, dot{g.view(along(d.Query, slices.Concat(both, sum))), g.view(key), g.extent(sumAxes)})
	}
	for _, v := range a.Values {
		value, out := along(v.Value, onKeys), along(v.Out, both)
		value.Axes = append(value.Axes, plan.Axis{Stride: v.Unit})
		out.Axes = append(out.Axes, plan.Axis{Stride: v.To})
		x.values = append(x.values, average{g.view(value), g.view(out), g.sizes.number(v.Size)})
	}
	x.kernel.Dots = make([]kernel.Dot, len(x.dots))
	x.kernel.Values = make([]kernel.Average, len(x.values))
	x.pairs = x.bindPairs(a)
	if len(a.Score) > 1 || a.Score[0].Fn != "dot" {
		x.kernel.Score = func(t *kernel.Tile) {
			x.pairs.score(t)
			if err := t.Lost(&x.kernel); err != nil {
				x.err[t.Worker] = err
			}
		}
	}
	if a.Norm != nil {
		x.norm = x.bindNorm(a)
		x.kernel.Norm = x.norm.run
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
	tiles := kernel.Tiles(g.crew.Workers(), x.pairs.rooms())
	x.places, x.err = make([]*point, len(tiles)), make([]error, len(tiles))
	for i := range x.places {
		x.places[i] = g.point(len(x.labels) + x.pairs.deepest)
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

func (x *attention) bound(e *plan.Expr, absent int) func(at *point) int {
	if e == nil {
		return func(*point) int { return absent }
	}
	f := x.g.scalar(e, x.labels)
	return func(at *point) int { return int(f(at)) }
}

// point is where a lane and a key stand along the labels.
func (x *attention) point(t *kernel.Tile, lane, key int) *point {
	p := x.places[t.Worker]
	n := copy(p.index, t.Over)
	n += copy(p.index[n:], t.At[lane])
	p.index[n] = key
	return p
}

// place is where a view of Over, Lane and more begins for the block's element of Over and a lane.
func (x *attention) place(v *view, t *kernel.Tile, lane int) int {
	at := v.offset()
	for i, k := range t.Over {
		at += k * v.now[i]
	}
	for i, k := range t.At[lane] {
		at += k * v.now[len(t.Over)+i]
	}
	return at
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
	x.pairs.prepare()
	if x.norm != nil {
		x.norm.prepare()
	}
}
