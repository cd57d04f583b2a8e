package cuda

import "math"

var product = subject{
	name:    "product",
	kernels: []string{"kernels/tile.cuh", "kernels/product.cuh"},
	trials: func() []trial {
		return []trial{
			productTrial("one element", 1, 1, 1, 8),
			productTrial("odd everywhere", 65, 67, 45, 48),
			productTrial("several tiles, a long k", 131, 70, 203, 208),
			productTrial("whole tiles", 64, 128, 64, 64),
		}
	},
	plants: []plant{
		{"no barrier before a stage is read", "    block_sync();\n    if (step + STAGES", "    if (step + STAGES"},
		{"a barrier of the warp instead of the block's", "    block_sync();\n    if (step", "    warp_sync();\n    if (step"},
		{"a barrier for some", "    block_sync();\n    if (step", "    if (warp) block_sync();\n    if (step"},
		{"the next stage is filled before the barrier", "    block_sync();\n    if (step + STAGES - 1 < steps) fetch(step + STAGES - 1);",
			"    if (step + STAGES - 1 < steps) fetch(step + STAGES - 1);\n    block_sync();"},
		{"no wait for the stage", "    cp_async_wait<STAGES - 2>();\n", ""},
		{"a wait for one group too few", "cp_async_wait<STAGES - 2>", "cp_async_wait<STAGES - 1>"},
		{"an empty group is not committed", "    if (step + STAGES - 1 < steps) fetch(step + STAGES - 1);\n    cp_async_commit();",
			"    if (step + STAGES - 1 < steps) { fetch(step + STAGES - 1); cp_async_commit(); }"},
		{"a ring one stage short", "const int stage = step % STAGES;", "const int stage = step % (STAGES - 1);"},
		{"A read through B's lanes", "i * 16 + lane_row(lane)) * LD + kk + lane_col(lane)", "i * 16 + lane_row_b(lane)) * LD + kk + lane_col_b(lane)"},
		{"A transposed", "ldmatrix_x4(fa[i]", "ldmatrix_x4_trans(fa[i]"},
		{"B transposed", "ldmatrix_x4(fb[j]", "ldmatrix_x4_trans(fb[j]"},
		{"halves of B crossed", "fa[i], fb[j][0], fb[j][1]", "fa[i], fb[j][0], fb[j][2]"},
		{"rows of the sums by the wrong bit", "(lane >> 2) + (e >> 1) * 8", "(lane >> 2) + (e & 1) * 8"},
		{"columns of the sums by the wrong lanes", "(lane & 3) * 2 + (e & 1)", "(lane & 7) * 2 + (e & 1)"},
		{"warps in one row", "(warp >> 1) * WM", "(warp & 1) * WM"},
		{"a step too few", "(k + BK - 1) / BK", "k / BK"},
		{"k's end not filled with zeros", "left > 0 ? left * int(sizeof(T)) : 0", "left > 0 ? 16 : 0"},
		{"a row too many is fetched", "row + r < rows", "row + r <= rows"},
		{"a row too many is stored", "if (row < m &&", "if (row <= m &&"},
		{"half of the threads fetch", "i += THREADS", "i += 2 * THREADS"},
		{"a row of the tile unpadded", "tile + r * (COLS + pad<T>) + c", "tile + r * COLS + c"},
	},
}

// productTrial: both entries on m x k and n x k values in rows of stride. An f32 sum of k products, each exact, is within
// k+1 roundings of the sum of their sizes; the narrowed one adds the rounding of bf16.
func productTrial(name string, m, n, k, stride int) trial {
	a, b, residual := narrow(random(1, m*k)), narrow(random(2, n*k)), random(3, m*n)
	return trial{name, []int{m, n, k, stride}, []any{padded(a, k, stride, 0xffff), padded(b, k, stride, 0xffff), residual},
		func(out []byte) error {
			small, err := take[float32](&out, m*n)
			if err != nil {
				return err
			}
			large, err := take[uint16](&out, m*n)
			if err != nil {
				return err
			}
			for i := range small {
				var sum, size float64
				for l := range k {
					p := wide(a[i/n*k+l]) * wide(b[i%n*k+l])
					sum, size = sum+p, size+math.Abs(p)
				}
				bound := float64(k+1) * 0x1p-24 * size
				if err := near("small", i, float64(small[i]), sum, bound); err != nil {
					return err
				}
				sum += float64(residual[i])
				bound += (0x1p-24 + 0x1.01p-8) * math.Abs(sum)
				if err := near("large", i, wide(large[i]), sum, bound); err != nil {
					return err
				}
			}
			return nil
		}}
}
