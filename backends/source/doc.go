// Package source is what all writers of source code share: identifiers made of a user's names, sizes as expressions, and
// what they ask of a plan in the same way: axes of views, stored tensors and their keys, constants in expressions.
//
// It must not know a language's grammar beyond its words and the names of its functions, nor an instruction of a plan.
package source
