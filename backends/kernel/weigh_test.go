// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// ranked is a normalizer that has everything: exp(s - largest) over its running sum and the number of keys, times the share
// of the keys whose score is no larger, plus the rank over a thousand.
func ranked(w *Weights) {
	w.Largest(w.Number(0), w.Scores)
	w.Count(w.Number(1))
	w.Spread(w.Vector(0), w.Number(0))
	Sub(w.Vector(0), w.Scores, w.Vector(0))
	Exp(w.Vector(0), w.Vector(0))
	w.RunningSum(w.Vector(1), w.Vector(0))
	Div(w.Vector(0), w.Vector(0), w.Vector(1))
	for j := range w.Keys {
		w.Spread(w.Vector(2), w.Row(w.Scores, j))
		Le(w.Vector(3), w.Scores, w.Vector(2))
		w.Sum(w.Row(w.Vector(1), j), w.Vector(3))
	}
	Mul(w.Vector(0), w.Vector(0), w.Vector(1))
	w.Spread(w.Vector(2), w.Number(1))
	Div(w.Vector(0), w.Vector(0), w.Vector(2))
	w.Rank(w.Vector(1))
	MulN(w.Vector(1), w.Vector(1), 0.001)
	Add(w.Vector(0), w.Vector(0), w.Vector(1))
	w.Give(w.Vector(0))
}

// plainRanked is the same for the scores of one query's keys.
func plainRanked(scores []float32) []float32 {
	largest, running := float32(math.Inf(-1)), float32(0)
	for _, s := range scores {
		largest = max(largest, s)
	}
	out := make([]float32, len(scores))
	for k, s := range scores {
		e := Apply1(Exp, s-largest)
		running += e
		below := float32(0)
		for _, o := range scores {
			if o <= s {
				below++
			}
		}
		out[k] = e/running*below/float32(len(scores)) + float32(float32(k)*0.001)
	}
	return out
}

// TestWeighIsOneQueryAtATime: blocks of one lane, of a few, of a vector and of several give the bits of one query at a
// time, whose keys are those that it sees and no others.
func TestWeighIsOneQueryAtATime(t *testing.T) {
	list := []attended{
		{name: "no key", rows: 5, heads: 1, keys: 0},
		{name: "some without keys", rows: 40, heads: 1, keys: 20, past: -20},
		{name: "a window", rows: 33, heads: 2, keys: 300, past: 267, window: 40},
		{name: "admitted", rows: 33, heads: 2, keys: 140, past: 107, window: 200, admits: true},
		{name: "few, admitted, values apart", rows: 2, heads: 2, keys: 140, past: 138, window: 200, admits: true, apart: true},
	}
	for _, rows := range []int{1, 2, 7, 15, 16, 17, 33} {
		list = append(list, attended{rows: rows, heads: 1, keys: rows + 128, past: 128})
	}
	for _, a := range list {
		a.over, a.size, a.values, a.scale = 3, 9, 5, 0.125
		if a.window == 0 {
			a.window = 1 << 20
		}
		x, out := a.build(7)
		x.Norm = ranked
		want := a.weighed(x)
		for _, workers := range []int{1, 3} {
			c := NewCrew(workers)
			clear(out)
			c.Attend(x, Tiles(workers, 1))
			c.Close()
			for i := range want {
				if math.Float32bits(out[i]) != math.Float32bits(want[i]) {
					t.Errorf("%s, %d workers: element %d is %v, not %v", fmt.Sprint(a), workers, i, out[i], want[i])
					break
				}
			}
		}
	}
}

// weighed computes the results one query at a time.
func (a attended) weighed(x *Attention) []float32 {
	d, v := x.Dots[0], x.Values[0]
	out := make([]float32, len(v.Out.Data))
	t := &Tile{}
	for o := range a.over {
		for i := range a.rows {
			for h := range a.heads {
				t.Over, t.At[0] = []int{o}, []int{i, h}
				first, end := x.Bounds(t, 0)
				var scores []float32
				var keys []int
				for k := max(first, 0); k < min(end, a.keys); k++ {
					if x.Admits != nil && !x.Admits(t, 0, k) {
						continue
					}
					s := float32(0)
					for e := range a.size {
						s = fma(d.Key.Data[o*d.Key.Stride[0]+k*d.Key.Stride[1]+e], d.Query.Data[o*d.Query.Stride[0]+i*d.Query.Stride[1]+h*d.Query.Stride[2]+e], s)
					}
					scores, keys = append(scores, s*a.scale), append(keys, k)
				}
				for n, w := range plainRanked(scores) {
					for e := range a.values {
						y := &out[o*v.Out.Stride[0]+i*v.Out.Stride[1]+h*v.Out.Stride[2]+e]
						*y = fma(w, v.Value.Data[o*v.Value.Stride[0]+keys[n]*v.Value.Stride[1]+e*v.Value.Stride[2]], *y)
					}
				}
			}
		}
	}
	return out
}

