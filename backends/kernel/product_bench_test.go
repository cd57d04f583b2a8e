// SPDX-License-Identifier: Apache-2.0

//go:build amd64 && linux && !purego

package kernel

import (
	"fmt"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"unsafe"

	"archc/backends/kernel/probe"
)

// Benchmarks tell shares of the machine's limits, not times: other work on the machine takes from both alike. The limit
// is measured beside each sample, and the median of the samples' shares is reported. Where others have the machine most
// of the time that is too little, since they also empty the caches: so the ninth
// decile of the samples over the ninth decile of the limits is told too.
//
// Time is the processor time of the workers, in seconds for each: what other programs take does not count, what the
// workers wait for each other does, since they spin.
func seconds(workers int, f func()) float64 {
	start := processor()
	f()
	return (processor() - start) / float64(workers)
}

// processor is the processor time of the process, user and system.
func processor() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + 1e-6*float64(u.Utime.Usec+u.Stime.Usec)
}

func median(s []float64) float64 { return quantile(s, 0.5) }

func quantile(s []float64, q float64) float64 {
	return slices.Sorted(slices.Values(s))[int(q*float64(len(s)))]
}

// report runs a benchmark whose samples are rates, each between two measurements of their limit.
func report(b *testing.B, unit, limit string, top, sample func() float64) {
	var rates, shares []float64
	tops := []float64{top()}
	for b.Loop() {
		rates, tops = append(rates, sample()), append(tops, top())
		shares = append(shares, 200*rates[len(rates)-1]/(tops[len(tops)-2]+tops[len(tops)-1]))
	}
	b.ReportMetric(median(rates)/1e9, unit)
	b.ReportMetric(median(shares), "%"+limit)
	b.ReportMetric(100*quantile(rates, 0.9)/quantile(tops, 0.9), "%"+limit+"-best")
	b.ReportMetric(0, "ns/op")
}

// peak is the rate of fused multiply-adds, in FLOP/s, of all workers at once.
func peak(c *Crew, l level) float64 {
	const n = 500_000
	bits, run := 256, probe.FMA256
	if l == avx512 {
		bits, run = 512, probe.FMA512
	}
	f := func(_, _ int) { run(n) }
	t := seconds(c.Workers(), func() { c.Do(4*c.Workers(), f) })
	return float64(4*c.Workers()) * probe.Flops(bits, n) / t
}

// bandwidth is the rate of reading s, in bytes/s, by all workers at once.
func bandwidth(c *Crew, s []byte) float64 {
	const piece = 1 << 20
	f := func(_, item int) { probe.Read(s[item*piece:][:piece]) }
	t := seconds(c.Workers(), func() { c.Do(len(s)/piece, f) })
	return float64(len(s)/piece*piece) / t
}

// fill sets weights quickly: benchmarks need some numbers, not random ones.
func fill(p *Panels) {
	for i := range p.wide {
		p.wide[i] = float32(i%251) * 0x1p-10
	}
	for i := range p.bits {
		p.bits[i] = uint16(0x3000 + i%251)
	}
}

// Products of 512 rows beside the peak of fused multiply-adds.
func BenchmarkPrefill(b *testing.B) {
	for _, workers := range []int{1, 2} {
		if workers > runtime.NumCPU() {
			continue
		}
		for _, l := range levels()[1:] {
			for _, e := range []Element{Float32, BFloat16} {
				for _, nk := range [][2]int{{5632, 2048}, {2048, 5632}} {
					b.Run(fmt.Sprintf("%v/%v/512x%dx%d/workers=%d", l, e, nk[0], nk[1], workers), func(b *testing.B) {
						c := NewCrew(workers)
						defer c.Close()
						c.batch.level = l
						const rows = 512
						w := NewPanels(e, nk[0], nk[1])
						fill(w)
						in, out := make([]float32, rows*nk[1]), make([]float32, rows*nk[0])
						for i := range in {
							in[i] = float32(i%61) * 0x1p-6
						}
						jobs := []Job{{Out: Matrix{out, nk[0], 1}, In: Matrix{in, nk[1], 1}, Rows: rows, Weights: w}}
						flops := 2 * rows * float64(nk[0]) * float64(nk[1])
						c.Products(jobs)
						report(b, "GFLOP/s", "peak", func() float64 { return peak(c, l) }, func() float64 {
							return flops / seconds(c.Workers(), func() { c.Products(jobs) })
						})
					})
				}
			}
		}
	}
}

// One to four rows over 768 MB of panels, beside a bare read of as much.
func BenchmarkDecode(b *testing.B) {
	for _, e := range []Element{Float32, BFloat16, Float16} {
		const k = 2048
		n := 768 << 20 / e.Size() / k
		w := NewPanels(e, n, k)
		fill(w)
		var bytes []byte
		if e == Float32 {
			bytes = unsafe.Slice((*byte)(unsafe.Pointer(&w.wide[0])), w.Bytes())
		} else {
			bytes = unsafe.Slice((*byte)(unsafe.Pointer(&w.bits[0])), w.Bytes())
		}
		for _, workers := range []int{1, 2} {
			if workers > runtime.NumCPU() {
				continue
			}
			for _, l := range levels()[1:] {
				for _, rows := range []int{1, 2, 4, 8} {
					b.Run(fmt.Sprintf("%v/%v/rows=%d/workers=%d", l, e, rows, workers), func(b *testing.B) {
						c := NewCrew(workers)
						defer c.Close()
						c.batch.level = l
						in, out := make([]float32, rows*k), make([]float32, rows*n)
						jobs := []Job{{Out: Matrix{out, n, 1}, In: Matrix{in, k, 1}, Rows: rows, Weights: w}}
						c.Products(jobs)
						report(b, "GB/s", "read", func() float64 { return bandwidth(c, bytes) }, func() float64 {
							return float64(w.Bytes()) / seconds(c.Workers(), func() { c.Products(jobs) })
						})
					})
				}
			}
		}
	}
}

// Products as attention makes them, of a tile of 64 keys: scores are keys by queries in lanes, outputs values by lanes; keys and values lie
// in a cache with other heads between them. Two panels of lanes share what is read of the cache.
func BenchmarkMultiply(b *testing.B) {
	const keys, width = 64, 128
	for _, l := range levels()[1:] {
		for _, lanes := range []int{16, 32} {
			for _, heads := range []int{1, 8} {
				cache := make([]float32, keys*width*heads)
				queries, weights := make([]float32, width*lanes), make([]float32, keys*lanes)
				for _, c := range []struct {
					name      string
					out, a, b Matrix
					m, k      int
				}{
					{"scores", Matrix{weights, lanes, 1}, Matrix{cache, width * heads, 1}, Matrix{queries, lanes, 1}, keys, width},
					{"values", Matrix{queries, lanes, 1}, Matrix{cache, 1, width * heads}, Matrix{weights, lanes, 1}, width, keys},
				} {
					b.Run(fmt.Sprintf("%v/%s/lanes=%d/heads=%d", l, c.name, lanes, heads), func(b *testing.B) {
						crew := NewCrew(1)
						defer crew.Close()
						report(b, "GFLOP/s", "peak", func() float64 { return peak(crew, l) }, func() float64 {
							return 1000 * 2 * float64(c.m*lanes*c.k) / seconds(1, func() {
								for range 1000 {
									l.multiply(c.out, c.a, c.b, c.m, lanes, c.k, false, soon{})
								}
							})
						})
					})
				}
			}
		}
	}
}
