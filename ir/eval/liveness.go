package eval

import "archc/ir"

// drops lists, for each region and each of its nodes, the values that nothing uses after that node. A use
// inside a region of a node is a use by that node.
type drops map[*ir.Region][][]*ir.Node

func liveness(m *ir.Module) drops {
	keep := make([]ir.Value, len(m.Outputs))
	for i, p := range m.Outputs {
		keep[i] = p.Value
	}
	d := drops{}
	d.region(m.Body, keep)
	return d
}

func (d drops) region(r *ir.Region, keep []ir.Value) {
	own := append(append([]*ir.Node{}, r.Params...), r.Nodes...)
	last := make(map[*ir.Node]int, len(own))
	for _, n := range own {
		last[n] = -1
	}
	for i, n := range r.Nodes {
		last[n] = i // a result that nothing uses goes at once
		uses(n, func(v ir.Value) {
			if _, ok := last[v.Node]; ok {
				last[v.Node] = i
			}
		})
		for _, inner := range n.Regions {
			d.region(inner, nil)
		}
	}
	for _, v := range append(keep, r.Results...) {
		delete(last, v.Node)
	}
	d[r] = make([][]*ir.Node, len(r.Nodes))
	for _, n := range own {
		if i, ok := last[n]; ok && i >= 0 {
			d[r][i] = append(d[r][i], n)
		}
	}
}

// uses visits what a node reads, in its regions too.
func uses(n *ir.Node, visit func(ir.Value)) {
	for _, v := range n.Args {
		visit(v)
	}
	for _, r := range n.Regions {
		for _, inner := range r.Nodes {
			uses(inner, visit)
		}
		for _, v := range r.Results {
			visit(v)
		}
	}
}
