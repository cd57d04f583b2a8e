// SPDX-License-Identifier: Apache-2.0

package kernel

import "math"

// A block of few lanes, as a step of decoding has: most lanes of a vector would be empty. Here scores are lanes by keys
// with vectors along the keys, and sums are lanes by elements with vectors along a value's elements. Each is the same
// chain as in a block of many.

const (
	fewLanes = 8
	keyGroup = 64 // keys that are transposed at a time: four panels of a product
)

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
		for _, t := range list {
			if a, b := max(k, t.from), min(k+TileKeys, t.end); a < b {
				t.begins(a, b)
				t.packed = list[0].packed
				x.scoreFew(t)
				list[0].packed = t.packed
				x.add(t)
			}
		}
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

// beginFew starts a block of few lanes.
func (t *Tile) beginFew(x *Attention) {
	t.PerKey = 1
	t.grow(x, t.Count)
	if t.from < t.end {
		x.pack(t)
	}
}

// begins makes keys a to b the tile, rows of whole vectors.
func (t *Tile) begins(a, b int) {
	t.First, t.N = a, b-a
	t.PerLane = (t.N + lanes - 1) / lanes * lanes
	t.Out = t.scores[:t.Count*t.PerLane]
}

// scoreFew computes the scores of a tile.
func (x *Attention) scoreFew(t *Tile) {
	for i := range x.Dots {
		d := &x.Dots[i]
		data, step, unit := x.keys(t, d, t.First)
		k, to := count(d.Sum), t.dot(i)
		done := 0
		if machine == avx512 && unit == 1 && k > 0 && k%lanes == 0 {
			done = t.fewDots(t.queries[i], to, data, step, k)
		}
		t.packed = grown(t.packed, k*keyGroup)
		for j := done; j < t.N; j += keyGroup {
			n := min(keyGroup, t.N-j)
			if k > 0 && unit == 1 {
				Transpose(t.packed, keyGroup, data[j*step:], step, n, k)
			} else {
				for e := range k {
					for key := range n {
						t.packed[e*keyGroup+key] = data[(j+key)*step+e*unit]
					}
				}
			}
			Multiply(Matrix{to[j:], t.PerLane, 1}, Matrix{t.queries[i], k, 1}, Matrix{t.packed, keyGroup, 1}, t.Count, n, k, false)
		}
	}
	if x.Score != nil {
		x.Score(t)
	}
	x.mask(t, t.Count)
	none := float32(math.Inf(-1))
	for l := range t.Count {
		Fill(t.Out[l*t.PerLane:][t.N:t.PerLane], none)
	}
}

// addFew makes weights of the scores and adds the keys of the tile to the averages. The sum of the weights may be the
// average of ones: a product with 1 is exact, so that a fused sum is a sum.
func (x *Attention) addFew(t *Tile) {
	for l := range t.Count {
		var m, none [lanes]float32
		Fill(m[:], t.reference[l])
		row := t.Out[l*t.PerLane:][:t.PerLane]
		LaneExpSum(row, row, lanes, &m, &none)
	}
	weights := Matrix{t.Out, t.PerLane, 1}
	counted := false
	sums := t.sum
	for i := range x.Values {
		v := &x.Values[i]
		data, step, _ := x.values(t, v, t.First)
		done := 0
		if machine == avx512 {
			done = t.fewSums(sums, data, step, v.Size, &counted)
		}
		if done < v.Size {
			Multiply(Matrix{sums[done:], v.Size, 1}, weights, Matrix{data[done:], step, 1}, t.Count, v.Size-done, t.N, true)
		}
		sums = sums[v.Size*t.Count:]
	}
	if !counted {
		Multiply(Matrix{t.total[:], 1, 1}, weights, Matrix{ones[:], 0, 1}, t.Count, 1, t.N, true)
	}
}

var ones = [1]float32{1}
