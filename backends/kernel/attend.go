// SPDX-License-Identifier: Apache-2.0

package kernel

import "math"

// Lanes is the number of queries that attention computes side by side, one in each lane of a vector.
const Lanes = lanes

// TileKeys is the most keys of a tile: its scores and what they are made of stay in the first-level cache.
const TileKeys = 128

// Attention is softmax attention. For each element of Over, for each block of 16 elements of Lane (the lanes: queries,
// and heads that share keys), it computes scores^T, keys by lanes, from the products of Dots and the function Score; the
// largest of each lane; and the sum over the keys of exp(score - largest) times the value, over the sum of the weights.
// Every sum is one chain over the keys in rising order, whatever the tiles and the other lanes. A lane without keys
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

// Tile is some keys of a block of lanes, and what one worker computes it with.
type Tile struct {
	Worker int
	Over   []int        // where the block stands
	At     [lanes][]int // where each lane stands along Lane
	Count  int          // lanes in use
	First  int          // the first key
	N      int          // keys
	Dots   [][]float32  // the products, N rows of 16 lanes
	Out    []float32    // the scores, alike
	Rooms  [][]float32  // rooms for Score, each of TileKeys rows of 16 lanes

	bounds      [lanes][2]int
	queries     [][]float32
	scores, sum []float32
	largest     [lanes]float32
	total       [lanes]float32
	at          []int
}

// Tiles are what the workers of a crew compute attention with; they grow when they must and are kept.
func Tiles(workers, rooms int) []*Tile {
	out := make([]*Tile, workers)
	for i := range out {
		out[i] = &Tile{Worker: i, Rooms: make([][]float32, rooms)}
		for k := range out[i].Rooms {
			out[i].Rooms[k] = make([]float32, TileKeys*lanes)
		}
	}
	return out
}

