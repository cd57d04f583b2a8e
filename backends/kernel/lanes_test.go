// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"fmt"
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

// atLevels calls f with each level of instructions that this machine has, the portable one too.
func atLevels(f func()) {
	defer func(l level) { machine = l }(machine)
	for _, l := range levels() {
		machine = l
		f()
	}
}

// spread gives rows of 16 numbers step apart, with numbers between them that no function may touch.
func spread(x []float32, step int) []float32 {
	rows := len(x) / lanes
	out := make([]float32, max((rows-1)*step+lanes, 0))
	Fill(out, float32(math.NaN()))
	for r := range rows {
		copy(out[r*step:], x[r*lanes:][:lanes])
	}
	return out
}

func TestLaneMax(t *testing.T) {
	tiles(func(x []float32, m [16]float32) {
		want := m
		for i, v := range x {
			if v > want[i%lanes] { // NaN is not
				want[i%lanes] = v
			}
		}
		atLevels(func() {
			for _, step := range []int{lanes, lanes + 3, 2 * lanes} {
				got := m
				LaneMax(&got, spread(x, step), step)
				for l := range got {
					got[l], want[l] = got[l]+0, want[l]+0 // of zeros it may be either
				}
				sameLanes(t, fmt.Sprint("LaneMax at ", machine, " apart by ", step), len(x)/lanes, got[:], want[:])
			}
		})
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
		LaneMax(&m, x, lanes)
		m[7], m[8] = m[7]-16, m[8]-40 // numbers above m
		s := [16]float32(mixed(5, lanes))
		want, sums := slices.Clone(x), s
		for i, v := range want {
			want[i] = Apply1(Exp, v-m[i%lanes])
			if v == -inf {
				want[i] = 0
			}
			sums[i%lanes] += want[i]
		}
		atLevels(func() {
			if machine < avx2 {
				return // TestLaneExpSumTwin
			}
			for _, step := range []int{lanes, lanes + 3, 2 * lanes} {
				got, s := spread(x, step), s
				LaneExpSum(got, got, step, &m, &s)
				sameLanes(t, fmt.Sprint("LaneExpSum at ", machine, " apart by ", step), len(x)/lanes, got, spread(want, step))
				sameLanes(t, "the sums of LaneExpSum", len(x)/lanes, s[:], sums[:])
			}
		})
	})
}

// TestLaneExpSumTwin holds the twin to the same: what is admitted is within its last places, what is not is 0.
func TestLaneExpSumTwin(t *testing.T) {
	x := mixed(1, 100*lanes)
	y := slices.Clone(x)
	var m, s, r [16]float32
	m[3] = float32(math.Inf(-1))
	LaneMax(&m, x, lanes)
	LaneExpSum(x, x, lanes, &m, &s)
	plainLaneExpSum(y, y, lanes, &m, &r)
	for i := range x {
		if !sameBits(x[i], y[i]) && steps(x[i], y[i]) > 2 {
			t.Fatalf("%v, of the twin %v", x[i], y[i])
		}
	}
}

func TestTranspose(t *testing.T) {
	const most, wide = 35, 21
	for rows := range most + 1 {
		for n := range wide {
			for _, srow := range []int{n, wide + 8} {
				src := make([]float32, max((rows-1)*srow+n, 0))
				for i := range src {
					src[i] = float32(i + 1)
				}
				for _, drow := range []int{rows, rows + 3} {
					dst := make([]float32, wide*(most+3)+1)
					Transpose(dst, drow, src, srow, rows, n)
					for i, v := range dst {
						want := float32(0)
						if drow > 0 && i/drow < n && i%drow < rows {
							want = src[i%drow*srow+i/drow]
						}
						if v != want {
							t.Fatalf("%d rows of %d, apart by %d and %d: place %d is %v, want %v", rows, n, srow, drow, i, v, want)
						}
					}
				}
			}
		}
	}
}

// TestTransposeKeepsToItsMemory wants a panic, and no write, where dst or src is too short for the rows.
func TestTransposeKeepsToItsMemory(t *testing.T) {
	for _, c := range []struct{ dst, src int }{{16*8 - 1, 8 * 16}, {16 * 8, 8*16 - 1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d from %d are taken", c.dst, c.src)
				}
			}()
			Transpose(make([]float32, c.dst), 8, make([]float32, c.src), 16, 8, 16)
		}()
	}
}
