// Package gograph runs a kernel plan in-process: each instruction is bound once to the functions of package kernel.
//
// It must not know the language, any model or block, or any other backend.
package gograph
