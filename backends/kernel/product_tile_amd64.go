// SPDX-License-Identifier: Apache-2.0

//go:build !purego

package kernel

// run runs one tile; the level is not portable.
func (l level) run(e Element, rows, panels int, t *tile) {
	if l == avx512 && panels > 0 {
		avx512Tile(e, rows, panels, t)
		return
	}
	avx2Tile(e, rows, panels, t)
}

// strips runs so many tiles of 14 rows and two panels below each other; the level is AVX-512.
func (l level) strips(n int, t *tile) {
	avx512Float32Strips14x2(n, t.k, t.a, t.aRow, t.aCol, t.b, t.bRow, t.bPanel, t.c, t.cRow, t.add)
}

// widen is dst = src, a number of whole panel rows of 16 bits, as float32.
func (l level) widen(e Element, dst []float32, src []uint16) {
	switch {
	case len(src) == 0:
	case l == portable:
		widenPlain(e, dst, src)
	case e == BFloat16:
		widenBFloat16(len(src), &src[0], &dst[0])
	default:
		widenFloat16(len(src), &src[0], &dst[0])
	}
}
