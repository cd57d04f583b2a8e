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
// a pair, nothing else counted. Beside a window's stands the time of all keys, in the same sample: in the ideal it takes as
// much a pair.
func BenchmarkAttend(b *testing.B) {
	const n = 8192
	for _, workers := range []int{1, 2} {
		for _, window := range []int{0, 4096, 1024, 256} {
			b.Run(fmt.Sprintf("T=%d/window=%d/workers=%d", n, window, workers), func(b *testing.B) {
				c := NewCrew(workers)
				defer c.Close()
				x, pairs := grouped(n, 0, 1, 4, window)
				all, allPairs := grouped(n, 0, 1, 4, 0)
				tiles := Tiles(workers, 1)
				l := levels()[len(levels())-1]
				rateOf := func(x *Attention, pairs float64) float64 {
					return pairs * 4 * 64 / seconds(workers, func() { c.Attend(x, tiles) })
				}
				rateOf(x, pairs)
				var rates, limits, shares, ideals []float64
				for b.Loop() {
					limit := peak(c, l)
					rate := rateOf(x, pairs)
					limit = (limit + peak(c, l)) / 2
					rates, limits = append(rates, rate/1e9), append(limits, limit/1e9)
					shares = append(shares, 100*rate/limit)
					if window > 0 {
						ideals = append(ideals, 100*rate/rateOf(all, allPairs))
					}
				}
				b.ReportMetric(median(rates), "GFLOP/s")
				b.ReportMetric(median(shares), "%peak")
				b.ReportMetric(100*quantile(rates, 0.9)/quantile(limits, 0.9), "%peak-best")
				if window > 0 {
					b.ReportMetric(median(ideals), "%ideal")
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// One new row behind a cache of 8192, beside a bare read of the keys and values. A sample is some runs: the processor
// time of a thread that runs meanwhile is known to a few milliseconds only.
func BenchmarkAttendDecode(b *testing.B) {
	const runs = 20
	for _, workers := range []int{1, 2} {
		for _, share := range []int{1, 4} {
			b.Run(fmt.Sprintf("past=8192/share=%d/workers=%d", share, workers), func(b *testing.B) {
				c := NewCrew(workers)
				defer c.Close()
				const groups = 8
				x, _ := grouped(1, 8191, groups, share, 0)
				tiles := Tiles(workers, 1)
				keys, values := x.Dots[0].Key.Data, x.Values[0].Value.Data
				bytes := float64(4 * (len(keys) + len(values)))
				rate := func(f func()) float64 {
					return runs * bytes / seconds(workers, func() {
						for range runs {
							f()
						}
					})
				}
				read := func() { bandwidth(c, bytesOf(keys)); bandwidth(c, bytesOf(values)) }
				attend := func() { c.Attend(x, tiles) }
				attend()
				var rates, shares []float64
				for b.Loop() {
					limit := rate(read)
					now := rate(attend)
					rates = append(rates, now/1e9)
					shares = append(shares, 200*now/(limit+rate(read)))
				}
				b.ReportMetric(median(rates), "GB/s")
				b.ReportMetric(median(shares), "%read")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

func bytesOf(s []float32) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), 4*len(s)) }
