// Package order chooses in which order products are summed. A contraction of products of sums is one sum over all
// labels of all factors, whatever tree it was written as; the cheapest tree is found by the exact costs of the op
// table, which are polynomials in the free dims. So projections that a score or an average repeats for each pair of
// query and key leave the pair loop, low-rank factors multiply narrow side first, attention without a normalizer that
// couples the keys becomes linear in their number, and the map that expands latents is absorbed by the query.
//
// It must not know any model, block, or name: what it looks at are labels, sizes, and which values have the query
// axis and which the key axis of an attend.
//
// # How costs are compared
//
// Costs are polynomials in free dims, and no order of polynomials is total. They are compared as the free dims grow
// together: at 2^40 for each, exactly, in rationals. There the term of the highest degree decides, then the next. The
// other question, few rows of queries against many keys (a step of decoding), is asked with one row and 2^40 keys.
// Where the two answers differ, Forms gives both modules and the number of rows at which they cost the same.
//
// A product of stored tensors alone is never made when none was written: it would be cheap as the sequence grows, but
// be repeated for every pass over a short one.
package order
