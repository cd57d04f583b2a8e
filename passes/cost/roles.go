package cost

import (
	"slices"

	"archc/ir"
)

// roles says how the tensor of a param is used, by that param and the others of its key: whether nothing but look-ups
// read it, whether all of these are at an input, and whether a contraction reads it.
func (r *readers) roles(list []*stored, s *stored) (lookedUp, atInput, multiplied bool) {
	lookedUp, atInput = true, true
	for _, o := range list {
		if o.key.text != s.key.text {
			continue
		}
		only, input, product := r.uses1(ir.Value{Node: o.node})
		lookedUp, atInput, multiplied = lookedUp && only, atInput && input, multiplied || product
	}
	return lookedUp, lookedUp && atInput, multiplied
}

// uses1 follows a value through what moves its elements.
func (r *readers) uses1(v ir.Value) (only, input, product bool) {
	only, input = len(r.uses[v]) > 0, true
	for _, use := range r.uses[v] {
		switch {
		case use.node == nil:
			only = false
		case use.node.Op == ir.Gather && use.arg == 0 && r.expert[use.node.Args[1]] == nil:
			input = input && r.isInput(use.node.Args[1])
		case use.node.Op == ir.Contract:
			only, product = false, true
		case use.arg == 0 && slices.Contains(rearranges, use.node.Op):
			for i := range use.node.Outs {
				o, in, p := r.uses1(ir.Value{Node: use.node, Out: i})
				only, input, product = only && o, input && in, product || p
			}
		default:
			only = false
		}
	}
	return only, only && input, product
}
