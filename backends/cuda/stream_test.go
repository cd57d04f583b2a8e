package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
)

var stream = subject{
	name:    "stream",
	kernels: []string{"kernels/functions.cuh", "kernels/weights.cuh", "kernels/reduce.cuh", "kernels/stream.cuh"},
	trials: func() []trial {
		return []trial{
			streamTrial("one weight", streaming{n: 1, k: 1, rows: 1, part: 1024, stride: 8}),
			streamTrial("odd everywhere", streaming{n: 37, k: 389, rows: 3, part: 1024, stride: 392}),
			streamTrial("whole chunks, all rows", streaming{n: 32, k: 512, rows: 8, part: 1024, stride: 512}),
			streamTrial("parts of k", streaming{n: 5, k: 2107, rows: 2, part: 1024, stride: 2112}),
		}
	},
	plants: []plant{
		{"lanes meet once too few", "int d = 16; d > 0", "int d = 16; d > 1"},
		{"a sum over the wrong lanes", "f(x, lane_xor(x, d))", "f(x, lane_get(x, d))"},
		{"another lane finishes", "if (lane == m * E + e) mine", "if (lane == m + e) mine"},
		{"a chunk is halved wrongly", "x[6] = low_bf16(c.w), x[7] = high_bf16(c.w)", "x[6] = high_bf16(c.w), x[7] = low_bf16(c.w)"},
		{"lanes step over chunks", "at += 32 * N", "at += 33 * N"},
		{"a tail by chunks", "if (whole + lane < to)", "if (whole + lane < to - 1)"},
		{"a row past the end", "first + e < elements ? first + e : elements - 1", "first + e"},
		{"groups of two warps overlap", "(group * stream_warps + warp) * E", "(group * stream_warps + warp) * (E - 1)"},
		{"blocks do not go around", "group < groups; group += blocks", "group < groups && group < blocks; group += blocks"},
		{"numbers where other lanes read", "i / 4 * 128 + lane * 4 + i % 4", "i / 4 * 64 + lane * 4 + i % 4"},
		{"x of another part", "from + at < k ? vector(m, from + at)", "at < k ? vector(m, at)"},
		{"x past its end", "m < rows && from + at < k ?", "m < rows ?"},
		{"rows that are not there", "m < rows && from + at < k ?", "from + at < k ?"},
		{"a part is kept for the next", "if (k > part) {", "if (k > part && from == 0) {"},
		{"the room overlaps x", "vector.begin(rows, x + M * part)", "vector.begin(rows, x)"},
		{"a scale for the next block", "row / ROWS * stride + k / COLS", "row / ROWS * stride + k / COLS + (k % COLS != 0)"},
		{"int8 without its sign", "^ 0x80808080u", ""},
		{"halves of a byte crossed", "word(c, i / 8) >> i % 8 * 4", "word(c, i / 8) >> (i % 8 ^ 1) * 4"},
		{"small numbers of fp8 are lost", "float_of_bits((b & 0x80) << 24 | (b & 0x7f) << 20) * 0x1p120f",
			"(b & 0x78 ? float_of_bits((b & 0x80) << 24 | (b & 0x7f) << 20) * 0x1p120f : 0.f)"},
		{"what is no number is one", "(b & 0x7f) == 0x7f ?", "b == 0x80 ?"},
		{"warps' sums of a row are not met", "for (int w = 1; w < int(blockDim.x >> 5); w++)", "for (int w = 1; w < 1; w++)"},
	},
}

type streaming struct{ n, k, rows, part, stride int }

