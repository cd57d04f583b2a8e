// SPDX-License-Identifier: Apache-2.0

package kernel

import "math"

// Lanes is the most queries that attention computes side by side.
const Lanes = 32

// TileKeys is the most keys of a tile: its scores and what they are made of stay in the first-level cache.
const TileKeys = 128

// LanesOf is how many lanes a block of so many queries has on this machine, one in each lane of a vector: two vectors
// share what is read of keys and values, where the registers hold two vectors of sums for enough rows. Few have no more
// lanes than there are, if values lie along their elements.
func LanesOf(queries int) int {
	switch {
	case queries <= fewLanes:
		return queries
	case queries > lanes && machine == avx512:
		return Lanes
	}
	return lanes
}

// keysOf is how many keys are taken at a time: whole tiles of the products' rows.
func (l level) keysOf() int {
	if l == portable {
		return TileKeys
	}
	return TileKeys / l.height() * l.height()
}

// Tile is some keys of a block of lanes, and what one worker computes it with. Lane l and key k of the tile stand in
// Out, Dots and Rooms at l*PerLane + k*PerKey: rows of keys with lanes side by side, or where there are few lanes, rows
// of lanes. What stands between is of no use and may be anything.
type Tile struct {
	Worker          int
	Caller          any          // of whoever computes: functions that find it here capture nothing
	Over            []int        // where the block stands
	At              [Lanes][]int // where each lane stands along Lane
	Count           int          // lanes in use
	First           int          // the first key
	N               int          // keys
	PerLane, PerKey int
	Dots            [][]float32 // the products, each as long as Out; the first is where Out is, which is written last
	Out             []float32   // the scores
	Rooms           [][]float32 // rooms for Score, no shorter than Out

	bounds    [Lanes][2]int
	queries   [][]float32
	side      [][]float32 // the same, of few lanes: lanes side by side
	products  [][]float32 // rooms of Dots, of all mates
	sum       []float32
	packed    []float32 // some keys, for few lanes
	reference [Lanes]float32
	total     [Lanes]float32
	spare     [streamedLanes]float32 // sums of weights that are counted already
	at        []int
	from, end int       // the keys that any lane sees
	kept      []float32 // scores of a tile, while parts of it are added
	soon      soon      // what is read next
	list      []*Tile   // this one and its mates, while they work together
	next      *Tile
	part      *Tile    // some of its keys
	lost      []astray // what its lookups did not find
	places    []int    // of what is looked up for a lane
	norm      *Weights // what a normalizer works on
}

// Tiles are what the workers of a crew compute attention with; they grow when they must and are kept.
func Tiles(workers, rooms int) []*Tile {
	out := make([]*Tile, workers)
	for i := range out {
		out[i] = &Tile{Worker: i, Rooms: make([][]float32, rooms), list: make([]*Tile, 0, max(mates, together))}
		for k := range out[i].Rooms {
			out[i].Rooms[k] = aligned[float32](TileKeys * Lanes)
		}
	}
	return out
}

// mate is another tile of the same worker at the same place along Over, once this one has begun. Both compute in the same
// rooms.
func (t *Tile) mate(x *Attention) *Tile {
	if t.next == nil {
		t.next = &Tile{Worker: t.Worker, Rooms: t.Rooms, Caller: t.Caller}
	}
	copy(t.next.start(x), t.Over)
	t.next.products = t.products
	return t.next
}

// start makes what the lanes' places need, and gives the place along Over.
func (t *Tile) start(x *Attention) []int {
	if len(t.Over) != len(x.Over) {
		t.Over = make([]int, len(x.Over))
	}
	if len(t.at) != len(x.Lane) {
		t.at = make([]int, len(x.Lane))
		for i := range t.At {
			t.At[i] = make([]int, len(x.Lane))
		}
	}
	return t.Over
}

// grow makes the rooms large enough for so many lanes, and starts their sums.
func (t *Tile) grow(x *Attention, width int) {
	n := max(len(x.Dots), 1) // the first is that of the scores
	for len(t.queries) < n {
		t.queries, t.side, t.Dots = append(t.queries, nil), append(t.side, nil), append(t.Dots, nil)
	}
	for len(t.products) < n {
		t.products = append(t.products, aligned[float32](max(TileKeys*Lanes, together*fewLanes*TileKeys)))
	}
	for i := range x.Dots {
		t.queries[i] = grown(t.queries[i], count(x.Dots[i].Sum)*width)
	}
	most := 0
	for _, v := range x.Values {
		most += v.Size * width
	}
	t.sum = grown(t.sum, most)
	clear(t.sum)
	clear(t.total[:])
	Fill(t.reference[:], float32(math.Inf(-1)))
}

// room makes the scores of a tile stand in out. The first product stands there too, so that they share a place in cache;
// the others in rooms of their own, from that place on.
func (t *Tile) room(out []float32, at int) {
	t.Out = out
	for i := range t.Dots {
		if t.Dots[i] = out; i > 0 {
			t.Dots[i] = t.products[i][at:][:len(out)]
		}
	}
}

// FillLanes writes the number of each lane in use to all its keys.
func (t *Tile) FillLanes(dst []float32, v *[Lanes]float32) {
	if t.PerKey == 1 {
		for l := range t.Count {
			Fill(dst[l*t.PerLane:][:t.PerLane], v[l])
		}
		return
	}
	for n := copy(dst, v[:t.PerKey]); n < len(dst); {
		n += copy(dst[n:], dst[:n])
	}
}

// FillKeys writes the number of each key to all lanes.
func (t *Tile) FillKeys(dst, k []float32) {
	if t.PerKey == 1 {
		for l := range t.Count {
			copy(dst[l*t.PerLane:], k)
		}
		return
	}
	for j, v := range k {
		Fill(dst[j*t.PerKey:][:t.PerKey], v)
	}
}
