// SPDX-License-Identifier: Apache-2.0

package kernel

import "testing"

func BenchmarkSet(b *testing.B) {
	const n, k = 1024, 2048
	for e := range Element(3) {
		b.Run(e.String(), func(b *testing.B) {
			p, src := NewPanels(e, n, k), Matrix{make([]float32, n*k), k, 1}
			for i := range src.Data {
				src.Data[i] = float32(i%251) * 0x1p-6
			}
			for b.Loop() {
				p.Set(0, 0, src, n, k)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n*k), "ns/weight")
		})
	}
}
