package cuda

import (
	"fmt"
	"math"
)

var exactProduct = subject{
	name:    "product_exact",
	kernels: []string{"kernels/matrix.cuh", "kernels/product_exact.cuh"},
	trials: func() []trial {
		return []trial{
			exactTrial("one element", 1, 1, 1, 4, 1),
			exactTrial("odd everywhere", 37, 45, 35, 36, 3),
			exactTrial("several tiles, three steps", 131, 130, 36, 36, 1),
			exactTrial("whole steps", 32, 32, 48, 48, 2),
			exactTrial("a sum of nothing", 3, 5, 4, 4, 0),
		}
	},
	plants: []plant{
		{"one stage", "memory + (step & 1) * STAGE", "memory + (step & 0) * STAGE"},
		{"the next step is put before the barrier", "    block_sync();\n    if (step + 1 < all) take(step + 1);",
			"    if (step + 1 < all) take(step + 1);\n    pa.put(ta);\n    block_sync();"},
		{"stages overlap", "STAGE = BK * (LDA + LDB)", "STAGE = BK * LDA"},
		{"four numbers across the end", "inside && left >= 4", "inside && left >= 1"},
		{"a number past the end", "inside && i < left", "inside && i <= left"},
		{"a row past the end", "cols - c, r < rows", "cols - c, r <= rows"},
		{"a step of k past the end", "rows - r, c < cols", "rows - r, c <= cols"},
		{"rows of Across by k", "c = at / (ROWS / 4), r = at % (ROWS / 4) * 4;\n      *", "r = at / (ROWS / 4), c = at % (ROWS / 4) * 4;\n      *"},
		{"loose strides crossed", "r * m.row + c * m.col", "c * m.row + r * m.col"},
		{"loose elements past k", "r < rows && c < cols ?", "r < rows ?"},
		{"tile rows unpadded", "tile[(c + j) * (ROWS + 4) + r]", "tile[(c + j) * ROWS + r]"},
		{"the sum starts anew with each term", "float sum[TM][TN] = {};\n  if (all > 0) take(0);\n  for (int step = 0; step < all; step++) {",
			"float sum[TM][TN] = {};\n  if (all > 0) take(0);\n  for (int step = 0; step < all; step++) {\n" +
				"    if (step % steps == 0) for (auto& s : sum) for (float& x : s) x = 0;"},
		{"terms of A and B crossed", "ma.data += terms.a(step / steps), mb.data += terms.b(step / steps)",
			"ma.data += terms.b(step / steps), mb.data += terms.a(step / steps)"},
		{"a step too few", "(k + BK - 1) / BK", "k / BK"},
		{"columns of another group", "col0 + x + j / 4 * 4 * (BN / TN) + j % 4", "col0 + x * (TN / 4) + j"},
		{"rows of another group", "row0 + y + i / 4 * 4 * (BM / TM) + i % 4", "row0 + y * (TM / 4) + i"},
		{"a column past the end is stored", "col < n) epilogue", "col <= n) epilogue"},
	},
}

// exactTrial: sums of products are within as many roundings of the sum of their sizes as they have terms.
func exactTrial(name string, m, n, k, stride, inside int) trial {
	a, b := random(1, m*k), random(2, n*k)
	ldb := (n + 3) / 4 * 4
	turned, stacked := random(3, k*m+inside+3), random(4, inside*k*n)
	nan := float32(math.NaN())
	return trial{name, []int{m, n, k, stride, inside}, []any{padded(a, k, stride, nan), padded(b, k, stride, nan), turned, padded(stacked, n, ldb, nan)},
		func(out []byte) error {
			large, err := take[float32](&out, m*n)
			if err != nil {
				return err
			}
			small, err := take[float32](&out, 2*m*n)
			if err != nil {
				return err
			}
			for i := range small {
				depth, row, col := i/(m*n), i/n%m, i%n
				var sum, size float64
				for t := range inside {
					for l := range k {
						p := float64(turned[depth*3+t+l*m+row]) * float64(stacked[(t*k+l)*n+col])
						sum, size = sum+p, size+math.Abs(p)
					}
				}
				if err := near("small", i, float64(small[i]), sum, float64(inside*k)*0x1p-24*size); err != nil {
					return err
				}
				if i >= m*n {
					continue
				}
				// The order of the sum is promised: the bits are those of one chain.
				var chain float32
				for l := range k {
					chain = float32(math.FMA(float64(a[row*k+l]), float64(b[col*k+l]), float64(chain)))
				}
				if large[i] != chain {
					return fmt.Errorf("large[%d] is %.9g, a chain in rising k is %.9g", i, large[i], chain)
				}
			}
			return nil
		}}
}
