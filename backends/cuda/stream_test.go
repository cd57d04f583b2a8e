package cuda

import "math"

var stream = subject{
	name:    "stream",
	kernels: []string{"kernels/functions.cuh", "kernels/stream.cuh"},
	trials: func() []trial {
		return []trial{
			streamTrial("one weight", 1, 1, 8),
			streamTrial("odd everywhere", 37, 389, 392),
			streamTrial("whole chunks", 32, 512, 512),
		}
	},
	plants: []plant{
		{"lanes meet once too few", "int d = 16; d > 0", "int d = 16; d > 1"},
		{"a sum over the wrong lanes", "lane_xor(sum[r], d)", "lane_get(sum[r], d)"},
		{"another lane stores", "if (lane == 0 && first", "if (lane == 32 && first"},
		{"a chunk is halved wrongly", "x[6] = low_bf16(c.w), x[7] = high_bf16(c.w)", "x[6] = high_bf16(c.w), x[7] = low_bf16(c.w)"},
		{"lanes step over chunks", "c += 32 * N", "c += 33 * N"},
		{"a tail by chunks", "if (whole + lane < k)", "if (whole + lane < k - 1)"},
		{"a row past the end", "first + r < n ? first + r : n - 1", "first + r"},
		{"rows of two warps overlap", "(blockIdx.x * stream_warps + warp) * ROWS", "(blockIdx.x * stream_warps + warp) * (ROWS - 1)"},
	},
}

// streamTrial: a sum over k in whatever order is within k roundings of the sum of sizes. Each silu(gate) x up adds the
// roundings of its steps: ten are enough, for the exponential's argument is below 8.
func streamTrial(name string, n, k, stride int) trial {
	plain := random(1, n*k)
	nan := float32(math.NaN())
	w, gate, up, before := narrow(plain), random(2, k), random(3, k), random(4, n)
	return trial{name, []int{n, k, stride}, []any{padded(w, k, stride, 0xffff), padded(plain, k, stride, nan), gate, up, before},
		func(out []byte) error {
			gated, err := take[float32](&out, n)
			if err != nil {
				return err
			}
			rest, err := take[float32](&out, n)
			if err != nil {
				return err
			}
			for i := range n {
				sum, size := float64(before[i]), math.Abs(float64(before[i]))
				var plainSum, plainSize float64
				for l := range k {
					g := float64(gate[l])
					p := wide(w[i*k+l]) * g / (1 + math.Exp(-g)) * float64(up[l])
					sum, size = sum+p, size+math.Abs(p)
					p = float64(plain[i*k+l]) * g
					plainSum, plainSize = plainSum+p, plainSize+math.Abs(p)
				}
				if err := near("gated", i, float64(gated[i]), sum, float64(k+10)*0x1p-24*size); err != nil {
					return err
				}
				if err := near("plain", i, float64(rest[i]), plainSum, float64(k+1)*0x1p-24*plainSize); err != nil {
					return err
				}
			}
			return nil
		}}
}
