// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// attended is an attention of some queries and heads over some keys, and its results.
type attended struct {
	name               string
	over, rows, heads  int
	keys, size, values int
	past, window       int
	apart              bool // values have another axis between their elements
	admits             bool
	scale              float32 // of the scores
}

func (a attended) build(seed uint64) (*Attention, []float32) {
	r := rand.New(rand.NewPCG(seed, 3))
	unit := 1
	if a.apart {
		unit = 2
	}
	q, k := random(r, a.over*a.rows*a.heads*a.size), random(r, a.keys*a.over*a.size)
	v, out := random(r, a.keys*a.over*a.values*unit), make([]float32, a.over*a.rows*a.heads*a.values)
	x := &Attention{
		Over: []int{a.over}, Lane: []int{a.rows, a.heads}, Keys: a.keys,
		Dots: []Dot{{
			Query: Tensor{Data: q, Stride: []int{a.heads * a.size, a.over * a.heads * a.size, a.size, 1}}, Sum: []int{a.size},
			Key: Tensor{Data: k, Stride: []int{a.size, a.over * a.size, 1}},
		}},
		Values: []Average{{
			Value: Tensor{Data: v, Stride: []int{a.values * unit, a.over * a.values * unit, unit}}, Size: a.values,
			Out: Tensor{Data: out, Stride: []int{a.heads * a.values, a.over * a.heads * a.values, a.values, 1}},
		}},
		Bounds: func(t *Tile, lane int) (int, int) {
			i := t.At[lane][0] + a.past - 5*t.Over[0] // blocks that are computed together begin and end apart
			return max(0, i-a.window+1), i + 1
		},
		Score: func(t *Tile) { MulN(t.Out, t.Dots[0], a.scale) },
	}
	if a.admits {
		x.Admits = func(t *Tile, lane, key int) bool { return (key+t.At[lane][1])%3 != 0 }
	}
	return x, out
}

// plain computes the same one query at a time: each score one chain, the weights with the bits of Exp, each sum one
// chain over the keys that the query sees, scaled where a key moves the reference.
func (a attended) plain(x *Attention) []float32 {
	d, v := x.Dots[0], x.Values[0]
	out := make([]float32, len(v.Out.Data))
	t := &Tile{}
	for o := range a.over {
		for i := range a.rows {
			for h := range a.heads {
				t.Over, t.At[0] = []int{o}, []int{i, h}
				first, end := x.Bounds(t, 0)
				scores := make([]float32, a.keys)
				for k := max(first, 0); k < min(end, a.keys); k++ {
					for e := range a.size {
						scores[k] = fma(d.Key.Data[o*d.Key.Stride[0]+k*d.Key.Stride[1]+e], d.Query.Data[o*d.Query.Stride[0]+i*d.Query.Stride[1]+h*d.Query.Stride[2]+e], scores[k])
					}
					scores[k] *= a.scale
					if x.Admits != nil && !x.Admits(t, 0, k) {
						scores[k] = float32(math.Inf(-1))
					}
				}
				total, sums, reference := float32(0), make([]float32, a.values), float32(math.Inf(-1))
				for k := max(first, 0); k < min(end, a.keys); k++ {
					if math.IsInf(float64(scores[k]), -1) {
						continue
					}
					if scores[k] > reference+16 {
						to := scores[k]
						if -16 <= to && to <= 16 {
							to = 0
						}
						scale := Apply1(Exp, reference-to)
						total *= scale
						for e := range sums {
							sums[e] *= scale
						}
						reference = to
					}
					w := Apply1(Exp, scores[k]-reference)
					total += w
					for e := range sums {
						sums[e] = fma(w, v.Value.Data[o*v.Value.Stride[0]+k*v.Value.Stride[1]+e*v.Value.Stride[2]], sums[e])
					}
				}
				for e, s := range sums {
					if total != 0 {
						out[o*v.Out.Stride[0]+i*v.Out.Stride[1]+h*v.Out.Stride[2]+e] = s / total
					}
				}
			}
		}
	}
	return out
}

// Blocks of few lanes, of one vector and of two, together or alone, give the bits of one query at a time.
func TestAttendIsOneQueryAtATime(t *testing.T) {
	var list []attended
	for lanes := range 10 { // few lanes, and the first two that are not
		list = append(list, attended{rows: 1, heads: lanes + 1, keys: 129 + lanes, past: 128 + lanes})
	}
	for heads := range 8 { // whole lines of keys and values, and values with a rest
		list = append(list, attended{rows: 1, heads: heads + 1, keys: 300 + heads, past: 299 + heads, size: 16 + 32*(heads%3), values: 64 + 64*(heads%2) + heads/4})
	}
	for _, rows := range []int{15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 300} {
		list = append(list, attended{rows: rows, heads: 1, keys: rows}, attended{rows: rows, heads: 3, keys: rows + 37, past: 37})
	}
	list = append(list,
		attended{name: "no key", rows: 5, heads: 1, keys: 0},
		attended{name: "some without keys", rows: 40, heads: 1, keys: 20, past: -20},
		attended{name: "few without keys", rows: 3, heads: 2, keys: 1, past: -2},
		attended{name: "values apart", rows: 2, heads: 2, keys: 300, past: 298, apart: true},
		attended{name: "admits", rows: 50, heads: 2, keys: 50, admits: true},
		attended{name: "few admitted", rows: 1, heads: 3, keys: 200, past: 199, admits: true},
		attended{name: "one element", rows: 34, heads: 2, keys: 34, size: 1, values: 1},
	)
	scales := []float32{0.125, 9, -700} // references stay, move now and then, and move with many a key
	crew := NewCrew(2)
	defer crew.Close()
	for i, a := range list {
		for _, window := range []int{1, 20, 1 << 20} {
			for _, over := range []int{1, 3} {
				a := a
				a.window, a.over, a.scale = window, over, scales[(i+over)%len(scales)]
				if a.size == 0 {
					a.size, a.values = 5+i%9, 7+i*3%21
				}
				want := map[bool][]float32{} // Exp has other bits in plain Go
				atLevels(func() {
					x, out := a.build(uint64(i))
					if want[machine == portable] == nil {
						want[machine == portable] = a.plain(x)
					}
					crew.Attend(x, Tiles(2, 0))
					sameLanes(t, fmt.Sprintf("%v: %+v", machine, a), a.rows, out, want[machine == portable])
				})
			}
		}
	}
}
