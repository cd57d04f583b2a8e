package figures

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"archc/passes/cost"
)

// DType is how a number is stored: its bits, and for so many numbers of a tensor one scale. Group 0 is no scale.
type DType struct {
	Name      string
	Bits      int64
	Group     int64
	ScaleBits int64
}

// DTypes are those that --dtype names. The groups of int4 are those of GPTQ and AWQ files (Frantar et al. 2022, Lin et
// al. 2023), with scales in sixteen bits; formats with a zero point beside the scale take more.
var DTypes = []DType{
	{"fp32", 32, 0, 0},
	{"bf16", 16, 0, 0},
	{"fp16", 16, 0, 0},
	{"fp8", 8, 0, 0},
	{"int8", 8, 0, 0},
	{"int4", 4, 128, 16},
	{"int1", 1, 0, 0},
}

// DTypeOf finds a precision by name.
func DTypeOf(name string) (DType, error) {
	i := slices.IndexFunc(DTypes, func(d DType) bool { return d.Name == name })
	if i < 0 {
		var names []string
		for _, d := range DTypes {
			names = append(names, d.Name)
		}
		return DType{}, fmt.Errorf("no precision %q: there are %s", name, strings.Join(names, ", "))
	}
	return DTypes[i], nil
}

// Bytes is what so many numbers of one tensor take, in whole bytes; scales included.
func (d DType) Bytes(numbers *big.Int) *big.Int {
	out := above(new(big.Int).Mul(numbers, big.NewInt(d.Bits)), 8)
	if d.Group > 0 {
		scales := above(numbers, d.Group)
		out.Add(out, above(scales.Mul(scales, big.NewInt(d.ScaleBits)), 8))
	}
	return out
}

// Numbers is what n numbers without scales take: activations and caches have none.
func (d DType) Numbers(n *big.Int) *big.Int { return above(new(big.Int).Mul(n, big.NewInt(d.Bits)), 8) }

// above is a/b, rounded up.
func above(a *big.Int, b int64) *big.Int {
	q := new(big.Int).Add(a, big.NewInt(b-1))
	return q.Div(q, big.NewInt(b))
}

// Weights is the bytes of all parameters, each tensor by itself; buffers are not weights.
func Weights(p cost.Parameters, d DType) *big.Int {
	out := new(big.Int)
	for _, t := range p.Tensors {
		if !t.Buffer {
			out.Add(out, new(big.Int).Mul(d.Bytes(t.Elements), t.Number))
		}
	}
	return out
}