func grown(x []float32, n int) []float32 {
	if cap(x) < n {
		return make([]float32, n)
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
	blocks := (queries + lanes - 1) / lanes
	if over*blocks == 0 {
		return
	}
	// Blocks of high numbers first: under a causal mask they are the long ones. Neighbours share the queries' place.
	c.Do(over*blocks, func(worker, item int) {
		t := tiles[worker]
		t.prepare(x)
		unfold(item%over, x.Over, t.Over)
		x.block(t, (blocks-1-item/over)*lanes, queries)
	})
}

// prepare makes the rooms of a tile large enough.
func (t *Tile) prepare(x *Attention) {
	if len(t.Over) != len(x.Over) {
		t.Over = make([]int, len(x.Over))
	}
	if len(t.at) != len(x.Over)+len(x.Lane) {
		t.at = make([]int, len(x.Over)+len(x.Lane))
		for i := range t.At {
			t.At[i] = make([]int, len(x.Lane))
		}
	}
	for len(t.queries) < len(x.Dots) {
		t.queries, t.Dots = append(t.queries, nil), append(t.Dots, nil)
	}
	for i := range x.Dots {
		t.queries[i] = grown(t.queries[i], count(x.Dots[i].Sum)*lanes)
	}
	most := 0
	for _, v := range x.Values {
		most += v.Size * lanes
	}
	t.sum = grown(t.sum, most)
}

func unfold(number int, size, to []int) {
	for i := len(size) - 1; i >= 0; i-- {
		to[i] = number % size[i]
		number /= size[i]
	}
}

// block computes 16 lanes, from number first on.
func (x *Attention) block(t *Tile, first, queries int) {
	t.Count = min(lanes, queries-first)
	from, end := x.Keys, 0
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
	for l := t.Count; l < lanes; l++ {
		t.bounds[l] = [2]int{}
	}
	for l := range t.largest {
		t.largest[l], t.total[l] = float32(math.Inf(-1)), 0
	}
	clear(t.sum)
	if from < end {
		x.pack(t)
		t.scores = grown(t.scores, (end-from)*lanes)
		for k := from; k < end; k += TileKeys {
			x.score(t, k, min(k+TileKeys, end), from)
		}
		for k := from; k < end; k += TileKeys {
			x.average(t, k, min(k+TileKeys, end), from)
		}
	}
	x.store(t)
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

// pack lays the block's queries out as 16 lanes for each element of the sum.
func (x *Attention) pack(t *Tile) {
	for i := range x.Dots {
		d, q := &x.Dots[i], t.queries[i]
		clear(q)
		strides := d.Query.Stride[len(x.Over)+len(x.Lane):]
		for l := range t.Count {
			base := offset(d.Query, t.Over, t.At[l])
			if len(d.Sum) == 1 {
				for k := range d.Sum[0] {
					q[k*lanes+l] = d.Query.Data[base+k*strides[0]]
				}
				continue
			}
			k := l
			nest(append(append(make([]int, 0, 8), d.Sum...), 1), Tensor{Base: base, Stride: strides}, Tensor{Stride: strides}, func(at, _ int) {
				q[k] = d.Query.Data[at]
				k += lanes
			})
		}
	}
}

// score computes the scores of keys a to b, and the largest of each lane so far.
func (x *Attention) score(t *Tile, a, b, from int) {
	t.First, t.N = a, b-a
	t.Out = t.scores[(a-from)*lanes : (b-from)*lanes]
	for i := range x.Dots {
		d := &x.Dots[i]
		to := t.Out
		if x.Score != nil {
			t.Dots[i] = grown(t.Dots[i], TileKeys*lanes)[:t.N*lanes]
			to = t.Dots[i]
		}
		key, step, unit := offset(d.Key, t.Over, nil), d.Key.Stride[len(x.Over)], d.Key.Stride[len(x.Over)+1]
		Multiply(Matrix{to, lanes, 1}, Matrix{d.Key.Data[key+a*step:], step, unit}, Matrix{t.queries[i], lanes, 1},
			t.N, lanes, count(d.Sum), false)
	}
	if x.Score != nil {
		x.Score(t)
	}
	x.mask(t)
	LaneMax(&t.largest, t.Out)
}

// mask makes the scores of keys that a lane does not see -Inf.
func (x *Attention) mask(t *Tile) {
	none := float32(math.Inf(-1))
	for l := range lanes {
		a, b := max(t.bounds[l][0]-t.First, 0), min(t.bounds[l][1]-t.First, t.N)
		if a >= b {
			a, b = t.N, t.N
		}
		for k := range a {
			t.Out[k*lanes+l] = none
		}
		for k := b; k < t.N; k++ {
			t.Out[k*lanes+l] = none
		}
		if x.Admits == nil {
			continue
		}
		for k := a; k < b; k++ {
			if !x.Admits(t, l, t.First+k) {
				t.Out[k*lanes+l] = none
			}
		}
	}
}

// average adds keys a to b to the averages.
func (x *Attention) average(t *Tile, a, b, from int) {
	w := t.scores[(a-from)*lanes : (b-from)*lanes]
	LaneExpSum(w, &t.largest, &t.total)
	at := 0
	for i := range x.Values {
		v := &x.Values[i]
		base, step, unit := offset(v.Value, t.Over, nil), v.Value.Stride[len(x.Over)], v.Value.Stride[len(x.Over)+1]
		Multiply(Matrix{t.sum[at:], lanes, 1}, Matrix{v.Value.Data[base+a*step:], unit, step}, Matrix{w, lanes, 1},
			v.Size, lanes, b-a, true)
		at += v.Size * lanes
	}
}

// store divides by the sums of the weights and writes the lanes out.
func (x *Attention) store(t *Tile) {
	at := 0
	for i := range x.Values {
		v := &x.Values[i]
		step := v.Out.Stride[len(x.Over)+len(x.Lane)]
		for l := range t.Count {
			out := offset(v.Out, t.Over, t.At[l])
			for k := range v.Size {
				y := float32(0)
				if t.total[l] != 0 { // also when it is NaN
					y = t.sum[at+k*lanes+l] / t.total[l]
				}
				v.Out.Data[out+k*step] = y
			}
		}
		at += v.Size * lanes
	}
}
