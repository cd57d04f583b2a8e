// Package cudasource writes a kernel plan out as CUDA C++ that stands alone: a kernel for each instruction, a host that starts
// them top to bottom, one launch a line, and what any engine needs around it. The text is compiled by nvcc, by clang (to PTX),
// and by any C++17 compiler with the shim of backends/cuda, where it runs without a device.
//
// It must not know the language, any model or block, or another backend.
//
// Sizes live in device memory, in the struct Dims of a model: what a kernel needs of them it reads there, and its grid is only
// a matter of speed. So launches can be recorded and replayed for any number of rows so far, and what is known on the device
// alone, such as how many rows chose an expert, is a size like any other.
//
// Names come from a user's file. They reach the code through three functions alone: names.of makes identifiers, quoted makes
// strings, comment makes the rest of a line (TestHostileNames, FuzzNames).
package cudasource
