// SPDX-License-Identifier: Apache-2.0

package kernel

import "math"

// The lane functions work on tiles: rows of 16 floats, one lane for each of 16 queries. Each lane is one chain in rising
// order of the rows, and no lane knows another: the bits of a query do not hang on its neighbours.

// lanes is the width of a tile.
const lanes = 16

// LaneMax takes each lane's largest element into m: m[l] = max(m[l], x[j*step+l]) over the rows j, which begin step
// floats apart, no less than 16. NaN counts for nothing, and of two zeros it may be either.
func LaneMax(m *[16]float32, x []float32, step int) { vecLaneMax(m, x, apart(step)) }

func plainLaneMax(m *[16]float32, x []float32, step int) {
	for ; len(x) >= lanes; x = x[min(step, len(x)):] {
		for l := range m {
			if x[l] > m[l] {
				m[l] = x[l]
			}
		}
	}
}

// LaneExpSum writes exp(x - m) for each lane's m to dst, which may be x, with the bits of Exp, and adds it to the lane's
// sum in s. Rows begin step floats apart, no less than 16. No x is more than 40 above m. Where x is -Inf the value is 0,
// also where m is -Inf: a key that is masked out has no weight, and a query without keys has none at all. NaN stays.
func LaneExpSum(dst, x []float32, step int, m, s *[16]float32) {
	vecLaneExpSum(dst[:len(x)], x, apart(step), m, s)
}

func plainLaneExpSum(dst, x []float32, step int, m, s *[16]float32) {
	for ; len(x) >= lanes; dst, x = dst[min(step, len(x)):], x[min(step, len(x)):] {
		for l := range m {
			e := float32(0)
			if v := x[l]; !math.IsInf(float64(v), -1) {
				e = float32(math.Exp(float64(v - m[l])))
			}
			dst[l] = e
			s[l] += e
		}
	}
}

func apart(step int) int {
	if step < lanes {
		panic("kernel: rows of lanes overlap")
	}
	return step
}

// Transpose writes the first n columns of src as rows: dst[l*drow+r] = src[r*srow+l] for r < rows and l < n.
func Transpose(dst []float32, drow int, src []float32, srow, rows, n int) {
	if rows <= 0 || n <= 0 {
		return
	}
	checkExtent("src", len(src), srow, 1, rows, n)
	checkExtent("dst", len(dst), drow, 1, n, rows)
	l := 0
	for ; n-l >= 8; l += 8 {
		if from := transpose8(dst[l*drow:], drow, src[l:], srow, rows); from < rows {
			transposeRest(dst[l*drow:], drow, src[l:], srow, from, rows, 8)
		}
	}
	if l < n {
		transposeRest(dst[l*drow:], drow, src[l:], srow, 0, rows, n-l)
	}
}

// transposeRest moves rows from..rows of n columns one by one.
func transposeRest(dst []float32, drow int, src []float32, srow, from, rows, n int) {
	for l := range n {
		to := dst[l*drow:][:rows]
		for r := from; r < rows; r++ {
			to[r] = src[r*srow+l]
		}
	}
}
