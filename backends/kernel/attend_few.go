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

// blockOfFew computes a block of few lanes, for keys from..end.
func (x *Attention) blockOfFew(t *Tile, from, end int) {
	none := float32(math.Inf(-1))
	var largest [fewLanes]float32
	for l := range largest {
		largest[l] = none
	}
	clear(t.totals[:])
	t.PerKey = 1
	tile := TileKeys * t.Count
	t.grow(x, t.Count, (max(end-from, 0)+TileKeys-1)/TileKeys*tile)
	clear(t.sum)
	if from < end {
		x.pack(t)
	}
	for k := from; k < end; k += TileKeys {
		t.place(k, end, t.scores[(k-from)/TileKeys*tile:])
		x.scoreFew(t, &largest)
	}
	for k := from; k < end; k += TileKeys {
		t.place(k, end, t.scores[(k-from)/TileKeys*tile:])
		x.averageFew(t, &largest)
	}
	sums := t.sum
	for i := range x.Values {
		v := &x.Values[i]
		for l := range t.Count {
			x.store(t, v, l, t.totals[l*lanes], sums[l*v.Size:][:v.Size])
		}
		sums = sums[v.Size*t.Count:]
	}
}

// place makes the keys from number first on the tile, rows of whole vectors.
func (t *Tile) place(first, end int, scores []float32) {
	t.First, t.N = first, min(end-first, TileKeys)
	t.PerLane = (t.N + lanes - 1) / lanes * lanes
	t.Out = scores[:t.Count*t.PerLane]
}

// scoreFew computes the scores of a tile, and the largest of each lane so far.
func (x *Attention) scoreFew(t *Tile, largest *[fewLanes]float32) {
	for i := range x.Dots {
		d := &x.Dots[i]
		data, step, unit := x.keys(t, d, t.First)
		k, to := count(d.Sum), t.dot(x, i)
		t.packed = grown(t.packed, k*keyGroup)
		for j := 0; j < t.N; j += keyGroup {
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
		row := t.Out[l*t.PerLane:][:t.PerLane]
		Fill(row[t.N:], none)
		largest[l] = max(largest[l], MaxOf(row))
	}
}

// averageFew adds the keys of a tile to the averages. The sum of the weights is the average of ones: a product with 1 is
// exact, so that a fused sum is a sum.
func (x *Attention) averageFew(t *Tile, largest *[fewLanes]float32) {
	for l := range t.Count {
		var m, none [lanes]float32
		Fill(m[:], largest[l])
		row := t.Out[l*t.PerLane:][:t.PerLane]
		LaneExpSum(row, row, lanes, &m, &none)
	}
	weights := Matrix{t.Out, t.PerLane, 1}
	Multiply(Matrix{t.totals[:], lanes, 1}, weights, Matrix{ones[:], 0, 1}, t.Count, lanes, t.N, true)
	sums := t.sum
	for i := range x.Values {
		v := &x.Values[i]
		data, step, _ := x.values(t, v, t.First)
		Multiply(Matrix{sums, v.Size, 1}, weights, Matrix{data, step, 1}, t.Count, v.Size, t.N, true)
		sums = sums[v.Size*t.Count:]
	}
}

var ones = [lanes]float32{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