// TestParts: the parts of a tile are all of it, whatever their size, and what a lookup of a part does not find is known.
func TestParts(t *testing.T) {
	for _, pairs := range []int{1, 16, 40, 1 << 20} {
		tile := Tiles(1, 1)[0]
		tile.Over, tile.Count, tile.First, tile.N, tile.PerLane, tile.PerKey = []int{0}, 3, 5, 11, 1, 4
		tile.Out = make([]float32, 44)
		for l := range tile.bounds {
			tile.bounds[l] = [2]int{0, 20}
		}
		tile.Parts(pairs, func(p *Tile) {
			p.LookUp(p.Out, []float32{10, 20, 30}, 2, 1, 0, []int{1}, func(int) int { return 0 }, func(lane, key int) float64 {
				return float64(lane * (key % 2))
			})
		})
		for k := range 11 {
			for l := range 3 {
				want := []float32{20, 30, 20}[l*((k+5)%2)]
				if got := tile.Out[k*4+l]; got != want {
					t.Errorf("parts of %d pairs: lane %d, key %d is %v, not %v", pairs, l, k+5, got, want)
				}
			}
		}
		x := &Attention{Keys: 20, Admits: func(_ *Tile, lane, key int) bool { return key > 12 }}
		err := tile.Lost(x)
		if err == nil || err.Error() != "number 2 is not in 0 to 1" {
			t.Errorf("parts of %d pairs: %v", pairs, err)
		}
		if err := tile.Lost(x); err != nil {
			t.Errorf("it is told twice: %v", err)
		}
		if x.Admits = func(*Tile, int, int) bool { return false }; len(tile.lost) != 0 {
			t.Errorf("%d lookups are kept", len(tile.lost))
		}
	}
}

// TestWeightsLookUp: tables are read at numbers of lanes or of keys, for the keys that a lane sees alone; what is no element
// is told once. Keys are numbered among all, seen or not.
func TestWeightsLookUp(t *testing.T) {
	w := &Weights{Tile: &Tile{Count: 2, from: 5}, Width: 2, Keys: 3, Scores: make([]float32, 6)}
	w.seen = []float32{1, 0, 1, 1, 1, 1}
	numbers := w.Vector(0)
	w.KeyNumber(numbers)
	if want := []float32{5, 5, 6, 6, 7, 7}; !slices.Equal(numbers, want) {
		t.Errorf("keys are %v, not %v", numbers, want)
	}
	table := []float32{0, 10, 20, 30, 40, 50, 60, 70}
	at := func(lane int) int { return lane }
	copy(numbers, []float32{0, 9, 1, 2, 2, 0})
	w.LookUp(numbers, numbers, table, 3, 2, at)
	if want := []float32{0, 0, 20, 50, 40, 10}; !slices.Equal(numbers, want) {
		t.Errorf("elements are %v, not %v", numbers, want)
	}
	lanes := []float32{2, 1}
	w.LookUp(w.Number(0), lanes, table, 3, 2, at)
	if want := []float32{40, 30}; !slices.Equal(w.Number(0), want) {
		t.Errorf("elements of lanes are %v, not %v", w.Number(0), want)
	}
	if err := w.Lost(); err != nil {
		t.Errorf("a key that no lane sees is told: %v", err)
	}
	for _, x := range []float32{-1, 3, 0.5, float32(math.NaN())} {
		w.LookUp(w.Number(0), []float32{x, 0}, table, 3, 2, at)
		if err := w.Lost(); err == nil || err.Error() != fmt.Sprintf("number %v is not in 0 to 2", x) {
			t.Errorf("%v: %v", x, err)
		}
		if err := w.Lost(); err != nil {
			t.Errorf("%v is told twice: %v", x, err)
		}
	}
}
