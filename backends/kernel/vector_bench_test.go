// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkVectors times each elementwise function on 1,024 numbers, which lie in the first cache, beside its twin in
// Go: nanoseconds an element, and bytes read and written.
func BenchmarkVectors(b *testing.B) {
	const n = 1024
	x, y, dst := normal(1, n), normal(2, n), make([]float32, n)
	for _, f := range mapped {
		switch {
		case f.plain1 != nil:
			timed(b, f.name, n, 2, func() { f.one(dst, x) }, func() { f.plain1(dst, x) })
		case f.plain2 != nil:
			timed(b, f.name, n, 3, func() { f.two(dst, x, y) }, func() { f.plain2(dst, x, y, 1, 1) })
		}
	}
	timed(b, "ExpOfOne", 1, 2, func() { Exp(dst[:1], x) }, func() { plainExp(dst[:1], x) })
	timed(b, "AddN", n, 2, func() { AddN(dst, x, 2) }, nil)
	timed(b, "Select", n, 4, func() { Select(dst, x, x, y) }, func() { plainSelect(dst, x, x, y) })
	timed(b, "Fill", n, 1, func() { Fill(dst, 1) }, func() { plainFill(dst, 1) })
	timed(b, "Sum", n, 1, func() { sink = Sum(x) }, func() { sink = plainSum(x) })
	timed(b, "MaxOf", n, 1, func() { sink = MaxOf(x) }, func() { sink = plainMaxOf(x) })
	timed(b, "CumSum", n, 2, func() { CumSum(dst, x) }, nil)
	timed(b, "TopK8", n, 1, func() { TopK(dst, x, 8) }, nil)
}

var sink float32

// BenchmarkLanes times the lane functions on 64 rows of 16 numbers.
func BenchmarkLanes(b *testing.B) {
	const rows = 64
	const n = rows * lanes
	x, dst := normal(3, n), make([]float32, n)
	var m, s [16]float32
	Fill(m[:], 1)
	timed(b, "LaneMax", n, 1, func() { LaneMax(&m, x, lanes) }, func() { plainLaneMax(&m, x, lanes) })
	timed(b, "LaneExpSum", n, 2,
		func() { LaneExpSum(dst, x, lanes, &m, &s) }, func() { plainLaneExpSum(dst, x, lanes, &m, &s) })
	Fill(m[:], 1)
	timed(b, "Transpose", n, 2,
		func() { Transpose(dst, rows, x, lanes, rows, lanes) }, func() { transposeRest(dst, rows, x, lanes, 0, rows, lanes) })
}

// timed reports nanoseconds an element and gigabytes a second, of a function and of its twin if it has one: those of
// the fastest batch of calls, since other work on the machine only slows them down.
func timed(b *testing.B, name string, n, passes int, run, plain func()) {
	for _, form := range []struct {
		name string
		run  func()
	}{{"here", run}, {"plain", plain}} {
		if form.run == nil {
			continue
		}
		b.Run(fmt.Sprintf("%s/%s", name, form.name), func(b *testing.B) {
			const batch = 64
			fastest := time.Duration(math.MaxInt64)
			for b.Loop() {
				start := time.Now()
				for range batch {
					form.run()
				}
				fastest = min(fastest, time.Since(start))
			}
			ns := float64(fastest.Nanoseconds()) / batch / float64(n)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(ns, "ns/element")
			b.ReportMetric(float64(4*passes)/ns, "GB/s")
		})
	}
}

// normal are numbers around 0, of both signs.
func normal(seed uint64, n int) []float32 {
	random := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(random.NormFloat64())
	}
	return x
}
