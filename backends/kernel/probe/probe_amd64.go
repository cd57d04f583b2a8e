// SPDX-License-Identifier: Apache-2.0

//go:build !purego

package probe

// Flops are the floating-point operations of FMA256(n) and FMA512(n).
func Flops(bits, n int) float64 { return 2 * 12 * float64(bits/32) * float64(n) }

// Read reads p, a multiple of 512 bytes, as four streams, which is faster than one. It gives something that depends on all.
func Read(p []byte) uint64 {
	quarter := len(p) / 4
	if quarter == 0 {
		return 0
	}
	return read(quarter, &p[0], quarter)
}
