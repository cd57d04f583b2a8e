// SPDX-License-Identifier: Apache-2.0

package kernel

import "math"

// Attention is softmax attention, or attention with a normalizer of its own. For each element of Over, for each block of
// elements of Lane (the lanes: queries, and heads that share keys), it computes scores^T, keys by lanes, from the products
// of Dots and the function Score, and the sum over the keys of exp(score) times the value, over the sum of the weights.
// Every sum is one chain over the keys that a lane sees in rising order (attend_reference.go), whatever the tiles and the
// other lanes. With Norm the weights are what that makes of the scores (weigh.go). A lane without keys
// gives 0.
type Attention struct {
	Over, Lane []int // sizes
	Keys       int
	Dots       []Dot
	Values     []Average
	// Score computes the scores of a tile into t.Out; nil takes the first product as it is.
	Score func(t *Tile)
	// Bounds are the first key of a lane and the one behind its last; nil: all keys.
	Bounds func(t *Tile, lane int) (first, end int)
	// Admits says of keys within the bounds whether a lane sees them; nil: all.
	Admits func(t *Tile, lane, key int) bool
	// Norm makes weights of the scores; nil: softmax.
	Norm func(w *Weights)
}

// Dot is a sum of products of queries and keys over the axes of Sum.
type Dot struct {
	Query Tensor // strides: Over, Lane, Sum
	Sum   []int
	Key   Tensor // strides: Over, the keys, one for all of Sum
}

// Average is what the weights average.
type Average struct {
	Value Tensor // strides: Over, the keys, the elements
	Size  int    // elements of a value
	Out   Tensor // strides: Over, Lane, the elements
}

func grown[T float32 | int](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}

func count(size []int) int {
	n := 1
	for _, s := range size {
		n *= s
	}
	return n
}

// Attend computes attention.
func (c *Crew) Attend(x *Attention, tiles []*Tile) {
	over, queries := count(x.Over), count(x.Lane)
	width, few := LanesOf(queries), x.few(queries)
	if width < lanes && !few {
		width = lanes
	}
	if over*queries == 0 {
		return
	}
	if x.Norm != nil {
		c.weigh(x, tiles, over, queries)
		return
	}
	if few {
		n := min(together, (over+c.Workers()-1)/c.Workers())
		c.attention = attending{x: x, tiles: tiles, over: over, queries: queries, n: n}
		c.Do((over+n-1)/n, c.few)
	} else {
		blocks := (queries + width - 1) / width
		n := min(mates, max(1, over*blocks/(8*c.Workers())))
		c.attention = attending{x, tiles, over, queries, n, width, blocks, (blocks + n - 1) / n}
		c.Do(over*c.attention.items, c.wide)
	}
	c.attention = attending{} // let go of the caller's memory
}

// attending is the state of a dispatch of attention. Its methods are bound once, so that a dispatch allocates nothing.
type attending struct {
	x                    *Attention
	tiles                []*Tile
	over, queries        int
	n                    int // elements of Over, or blocks, of an item
	width, blocks, items int // lanes of a block; blocks of an element of Over, and items
}

// few is an item of attention with few lanes: some elements of Over.
func (a *attending) few(worker, item int) {
	a.x.blocksOfFew(a.tiles[worker], item*a.n, min(a.n, a.over-item*a.n), a.queries)
}

// wide is an item of attention with many lanes: some blocks of an element of Over. Blocks of high numbers come first:
// under a causal mask they are the long ones. Neighbours share the queries' place.
func (a *attending) wide(worker, item int) {
	t := a.tiles[worker]
	unfold(item%a.over, a.x.Over, t.start(a.x))
	first := (a.items - 1 - item/a.over) * a.n
	a.x.blocks(t, first, min(a.n, a.blocks-first), a.width, a.queries)
}

func unfold(number int, size, to []int) {
	for i := len(size) - 1; i >= 0; i-- {
		to[i] = number % size[i]
		number /= size[i]
	}
}

