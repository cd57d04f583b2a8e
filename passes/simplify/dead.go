package simplify

import (
	"slices"

	"archc/ir"
)

// Dead removes nodes whose results nobody uses, in every region. What the caller or the checkpoint sees stays: inputs,
// params, and a repeat with params inside although its results are dead. So no count of parameters changes. A carry
// of a repeat stays too, even where its last value is not used. It never fails.
func Dead(m *ir.Module) (*ir.Module, error) {
	used := map[*ir.Node]bool{}
	for _, o := range m.Outputs {
		used[o.Node] = true
	}
	sweep(m.Body, used)
	return m, nil
}

// sweep walks a region backwards: a node's users stand behind it, in the same region or inside later nodes.
func sweep(r *ir.Region, used map[*ir.Node]bool) {
	for _, v := range r.Results {
		used[v.Node] = true
	}
	kept := make([]*ir.Node, 0, len(r.Nodes))
	for _, n := range slices.Backward(r.Nodes) {
		if !used[n] && !isSeen(n) {
			continue
		}
		kept = append(kept, n)
		for _, v := range n.Args {
			used[v.Node] = true
		}
		for _, inner := range n.Regions {
			sweep(inner, used)
		}
	}
	slices.Reverse(kept)
	r.Nodes = kept
}

// isSeen reports whether the node is, or holds, what can be seen from outside of the module.
func isSeen(n *ir.Node) bool {
	seen := n.Op == ir.Input || n.Op == ir.Param
	for _, r := range n.Regions {
		r.Walk(func(inner *ir.Node, _ int) { seen = seen || inner.Op == ir.Param })
	}
	return seen
}
