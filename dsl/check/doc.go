// Package check turns files into a program: it reads imports and the library, collects declarations, and settles
// which name means which declaration. Dims and types are settled where bodies are walked, in dsl/lower.
//
// It must not know the IR's ops or what any library name computes.
package check
