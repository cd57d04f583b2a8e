// SPDX-License-Identifier: Apache-2.0

//go:build !purego

package kernel

import "unsafe"

// run runs one tile; the level is not portable.
func (l level) run(e Element, rows, panels int, t *tile) {
	if l == avx512 && panels > 0 {
		avx512Tile(e, rows, panels, t)
		return
	}
	avx2Tile(e, rows, panels, t)
}

// strips runs so many tiles of 14 rows and two panels below each other; the level is AVX-512.
func (l level) strips(n int, t *tile, w soon) {
	if w.at == 0 {
		w = soon{uintptr(unsafe.Pointer(t.c)), 0} // what is near costs nothing
	}
	avx512Float32Strips14x2(n, t.k, t.a, t.aRow, t.aCol, t.b, t.bRow, t.bPanel, t.c, t.cRow, t.add, w.at, w.step)
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

// fewDots runs products of so many queries, 1, 2, 4 or 8, with blocks of 16 keys; the level is AVX-512.
func (l level) fewDots(queries, blocks, lines int, key *float32, keyRow, far int, query, out *float32, outRow int) {
	switch queries {
	case 1:
		avx512FewDots1(blocks, lines, key, keyRow, far, query, out, outRow)
	case 2:
		avx512FewDots2(blocks, lines, key, keyRow, far, query, out, outRow)
	case 4:
		avx512FewDots4(blocks, lines, key, keyRow, far, query, out, outRow)
	default:
		avx512FewDots8(blocks, lines, key, keyRow, far, query, out, outRow)
	}
}

// fewSums runs sums of 64 elements with the weights of 1 to 4 lanes; the level is AVX-512.
func (l level) fewSums(lanes, keys int, weight *float32, weightRow int, value *float32, valueRow, far int, out *float32, outRow int, total *float32) {
	switch lanes {
	case 1:
		avx512FewSums1(keys, weight, weightRow, value, valueRow, far, out, outRow, total)
	case 2:
		avx512FewSums2(keys, weight, weightRow, value, valueRow, far, out, outRow, total)
	case 3:
		avx512FewSums3(keys, weight, weightRow, value, valueRow, far, out, outRow, total)
	default:
		avx512FewSums4(keys, weight, weightRow, value, valueRow, far, out, outRow, total)
	}
}
