// SPDX-License-Identifier: Apache-2.0

//go:build amd64 && linux && !purego

package kernel

import (
	"fmt"
	"testing"
	"unsafe"
)

// grouped is causal attention of n queries behind past keys: heads of 64 elements in groups that share keys; a window of
// the last keys, or all where it is 0. It gives the number of pairs too.
func grouped(n, past, groups, share, window int) (*Attention, float64) {
	const size = 64
	keys := past + n
	numbers := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(i*7%127-63) * 0x1p-7
		}
		return x
	}
	heads := groups * share
	q, k, v, out := numbers(n*heads*size), numbers(keys*groups*size), numbers(keys*groups*size), make([]float32, n*heads*size)
	x := &Attention{
		Over: []int{groups}, Lane: []int{n, share}, Keys: keys,
		Dots: []Dot{{
			Query: Tensor{Data: q, Stride: []int{share * size, heads * size, size, 1}}, Sum: []int{size},
			Key: Tensor{Data: k, Stride: []int{size, groups * size, 1}},
		}},
		Values: []Average{{
			Value: Tensor{Data: v, Stride: []int{size, groups * size, 1}}, Size: size,
			Out: Tensor{Data: out, Stride: []int{share * size, heads * size, size, 1}},
		}},
		Bounds: func(t *Tile, lane int) (int, int) {
			i := t.At[lane][0] + past
			if window > 0 {
				return i - window + 1, i + 1
			}
			return 0, i + 1
		},
	}
	x.Score = func(t *Tile) { MulN(t.Out, t.Dots[0], 0.125) }
	pairs := 0.0
	for i := range n {
		seen := past + i + 1
		if window > 0 {
			seen = min(seen, window)
		}
		pairs += float64(seen)
	}
	return x, pairs * float64(heads)
}

// Causal attention over 8192 positions, whole and in windows, beside the peak of fused multiply-adds: 4 * 64 operations
// a pair, nothing else counted.
func BenchmarkAttend(b *testing.B) {
	const n = 8192
	for _, workers := range []int{1, 2} {
		for _, window := range []int{0, 4096, 1024, 256} {
			b.Run(fmt.Sprintf("T=%d/window=%d/workers=%d", n, window, workers), func(b *testing.B) {
				c := NewCrew(workers)
				defer c.Close()
				x, pairs := grouped(n, 0, 1, 4, window)
				tiles := Tiles(workers, 1)
				l := levels()[len(levels())-1]
				c.Attend(x, tiles)
				var rates, shares []float64
				for b.Loop() {
					limit := peak(c, l)
					rate := pairs * 4 * 64 / seconds(workers, func() { c.Attend(x, tiles) })
					rates = append(rates, rate/1e9)
					shares = append(shares, 200*rate/(limit+peak(c, l)))
				}
				b.ReportMetric(median(rates), "GFLOP/s")
				b.ReportMetric(median(shares), "%peak")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// One new row behind a cache of 8192, beside a bare read of the keys and values.
func BenchmarkAttendDecode(b *testing.B) {
	for _, share := range []int{1, 4} {
		b.Run(fmt.Sprintf("past=8192/share=%d", share), func(b *testing.B) {
			c := NewCrew(2)
			defer c.Close()
			const groups = 8
			x, _ := grouped(1, 8191, groups, share, 0)
			tiles := Tiles(2, 1)
			bytes := func(s []float32) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), 4*len(s)) }
			keys, values := bytes(x.Dots[0].Key.Data), bytes(x.Values[0].Value.Data)
			read := func() float64 { return (bandwidth(c, keys) + bandwidth(c, values)) / 2 }
			c.Attend(x, tiles)
			var rates, shares []float64
			for b.Loop() {
				limit := read()
				rate := float64(len(keys)+len(values)) / seconds(2, func() { c.Attend(x, tiles) })
				rates = append(rates, rate/1e9)
				shares = append(shares, 200*rate/(limit+read()))
			}
			b.ReportMetric(median(rates), "GB/s")
			b.ReportMetric(median(shares), "%read")
			b.ReportMetric(0, "ns/op")
		})
	}
}
