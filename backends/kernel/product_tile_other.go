// SPDX-License-Identifier: Apache-2.0

//go:build !amd64 || purego

package kernel

func (l level) run(e Element, rows, panels int, t *tile) { panic("kernel: no tiles") }

func (l level) strips(n int, t *tile, w soon) { panic("kernel: no tiles") }

func (l level) fewDots(queries, blocks, lines int, key *float32, keyRow, far int, query, out *float32, outRow int) {
	panic("kernel: no tiles")
}

func (l level) fewSums(lanes, keys int, weight *float32, weightRow int, value *float32, valueRow, far int, out *float32, outRow int, total *float32) {
	panic("kernel: no tiles")
}

func (l level) widen(e Element, dst []float32, src []uint16) { widenPlain(e, dst, src) }
