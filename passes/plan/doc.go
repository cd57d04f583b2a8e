// Package plan turns a module into kernels: what runs, in which order, over which memory.
//
// A value of the IR becomes a view: a store, an offset and a stride for each axis. So renaming, splitting, merging,
// slicing, reversing and overlapping windows cost nothing, and a concatenation is where its parts are written. What
// hangs on positions alone is an expression and becomes a table, once, outside of the loops. What is left are few kinds
// of steps: products with packed weights, products of two tensors, rows (elementwise functions and reductions in one
// pass over memory), gathers, selections and moves; loops stay loops. Every axis that depends on the inputs has the
// batch in front.
//
// It must not know the language, any model or block, or any backend.
package plan
