// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"math"
	"slices"
	"testing"
)

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
