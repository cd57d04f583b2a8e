package decode

import "archc/ir"

// Elements is how many numbers the state has, as a formula over past and the free dims of other inputs; for one
// sequence of the batch.
func (s *State) Elements() ir.Size { return s.Type.Elements() }

// At is the numbers of all states when there have been so many rows.
func (p *Program) At(past ir.Size) ir.Size {
	var out ir.Size
	for _, s := range p.States {
		out = out.Add(s.Elements().Substitute(map[string]ir.Size{p.Past: past}))
	}
	return out
}

// PerToken is the numbers that a token adds to the states, while there are fewer rows than the shortest window.
func (p *Program) PerToken() ir.Size { return p.At(ir.Const(1)).Sub(p.At(ir.Size{})) }

// Fixed is the numbers of the states before the first token: what recurrences and convolutions carry, and what is
// computed once from other inputs.
func (p *Program) Fixed() ir.Size { return p.At(ir.Size{}) }