// streamTrial: a sum over k in whatever order is within k roundings of the sum of sizes. Each silu(gate) x up adds the
// roundings of its steps: ten are enough, for the exponential's argument is below 8. So are k for a row's sum of sizes.
func streamTrial(name string, s streaming) trial {
	plain := random(1, s.n*s.k)
	nan := float32(math.NaN())
	w, x, up, before, two := narrow(plain), random(2, s.rows*s.k), random(3, s.k), random(4, s.n), random(5, 2*s.k)
	bytes, scaleStride := (s.k+63)/64*64, (s.k+31)/32
	codes, scales := make([]uint8, s.n*bytes), random(6, s.n*scaleStride)
	r := rand.New(rand.NewPCG(7, 7))
	for i := range codes {
		codes[i] = uint8(r.Uint32())
		if i/bytes%3 == 1 {
			codes[i] &= 0x8f // small in fp8
		}
		if codes[i]&0x7f == 0x7f && i/bytes < s.n-1 {
			codes[i]-- // no number in fp8: in the last row alone
		}
	}
	return trial{name, []int{s.n, s.k, s.rows, s.part, s.stride},
		[]any{padded(w, s.k, s.stride, 0xffff), padded(plain, s.k, s.stride, nan), x, up, before, two, codes, scales},
		func(out []byte) error {
			if err := s.checkGated(&out, w, x, up, before); err != nil {
				return err
			}
			if err := s.checkNormed(&out, plain, x); err != nil {
				return err
			}
			for _, format := range []struct {
				name  string
				value func(row, k int) float64
			}{
				{"int8", func(row, k int) float64 {
					return float64(int8(codes[row*bytes+k])) * float64(scales[row*scaleStride+k/32])
				}},
				{"int4", func(row, k int) float64 {
					return float64(int(codes[row*bytes+k/2]>>(k%2*4)&15)-8) * float64(scales[row*scaleStride+k/32])
				}},
				{"fp8", func(row, k int) float64 { return e4m3(codes[row*bytes+k]) * float64(scales[row/4*scaleStride+k/32]) }},
			} {
				y, err := take[float32](&out, 2*s.n)
				if err != nil {
					return err
				}
				for i := range y {
					var sum, size float64
					for l := range s.k {
						p := format.value(i%s.n, l) * float64(two[i/s.n*s.k+l])
						sum, size = sum+p, size+math.Abs(p)
					}
					// The product of a number and its scale is rounded once.
					if err := near(format.name, i, float64(y[i]), sum, float64(s.k+2)*0x1p-24*size); err != nil && sum == sum {
						return err
					} else if sum != sum && y[i] == y[i] {
						return fmt.Errorf("%s[%d] is %g, want no number", format.name, i, y[i])
					}
				}
			}
			return nil
		}}
}

func (s streaming) checkGated(out *[]byte, w []uint16, gate, up, before []float32) error {
	gated, err := take[float32](out, s.n)
	if err != nil {
		return err
	}
	for i := range s.n {
		sum, size := float64(before[i]), math.Abs(float64(before[i]))
		for l := range s.k {
			g := float64(gate[l])
			p := wide(w[i*s.k+l]) * g / (1 + math.Exp(-g)) * float64(up[l])
			sum, size = sum+p, size+math.Abs(p)
		}
		if err := near("gated", i, float64(gated[i]), sum, float64(s.k+10)*0x1p-24*size); err != nil {
			return err
		}
	}
	return nil
}

func (s streaming) checkNormed(out *[]byte, w, x []float32) error {
	plain, err := take[float32](out, s.rows*s.n)
	if err != nil {
		return err
	}
	pairs := s.n / 2
	turned, err := take[float32](out, s.rows*pairs*2)
	if err != nil {
		return err
	}
	for m := range s.rows {
		norm := 1.0
		for l := range s.k {
			norm += math.Abs(float64(x[m*s.k+l]))
		}
		row := func(n int) (sum, size float64) {
			for l := range s.k {
				p := float64(w[n*s.k+l]) * float64(x[m*s.k+l]) / norm
				sum, size = sum+p, size+math.Abs(p)
			}
			return sum, size
		}
		roundings := float64(2*s.k+4) * 0x1p-24
		for n := range s.n {
			sum, size := row(n)
			if err := near("plain", m*s.n+n, float64(plain[m*s.n+n]), sum, roundings*size); err != nil {
				return err
			}
		}
		for e := range pairs {
			upper, size := row(e)
			lower, more := row(e + pairs)
			bound := (roundings + 0x1p-22) * (size + more)
			at := m*pairs*2 + e
			if err := near("turned", at, float64(turned[at]), 0.8*upper-0.6*lower, bound); err != nil {
				return err
			}
			if err := near("turned", at+pairs, float64(turned[at+pairs]), 0.6*upper+0.8*lower, bound); err != nil {
				return err
			}
		}
	}
	return nil
}

// e4m3 is the number that a byte of fp8 stands for.
func e4m3(b uint8) float64 {
	exponent, fraction := int(b>>3&15), float64(b&7)
	x := math.Ldexp(8+fraction, exponent-10)
	if exponent == 0 {
		x = math.Ldexp(fraction, -9)
	}
	if b&0x7f == 0x7f {
		return math.NaN()
	}
	return math.Copysign(x, 1-2*float64(b>>7))
}
