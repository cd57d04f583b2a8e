// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"math"
	"slices"
	"testing"
)

// tiles calls f with tiles of 0 to 20 rows of mixed numbers, and 16 numbers more.
func tiles(f func(x []float32, v [16]float32)) {
	for rows := range 21 {
		f(mixed(uint64(rows), rows*lanes), [16]float32(mixed(99, lanes)))
	}
}

func sameLanes(t *testing.T, what string, rows int, got, want []float32) {
	t.Helper()
	for i := range want {
		if !sameBits(got[i], want[i]) {
			t.Fatalf("%s of %d rows: number %d is %v, want %v", what, rows, i, got[i], want[i])
		}
	}
}

func TestLaneMax(t *testing.T) {
	tiles(func(x []float32, m [16]float32) {
		want := m
		for i, v := range x {
			want[i%lanes] = max(want[i%lanes], v)
		}
		LaneMax(&m, x)
		sameLanes(t, "LaneMax", len(x)/lanes, m[:], want[:])
	})
}

func TestLaneSum(t *testing.T) {
	tiles(func(x []float32, s [16]float32) {
		want := s
		for i, v := range x {
			want[i%lanes] += v
		}
		LaneSum(&s, x)
		sameLanes(t, "LaneSum", len(x)/lanes, s[:], want[:])
	})
}

func TestLaneScale(t *testing.T) {
	tiles(func(x []float32, f [16]float32) {
		want := slices.Clone(x)
		for i := range want {
			want[i] *= f[i%lanes]
		}
		LaneScale(x, &f)
		sameLanes(t, "LaneScale", len(x)/lanes, x, want)
	})
}

func TestLaneFillAndKeyFill(t *testing.T) {
	tiles(func(x []float32, v [16]float32) {
		LaneFill(x, &v)
		for i := range x {
			if !sameBits(x[i], v[i%lanes]) {
				t.Fatalf("LaneFill: %v at %d", x[i], i)
			}
		}
		k := mixed(7, len(x)/lanes)
		KeyFill(x, k)
		for i := range x {
			if !sameBits(x[i], k[i/lanes]) {
				t.Fatalf("KeyFill: %v at %d", x[i], i)
			}
		}
	})
}

// TestLaneExpSum wants the bits of Exp, a chain of sums, and 0 where nothing is admitted.
func TestLaneExpSum(t *testing.T) {
	inf := float32(math.Inf(1))
	tiles(func(x []float32, m [16]float32) {
		m[2], m[5], m[6] = -inf, -inf, -inf  // nothing came before
		for i := 2; i < len(x); i += lanes { // lane 2 has nothing, in lanes 5 and 6 some numbers are left
			x[i] = -inf
		}
		LaneMax(&m, x)
		s := [16]float32(mixed(5, lanes))
		want, sums := slices.Clone(x), s
		for i, v := range want {
			want[i] = Apply1(Exp, v-m[i%lanes])
			if v == -inf {
				want[i] = 0
			}
			sums[i%lanes] += want[i]
		}
		LaneExpSum(x, &m, &s)
		sameLanes(t, "LaneExpSum", len(x)/lanes, x, want)
		sameLanes(t, "the sums of LaneExpSum", len(x)/lanes, s[:], sums[:])
	})
}

// TestLaneExpSumTwin holds the twin to the same: what is admitted is within its last places, what is not is 0.
func TestLaneExpSumTwin(t *testing.T) {
	x := mixed(1, 100*lanes)
	y := slices.Clone(x)
	var m, s, r [16]float32
	m[3] = float32(math.Inf(-1))
	LaneMax(&m, x)
	LaneExpSum(x, &m, &s)
	plainLaneExpSum(y, &m, &r)
	for i := range x {
		if !sameBits(x[i], y[i]) && steps(x[i], y[i]) > 2 {
			t.Fatalf("%v, of the twin %v", x[i], y[i])
		}
	}
}

func TestTranspose(t *testing.T) {
	const most = 35
	src := make([]float32, most*lanes)
	for i := range src {
		src[i] = float32(i + 1)
	}
	for rows := range most + 1 {
		for n := range lanes + 1 {
			for _, drow := range []int{rows, rows + 3} {
				dst := make([]float32, lanes*(most+3)+1)
				if n == lanes {
					Transpose16(dst, drow, src[:rows*lanes], rows)
				} else {
					TransposeLanes(dst, drow, src[:rows*lanes], rows, n)
				}
				for i, v := range dst {
					want := float32(0)
					if drow > 0 && i/drow < n && i%drow < rows {
						want = src[i%drow*lanes+i/drow]
					}
					if v != want {
						t.Fatalf("%d rows of %d lanes, apart by %d: place %d is %v, want %v", rows, n, drow, i, v, want)
					}
				}
			}
		}
	}
}

// TestTransposeKeepsToItsMemory wants a panic, and no write, where dst is too short for the rows.
func TestTransposeKeepsToItsMemory(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a short destination is taken")
		}
	}()
	Transpose16(make([]float32, 16*8-1), 8, make([]float32, 8*lanes), 8)
}
