package cuda

import "math"

var product = subject{
	name:    "product",
	kernels: []string{"kernels/matrix.cuh", "kernels/lanes.cuh", "kernels/tile.cuh", "kernels/product.cuh"},
	trials: func() []trial {
		return []trial{
			productTrial("one element", 1, 1, 1, 8),
			productTrial("odd everywhere", 65, 67, 45, 48),
			productTrial("several tiles, a long k", 131, 70, 203, 208),
			productTrial("whole tiles", 64, 128, 64, 64),
		}
	},
	plants: []plant{
		{"a barrier of the warp instead of the block's", "    block_sync();\n    if (step", "    warp_sync();\n    if (step"},
		{"a barrier for some", "    block_sync();\n    if (step", "    if (warp) block_sync();\n    if (step"},
		{"the next stage is filled before the barrier", "    block_sync();\n    if (step + STAGES - 1 < steps) fetch(step + STAGES - 1);",
			"    if (step + STAGES - 1 < steps) fetch(step + STAGES - 1);\n    block_sync();"},
		{"a wait for one group too few", "cp_async_wait<STAGES - 2>", "cp_async_wait<STAGES - 1>"},
		{"an empty group is not committed", "    if (step + STAGES - 1 < steps) fetch(step + STAGES - 1);\n    cp_async_commit();",
			"    if (step + STAGES - 1 < steps) { fetch(step + STAGES - 1); cp_async_commit(); }"},
		{"a ring one stage short", "const int stage = step % STAGES;", "const int stage = step % (STAGES - 1);"},
		{"A read through B's lanes", "tile + lane_row(lane) * LD + lane_col(lane)", "tile + lane_row_b(lane) * LD + lane_col_b(lane)"},
		{"A transposed", "ldmatrix_x4(f, tile", "ldmatrix_x4_trans(f, tile"},
		{"A in f32 by other lanes", "tile + (lane >> 2) * LD + (lane & 3) * 2", "tile + (lane & 3) * LD + (lane >> 2) * 2"},
		{"A in f32: rows and halves of k crossed", "(i & 1) * 8 * LD + (i >> 1) * 8", "(i >> 1) * 8 * LD + (i & 1) * 8"},
		{"A in f32 packed high first", "pack_bf16(at[0], at[1])", "pack_bf16(at[1], at[0])"},
		{"a loose element past k", "row + r < rows && col + c < cols ?", "row + r < rows ?"},
		{"loose strides crossed", "(row + r) * m.row + (col + c) * m.col", "(row + r) * m.col + (col + c) * m.row"},
		{"tiles of unlike types overlap", "(tiles_b + STAGES * BN * LD)", "(tiles_b + STAGES * BN * (LD - 8))"},
		{"B transposed", "ldmatrix_x4(fb[j]", "ldmatrix_x4_trans(fb[j]"},
		{"halves of B crossed", "fa[i], fb[j][0], fb[j][1]", "fa[i], fb[j][0], fb[j][2]"},
		{"rows of the sums by the wrong bit", "(lane >> 2) + (e >> 1) * 8", "(lane >> 2) + (e & 1) * 8"},
		{"columns of the sums by the wrong lanes", "(lane & 3) * 2 + (e & 1)", "(lane & 7) * 2 + (e & 1)"},
		{"warps in one row", "(warp >> 1) * WM", "(warp & 1) * WM"},
		{"a step too few", "(k + BK - 1) / BK", "k / BK"},
		{"k's end not filled with zeros", "left > 0 ? left * int(sizeof(T)) : 0", "left > 0 ? 16 : 0"},
		{"a row too many is fetched", "const int left = row + r < rows ?", "const int left = row + r <= rows ?"},
		{"a row too many is stored", "if (row < m &&", "if (row <= m &&"},
		{"half of the threads fetch", "ROWS * CHUNKS; i += THREADS", "ROWS * CHUNKS; i += 2 * THREADS"},
		{"a row of the tile unpadded", "cp_async_16(tile + r * LD + c", "cp_async_16(tile + r * COLS + c"},
	},
}

