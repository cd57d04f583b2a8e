// SPDX-License-Identifier: Apache-2.0

//go:build !amd64 || purego

package kernel

func (l level) run(e Element, rows, panels int, t *tile) { panic("kernel: no tiles") }

func (l level) strips(n int, t *tile) { panic("kernel: no tiles") }

func (l level) widen(e Element, dst []float32, src []uint16) { widenPlain(e, dst, src) }
