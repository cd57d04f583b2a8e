// SPDX-License-Identifier: Apache-2.0

package kernel

import "math"

// fma is x*y + z rounded once to float32, as the machine's vector instructions round it.
//
// The product of two float32 is exact in a float64, the sum may not be. Rounding it twice would be wrong where the
// float64 lies halfway between two float32, so the float64 sum is rounded to odd: with 53 bits for 24, the second
// rounding then sees on which side of halfway the true sum lies (Boldo and Melquiond, "Emulation of FMA and correctly
// rounded sums: proved algorithms using rounding to odd", IEEE TC 57(4), 2008).
func fma(x, y, z float32) float32 {
	p, c := float64(x)*float64(y), float64(z)
	s := float64(p + c)
	// The error of the sum is exact (Knuth's TwoSum); it is NaN where the sum is not finite.
	back := float64(s - p)
	e := float64(p-float64(s-back)) + float64(c-back)
	if e != 0 && e == e {
		if b := math.Float64bits(s); b&1 == 0 {
			if (e > 0) == (s > 0) {
				s = math.Float64frombits(b + 1)
			} else {
				s = math.Float64frombits(b - 1)
			}
		}
	}
	return float32(s)
}
