// Package sampler chooses the next token from a model's logits: greedily, or at random with temperature,
// top-k and top-p.
//
// It must NOT know models, tokenizers or text: numbers go in, an index comes out. It uses the standard
// library alone and imports nothing of archc, because generated engines carry a verbatim copy of it.
//
// The order of the steps, which matters when several are set, is the usual one (Hugging Face transformers'
// logits processors): temperature, then top-k, then top-p over what top-k left, then one draw.
//
// # Determinism
//
// A seed fixes the choices for the same logits. Random numbers come from PCG-DXSM (math/rand/v2's PCG,
// whose output Go promises to keep), seeded with (Seed, 0); each draw takes one 64-bit number x and uses (x
// >> 11) / 2^53, which lies in [0, 1). Every Next with a temperature above 0 takes exactly one, also when
// one token is left, so that a change of top-k does not shift the numbers of later tokens. Sums run in a
// fixed order: by index, or from the best downwards. Greedy choice uses no random numbers, and ties go to
// the lowest index everywhere.
package sampler
