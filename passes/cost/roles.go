package cost

import (
	"slices"

	"archc/ir"
)

// Roles says how the elements of a stored tensor are used. Learned positions are looked up alone, and not at an input.
type Roles struct {
	LookedUp   bool // nothing but look-ups read it
	Table      bool // some look-up reads it
	AtInput    bool // some look-up reads it at an input, as an embedding
	Multiplied bool // a contraction reads it
}

// and is what two readers of one tensor make of it.
func (r Roles) and(o Roles) Roles {
	return Roles{r.LookedUp && o.LookedUp, r.Table || o.Table, r.AtInput || o.AtInput, r.Multiplied || o.Multiplied}
}

// roles looks at a param and at the others of its key.
func (r *readers) roles(list []*stored, s *stored) Roles {
	out := Roles{LookedUp: true}
	for _, o := range list {
		if o.key.text == s.key.text {
			out = out.and(r.read(ir.Value{Node: o.node}))
		}
	}
	return out
}

// read follows a value through what moves its elements. A look-up at the number of an expert takes that expert's part
// and reads no table.
func (r *readers) read(v ir.Value) Roles {
	out := Roles{LookedUp: len(r.uses[v]) > 0}
	for _, use := range r.uses[v] {
		switch {
		case use.node == nil:
			out.LookedUp = false
		case use.node.Op == ir.Gather && use.arg == 0 && r.expert[use.node.Args[1]] == nil:
			out.Table, out.AtInput = true, out.AtInput || r.isInput(use.node.Args[1])
		case use.node.Op == ir.Contract:
			out.LookedUp, out.Multiplied = false, true
		case use.arg == 0 && (slices.Contains(rearranges, use.node.Op) || use.node.Op == ir.Gather):
			for i := range use.node.Outs {
				out = out.and(r.read(ir.Value{Node: use.node, Out: i}))
			}
		default:
			out.LookedUp = false
		}
	}
	return out
}
