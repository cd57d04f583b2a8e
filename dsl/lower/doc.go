// Package lower walks the bodies of a model and gives its IR: it instantiates blocks, settles dims and types, and
// reports every disagreement. Instantiating, checking and lowering are one walk, because the type of a body depends
// on what its block is applied to.
//
// It must not know any architecture: blocks, functions, patterns and normalizers are declarations, the library's
// like the user's. What is built in are scalar functions, reductions, views and attend.
package lower
