// SPDX-License-Identifier: Apache-2.0

package kernel

import "math"

// A block of many lanes: vectors along the lanes, one or two of them.

// mates is how many blocks take each tile of keys in turn: what one has read from memory, or from a far cache, the next
// finds near.
const mates = 2

// blocks computes so many blocks of that many lanes, from number first on.
func (x *Attention) blocks(t *Tile, first, blocks, width, queries int) {
	from, end := x.Keys, 0
	list := t.list[:0]
	for i := range blocks {
		if i > 0 {
			t = t.mate(x)
		}
		list = append(list, t)
		lane := (first + i) * width
		t.from, t.end = x.bound(t, lane, min(width, queries-lane))
		from, end = min(from, t.from), max(end, t.end)
		t.begin(x, width)
	}
	// Scores from the last key down: the average then finds those of the first keys in the second-level cache.
	step := machine.keysOf()
	for k := from + (max(end-from, 1)-1)/step*step; k >= from; k -= step {
		for _, t := range list {
			if a, b := max(k, t.from), min(k+step, t.end); a < b {
				x.score(t, a, b)
			}
		}
	}
	for k := from; k < end; k += step {
		for _, t := range list {
			if a, b := max(k, t.from), min(k+step, t.end); a < b {
				x.average(t, a, b)
			}
		}
	}
	for _, t := range list {
		sums := t.sum
		for i := range x.Values {
			v := &x.Values[i]
			t.packed = grown(t.packed, t.Count*v.Size)
			Transpose(t.packed, v.Size, sums, width, v.Size, t.Count)
			for l := range t.Count {
				x.store(t, v, l, t.total[l/lanes][l%lanes], t.packed[l*v.Size:][:v.Size])
			}
			sums = sums[v.Size*width:]
		}
	}
}

// begin starts a block.
func (t *Tile) begin(x *Attention, width int) {
	for p := range t.largest {
		for l := range t.largest[p] {
			t.largest[p][l], t.total[p][l] = float32(math.Inf(-1)), 0
		}
	}
	t.PerLane, t.PerKey = 1, width
	t.grow(x, width, max(t.end-t.from, 0)*width)
	clear(t.sum)
	x.pack(t)
}

// score computes the scores of keys a to b, and the largest of each lane so far.
func (x *Attention) score(t *Tile, a, b int) {
	width := t.PerKey
	t.First, t.N = a, b-a
	t.Out = t.scores[(a-t.from)*width : (b-t.from)*width]
	for i := range x.Dots {
		d := &x.Dots[i]
		data, step, unit := x.keys(t, d, a)
		Multiply(Matrix{t.dot(x, i), width, 1}, Matrix{data, step, unit}, Matrix{t.queries[i], width, 1}, t.N, width, count(d.Sum), false)
	}
	if x.Score != nil {
		x.Score(t)
	}
	x.mask(t, width)
	for l := 0; l < width; l += lanes {
		LaneMax(&t.largest[l/lanes], t.Out[l:], width)
	}
}

// average adds keys a to b to the averages. The weights do not take the place of the scores, which may be far away.
func (x *Attention) average(t *Tile, a, b int) {
	width := t.PerKey
	scores, w := t.scores[(a-t.from)*width:(b-t.from)*width], t.weights
	for l := 0; l < width; l += lanes {
		LaneExpSum(w[l:], scores[l:], width, &t.largest[l/lanes], &t.total[l/lanes])
	}
	sums := t.sum
	for i := range x.Values {
		v := &x.Values[i]
		data, step, unit := x.values(t, v, a)
		Multiply(Matrix{sums, width, 1}, Matrix{data, unit, step}, Matrix{w, width, 1}, v.Size, width, b-a, true)
		sums = sums[v.Size*width:]
	}
}
