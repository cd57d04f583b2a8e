// SPDX-License-Identifier: Apache-2.0

package kernel

import "math"

// toBFloat16 rounds to the nearest bfloat16, ties to even. A NaN stays one.
func toBFloat16(x float32) uint16 {
	b := math.Float32bits(x)
	if b&0x7fffffff > 0x7f800000 {
		return uint16(b>>16) | 0x40
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// fromBFloat16 is exact: a bfloat16 is the upper half of a float32.
func fromBFloat16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// toFloat16 rounds to the nearest IEEE half, ties to even: 1 sign bit, 5 of exponent, 10 of mantissa.
func toFloat16(x float32) uint16 {
	b := math.Float32bits(x)
	sign := uint16(b >> 16 & 0x8000)
	b &= 0x7fffffff
	switch {
	case b > 0x7f800000:
		return sign | 0x7e00 | uint16(b>>13&0x3ff)
	case b >= 0x47800000: // 65536 and more; what is less and rounds up to it carries into infinity below
		return sign | 0x7c00
	case b < 0x38800000: // below 2^-14 a half is a whole number of 2^-24
		// Adding 1/2 aligns the ulp of the float32 sum, 2^-24, with that of the half, and the sum rounds to even.
		return sign | uint16(math.Float32bits(math.Float32frombits(b)+0.5)-0x3f000000)
	}
	return sign | uint16((b+0xfff+b>>13&1-0x38000000)>>13)
}

// fromFloat16 is exact.
func fromFloat16(h uint16) float32 {
	sign, exponent, mantissa := uint32(h&0x8000)<<16, uint32(h>>10&31), uint32(h&0x3ff)
	switch exponent {
	case 31:
		if mantissa != 0 {
			mantissa |= 0x200 // the machine's conversion makes every NaN a quiet one
		}
		return math.Float32frombits(sign | 0x7f800000 | mantissa<<13)
	case 0:
		return math.Float32frombits(sign | math.Float32bits(float32(mantissa)*0x1p-24))
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | mantissa<<13)
}

// widenPlain is dst = src as float32.
func widenPlain(e Element, dst []float32, src []uint16) {
	if e == BFloat16 {
		for i, h := range src {
			dst[i] = fromBFloat16(h)
		}
		return
	}
	for i, h := range src {
		dst[i] = fromFloat16(h)
	}
}
