// Package gosource writes a kernel plan out as a Go module that stands alone: its own code in which every kernel call is
// a line, the kernels and the readers that it uses, and a program around it. `go build` needs nothing else.
//
// It must not know the language, any model or block, or another backend. The code that it writes calls the same kernels
// in the same order as the in-process engine, so both give the same bits.
//
// Names come from a user's file. They reach the code through three functions alone: names.of makes identifiers,
// quoted makes strings, comment makes the rest of a line (TestHostileNames, FuzzNames).
package gosource
