package cuda

import (
	"math"
	"math/rand/v2"
)

// widened are products of many rows with quantized weights, on tensor cores and exactly.
var widened = subject{
	name: "widened",
	kernels: []string{"kernels/functions.cuh", "kernels/weights.cuh", "kernels/matrix.cuh", "kernels/lanes.cuh", "kernels/tile.cuh", "kernels/product.cuh",
		"kernels/product_exact.cuh", "kernels/widened.cuh"},
	trials: func() []trial {
		return []trial{
			widenedTrial("one element", 1, 1, 1),
			widenedTrial("odd everywhere", 65, 67, 45),
			widenedTrial("several tiles, a long k", 70, 131, 203),
		}
	},
	plants: []plant{
		{"the first matrix of int8", "Int8 matrix(long i, long rows) const {\n    return {data + i * rows * stride", "Int8 matrix(long i, long rows) const {\n    return {data"},
		{"matrices of int4 by numbers and not by bytes", "Int4 matrix(long i, long rows) const {\n    return {data + i * rows * stride",
			"Int4 matrix(long i, long rows) const {\n    return {data + 2 * i * rows * stride"},
		{"scales of the first matrix", "return {data + i * ((rows + ROWS - 1) / ROWS) * stride, stride};", "return {data, stride};"},
		{"a row of scales for each row", "i * ((rows + ROWS - 1) / ROWS) * stride", "i * rows * stride"},
		{"blocks that the last row does not fill are forgotten", "(rows + ROWS - 1) / ROWS", "rows / ROWS"},
		{"the scale of another step", "b.widen(held[i], row + r, col + c, x)", "b.widen(held[i], row + r, c, x)"},
		{"the scale of another row", "b.widen(held[i], row + r, col + c, x)", "b.widen(held[i], r, col + c, x)"},
		{"halves of eight numbers crossed", "{pack_bf16(x[j], x[j + 1]), pack_bf16(x[j + 2], x[j + 3])", "{pack_bf16(x[j + 2], x[j + 3]), pack_bf16(x[j], x[j + 1])"},
		{"a chunk past the last row", "at < ALL && r < rows && c < cols", "at < ALL && c < cols"},
		{"a chunk past the end of k", "at < ALL && r < rows && c < cols", "at < ALL && r < rows"},
		{"half of the chunks", "EACH = (ALL + THREADS - 1) / THREADS", "EACH = 1"},
		{"a chunk's place in the tile", "tile + r * LD + c + j", "tile + r * LD + c"},
		{"the tile of the step before", "arriving.put(tiles_b + step % STAGES * BN * LD", "arriving.put(tiles_b + (step + STAGES - 1) % STAGES * BN * LD"},
		{"chunks of the first steps are not put", "if (s < steps) fetch(s), finish(s);", "if (s < steps) fetch(s);"},
		{"a chunk is put before the others are done", "    if (step + STAGES - 1 < steps) fetch(step + STAGES - 1);\n    cp_async_commit();",
			"    if (step + STAGES - 1 < steps) fetch(step + STAGES - 1), finish(step + STAGES - 2);\n    cp_async_commit();"},
		{"a number of the row below", "m.at(r, c + j)", "m.at(r + 1 < rows ? r + 1 : r, c + j)"},
	},
}

// widenedTrial: a number is the product of its code and its scale, rounded once, and once more to bf16 on tensor cores. A sum of
// k products is within k + 1 roundings of the sum of their sizes.
func widenedTrial(name string, m, n, k int) trial {
	across, length, half := (k+31)/32, (k+15)/16*16, (k+31)/32*16
	a, r := random(1, m*k), rand.New(rand.NewPCG(8, 8))
	codes, halves := make([]uint8, 2*n*length), make([]uint8, 2*n*half)
	for i := range codes {
		if codes[i] = uint8(r.Uint32()); i%length >= k {
			codes[i] = 0
		} else if codes[i]&0x7f == 0x7f {
			codes[i]--
		}
	}
	for i := range halves {
		if halves[i] = uint8(r.Uint32()); i%half*2 >= k {
			halves[i] = 0x88
		}
	}
	scales := random(2, 2*n*across)
	narrowScales := narrow(scales)
	formats := []struct {
		name  string
		value func(row, col int) float32
	}{
		{"int8", func(row, col int) float32 {
			return float32(int8(codes[(n+row)*length+col])) * scales[(n+row)*across+col/32]
		}},
		{"int4", func(row, col int) float32 {
			return float32(int(halves[(n+row)*half+col/2]>>(col%2*4)&15)-8) * float32(wide(narrowScales[(n+row)*across+col/32]))
		}},
		{"fp8", func(row, col int) float32 {
			return float32(e4m3(codes[(n+row)*length+col])) * scales[((n+3)/4+row/4)*across+col/32]
		}},
	}
	return trial{name, []int{m, n, k, (k + 3) / 4 * 4}, []any{padded(a, k, (k+3)/4*4, float32(math.NaN())), codes, halves, scales, narrowScales}, func(out []byte) error {
		for _, exact := range []bool{false, true} {
			for _, f := range formats {
				c, err := take[float32](&out, m*n)
				if err != nil {
					return err
				}
				w := make([]float32, n*k)
				for i := range w {
					w[i] = f.value(i/k, i%k)
				}
				left, right := a, w
				if !exact {
					left, right = rounded(a), rounded(w)
				}
				for i := range c {
					var sum, size float64
					for l := range k {
						p := float64(left[i/n*k+l]) * float64(right[i%n*k+l])
						sum, size = sum+p, size+math.Abs(p)
					}
					if err := near(f.name, i, float64(c[i]), sum, float64(k+1)*0x1p-24*size); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}}
}

// rounded are values rounded to bf16.
func rounded(values []float32) []float32 {
	out := make([]float32, len(values))
	for i, b := range narrow(values) {
		out[i] = float32(wide(b))
	}
	return out
}
