// SPDX-License-Identifier: Apache-2.0

package kernel

import "math"

// Room is room k of the worker for n numbers.
func (t *Tile) Room(k, n int) []float32 {
	t.Rooms[k] = grown(t.Rooms[k], n)
	return t.Rooms[k]
}

// Parts calls f for parts of the tile, each of about so many pairs, so that what is computed for every pair of a part
// stays near. A tile of few lanes is one part: its lanes lie apart.
func (t *Tile) Parts(pairs int, f func(part *Tile)) {
	keys := max(1, pairs/t.PerKey)
	if t.PerKey == 1 || t.N <= keys {
		f(t)
		return
	}
	if t.part == nil {
		t.part = &Tile{}
	}
	p := t.part
	p.Worker, p.Over, p.At, p.Count, p.Rooms, p.bounds = t.Worker, t.Over, t.At, t.Count, t.Rooms, t.bounds
	p.PerLane, p.PerKey = t.PerLane, t.PerKey
	p.Dots = append(p.Dots[:0], t.Dots...)
	for k := 0; k < t.N; k += keys {
		p.First, p.N = t.First+k, min(keys, t.N-k)
		from, n := k*t.PerKey, p.N*t.PerKey
		p.Out = t.Out[from:][:n]
		for i, d := range t.Dots {
			if len(d) >= from+n {
				p.Dots[i] = d[from:][:n]
			}
		}
		f(p)
	}
	t.lost = append(t.lost, p.lost...)
	p.lost = p.lost[:0]
}

// astray is a lookup of a pair that found no element. It is a mistake only where the lane sees the key.
type astray struct {
	lane, key int
	missing   NoElement
}

// PairsOf is how many pairs a part has where that many numbers are computed for each: they stay in a second-level cache.
func PairsOf(numbers int) int { return max(1<<16/max(numbers, 1), 1) }

// LookUp writes, for each pair within the bounds of the lane's keys, elements of a table to dst: of the one with a number,
// those that stand inner farther. The table begins for a lane at place at, and step farther for each key; its elements are
// unit apart. In dst they lie one behind another, each as long as Out.
func (t *Tile) LookUp(dst, table []float32, size, unit, step int, inner []int, at func(lane int) int, number func(lane, key int) float64) {
	t.places = grown(t.places, t.N)
	for l := range t.Count {
		from := at(l) + t.First*step
		first, end := max(t.bounds[l][0]-t.First, 0), min(t.bounds[l][1]-t.First, t.N)
		for k := first; k < end; k++ {
			x := number(l, t.First+k)
			n := int(x)
			if !(x >= 0) || n >= size {
				t.lost = append(t.lost, astray{l, t.First + k, NoElement{Number: float32(x), Size: size}})
				if n = 0; size == 0 {
					end = first // there is nothing to read
					break
				}
			}
			t.places[k] = from + k*step + n*unit
		}
		for e, off := range inner {
			to := dst[e*len(t.Out)+l*t.PerLane:]
			for k := first; k < end; k++ {
				to[k*t.PerKey] = table[t.places[k]+off]
			}
		}
	}
}

// Pair is where a lane and a key stand in Out.
func (t *Tile) Pair(lane, key int) int { return lane*t.PerLane + (key-t.First)*t.PerKey }

// Offsets are where the elements of axes stand from the first on, in order, outer axes first.
func Offsets(size, stride []int) []int {
	out := []int{0}
	for k, n := range size {
		var more []int
		for _, at := range out {
			for i := range n {
				more = append(more, at+i*stride[k])
			}
		}
		out = more
	}
	return out
}

// Lost is the first lookup that found no element for a key that the lane sees, once the scores are computed, nil without.
func (t *Tile) Lost(x *Attention) error {
	defer func() { t.lost = t.lost[:0] }()
	for i := range t.lost {
		o := &t.lost[i]
		score := t.Out[t.Pair(o.lane, o.key)]
		if x.sees(t, o.lane, o.key) && !math.IsInf(float64(score), -1) {
			return &o.missing
		}
	}
	return nil
}

// sees reports whether the bounds and Admits let a lane see a key.
func (x *Attention) sees(t *Tile, lane, key int) bool {
	if x.Bounds != nil {
		if first, end := x.Bounds(t, lane); key < first || key >= end {
			return false
		}
	}
	return x.Admits == nil || x.Admits(t, lane, key)
}
