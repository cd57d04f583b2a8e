// Package arrays reads the inputs of a model out of files and random draws, and shows its outputs.
//
// It must NOT know architectures, the IR or kernels: an array is a shape and numbers. It uses the standard library and
// its neighbour alone, because generated engines carry a verbatim copy of it.
package arrays
