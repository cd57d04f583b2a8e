// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestReductions(t *testing.T) {
	nan, inf, minus := float32(math.NaN()), float32(math.Inf(1)), float32(math.Copysign(0, -1))
	for _, c := range []struct {
		x             []float32
		sum, max, min float32
	}{
		{nil, 0, -inf, inf},
		{[]float32{3}, 3, 3, 3},
		{[]float32{minus}, 0, minus, minus}, // a sum begins at 0
		{[]float32{minus, 0}, 0, 0, minus},
		{[]float32{0, minus}, 0, 0, minus},
		{[]float32{1, -2, 4}, 3, 4, -2},
		{[]float32{1, nan, 4}, nan, nan, nan},
		{[]float32{inf, 1, -inf}, nan, inf, -inf},
		{[]float32{-inf, -inf}, -inf, -inf, -inf},
	} {
		// The first number again and again changes neither, and moves the others to every part of the work.
		for before := range 40 {
			x := slices.Clone(c.x)
			if len(x) > 0 {
				x = append(slices.Repeat(x[:1], before), x...)
			}
			if got := MaxOf(x); !sameBits(got, c.max) {
				t.Errorf("the largest of %v is %v, want %v", x, got, c.max)
			}
			if got := MinOf(x); !sameBits(got, c.min) {
				t.Errorf("the smallest of %v is %v, want %v", x, got, c.min)
			}
		}
		if got := Sum(c.x); !sameBits(got, c.sum) {
			t.Errorf("the sum of %v is %v, want %v", c.x, got, c.sum)
		}
	}
}

// TestReductionsOfAnyLength compares with the twins, whose order of sums is the stated one: the bits are equal.
func TestReductionsOfAnyLength(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, 300)
	for i := range x {
		x[i] = float32(random.NormFloat64()) * 1000
	}
	for _, numbers := range [][]float32{x, mixed(11, 300)} {
		for n := range 200 {
			x := numbers[n%7:][:n]
			if got, want := Sum(x), plainSum(x); !sameBits(got, want) {
				t.Errorf("the sum of %d is %v, want %v", n, got, want)
			}
			if got, want := MaxOf(x), plainMaxOf(x); !sameBits(got, want) {
				t.Errorf("the largest of %d is %v, want %v", n, got, want)
			}
			if got, want := MinOf(x), plainMinOf(x); !sameBits(got, want) {
				t.Errorf("the smallest of %d is %v, want %v", n, got, want)
			}
		}
	}
}

// TestSumHasOneOrder writes the order out for 19 numbers whose sum shows it.
func TestSumHasOneOrder(t *testing.T) {
	x := make([]float32, 19)
	for i := range x {
		x[i] = float32(math.Pow(10, float64(i*7%5))) / 3
	}
	a := x[0] + x[16]
	b := x[1] + x[17]
	c := x[2] + x[18]
	want := (((a + x[8]) + (x[4] + x[12])) + ((c + x[10]) + (x[6] + x[14]))) +
		(((b + x[9]) + (x[5] + x[13])) + ((x[3] + x[11]) + (x[7] + x[15])))
	if got := Sum(x); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	var line float32
	for _, v := range x {
		line += v
	}
	if line == want {
		t.Error("the numbers do not tell the order from a single chain")
	}
}

func TestCumSum(t *testing.T) {
	x := []float32{1e8, 1, 1, -1e8, 3}
	want := []float32{1e8, 1e8, 1e8, 0, 3} // a chain loses the ones
	got := make([]float32, len(x))
	CumSum(got, x)
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	CumSum(x, x)
	if !slices.Equal(x, want) {
		t.Errorf("in place %v, want %v", x, want)
	}
}

func TestTopK(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct{ x, want []float32 }{
		{[]float32{1, 3, 2}, []float32{1, 2, 0}},
		{[]float32{1, 1, 1, 1}, []float32{0, 1}},
		{[]float32{0, -1, 5, 5, 7}, []float32{4, 2, 3}},
		{[]float32{inf, nan, 1, nan}, []float32{1, 3, 0, 2}},
		{[]float32{-inf, -inf}, []float32{0, 1}},
		{[]float32{float32(math.Copysign(0, -1)), 0}, []float32{0, 1}},
		{[]float32{4, 5}, []float32{}},
	} {
		got := make([]float32, len(c.want))
		TopK(got, c.x, len(got))
		if !slices.Equal(got, c.want) {
			t.Errorf("the %d largest of %v are %v, want %v", len(got), c.x, got, c.want)
		}
	}
}

// TestTopKSorts compares with a stable sort, for numbers with many equal ones.
func TestTopKSorts(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for n := 1; n < 60; n++ {
		x := make([]float32, n)
		all := make([]int, n)
		for i := range x {
			x[i], all[i] = float32(random.IntN(8)), i
			if random.IntN(10) == 0 {
				x[i] = float32(math.NaN())
			}
		}
		slices.SortStableFunc(all, func(a, b int) int {
			switch {
			case above(x[a], x[b]):
				return -1
			case above(x[b], x[a]):
				return 1
			}
			return 0
		})
		for k := range n + 1 {
			got := make([]float32, k)
			TopK(got, x, k)
			for i, at := range got {
				if int(at) != all[i] {
					t.Fatalf("number %d of the %d largest of %v is %v, want %d", i, k, x, at, all[i])
				}
			}
		}
	}
}
