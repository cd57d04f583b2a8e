// SPDX-License-Identifier: Apache-2.0

package kernel

import "math"

// The lane functions work on tiles: rows of 16 floats, one lane for each of 16 queries, so that x has 16 floats a row
// and a lane is a column. Each lane is one chain in rising order of the rows, and no lane knows another: the bits of
// a query do not hang on its neighbours.

// lanes is the width of a tile.
const lanes = 16

// LaneMax takes each lane's largest element into m: m[l] = max(m[l], x[j*16+l]) over the rows j. NaN is above every
// number.
func LaneMax(m *[16]float32, x []float32) { vecLaneMax(m, whole(x)) }

func plainLaneMax(m *[16]float32, x []float32) {
	for ; len(x) >= lanes; x = x[lanes:] {
		for l := range m {
			m[l] = max(m[l], x[l])
		}
	}
}

// LaneExpSum writes exp(x - m) for each lane's m in place, with the bits of Exp, and adds it to the lane's sum in s.
// m is the lane's largest element so far or above: no x is above m. Where x is -Inf the value is 0, also where m is
// -Inf: a key that is masked out has no weight, and a query without keys has none at all. NaN stays.
func LaneExpSum(x []float32, m, s *[16]float32) { vecLaneExpSum(whole(x), m, s) }

func plainLaneExpSum(x []float32, m, s *[16]float32) {
	for ; len(x) >= lanes; x = x[lanes:] {
		for l := range m {
			e := float32(0)
			if v := x[l]; !math.IsInf(float64(v), -1) {
				e = float32(math.Exp(float64(v - m[l])))
			}
			x[l] = e
			s[l] += e
		}
	}
}

// LaneSum adds each lane's elements to s, row after row.
func LaneSum(s *[16]float32, x []float32) { vecLaneSum(s, whole(x)) }

func plainLaneSum(s *[16]float32, x []float32) {
	for ; len(x) >= lanes; x = x[lanes:] {
		for l := range s {
			s[l] += x[l]
		}
	}
}

// LaneScale multiplies each lane by its number in f.
func LaneScale(x []float32, f *[16]float32) { vecLaneScale(whole(x), f) }

func plainLaneScale(x []float32, f *[16]float32) {
	for ; len(x) >= lanes; x = x[lanes:] {
		for l := range f {
			x[l] *= f[l]
		}
	}
}

// LaneFill writes v into each row.
func LaneFill(x []float32, v *[16]float32) { vecLaneFill(whole(x), v) }

func plainLaneFill(x []float32, v *[16]float32) {
	for ; len(x) >= lanes; x = x[lanes:] {
		*(*[lanes]float32)(x) = *v
	}
}

// KeyFill writes k[j] into all lanes of row j.
func KeyFill(x, k []float32) {
	x = whole(x)
	vecKeyFill(x, k[:len(x)/lanes:len(k)])
}

func plainKeyFill(x, k []float32) {
	for j, v := range k {
		plainFill(x[j*lanes:][:lanes], v)
	}
}

// whole are the rows of a tile, which has no part of one.
func whole(x []float32) []float32 { return x[:len(x)&^(lanes-1)] }

// Transpose16 writes lane l as a row that starts at dst[l*drow]: dst[l*drow+r] = src[r*16+l] for r < rows and all 16
// lanes.
func Transpose16(dst []float32, drow int, src []float32, rows int) {
	TransposeLanes(dst, drow, src, rows, lanes)
}

// TransposeLanes is Transpose16 for the first n lanes, n up to 16.
func TransposeLanes(dst []float32, drow int, src []float32, rows, n int) {
	done := 0
	for ; n-done >= 8; done += 8 {
		if from := transpose8(dst[done*drow:], drow, src[min(done, len(src)):], rows); from < rows {
			transposeRest(dst[done*drow:], drow, src[done:], from, rows, 8)
		}
	}
	if done < n && rows > 0 {
		transposeRest(dst[done*drow:], drow, src[done:], 0, rows, n-done)
	}
}

// transposeRest moves rows from..rows of n lanes one by one.
func transposeRest(dst []float32, drow int, src []float32, from, rows, n int) {
	for l := range n {
		to := dst[l*drow:][:rows]
		for r := from; r < rows; r++ {
			to[r] = src[r*lanes+l]
		}
	}
}