// bound places so many lanes, from number first on, and gives the keys that any of them sees.
func (x *Attention) bound(t *Tile, first, lanes int) (from, end int) {
	t.Count = lanes
	from, end = x.Keys, 0
	for l := range t.Count {
		unfold(first+l, x.Lane, t.At[l])
		a, b := 0, x.Keys
		if x.Bounds != nil {
			a, b = x.Bounds(t, l)
			a, b = max(a, 0), min(b, x.Keys)
		}
		t.bounds[l] = [2]int{a, b}
		if a < b {
			from, end = min(from, a), max(end, b)
		}
	}
	for l := t.Count; l < Lanes; l++ {
		t.bounds[l] = [2]int{}
	}
	return from, end
}

// offset is where a tensor begins for the element of Over, and for a lane where one is given.
func offset(v Tensor, over, lane []int) int {
	at := v.Base
	for i, k := range over {
		at += k * v.Stride[i]
	}
	for i, k := range lane {
		at += k * v.Stride[len(over)+i]
	}
	return at
}

// pack copies the block's queries: lanes side by side for each element, or for few lanes, elements for each lane.
func (x *Attention) pack(t *Tile) {
	for i := range x.Dots {
		d, rows := &x.Dots[i], t.queries[i]
		size := count(d.Sum)
		if t.PerKey > 1 {
			t.packed = grown(t.packed, t.PerKey*size)
			rows = t.packed
			clear(t.queries[i])
		}
		strides := d.Query.Stride[len(x.Over)+len(x.Lane):]
		for l := range t.Count {
			base, to := offset(d.Query, t.Over, t.At[l]), rows[l*size:]
			if len(d.Sum) == 1 && strides[0] == 1 {
				copy(to[:size], d.Query.Data[base:])
				continue
			}
			k := 0
			nest(append(append(make([]int, 0, 8), d.Sum...), 1), Tensor{Base: base, Stride: strides}, Tensor{Stride: strides}, func(at, _ int) {
				to[k] = d.Query.Data[at]
				k++
			})
		}
		if t.PerKey > 1 {
			Transpose(t.queries[i], t.PerKey, rows, size, t.Count, size)
		}
	}
}

// keys are those from number a on, and their strides: from one to the next, and from one element to the next.
func (x *Attention) keys(t *Tile, d *Dot, a int) (data []float32, step, unit int) {
	step, unit = d.Key.Stride[len(x.Over)], d.Key.Stride[len(x.Over)+1]
	return d.Key.Data[offset(d.Key, t.Over, nil)+a*step:], step, unit
}

func (x *Attention) values(t *Tile, v *Average, a int) (data []float32, step, unit int) {
	step, unit = v.Value.Stride[len(x.Over)], v.Value.Stride[len(x.Over)+1]
	return v.Value.Data[offset(v.Value, t.Over, nil)+a*step:], step, unit
}

// mask makes the scores of keys that a lane does not see -Inf.
func (x *Attention) mask(t *Tile, lanes int) {
	none := float32(math.Inf(-1))
	for l := range lanes {
		a, b := max(t.bounds[l][0]-t.First, 0), min(t.bounds[l][1]-t.First, t.N)
		if a >= b {
			a, b = t.N, t.N
		}
		out := t.Out[l*t.PerLane:]
		for k := range a {
			out[k*t.PerKey] = none
		}
		for k := b; k < t.N; k++ {
			out[k*t.PerKey] = none
		}
		if x.Admits == nil {
			continue
		}
		for k := a; k < b; k++ {
			if !x.Admits(t, l, t.First+k) {
				out[k*t.PerKey] = none
			}
		}
	}
}

// store divides a lane's sums of a value by the sum of the weights and writes them out.
func (x *Attention) store(t *Tile, v *Average, lane int, total float32, sums []float32) {
	step := v.Out.Stride[len(x.Over)+len(x.Lane)]
	out := v.Out.Data[offset(v.Out, t.Over, t.At[lane]):]
	if total == 0 { // and not NaN
		clear(sums)
	} else {
		DivN(sums, sums, total)
	}
	if step == 1 {
		copy(out, sums)
		return
	}
	for k, y := range sums {
		out[k*step] = y
	}
}
