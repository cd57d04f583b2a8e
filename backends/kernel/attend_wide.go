// SPDX-License-Identifier: Apache-2.0

package kernel

import "unsafe"

// A block of many lanes: vectors along the lanes, one or two of them.

// mates is how many blocks take each tile of keys in turn: what one has read from memory, or from a far cache, the next
// finds near.
const mates = 4

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
	step := machine.keysOf()
	for k := from; k < end; k += step {
		for i, t := range list {
			if a, b := max(k, t.from), min(k+step, t.end); a < b {
				t.First, t.N = a, b-a
				t.soon = x.next(t, i, k+step)
				t.room(t.products[0][:t.N*width], 0)
				x.score(t)
				if t.settled() {
					x.addWide(t)
				} else {
					x.addParts(t, (*Attention).addWide)
				}
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
				x.store(t, v, l, t.total[l], t.packed[l*v.Size:][:v.Size])
			}
			sums = sums[v.Size*width:]
		}
	}
}

// begin starts a block.
func (t *Tile) begin(x *Attention, width int) {
	t.PerLane, t.PerKey = 1, width
	t.grow(x, width)
	x.pack(t)
}

// next is what the averages of a tile may fetch meanwhile, of the next one: the keys with the first block, the values with
// the second.
func (x *Attention) next(t *Tile, block, key int) soon {
	switch {
	case key >= t.end:
	case block == 0 && len(x.Dots) > 0:
		return ahead(x.keys(t, &x.Dots[0], key))
	case block == 1:
		return ahead(x.values(t, &x.Values[0], key))
	}
	return soon{}
}

func ahead(data []float32, step, _ int) soon {
	return soon{uintptr(unsafe.Pointer(&data[0])), 4 * step}
}

// score computes the scores of a tile.
func (x *Attention) score(t *Tile) {
	width := t.PerKey
	for i := range x.Dots {
		d := &x.Dots[i]
		data, step, unit := x.keys(t, d, t.First)
		Multiply(Matrix{t.Dots[i], width, 1}, Matrix{data, step, unit}, Matrix{t.queries[i], width, 1}, t.N, width, count(d.Sum), false)
	}
	if x.Score != nil {
		x.Score(t)
	}
	x.mask(t, width)
}

// addWide makes weights of the scores and adds the keys of the tile to the averages.
func (x *Attention) addWide(t *Tile) {
	width := t.PerKey
	for l := 0; l < width; l += lanes {
		LaneExpSum(t.Out[l:], t.Out[l:], width, (*[lanes]float32)(t.reference[l:]), (*[lanes]float32)(t.total[l:]))
	}
	sums := t.sum
	for i := range x.Values {
		v := &x.Values[i]
		data, step, unit := x.values(t, v, t.First)
		machine.multiply(Matrix{sums, width, 1}, Matrix{data, unit, step}, Matrix{t.Out, width, 1}, v.Size, width, t.N, true, t.soon)
		sums = sums[v.Size*width:]
	}
}
