// SPDX-License-Identifier: Apache-2.0

// Package kernel holds the fast kernels of the engines: products of packed weights, the workers that share them, and
// functions over vectors. Everything is float32; weights may also be stored as bfloat16 or IEEE half.
//
// The package knows nothing of models, programs or checkpoints, and imports the standard library alone: its files are
// also copied into generated modules.
//
// One order of sums. Every element of a product is one chain of fused multiply-adds in rising k, started from 0 or from
// what stands in the output. No sum is split, so the bits of a result depend neither on the number of rows and workers
// nor on which tiles a machine has: a lane of a vector is a chain.
//
// A value of a function over vectors hangs on its arguments alone, neither on its place nor on the length. The functions that
// are not rounded correctly (Exp, Sin and others, which state their errors) have one form in assembly and one in plain Go,
// whose bits may differ: so bits are promised for machines that both have AVX2, or both have not.
package kernel
