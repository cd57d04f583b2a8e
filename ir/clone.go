package ir

// Clone copies a module: no node and no region of the copy is one of the original's. Attributes, types and sizes are
// shared, because nothing changes them in place. A module that breaks V04 (a use before its definition) has no copy:
// the result then refers to the original's nodes there.
func (m *Module) Clone() *Module {
	c := &copier{twin: map[*Node]*Node{}}
	out := *m
	out.Dims = append([]Dim(nil), m.Dims...)
	out.Body = c.region(m.Body)
	out.Inputs = c.ports(m.Inputs)
	out.Outputs = c.ports(m.Outputs)
	return &out
}

// copier knows the copy of every node that it has met.
type copier struct{ twin map[*Node]*Node }

func (c *copier) value(v Value) Value {
	if n := c.twin[v.Node]; n != nil {
		return Value{n, v.Out}
	}
	return v
}

func (c *copier) values(vs []Value) []Value {
	if vs == nil {
		return nil
	}
	out := make([]Value, len(vs))
	for i, v := range vs {
		out[i] = c.value(v)
	}
	return out
}

func (c *copier) ports(ps []Port) []Port {
	out := make([]Port, len(ps))
	for i, p := range ps {
		out[i] = Port{p.Name, c.value(p.Value)}
	}
	return out
}

func (c *copier) region(r *Region) *Region {
	out := &Region{Name: r.Name, Params: c.nodes(r.Params), Nodes: c.nodes(r.Nodes)}
	out.Results = c.values(r.Results)
	return out
}

func (c *copier) nodes(ns []*Node) []*Node {
	out := make([]*Node, len(ns))
	for i, n := range ns {
		d := *n
		d.Args = c.values(n.Args)
		d.Outs = append([]Type(nil), n.Outs...)
		d.Regions = nil
		for _, r := range n.Regions {
			d.Regions = append(d.Regions, c.region(r))
		}
		out[i] = &d
		c.twin[n] = &d
	}
	return out
}
