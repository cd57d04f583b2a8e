// SPDX-License-Identifier: Apache-2.0

package kernel

// Attention with a normalizer of its own: the scores of all keys of a block of lanes are kept, and the normalizer goes
// over them, a function after the other. Lanes lie side by side, so that every sum over the keys is one chain of its lane
// in their order.

// Weights is what a normalizer works on: the scores of a block of lanes, rows of keys. A vector has a number for each key
// and lane, Width to a row; what it has for keys that a lane does not see is of no use. A number is one of each lane.
type Weights struct {
	Tile   *Tile
	Width  int       // numbers in a row, at least the lanes in use
	Keys   int       // those that any lane sees may be among them
	Scores []float32 // -Inf: the lane does not see the key

	vectors, numbers         [][]float32
	lost                     *NoElement // the first that its lookups did not find
	seen, spare, so, weights []float32
}

// Vector is room k for a vector.
func (w *Weights) Vector(k int) []float32 {
	w.vectors = enough(w.vectors, k)
	w.vectors[k] = grown(w.vectors[k], w.Keys*w.Width)
	return w.vectors[k]
}

// Number is room k for a number of each lane.
func (w *Weights) Number(k int) []float32 {
	w.numbers = enough(w.numbers, k)
	w.numbers[k] = grown(w.numbers[k], w.Width)
	return w.numbers[k]
}

func enough(list [][]float32, k int) [][]float32 {
	for len(list) <= k {
		list = append(list, nil)
	}
	return list
}

// Row is what a vector has for a key: a number of each lane.
func (w *Weights) Row(vector []float32, key int) []float32 {
	return vector[key*w.Width:][:w.Width:w.Width]
}

// Give takes a vector as the weights.
func (w *Weights) Give(vector []float32) { w.weights = vector }

// Spread writes a number of each lane to all keys.
func (w *Weights) Spread(dst, number []float32) {
	if w.Width == 1 {
		Fill(dst, number[0])
		return
	}
	for n := copy(dst, number); n > 0 && n < len(dst); {
		n += copy(dst[n:], dst[:n])
	}
}

// PerLane computes a number of each lane.
func (w *Weights) PerLane(dst []float32, f func(lane int) float32) {
	for l := range w.Tile.Count {
		dst[l] = f(l)
	}
}

// KeyNumber is the number of each key among all.
func (w *Weights) KeyNumber(dst []float32) {
	for k := range w.Keys {
		Fill(w.Row(dst, k), float32(w.Tile.from+k))
	}
}

// LookUp writes elements of a table for the numbers in x, which are one of each lane, or a vector: then for the keys that
// a lane sees. The table begins for a lane at place at; its elements are unit apart.
func (w *Weights) LookUp(dst, x, table []float32, size, unit int, at func(lane int) int) {
	for l := range w.Tile.Count {
		from := at(l)
		for p := l; p < len(x); p += w.Width {
			sees := w.seen[p] != 0
			if len(x) < len(w.seen) {
				sees = w.any(l) != 0
			}
			number := x[p] // dst may be x
			if dst[p] = 0; sees {
				dst[p] = w.element(number, table, from, size, unit)
			}
		}
	}
}

func (w *Weights) element(x float32, table []float32, from, size, unit int) float32 {
	n, err := element(x, size)
	if err == nil {
		return table[from+n*unit]
	}
	if w.lost == nil {
		w.lost = &NoElement{Number: x, Size: size}
	}
	return 0
}

// Lost is the first lookup that found no element since it was asked, nil without.
func (w *Weights) Lost() error {
	if w.lost == nil {
		return nil
	}
	defer func() { w.lost = nil }()
	return w.lost
}

// weigh computes attention with a normalizer.
func (c *Crew) weigh(x *Attention, tiles []*Tile, over, queries int) {
	width := min(queries, lanes)
	blocks := (queries + width - 1) / width
	c.attention = attending{x: x, tiles: tiles, over: over, queries: queries, width: width, blocks: blocks}
	c.Do(over*blocks, c.weighs)
	c.attention = attending{}
}

// weigh is an item of attention with a normalizer: a block of an element of Over. Blocks of high numbers come first:
// under a causal mask they are the long ones.
func (a *attending) weigh(worker, item int) {
	t := a.tiles[worker]
	unfold(item%a.over, a.x.Over, t.start(a.x))
	first := (a.blocks - 1 - item/a.over) * a.width
	t.from, t.end = a.x.bound(t, first, min(a.width, a.queries-first))
	a.x.weighBlock(t, a.width)
}

// weighBlock computes a block of lanes.
func (x *Attention) weighBlock(t *Tile, width int) {
	if t.norm == nil {
		t.norm = &Weights{Tile: t}
	}
	w := t.norm
	w.Width, w.Keys = width, max(t.end-t.from, 0)
	w.Scores = grown(w.Scores, w.Keys*width)
	t.begin(x, width)
	if w.Keys > 0 {
		for k := t.from; k < t.end; k += TileKeys {
			t.First, t.N = k, min(TileKeys, t.end-k)
			t.room(w.Scores[(k-t.from)*width:][:t.N*width], 0)
			if width == 1 { // one lane is a row of keys
				t.PerLane = t.N
			}
			x.score(t)
		}
		w.seen = grown(w.seen, len(w.Scores))
		NeN(w.seen, w.Scores, low)
		x.Norm(w)
		w.weights = w.masked(w.weights, 0)
		x.averageAll(t, w)
	}
	sums := t.sum
	for i := range x.Values {
		v := &x.Values[i]
		t.packed = grown(t.packed, t.Count*v.Size)
		Transpose(t.packed, v.Size, sums, width, v.Size, t.Count)
		for l := range t.Count {
			x.store(t, v, l, w.any(l), t.packed[l*v.Size:][:v.Size])
		}
		sums = sums[v.Size*width:]
	}
}

// any is 1 where a lane sees a key.
func (w *Weights) any(lane int) float32 {
	for at := lane; at < len(w.Scores); at += w.Width {
		if w.seen[at] != 0 {
			return 1
		}
	}
	return 0
}

// averageAll adds up the values, in the order of the keys.
func (x *Attention) averageAll(t *Tile, w *Weights) {
	sums := t.sum
	for i := range x.Values {
		v := &x.Values[i]
		data, step, unit := x.values(t, v, t.from)
		Multiply(Matrix{sums, w.Width, 1}, Matrix{data, unit, step}, Matrix{w.weights, w.Width, 1}, v.Size, w.Width, w.Keys, true)
		sums = sums[v.Size*w.Width:]
	}
}