// hopperProduct is the same product by bulk copies and warpgroups.
var hopperProduct = subject{
	name:    "product_sm90",
	kernels: []string{"kernels/grid.cuh", "kernels/matrix.cuh", "kernels/narrow.cuh", "kernels/product_sm90.cuh"},
	trials: func() []trial {
		return []trial{
			hopperTrial("one element", 1, 1, 1, 8, 0),
			hopperTrial("two tiles each way, more steps than stages", 129, 130, 203, 208, 3),
			hopperTrial("whole numbers of eight", 5, 3, 72, 72, 1),
		}
	},
	plants: []plant{
		{"a wait for the other round's emptiness", "&empty[s], round ^ 1", "&empty[s], round"},
		{"a wait for the round before", "mbar_wait(&full[s], round);", "mbar_wait(&full[s], round ^ 1);"},
		{"bytes of one tile are expected", "2 * TILE * int(sizeof(bf16))", "TILE * int(sizeof(bf16))"},
		{"more bytes are expected than come", "2 * TILE * int(sizeof(bf16))", "3 * TILE * int(sizeof(bf16))"},
		{"a copy reports to the other barrier", "step * sm90_k, &full[s]);\n          bulk_copy(tiles_b",
			"step * sm90_k, &empty[s]);\n          bulk_copy(tiles_b"},
		{"emptiness counts too few", "mbar_init(&empty[s], 8)", "mbar_init(&empty[s], 4)"},
		{"every lane says that a stage is empty", "if (step > 0 && lane == 0)", "if (step > 0)"},
		{"a stage is given back while it is read", "lane == 0) mbar_arrive(&empty[(at - 1) % STAGES]);\n      }",
			"lane == 0) mbar_arrive(&empty[s]);\n      }"},
		{"a tile's last stage is not given back", "      if (lane == 0) mbar_arrive(&empty[(at - 1) % STAGES]);\n\n", "\n"},
		{"the first step of a tile gives a stage back again", "if (step > 0 && lane == 0)", "if (at > 0 && lane == 0)"},
		{"stages begin anew with each tile", "float sum[64] = {};", "float sum[64] = {}; at = 0;"},
		{"a tile's products are still running when it is stored", "      wgmma_wait<0>();\n", ""},
		{"the group is not moved on", "(group - 1) * 64 * sm90_k", "0"},
		{"k inside of the tile by rows", "swizzled(mine + kk)", "swizzled(mine + kk * 2)"},
		{"rows and columns of a box crossed", "b, part.b + col0, step * sm90_k", "b, step * sm90_k, part.b + col0"},
		{"the matrix of another run", "part.b + col0", "col0"},
		{"tiles by columns", "turn % down * sm90_tile, turn / down * sm90_tile", "turn / down * sm90_tile, turn % down * sm90_tile"},
		{"tiles of a part are not passed over", "        turn -= all;\n", ""},
		{"all parts have the rows of the first", "a, part.a + row0", "a, row0"},
		{"a row too many is stored", "if (r < part.rows &&", "if (r <= part.rows &&"},
		{"rows of the sums by the wrong bit", "row + (e >> 1) * 8", "row + (e & 1) * 8"},
		{"a number behind the end of a row", "k + i < end ?", "k + i <= end ?"},
		{"eight numbers across the end of a row", "k + 8 > end", "k > end"},
		{"strides of rows and columns crossed", "row * a.row + (k + i) * a.col", "row * a.col + (k + i) * a.row"},
		{"narrow rows of another length", "const int chunks = (k + 7) / 8", "const int chunks = k / 8 + 1"},
		{"narrowed high first", "pack_bf16(x[2], x[3])", "pack_bf16(x[3], x[2])"},
	},
}

// hopperTrial: the weights stand behind `before` rows of others. What is rounded to bf16 before is what both must multiply.
func hopperTrial(name string, m, n, k, stride, before int) trial {
	exact := random(1, m*k)
	a, b := narrow(exact), narrow(random(2, (before+n)*k))
	turned := make([]float32, m*k)
	for i, x := range exact {
		turned[i%k*m+i/k] = x
	}
	return trial{name, []int{m, n, k, stride, before}, []any{padded(exact, k, (k+3)/4*4, float32(math.NaN())), turned, padded(b, k, stride, 0xffff)},
		func(out []byte) error {
			for _, which := range []string{"close", "loose, in parts"} {
				c, err := take[float32](&out, m*n)
				if err != nil {
					return err
				}
				for i := range c {
					first := before
					if which != "close" && i/n >= m/2 {
						first = 0
					}
					sum, size := dot(a[i/n*k:][:k], b[(first+i%n)*k:][:k])
					if err := near(which, i, float64(c[i]), sum, float64(k+1)*0x1p-24*size); err != nil {
						return err
					}
				}
			}
			return nil
		}}
}

// dot is a sum of products and the sum of their sizes.
func dot(a, b []uint16) (sum, size float64) {
	for i := range a {
		p := wide(a[i]) * wide(b[i])
		sum, size = sum+p, size+math.Abs(p)
	}
	return sum, size
}

// productTrial: both entries on m x k and n x k values in rows of stride. An f32 sum of k products, each exact, is within
// k+1 roundings of the sum of their sizes; the narrowed one adds the rounding of bf16. What is rounded on the way is the same.
func productTrial(name string, m, n, k, stride int) trial {
	exact := random(1, m*k)
	a, b, residual := narrow(exact), narrow(random(2, n*k)), random(3, m*n)
	turned := make([]float32, m*k)
	for i, x := range exact {
		turned[i%k*m+i/k] = x
	}
	return trial{name, []int{m, n, k, stride}, []any{padded(a, k, stride, 0xffff), padded(b, k, stride, 0xffff), residual,
		padded(exact, k, stride, float32(math.NaN())), turned},
		func(out []byte) error {
			small, err := take[float32](&out, m*n)
			if err != nil {
				return err
			}
			large, err := take[uint16](&out, m*n)
			if err != nil {
				return err
			}
			rounding, err := take[float32](&out, m*n)
			if err != nil {
				return err
			}
			strided, err := take[float32](&out, m*n)
			if err != nil {
				return err
			}
			for i := range small {
				sum, size := dot(a[i/n*k:][:k], b[i%n*k:][:k])
				bound := float64(k+1) * 0x1p-24 * size
				for name, c := range map[string][]float32{"small": small, "rounding": rounding, "strided": strided} {
					if err := near(name, i, float64(c[i]), sum, bound); err != nil {
						return err
					}
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
