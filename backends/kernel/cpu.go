// SPDX-License-Identifier: Apache-2.0

package kernel

// level is what a machine's vector unit can do. The bits of every product are the same on all.
type level uint8

const (
	portable level = iota // plain Go
	avx2                  // AVX2, FMA, F16C
	avx512                // AVX-512 F, DQ, BW, VL
)

// String is the level as it is told to people.
func (l level) String() string { return [...]string{"portable", "AVX2", "AVX-512"}[l] }

// Machine names the instructions that the kernels use here: "portable", "AVX2" or "AVX-512".
func Machine() string { return machine.String() }
