package cost

import (
	"archc/ir"
	"archc/passes/sparsity"
)

// PairsOf is how many pairs of query and key one attend of a verified module computes for one sequence, in one
// element of the axes that its mask has beside the key: the average over them. Known is false where no formula says
// it (the pairs are enumerated, or bounded); the size is then all pairs, rows times keys.
func PairsOf(n *ir.Node) (pairs ir.Size, known bool) {
	pattern, err := sparsity.Of(n, sparsity.Options{})
	if err != nil {
		a := n.Attr.(*ir.AttendAttr)
		rows, keys := ir.Const(1), ir.Size{}
		if a.Query != "" {
			rows, _ = axisSize(n.Args[:a.Queries], a.Query)
		}
		keys, _ = axisSize(n.Args[a.Queries:], a.Key)
		return rows.Mul(keys), false
	}
	p := pattern.Count()
	if p.Formula == nil || p.Bound {
		return pattern.Queries.Mul(pattern.Keys), false
	}
	return p.Formula.Mul(inverse(int64(len(pattern.Masks)))), true
}
