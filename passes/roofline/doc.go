// Package roofline asks whether a model fits on a device and how fast it can run there at most. It knows no model: the
// work is that of the counts, and what a sequence keeps is what the derived steps keep.
//
// A time is a lower bound (Williams, Waterman and Patterson 2009, "Roofline"): the larger of the operations over the
// peak rate and of the bytes over the bandwidth. Weights are read once, what a sequence keeps is read once by a step and
// written once by a prefill; activations are not in it.
package roofline
