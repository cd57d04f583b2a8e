package cudasource

import "slices"

// LibraryArguments are those by which a compiler makes the shared library of an engine, in the directory of its files: nvcc,
// or with cpu a C++ compiler. more is what it is told about the code: the devices that it is for, or how it is optimized. The
// Makefile has the same. What is left to say is -o FILE.
func LibraryArguments(cpu bool, more ...string) []string {
	if cpu {
		return slices.Concat([]string{"-std=c++17"}, more,
			[]string{"-Wno-unknown-pragmas", "-I.", "-Ikernels", "-fPIC", "-shared", "-x", "c++", "model.cu", "engine.cu"})
	}
	return slices.Concat([]string{"-std=c++17", "-O3", "-I.", "-Ikernels"}, more,
		[]string{"-shared", "-Xcompiler", "-fPIC", "model.cu", "engine.cu"})
}
