package ir

import (
	"math"
	"slices"
)

// The structural rules: what every reader of a module relies on.

func onePlace(c *checker) {
	if c.m.Body == nil {
		c.broken(nil, "the module has no body")
		return
	}
	seen := map[any]bool{}
	var region func(r *Region, depth int)
	node := func(n *Node, depth int) {
		if n == nil {
			c.broken(nil, "a nil node")
			return
		}
		if seen[n] {
			c.broken(n, "the node stands in two places")
			return
		}
		seen[n] = true
		for _, r := range n.Regions {
			region(r, depth+1)
		}
	}
	region = func(r *Region, depth int) {
		switch {
		case r == nil:
			c.broken(nil, "a nil region")
		case seen[r]:
			c.broken(nil, "region %s stands in two places", r.Name)
		case depth > MaxNest:
			c.broken(nil, "regions nest more than %d deep", MaxNest)
		default:
			seen[r] = true
			for _, n := range slices.Concat(r.Params, r.Nodes) {
				node(n, depth)
			}
		}
	}
	region(c.m.Body, 0)
}

func knownOps(c *checker) {
	table := Ops()
	c.walk(func(n *Node, at *place) {
		param := slices.Contains(at.region.Params, n)
		switch {
		case n.Op == nil || !slices.Contains(table, n.Op):
			c.broken(n, "the op is no row of the table")
		case param && n.Op != Arg:
			c.broken(n, "a parameter of region %s is no arg node", at.region.Name)
		case !param && n.Op == Arg:
			c.broken(n, "an arg node is no parameter of region %s", at.region.Name)
		case param && len(n.Outs) != 1:
			c.broken(n, "a parameter of region %s has %d results", at.region.Name, len(n.Outs))
		}
	})
}

func shapes(c *checker) {
	c.walk(func(n *Node, _ *place) {
		if err := n.shape(); err != nil {
			c.broken(n, "%v", err)
		}
	})
}

// visible walks in the order of execution. A node becomes visible behind its regions, and what a region
// defines is gone behind it.
func visible(c *checker) {
	here := map[*Node]bool{}
	use := func(n *Node, what string, v Value) {
		if v.Node == nil || !here[v.Node] || v.Out < 0 || v.Out >= len(v.Node.Outs) {
			c.broken(n, "%s is not defined here", what)
		}
	}
	var region func(r *Region, owner *Node)
	region = func(r *Region, owner *Node) {
		for _, n := range r.Params {
			here[n] = true
		}
		for _, n := range r.Nodes {
			for _, v := range n.Args {
				use(n, "an argument", v)
			}
			for _, inner := range n.Regions {
				region(inner, n)
			}
			here[n] = true
		}
		for _, v := range r.Results {
			use(owner, "a result of region "+r.Name, v)
		}
		if owner == nil {
			return
		}
		for _, n := range slices.Concat(r.Params, r.Nodes) {
			delete(here, n)
		}
	}
	region(c.m.Body, nil)
	for _, o := range c.m.Outputs {
		use(nil, "output "+o.Name, o.Value)
	}
}

func kinds(c *checker) {
	valid := func(n *Node, k Kind) {
		if k < 0 || int(k) >= len(kindNames) {
			c.broken(n, "a kind of number %d", int(k))
		}
	}
	c.walk(func(n *Node, _ *place) {
		for _, t := range n.Outs {
			valid(n, t.Kind)
		}
		if a, ok := n.Attr.(*KindAttr); ok {
			valid(n, a.Kind)
		}
	})
}

func distinctLabels(c *checker) {
	c.walk(func(n *Node, _ *place) {
		for _, t := range n.Outs {
			if err := t.distinct(); err != nil {
				c.broken(n, "%v in %s", err, list(t.Labels()))
			}
			if t.Has("") {
				c.broken(n, "an axis has no label")
			}
		}
	})
}

func sizes(c *checker) {
	c.walk(func(n *Node, _ *place) {
		for _, t := range n.Outs {
			for _, a := range t.Axes {
				c.size(n, "axis "+a.Label, a.Size)
			}
		}
		for what, s := range attrSizes(n.Attr) {
			c.size(n, what, s)
		}
		if a, ok := n.Attr.(*SizeAttr); ok {
			c.plainNames(n, "the extent", a.Size)
		}
	})
	for _, d := range c.m.Dims {
		c.size(nil, "dim "+d.Label, d.Size)
	}
}

