package sparsity

import (
	"fmt"
	"iter"
)

// inside is the number of pairs in the first h rows and w keys: the sum of count.go in numbers.
func (g *Grid) inside(h, w int64) int64 {
	a, t, b, u := h/g.period, h%g.period, w/g.period, w%g.period
	all := g.period
	var total int64
	for _, p := range g.pieces {
		both := p.places(t, u)
		high, wide := p.places(t, all)-both, p.places(all, u)-both
		rest := p.places(all, all) - both - high - wide
		total += both*p.blocks(a+1, b+1) + high*p.blocks(a+1, b) + wide*p.blocks(a, b+1) + rest*p.blocks(a, b)
	}
	return total
}

func (p limits) blocks(h, w int64) int64 { return box(p[rowBlock], p[keyBlock], p[blockGap], h, w) }

func (p limits) places(h, w int64) int64 { return box(p[rowRest], p[keyRest], p[restGap], h, w) }

// box is the number of pairs in h rows and w columns with x, y and x - y within limits.
func box(x, y, d limit, h, w int64) int64 {
	x.hi, y.hi = min(x.hi, h-1), min(y.hi, w-1)
	h, w = x.hi-x.lo+1, y.hi-y.lo+1
	if h <= 0 || w <= 0 || d.lo > d.hi {
		return 0
	}
	move := y.lo - x.lo
	return upTo(d.hi+move, h, w) - upTo(d.lo+move-1, h, w)
}

// upTo is the number of pairs with x - y <= d.
func upTo(d, h, w int64) int64 {
	d = min(max(d, -w), h)
	return staircase(w+d+1, h) - staircase(d+1, h)
}

// staircase is the sum of min(m, h) over 0 <= m < n.
func staircase(n, h int64) int64 {
	n = max(n, 0)
	c := min(n, h)
	return c*(c-1)/2 + h*(n-c)
}

// Tiles is a run of tiles From <= tile < To of one kind in the tile row Row. Tiles in no run are empty.
type Tiles struct {
	Row, From, To int64
	Full          bool // every pair inside the grid is admitted; else some are and some are not
}

// Tiles walks over the grid in tiles of bq queries by bk keys, tile row by tile row, and yields the runs of tiles that
// hold a pair. At the grid's edge a tile is what lies inside. A tile's kind is its number of pairs, which is
// arithmetic where the mask has pieces; tiles outside every piece's range of keys are not looked at. Other masks are
// asked row by row.
func (g *Grid) Tiles(bq, bk int64) iter.Seq2[Tiles, error] {
	return func(yield func(Tiles, error) bool) {
		if bq < 1 || bk < 1 {
			yield(Tiles{}, fmt.Errorf("tiles of %d by %d", bq, bk))
			return
		}
		for row := int64(0); row*bq < g.T; row++ {
			counts, err := g.counter(row*bq, min(g.T, (row+1)*bq), bk)
			if err != nil {
				yield(Tiles{}, err)
				return
			}
			if !counts.yield(row, yield) {
				return
			}
		}
	}
}

// tileRow is one row of tiles.
type tileRow struct {
	rows, keys, width int64
	ranges            []Run // of tiles that may hold a pair, in order
	pairs             func(tile int64) int64
}

// yield makes runs of tiles of one kind.
func (t tileRow) yield(row int64, yield func(Tiles, error) bool) bool {
	var now Tiles
	for _, r := range t.ranges {
		for tile := r.From; tile < r.To; tile++ {
			n := t.pairs(tile)
			if n == 0 {
				continue
			}
			full := n == t.rows*(min(t.keys, (tile+1)*t.width)-tile*t.width)
			if now.To == tile && now.From < now.To && now.Full == full {
				now.To++
				continue
			}
			if now.From < now.To && !yield(now, nil) {
				return false
			}
			now = Tiles{row, tile, tile + 1, full}
		}
	}
	return now.From == now.To || yield(now, nil)
}

// counter is the row of tiles that holds the given rows.
func (g *Grid) counter(from, to, bk int64) (tileRow, error) {
	t := tileRow{rows: to - from, keys: g.S, width: bk}
	if g.runs == nil {
		var hulls []Run
		for _, p := range g.pieces {
			if h := p.hull(from, to, g); h.From < h.To {
				hulls = append(hulls, Run{h.From / bk, (h.To + bk - 1) / bk})
			}
		}
		t.ranges = overlapped(hulls)
		t.pairs = func(tile int64) int64 {
			low, high := tile*bk, min(g.S, (tile+1)*bk)
			return g.inside(to, high) - g.inside(from, high) - g.inside(to, low) + g.inside(from, low)
		}
		return t, nil
	}
	counts := make([]int64, (g.S+bk-1)/bk)
	for i := from; i < to; i++ {
		runs, err := g.runs(i)
		if err != nil {
			return t, err
		}
		for _, r := range runs {
			for j := r.From; j < r.To; {
				next := min(r.To, (j/bk+1)*bk)
				counts[j/bk] += next - j
				j = next
			}
		}
	}
	t.ranges = []Run{{0, int64(len(counts))}}
	t.pairs = func(tile int64) int64 { return counts[tile] }
	return t, nil
}

// hull is a range that has all keys of a piece in the given rows.
func (p limits) hull(from, to int64, g *Grid) Run {
	first, last := max(p[rowBlock].lo, from/g.period), min(p[rowBlock].hi, (to-1)/g.period)
	if first > last {
		return Run{}
	}
	low, high := max(p[keyBlock].lo, first-p[blockGap].hi), min(p[keyBlock].hi, last-p[blockGap].lo)
	return Run{low * g.period, min(g.S, (high+1)*g.period)}
}

// overlapped sorts ranges and makes one of those that overlap or touch.
func overlapped(ranges []Run) []Run {
	var out []Run
	for _, r := range byStart(ranges) {
		if n := len(out); n > 0 && r.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, r.To)
		} else {
			out = append(out, r)
		}
	}
	return out
}
