package cuda

import (
	"fmt"
	"math"
)

// wrappers are what ptx.cuh gives besides products and copies: conversions to the bit, functions within what the device
// promises, exchanges between lanes and warps.
var wrappers = subject{
	name:    "wrappers",
	kernels: []string{"kernels/functions.cuh"},
	trials:  func() []trial { return []trial{wrappersTrial()} },
	plants: []plant{
		{"a meeting that the third warp misses", "if (i < 64) part_sync(1, 64)", "if (i < 64) block_sync()"},
		{"a meeting of a count that nobody reaches", "part_sync(1, 64)", "part_sync(1, 96)"},
		{"half a warp exchanges", "if (i < 32) box[lane]", "if (i < 16) box[lane]"},
		{"lanes in unlike operations", "box[lane] = lane_xor(x[i], 5)", "box[lane] = i & 1 ? lane_xor(x[i], 5) : lane_get(x[i], i ^ 5)"},
		{"a store across 16 bytes", "y + 8 * i;", "y + 7 * i;"},
	},
}

// bits are every third upper half of a float, with lower halves that lie on, below and above the middle between two bf16, and
// numbers around every eighth step of f16.
func conversionBits() []uint32 {
	var bits []uint32
	for upper := uint32(0); upper < 1<<16; upper += 3 {
		bits = append(bits, upper<<16|[]uint32{0, 0x7fff, 0x8000, 0x8001}[upper%4])
	}
	for half := uint32(0); half < 1<<15; half += 8 {
		// Between two neighbours in f16: the middle, and its neighbours in f32.
		middle := math.Float32bits(float32((halfFloat(uint16(half)) + halfFloat(uint16(half+1))) / 2))
		bits = append(bits, middle-1, middle, middle+1, middle)
	}
	return bits[:len(bits)/64*64] // whole blocks
}

// halfFloat is the number that 16 bits stand for: IEEE 754 binary16.
func halfFloat(b uint16) float64 {
	exponent, fraction := int(b>>10&31), float64(b&1023)
	var x float64
	switch {
	case exponent == 31 && fraction != 0:
		return math.NaN()
	case exponent == 31:
		x = math.Inf(1)
	case exponent == 0:
		x = math.Ldexp(fraction, -24)
	default:
		x = math.Ldexp(1024+fraction, exponent-25)
	}
	return math.Copysign(x, 1-2*float64(b>>15))
}

// nearestHalf finds the f16 for a number by looking at its neighbours: the closest, of two the even one.
func nearestHalf(x float64) uint16 {
	sign := uint16(0)
	if math.Signbit(x) {
		sign = 0x8000
	}
	x = math.Abs(x)
	if math.IsNaN(x) {
		return 0x7fff
	}
	low, high := uint16(0), uint16(0x7c00)
	for high-low > 1 {
		if middle := low + (high-low)/2; halfFloat(middle) <= x {
			low = middle
		} else {
			high = middle
		}
	}
	if x >= 65536 {
		return sign | 0x7c00
	}
	top := halfFloat(high)
	if high == 0x7c00 {
		top = 65536 // what would come next decides where infinity begins
	}
	below, above := x-halfFloat(low), top-x
	if above < below || above == below && low&1 == 1 {
		low = high
	}
	return sign | low
}

func wrappersTrial() trial {
	bits := conversionBits()
	x := random(5, len(bits))
	for i := range x {
		x[i] *= float32(i%7) + 0.5
	}
	return trial{"all", []int{len(bits)}, []any{bits, x}, func(out []byte) error {
		narrowed, err := take[uint16](&out, 4*len(bits))
		if err != nil {
			return err
		}
		widened, err := take[float32](&out, 2*len(bits))
		if err != nil {
			return err
		}
		y, err := take[float32](&out, 8*len(bits))
		if err != nil {
			return err
		}
		exchanged, err := take[float32](&out, 96)
		if err != nil {
			return err
		}
		for i, b := range bits {
			f := math.Float32frombits(b)
			bf, half := narrow([]float32{f, -f}), [2]uint16{nearestHalf(float64(f)), nearestHalf(float64(-f))}
			if f != f {
				bf = []uint16{0x7fff, 0x7fff}
			}
			want := [4]uint16{bf[0], bf[1], half[0], half[1]}
			if got := [4]uint16(narrowed[4*i:]); got != want {
				return fmt.Errorf("%g narrows to %04x, want %04x", f, got, want)
			}
			for j, w := range []float64{wide(uint16(b >> 16)), halfFloat(uint16(b >> 16))} {
				if got := float64(widened[2*i+j]); got != w && (got == got || w == w) {
					return fmt.Errorf("%04x widens to %g, want %g", b>>16, got, w)
				}
			}
			if err := checkFunctions(i, float64(x[i]), y[8*i:8*i+8]); err != nil {
				return err
			}
		}
		for i, got := range exchanged {
			want := x[i]
			if i < 32 {
				want = x[31-i]
			} else if i < 64 {
				want = x[(63-i)^5]
			}
			if got != want {
				return fmt.Errorf("exchanged[%d] is %g, want %g", i, got, want)
			}
		}
		return nil
	}}
}

// checkFunctions holds each function to the bounds that a device keeps too (PTX ISA, "Floating Point Instructions"), loosened by the roundings
// of an argument that is scaled first; they are relative but for tanh_of, and lg2 near 1.
func checkFunctions(i int, x float64, got []float32) error {
	sigmoid := 1 / (1 + math.Exp(-x))
	scaled := 0x1p-22 * (2 + math.Abs(x)*math.Log2E)
	for j, c := range []struct {
		name        string
		want, bound float64
	}{
		{"ex2", math.Exp2(x), 0x1p-22 * math.Exp2(x)},
		{"lg2", math.Log2(math.Abs(x)), 0x1p-22 * max(1, math.Abs(math.Log2(math.Abs(x))))},
		{"rcp", 1 / x, 0x1p-23 / math.Abs(x)},
		{"rsq", 1 / math.Sqrt(math.Abs(x)), 0x1p-22 / math.Sqrt(math.Abs(x))},
		{"tanh_coarse", math.Tanh(x), 0x1p-11},
		{"tanh_of", math.Tanh(x), 0x1p-21},
		{"sigmoid", sigmoid, scaled * sigmoid},
		{"exp_of", math.Exp(x), scaled * math.Exp(x)},
	} {
		if err := near(c.name, i, float64(got[j]), c.want, c.bound); err != nil {
			return err
		}
	}
	return nil
}
