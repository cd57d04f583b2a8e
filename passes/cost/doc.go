// Package cost counts a module without running it: stored parameters, and the work of a forward pass as
// exact polynomials in the batch and the free dims. The conventions, and why they are these, stand in
// spec/cost.md.
//
// It must not know the language, any model or block, any backend, or the reference evaluation: the
// counting run of ir/eval is the check of every formula here, so the two share the op table and nothing
// else. What has no formula is said to be unknown or an upper bound, with the reason; it is never a guess.
package cost
