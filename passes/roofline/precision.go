package roofline

import (
	"math/big"

	"archc/passes/figures"
)

// Precision is how weights and what a sequence keeps are stored, and in which formats of a device they are multiplied.
type Precision struct {
	figures.DType
	kept    figures.DType
	formats []string // of a device's rates, the best first
}

// narrow are the formats for weights below 16 bits. Those of 4 bits and less are widened before they are multiplied.
var narrow = map[string][]string{"fp8": {"fp8", "bf16", "fp32"}, "int8": {"int8", "bf16", "fp32"}}

// PrecisionOf takes weights of a type; group sets how many share a scale of 16 bits, 0 for none, where it is not
// negative. What a sequence keeps is stored like weights of 16 bits or more, else in bf16.
func PrecisionOf(d figures.DType, group int64) Precision {
	if group >= 0 {
		d.Group, d.ScaleBits = group, 16
	}
	p := Precision{d, d, []string{"bf16", "fp32"}}
	switch {
	case d.Bits >= 32:
		p.formats = []string{"fp32"}
	case d.Bits < 16:
		p.kept = figures.DType{Name: "bf16", Bits: 16}
		if f := narrow[d.Name]; f != nil {
			p.formats = f
		}
	}
	return p
}

// Keeping is the precision with another type for what a sequence keeps.
func (p Precision) Keeping(d figures.DType) Precision {
	p.kept = d
	return p
}

// Formats are those that a device may multiply in, the best first.
func (p Precision) Formats() []string { return p.formats }

// KeptBits are those of a number that a sequence keeps.
func (p Precision) KeptBits() int64 { return p.kept.Bits }

// bytesEach is the bytes of a weight with its part of a scale.
func (p Precision) bytesEach() float64 {
	bits := float64(p.Bits)
	if p.Group > 0 {
		bits += float64(p.ScaleBits) / float64(p.Group)
	}
	return bits / 8
}

// keptBytes is what numbers take that a sequence keeps.
func (p Precision) keptBytes(numbers *big.Int) *big.Int { return p.kept.Numbers(numbers) }
