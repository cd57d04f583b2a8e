package cost

import (
	"fmt"
	"math/big"
	"slices"

	"archc/ir"
)

// Recompute says what a training step computes a second time instead of keeping it.
type Recompute string

// The conventions of --recompute. Selective is that of Korthikanti et al. 2022, section 5.
const (
	Nothing   Recompute = "none"
	Selective Recompute = "selective" // scores, their weights and the averages
	Whole     Recompute = "full"      // the bodies of repeats: what they carry is kept
)

// Recomputes are all of them.
var Recomputes = []Recompute{Nothing, Selective, Whole}

// Kept estimates how many numbers a training step keeps from the way forward for the way back: each real result that
// depends on an input, of each node that computes (contract, map, reduce, gather, attend, concat and so on; what only
// renames or cuts shares the memory of its argument), in each of its runs. Nothing is fused and nothing is freed early,
// so a trainer that fuses a norm keeps less.
type Kept struct {
	Attending ir.Size              // in the regions of attends, for the pairs that are charged for
	Layers    ir.Size              // else in the bodies of repeats
	Rest      ir.Size              // outside of both
	Carried   ir.Size              // what repeats outside of others carry from run to run
	Nodes     map[*ir.Node]ir.Size // Attending, Layers and Rest together, by node
	Unknown   string               // not empty: there is no estimate, and why
}

// Of is the numbers that are kept.
func (k Kept) Of(how Recompute) ir.Size {
	switch how {
	case Selective:
		return k.Layers.Add(k.Rest)
	case Whole:
		return k.Carried.Add(k.Rest)
	}
	return k.Attending.Add(k.Layers).Add(k.Rest)
}

func (k Kept) frees() []string {
	return slices.Concat(k.Attending.Frees(), k.Layers.Frees(), k.Rest.Frees(), k.Carried.Frees())
}

// shares are the ops whose result is no new memory, or nothing that the way back reads.
var shares = append(slices.Clone(rearranges), ir.Input, ir.Param, ir.Constant, ir.Extent, ir.Position, ir.Arg, ir.Repeat)

// keep notes the results of a node that depend on the batch.
func (w *walker) keep(n *ir.Node, p place) {
	if slices.Contains(shares, n.Op) || w.report.Kept.Unknown != "" {
		return
	}
	var numbers ir.Size
	for _, t := range n.Outs {
		if t.Kind == ir.Real {
			numbers = numbers.Add(t.Without(p.fixed...).Elements())
		}
	}
	numbers, err := p.fold(numbers)
	if err != nil {
		w.report.Kept.Unknown = fmt.Sprintf("%s: %v", n.Scope, err)
		return
	}
	k, to := &w.report.Kept, &w.report.Kept.Rest
	switch {
	case len(p.keys) > 0:
		to = &k.Attending
	case len(p.around) > 0:
		to = &k.Layers
	}
	numbers = numbers.Mul(w.batch)
	*to, k.Nodes[n] = to.Add(numbers), k.Nodes[n].Add(numbers)
}

// carry notes what a repeat carries. Repeats in others are computed again with them.
func (w *walker) carry(numbers ir.Size, p place) {
	if len(p.around) == 0 && !p.follow {
		w.report.Kept.Carried = w.report.Kept.Carried.Add(numbers.Mul(w.batch))
	}
}

// scores notes how many scores an attend makes.
func (w *walker) scores(v ir.Value, p place) {
	if p.follow {
		return
	}
	if s, err := p.fold(v.Type().Without(p.fixed...).Elements()); err == nil {
		w.report.Scores = w.report.Scores.Add(s.Mul(w.batch))
	}
}

// rounded is a count that a convention may have left with a half: the whole number above it.
func rounded(v *big.Rat) *big.Int {
	n := new(big.Int).Add(v.Num(), new(big.Int).Sub(v.Denom(), big.NewInt(1)))
	return n.Div(n, v.Denom())
}
