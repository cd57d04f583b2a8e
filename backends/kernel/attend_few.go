// SPDX-License-Identifier: Apache-2.0

package kernel

import "math"

// A block of few lanes, as a step of decoding has: most lanes of a vector would be empty. Here scores are lanes by keys
// with vectors along the keys, and sums are lanes by elements with vectors along a value's elements. Each is the same
// chain as in a block of many.

const fewLanes = 8

// few says whether a block of few lanes serves so many queries: values are read along their elements.
func (x *Attention) few(queries int) bool {
	for _, v := range x.Values {
		if v.Value.Stride[len(x.Over)+1] != 1 {
			return false
		}
	}
	return queries <= fewLanes
}

// together is how many elements of Over are worked on side by side: in a cache their keys are neighbours, in the same pages
// of memory and lines that are fetched together.
const together = 8

// blocksOfFew computes the blocks of few lanes of so many elements of Over, from number first on.
func (x *Attention) blocksOfFew(t *Tile, first, blocks, lanes int) {
	from, end := x.Keys, 0
	list := t.list[:0]
	for i := range blocks {
		if i > 0 {
			t = t.mate(x)
		}
		list = append(list, t)
		unfold(first+i, x.Over, t.start(x))
		t.from, t.end = x.bound(t, 0, lanes)
		from, end = min(from, t.from), max(end, t.end)
		t.beginFew(x)
	}
	for k := from; k < end; k += TileKeys {
		x.tileOfFew(list, k)
	}
	for _, t := range list {
		sums := t.sum
		for i := range x.Values {
			v := &x.Values[i]
			for l := range t.Count {
				x.store(t, v, l, t.total[l], sums[l*v.Size:][:v.Size])
			}
			sums = sums[v.Size*t.Count:]
		}
	}
}

// tileOfFew adds the keys from that one on, as many as a tile has, to some blocks. What is read of some keys, or of their
// values, is read for all blocks before the next ones come: nearly in the order of memory, as processors foresee it.
func (x *Attention) tileOfFew(list []*Tile, first int) {
	for i, t := range list {
		t.begins(max(first, t.from), min(first+TileKeys, t.end), i)
	}
	for i := range x.Dots {
		for at := 0; at < TileKeys; at += chunk {
			for _, t := range list {
				if n := min(chunk, t.N-at); n > 0 {
					x.dotsOfFew(t, i, at, n)
				}
			}
		}
	}
	for _, t := range list {
		if t.N == 0 {
			continue
		}
		x.scoreFew(t)
		if t.settled() {
			t.weigh()
		} else {
			x.addParts(t, (*Attention).addFew)
			t.N = 0 // nothing is left of it
		}
	}
	for at := 0; at < TileKeys; at += chunk {
		for _, t := range list {
			if n := min(chunk, t.N-at); n > 0 {
				x.sumsOfFew(t, at, n)
			}
		}
	}
}

// chunk is how many keys are read for one block after another.
const chunk = 64

// beginFew starts a block of few lanes.
func (t *Tile) beginFew(x *Attention) {
	t.PerKey = 1
	t.grow(x, t.Count)
	if t.from < t.end {
		x.pack(t)
		x.sideBySide(t)
	}
}

// begins makes keys a to b the tile, rows of whole vectors. Blocks that work together have numbers, and rooms apart.
func (t *Tile) begins(a, b, number int) {
	t.First, t.N = a, max(b-a, 0)
	t.PerLane = (t.N + lanes - 1) / lanes * lanes
	at := number * fewLanes * TileKeys
	t.room(t.products[0][at:][:t.Count*t.PerLane], at)
}

// dotsOfFew computes products with n keys, from key number at of the tile on.
func (x *Attention) dotsOfFew(t *Tile, i, at, n int) {
	d := &x.Dots[i]
	data, step, unit := x.keys(t, d, t.First+at)
	k, to := count(d.Sum), t.Dots[i][at:]
	if len(t.side[i]) > 0 {
		done := t.streamDots(t.side[i], to, data, step, k, n)
		if data, to, n = data[min(done*step, len(data)):], to[done:], n-done; n == 0 {
			return
		}
	}
	t.packed = grown(t.packed, k*chunk)
	if k > 0 && unit == 1 {
		Transpose(t.packed, chunk, data, step, n, k)
	} else {
		for e := range k {
			for key := range n {
				t.packed[e*chunk+key] = data[key*step+e*unit]
			}
		}
	}
	Multiply(Matrix{to, t.PerLane, 1}, Matrix{t.queries[i], k, 1}, Matrix{t.packed, chunk, 1}, t.Count, n, k, false)
}

// scoreFew computes the scores of a tile from its products.
func (x *Attention) scoreFew(t *Tile) {
	if x.Score != nil {
		x.Score(t)
	}
	x.mask(t, t.Count)
	for l := range t.Count {
		Fill(t.Out[l*t.PerLane:][t.N:t.PerLane], float32(math.Inf(-1)))
	}
}

// weigh makes weights of the scores.
func (t *Tile) weigh() {
	for l := range t.Count {
		var m, none [lanes]float32
		Fill(m[:], t.reference[l])
		row := t.Out[l*t.PerLane:][:t.PerLane]
		LaneExpSum(row, row, lanes, &m, &none)
	}
}

// addFew makes weights of the scores and adds the keys of the tile to the averages.
func (x *Attention) addFew(t *Tile) {
	t.weigh()
	x.sumsOfFew(t, 0, t.N)
}

// sumsOfFew adds n keys to the averages, from key number at of the tile on. The sum of the weights may be the average of
// ones: a product with 1 is exact, so that a fused sum is a sum.
func (x *Attention) sumsOfFew(t *Tile, at, n int) {
	weights := Matrix{t.Out[at:], t.PerLane, 1}
	counted := false
	sums := t.sum
	for i := range x.Values {
		v := &x.Values[i]
		data, step, _ := x.values(t, v, t.First+at)
		done := 0
		if machine == avx512 {
			done = t.streamSums(sums, weights.Data, data, step, v.Size, n, &counted)
		}
		if done < v.Size {
			Multiply(Matrix{sums[done:], v.Size, 1}, weights, Matrix{data[done:], step, 1}, t.Count, v.Size-done, n, true)
		}
		sums = sums[v.Size*t.Count:]
	}
	if !counted {
		Multiply(Matrix{t.total[:], 1, 1}, weights, Matrix{ones[:], 0, 1}, t.Count, 1, n, true)
	}
}

var ones = [1]float32{1}