func (c *checker) plainNames(n *Node, what string, s Size) {
	for _, name := range s.Frees() {
		if !plain(name) {
			c.broken(n, "%s has a size over %q, no plain name", what, name)
		}
	}
}

func (c *checker) size(n *Node, what string, s Size) {
	c.plainNames(n, what, s)
	if r, ok := s.Rat(); ok && (r.Sign() < 0 || !r.IsInt()) {
		c.broken(n, "%s has size %s", what, s)
	}
}

// attrSizes yields the sizes of an attribute under what they are. An extent is a value and may be any number.
func attrSizes(attr Attr) func(yield func(string, Size) bool) {
	return func(yield func(string, Size) bool) {
		switch a := attr.(type) {
		case *AxisAttr:
			yield("axis "+a.Axis.Label, a.Axis.Size)
		case *SplitAttr:
			for _, x := range a.Into {
				if !yield("axis "+x.Label, x.Size) {
					return
				}
			}
		case *MergeAttr:
			yield("axis "+a.Into.Label, a.Into.Size)
		case *SliceAttr:
			_ = yield("the start", a.Start) && yield("axis "+a.Into.Label, a.Into.Size)
		case *PickAttr:
			yield("the element", a.At)
		case *ConcatAttr:
			yield("axis "+a.Into.Label, a.Into.Size)
		case *WindowsAttr:
			_ = yield("axis "+a.Out.Label, a.Out.Size) && yield("axis "+a.Window.Label, a.Window.Size)
		case *TopKAttr:
			yield("axis "+a.Into.Label, a.Into.Size)
		case *RepeatAttr:
			yield("the number of runs", a.Count)
		case *ExpertsAttr:
			_ = yield("axis "+a.Of.Label, a.Of.Size) && yield("axis "+a.Rows, Free(a.Rows))
		}
	}
}

func inputs(c *checker) {
	if len(c.m.Body.Params) > 0 {
		c.broken(nil, "the body has parameters")
	}
	var found []*Node
	c.each(Input, func(n *Node, at *place) {
		if found = append(found, n); at.owner != nil {
			c.broken(n, "an input stands in region %s", at.region.Name)
		}
	})
	if len(found) != len(c.m.Inputs) {
		c.broken(nil, "%d inputs, %d input nodes", len(c.m.Inputs), len(found))
		return
	}
	for i, p := range c.m.Inputs {
		name := found[i].Attr.(*InputAttr).Name
		if p.Value != (Value{found[i], 0}) || p.Name != name {
			c.broken(found[i], "input %d of the module is %s, the body's is %s", i+1, p.Name, name)
		}
	}
}

func inferred(c *checker) {
	c.walk(func(n *Node, _ *place) {
		outs, err := n.infer()
		if err != nil {
			c.broken(n, "%v", err)
			return
		}
		if len(outs) != len(n.Outs) {
			c.broken(n, "%d results, its rule gives %d", len(n.Outs), len(outs))
			return
		}
		for i, t := range outs {
			if !t.Equal(n.Outs[i]) {
				c.broken(n, "it has %s, its rule gives %s", long(n.Outs[i]), long(t))
			}
		}
	})
}

func constants(c *checker) {
	fits := func(n *Node, v float64, k Kind) {
		if k == Bool && v != 0 && v != 1 || k == Int && v != math.Trunc(v) || k == Int && math.IsInf(v, 0) {
			c.broken(n, "%v is no %s", v, k)
		}
	}
	c.walk(func(n *Node, _ *place) {
		switch a := n.Attr.(type) {
		case *ConstAttr:
			if fits(n, a.Value, n.Outs[0].Kind); len(n.Outs[0].Axes) > 0 {
				c.broken(n, "a constant has axes %s", list(n.Outs[0].Labels()))
			}
		case *InputAttr:
			if a.Default != nil {
				fits(n, *a.Default, n.Outs[0].Kind)
			}
			switch known := a.Draw == Uniform || a.Draw == Normal; {
			case a.Draw == "":
			case !known:
				c.broken(n, "%s is no distribution", a.Draw)
			case a.Default != nil || n.Outs[0].Kind != Real:
				c.broken(n, "a random draw is %s, with a default %v", n.Outs[0].Kind, a.Default != nil)
			}
		case *WindowsAttr:
			fits(n, a.Fill, n.Outs[0].Kind)
		}
	})
}
