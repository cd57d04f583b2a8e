package cost

import (
	"math/big"
	"slices"

	"archc/ir"
	"archc/passes/sparsity"
)

// Pairs is how many pairs (i, j) of query and key an attend computes for one sequence: once for all heads,
// or, where the mask has axes beside the key, in all their elements together; in one layer, or, where the mask
// depends on the number of a loop around, in all Runs together.
type Pairs struct {
	sparsity.Count
	Runs    int64
	Pattern *sparsity.Pattern // nil where the mask is not looked at
	queries ir.Size
	keys    ir.Size
}

// inverse is 1/n.
func inverse(n int64) ir.Size { return ir.Rational(big.NewRat(1, n)) }

func half() ir.Size { return inverse(2) }

// all is a share of all pairs, and all rows, in each element of the mask's further axes.
func (a *attends) all(further ir.Type, share ir.Size, why string) Pairs {
	rows := further.Elements().Mul(a.queries)
	pairs := rows.Mul(a.keys).Mul(share)
	return Pairs{Count: sparsity.Count{Formula: &pairs, Rows: &rows, Reason: why}, Runs: 1, queries: a.queries, keys: a.keys}
}

// exact asks the pattern: a formula, else numbers at given sizes, else a bound.
func (a *attends) exact(n *ir.Node, further ir.Type, opt sparsity.Options) Pairs {
	pattern, err := sparsity.Of(n, opt)
	if err != nil {
		p := a.all(further, ir.Const(1), err.Error())
		p.Bound = true
		return p
	}
	return Pairs{pattern.Count(), pattern.Runs, pattern, a.queries, a.keys}
}

// Frees lists the free dims of the mask, which counting at given sizes needs beside those of the formula.
func (p Pairs) Frees() []string {
	if p.Pattern == nil {
		return nil
	}
	return p.Pattern.Frees()
}

// loops lists the loops around on whose numbers the pairs depend.
func (p Pairs) loops() []string {
	var out []string
	if p.Pattern != nil {
		for _, x := range p.Pattern.Masks[0].Which {
			if x.Loop {
				out = append(out, x.Label)
			}
		}
	}
	return out
}

// differ reports whether two lists of names share one.
func differ(a, b []string) bool {
	return slices.ContainsFunc(a, func(name string) bool { return slices.Contains(b, name) })
}
