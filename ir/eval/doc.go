// Package eval is the float64 reference evaluation of a module, and its counting run: one op at a time, in
// the order of the IR, with plain loops. What it gives is the truth that everything else is compared with,
// and the operations that it counts are those that its innermost loops execute.
//
// It must not know the language, any checkpoint format, any pass, any cost formula or any backend; it
// shares no kernel with one. Nothing here may become clever: a loop that a reader cannot check by eye
// belongs elsewhere.
//
// # Batch
//
// A batch is implied in the language and is in no type of the IR. An input may carry one more axis,
// labelled Batch; it broadcasts through every op as any label does, and stands first in every result. What
// does not depend on an input with a batch (parameters, positions, most masks) is computed, and counted,
// once.
//
// # Order of sums
//
// A contraction and a sum start from 0 and add from left to right along the summed axes, the first axis
// that appears in the arguments outermost. The product of a contraction is rounded before it is added:
// there is no fused multiply-add on any platform. So one element's bits depend on nothing but its own
// operands. What experts give is added to a row slot by slot, from 0.
//
// # Narrower types
//
// With Options.Round the same loops give the plainest graph of a narrower type: each number is rounded when it is
// computed, and so is each partial sum. Options.Factors rounds what is multiplied, further than the sums of the products.
// What a fast path may be off by is measured against what this is off by.
//
// # Experts
//
// The rows that one expert sees are those of all elements of the batch, so that in its body no value has a
// batch; what has one outside is there as an operand. The body runs for every expert, also without a row.
package eval
