// Package cudarun runs engines of package cudasource in this process: it compiles their files to a shared library, keeps it
// in the user's cache, loads it without cgo, and calls its C API (engine.h).
//
// It must not know the language, the IR, any model, or how a command line is answered.
//
// There are two kinds: for a device of NVIDIA, compiled by nvcc, and for the CPU, the same sources compiled by any C++17
// compiler with a shim that runs the kernels, for tests.
package cudarun
