package checkpoint

import (
	"encoding/binary"
	"math"
)

// Widening to float64. All stored floats are exact in a float64, so their loops never stop;
// 64-bit integers are exact up to 2^53 and single ones beyond, and a bool has two bytes.
// Elements are read bytewise: the format does not align them.

func widenF64(dst []float64, src []byte) int {
	for i := range dst {
		dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:]))
	}
	return len(dst)
}

func widenF32(dst []float64, src []byte) int {
	for i := range dst {
		dst[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:])))
	}
	return len(dst)
}

func widenF16(dst []float64, src []byte) int {
	for i := range dst {
		dst[i] = fromF16(binary.LittleEndian.Uint16(src[2*i:]))
	}
	return len(dst)
}

// A bfloat16 is the upper half of a float32.
func widenBF16(dst []float64, src []byte) int {
	for i := range dst {
		dst[i] = float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16))
	}
	return len(dst)
}

func widenF8E4M3(dst []float64, src []byte) int {
	for i := range dst {
		dst[i] = fromF8E4M3(src[i])
	}
	return len(dst)
}

// E5M2 is the upper half of a float16.
func widenF8E5M2(dst []float64, src []byte) int {
	for i := range dst {
		dst[i] = fromF16(uint16(src[i]) << 8)
	}
	return len(dst)
}

// E8M0 is a power of two without sign: 2^(byte-127), and 255 is NaN (OCP Microscaling Formats
// v1.0, section 5.4.1).
func widenF8E8M0(dst []float64, src []byte) int {
	for i := range dst {
		dst[i] = math.NaN()
		if src[i] != 255 {
			dst[i] = math.Float64frombits((uint64(src[i]) + 1023 - 127) << 52)
		}
	}
	return len(dst)
}

// fromF16 moves sign, exponent (bias 15) and fraction (10 bits) of IEEE 754 binary16.
func fromF16(h uint16) float64 {
	sign, exp, frac := uint64(h>>15)<<63, uint64(h>>10)&31, uint64(h)&1023
	switch exp {
	case 0: // zero and subnormals: a multiple of 2^-24, exact as a product
		return math.Copysign(float64(frac)*0x1p-24, 1-2*float64(h>>15))
	case 31:
		return math.Float64frombits(sign | 0x7ff<<52 | frac<<42)
	}
	return math.Float64frombits(sign | (exp+1023-15)<<52 | frac<<42)
}

// fromF8E4M3 reads the variant without infinities: bias 7, and all ones is NaN (OCP 8-bit
// Floating Point Specification v1.0, table 1).
func fromF8E4M3(b byte) float64 {
	sign, exp, frac := uint64(b>>7)<<63, uint64(b>>3)&15, uint64(b)&7
	switch {
	case exp == 15 && frac == 7:
		return math.NaN()
	case exp == 0:
		return math.Copysign(float64(frac)*0x1p-9, 1-2*float64(b>>7))
	}
	return math.Float64frombits(sign | (exp+1023-7)<<52 | frac<<49)
}

func widenI64(dst []float64, src []byte) int {
	for i := range dst {
		v := int64(binary.LittleEndian.Uint64(src[8*i:]))
		dst[i] = float64(v)
		// 2^63 itself cannot be converted back, and only a rounded v reaches it.
		if dst[i] == 0x1p63 || int64(dst[i]) != v {
			return i
		}
	}
	return len(dst)
}

func widenU64(dst []float64, src []byte) int {
	for i := range dst {
		v := binary.LittleEndian.Uint64(src[8*i:])
		dst[i] = float64(v)
		if dst[i] == 0x1p64 || uint64(dst[i]) != v {
			return i
		}
	}
	return len(dst)
}

func widenI32(dst []float64, src []byte) int {
	for i := range dst {
		dst[i] = float64(int32(binary.LittleEndian.Uint32(src[4*i:])))
	}
	return len(dst)
}

func widenU32(dst []float64, src []byte) int {
	for i := range dst {
		dst[i] = float64(binary.LittleEndian.Uint32(src[4*i:]))
	}
	return len(dst)
}

func widenI16(dst []float64, src []byte) int {
	for i := range dst {
		dst[i] = float64(int16(binary.LittleEndian.Uint16(src[2*i:])))
	}
	return len(dst)
}

func widenU16(dst []float64, src []byte) int {
	for i := range dst {
		dst[i] = float64(binary.LittleEndian.Uint16(src[2*i:]))
	}
	return len(dst)
}

func widenI8(dst []float64, src []byte) int {
	for i := range dst {
		dst[i] = float64(int8(src[i]))
	}
	return len(dst)
}

func widenU8(dst []float64, src []byte) int {
	for i := range dst {
		dst[i] = float64(src[i])
	}
	return len(dst)
}

func widenBool(dst []float64, src []byte) int {
	for i := range dst {
		if src[i] > 1 {
			return i
		}
		dst[i] = float64(src[i])
	}
	return len(dst)
}
