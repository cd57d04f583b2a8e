package ir

import "slices"

// The rules about the body of an experts. The rows of one expert come from anywhere in the batch, which no type
// shows: nothing in the body may tell them from rows of another number or order.

// expertsCaptures looks at what the body uses of the outside. What depends on an input may differ from row to row.
func expertsCaptures(c *checker) {
	given := dependent(c.m)
	c.each(Experts, func(n *Node, _ *place) {
		a, inside := n.Attr.(*ExpertsAttr), map[*Node]bool{}
		n.Regions[0].Walk(func(m *Node, _ int) { inside[m] = true })
		use := func(at *Node, v Value) {
			if inside[v.Node] {
				return
			}
			if given[v.Node] {
				c.broken(at, "a value from outside the experts depends on an input, and is no operand")
			}
			if slices.ContainsFunc(v.Type().Axes, func(x Axis) bool { return slices.Contains(x.Size.Frees(), a.Rows) }) {
				c.broken(at, "a value from outside the experts has a size over %s, which counts rows inside", a.Rows)
			}
		}
		n.Regions[0].Walk(func(m *Node, _ int) { uses(m, func(v Value) { use(m, v) }) })
		for _, v := range n.Regions[0].Results {
			use(n, v)
		}
	})
}

// uses visits the arguments of a node and the results of its regions.
func uses(n *Node, visit func(v Value)) {
	for _, v := range n.Args {
		visit(v)
	}
	for _, r := range n.Regions {
		for _, v := range r.Results {
			visit(v)
		}
	}
}

// dependent are the nodes that an input reaches: by an argument, by a value that a region uses, and, as parameters
// of a region, with the node that it belongs to. A run's number is reached by nothing.
func dependent(m *Module) map[*Node]bool {
	reached := map[*Node]bool{}
	var region func(r *Region)
	region = func(r *Region) {
		for _, n := range r.Nodes {
			on := n.Op == Input
			note := func(v Value) { on = on || reached[v.Node] }
			uses(n, note)
			for _, inner := range n.Regions {
				inner.Walk(func(m *Node, _ int) { uses(m, note) })
			}
			reached[n] = on
			_, loop := n.Loop()
			for _, inner := range n.Regions {
				for i, p := range inner.Params {
					reached[p] = on && !(loop && i == 0)
				}
				region(inner)
			}
		}
	}
	region(m.Body)
	return reached
}

// expertsRows looks for what would tell rows apart.
func expertsRows(c *checker) {
	c.each(Experts, func(n *Node, _ *place) {
		rows := n.Attr.(*ExpertsAttr).Rows
		n.Regions[0].Walk(func(m *Node, _ int) {
			if slices.Contains(Along(m), rows) {
				c.broken(m, "works along %s, the rows of an experts", rows)
			}
			for _, s := range ownSizes(m) {
				if slices.Contains(s.Frees(), rows) {
					c.broken(m, "has the size %s, over the rows of an experts", s)
				}
			}
			for _, t := range m.Outs {
				for _, x := range t.Axes {
					if x.Label != rows && slices.Contains(x.Size.Frees(), rows) {
						c.broken(m, "axis %s has the size %s, over the rows of an experts", x.Label, x.Size)
					}
				}
			}
		})
	})
}

// ownSizes are the sizes that a node's value hangs on, beside those of its types.
func ownSizes(n *Node) []Size {
	switch a := n.Attr.(type) {
	case *SizeAttr:
		return []Size{a.Size}
	case *SliceAttr:
		return []Size{a.Start}
	case *PickAttr:
		return []Size{a.At}
	case *RepeatAttr:
		return []Size{a.Count}
	case *ExpertsAttr:
		return []Size{a.Of.Size}
	}
	return nil
}

// Along lists the labels along which a node does more than go element by element: it sums, chooses, counts, orders
// or renames there.
func Along(n *Node) []string {
	switch a := n.Attr.(type) {
	case *AxisAttr: // of an index; a stack makes its axis
		return []string{a.Axis.Label}
	case *SumAttr:
		if n.Op == Contract {
			return a.Labels
		}
	case *ReduceAttr:
		return a.Labels
	case *LabelAttr:
		return []string{a.Label}
	case *TopKAttr:
		return []string{a.Label}
	case *RenameAttr:
		return []string{a.From}
	case *SplitAttr:
		return []string{a.Label}
	case *MergeAttr:
		return a.Labels
	case *SliceAttr:
		return []string{a.Label}
	case *PickAttr:
		return []string{a.Label}
	case *ConcatAttr:
		return a.Labels
	case *WindowsAttr:
		return []string{a.Label}
	case *RepeatAttr:
		return a.Slices
	case *AttendAttr:
		return []string{a.Query, a.Key}
	case *ExpertsAttr:
		return []string{a.Slot}
	}
	return nil
}
