// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"math"
	"testing"
)

// TestKernelsAllocateNothing: what a model runs layer by layer leaves nothing to the garbage collector once its buffers
// have grown.
func TestKernelsAllocateNothing(t *testing.T) {
	for _, workers := range []int{1, 2} {
		c := NewCrew(workers)
		defer c.Close()
		attend := func(a attended) func() {
			x, _ := a.build(1)
			tiles := Tiles(workers, 1)
			return func() { c.Attend(x, tiles) }
		}
		weigh := func(a attended) func() {
			x, _ := a.build(1)
			x.Norm = ranked
			tiles := Tiles(workers, 1)
			return func() { c.Attend(x, tiles) }
		}
		contract := func(m int) func() {
			x := &Contraction{
				Over: []Strides{{3, m * 40, 40 * 24, m * 24}}, Inside: []Strides{{1, 0, 0, 0}}, M: Strides{Size: m, A: 40, Out: 24},
				N: Strides{Size: 24, B: 1, Out: 1}, K: Strides{Size: 40, A: 1, B: 24},
				A: make([]float32, 3*m*40), B: make([]float32, 3*40*24), Out: make([]float32, 3*m*24),
			}
			return func() { c.Contract(x) }
		}
		data, sizes := make([]float32, 120), []int{2, 3, 4}
		x := Tensor{Data: data, Stride: []int{60, 20, 1}}
		index, rows := Tensor{Data: make([]float32, 2), Stride: []int{1}}, Tensor{Data: data, Stride: []int{1, 20, 1}}
		scratch := make([]float32, 12)
		panels := NewPanels(Float32, 7, 5)
		for name, f := range map[string]func(){
			"attention with few lanes":   attend(attended{over: 4, rows: 1, heads: 2, keys: 300, size: 16, values: 16, past: 290, window: 400, admits: true}),
			"attention with many lanes":  attend(attended{over: 2, rows: 40, heads: 2, keys: 40, size: 16, values: 16, window: 400, apart: true}),
			"a normalizer for few":       weigh(attended{over: 4, rows: 1, heads: 2, keys: 300, size: 16, values: 16, past: 290, window: 400, admits: true}),
			"a normalizer for many":      weigh(attended{over: 2, rows: 40, heads: 2, keys: 40, size: 16, values: 16, window: 400, apart: true}),
			"a small product of tensors": contract(2),
			"a large product of tensors": contract(200),
			"move":                       func() { Move(sizes, x, x) },
			"set":                        func() { Set(sizes, x, 1) },
			"lookup":                     func() { _ = Lookup(sizes[:1], sizes[1:], x, index, x, 0, 1) },
			"lookup in panels":           func() { _ = LookupPanels(sizes[:1], x, index, panels) },
			"largest":                    func() { Largest(sizes[:2], x, x, 4, 2, scratch) },
			"admitted":                   func() { Admitted(scratch, x, 2) },
			"selected":                   func() { _, _ = Selected(scratch, sizes[:1], x, x, 0, 1) },
			"collect":                    func() { Collect(scratch[:1], sizes[:1], sizes[1:], rows, x, false) },
		} {
			clear(data)
			if n := leastAllocated(f); n != 0 {
				t.Errorf("%s, %d workers: %v objects", name, workers, n)
			}
		}
	}
}

// leastAllocated is how many objects a call leaves when all buffers have grown: when the last of several workers has its
// own is chance, so the least of some averages counts.
func leastAllocated(f func()) float64 {
	f()
	least := math.Inf(1)
	for try := 0; try < 20 && least > 0; try++ {
		least = min(least, testing.AllocsPerRun(20, f))
	}
	return least
}
