// SPDX-License-Identifier: Apache-2.0

package kernel

import "math"

// The reductions of a vector to a number, and what else reads a vector in order.

// Sum adds in one order, whatever the machine: element i goes to the partial sum i mod 16, each a chain from 0 in
// rising i; then partial sum c takes that of c+8, c+4, c+2 and c+1 in turn. 0 without elements.
func Sum(x []float32) float32 {
	return vecSum(x)
}

func plainSum(x []float32) float32 {
	var s [16]float32
	for ; len(x) >= 16; x = x[16:] {
		for c := range s {
			s[c] += x[c]
		}
	}
	for c, v := range x {
		s[c] += v
	}
	return tree(&s)
}

// tree adds 16 partial sums, halving their number each time.
func tree(s *[16]float32) float32 {
	for half := 8; half > 0; half /= 2 {
		for c := range half {
			s[c] += s[c+half]
		}
	}
	return s[0]
}

// MaxOf is the largest element, NaN where one is NaN, 0 above -0; -Inf without elements.
func MaxOf(x []float32) float32 { return vecMaxOf(x) }

func plainMaxOf(x []float32) float32 {
	m := float32(math.Inf(-1))
	for _, v := range x {
		m = max(m, v)
	}
	return m
}

// MinOf is the smallest element, NaN where one is NaN, -0 below 0; +Inf without elements.
func MinOf(x []float32) float32 { return vecMinOf(x) }

func plainMinOf(x []float32) float32 {
	m := float32(math.Inf(1))
	for _, v := range x {
		m = min(m, v)
	}
	return m
}

// CumSum writes the sums of the first 1, 2, ... elements, one chain from 0. dst may be x.
func CumSum(dst, x []float32) {
	var s float32
	for i, v := range x[:len(dst):len(x)] {
		s += v
		dst[i] = s
	}
}

// TopK writes the numbers of the k largest elements, the largest first, of equals the first first, and NaN above
// every number. There are at least k elements and less than 2^24, which is what float32 counts exactly.
func TopK(dst, x []float32, k int) {
	best := dst[:0:k]
	if k == 0 {
		return
	}
	var last float32 // of the k best
	for i, v := range x {
		if len(best) == k && !above(v, last) {
			continue
		}
		// The place is behind all that v is not above.
		lo, hi := 0, len(best)
		for lo < hi {
			if at := (lo + hi) / 2; above(v, x[int(best[at])]) {
				hi = at
			} else {
				lo = at + 1
			}
		}
		if len(best) < k {
			best = best[:len(best)+1]
		}
		copy(best[lo+1:], best[lo:])
		best[lo] = float32(i)
		last = x[int(best[len(best)-1])]
	}
}

// above is the order of TopK: nothing is above NaN.
func above(a, b float32) bool { return a > b || a != a && b == b }
