package cost

import "archc/ir"

// PairsOf is how many pairs of query and key one attend of a verified module computes for one sequence, in one
// element of the axes that its mask has beside the key: the average over them. Known is false where no formula says
// it (the pairs are enumerated, or bounded); the size is then all pairs, rows times keys.
func PairsOf(n *ir.Node) (pairs ir.Size, known bool) {
	a := n.Attr.(*ir.AttendAttr)
	rows := ir.Const(1)
	if a.Query != "" {
		rows, _ = axisSize(n.Args[:a.Queries], a.Query)
	}
	keys, _ := axisSize(n.Args[a.Queries:], a.Key)
	mask := n.RegionNamed("mask")
	further := mask.Results[0].Type().Without(a.Key).Axes
	p := attention{mask, a.Key, rows, keys, further, nil}.pairs()
	if p.Formula == nil || p.Bound {
		return rows.Mul(keys), false
	}
	elements, ok := ir.Type{Axes: further}.Elements().Int()
	if !ok || elements == 0 {
		return rows.Mul(keys), false
	}
	return p.Formula.Mul(inverse(elements)), true
}
