package ir

import "slices"

// The rules about attend and its regions.

// operands divides the arguments of an attend.
func operands(n *Node) (a *AttendAttr, queries, keys, values []Value) {
	a = n.Attr.(*AttendAttr)
	q, k := a.Queries, a.Queries+a.Keys
	return a, n.Args[:q], n.Args[q:k], n.Args[k:]
}

func attendParams(c *checker) {
	c.each(Attend, func(n *Node, _ *place) {
		before := n.RegionNamed("score").Results[0].Type()
		for _, r := range n.Regions {
			want := []Type{before}
			switch r.Name {
			case "score":
				want = scoreParams(n)
			case "mask":
				want = scoreParams(n)[:2]
			default:
				if len(r.Params) > 1 {
					want = append(want, scoreParams(n)[:2]...)
				}
				before = r.Results[0].Type()
			}
			c.params(n, r, want)
		}
	})
}

// scoreParams are the types of what score takes: the key axis has the free size of its own label there.
func scoreParams(n *Node) []Type {
	a, queries, keys, _ := operands(n)
	j := Axis{a.Key, Free(a.Key)}
	out := []Type{Scalar(Int), {Int, []Axis{j}}}
	for _, q := range queries {
		out = append(out, q.Type().Without(a.Query))
	}
	for _, k := range keys {
		t := k.Type()
		t.Axes = slices.Clone(t.Axes)
		if i := t.Find(a.Key); i >= 0 {
			t.Axes[i] = j
		}
		out = append(out, t)
	}
	return out
}

func (c *checker) params(n *Node, r *Region, want []Type) {
	if len(r.Params) != len(want) {
		c.broken(n, "region %s takes %d values, not %d", r.Name, len(r.Params), len(want))
		return
	}
	for i, p := range r.Params {
		if !p.Outs[0].Equal(want[i]) {
			c.broken(n, "parameter %d of region %s is %s, not %s", i+1, r.Name, long(p.Outs[0]), long(want[i]))
		}
	}
}

func attendOperands(c *checker) {
	c.each(Attend, func(n *Node, _ *place) {
		a, queries, keys, values := operands(n)
		if a.Query == a.Key {
			c.broken(n, "query and key axis are both %s", a.Key)
		}
		has := func(vs []Value, label string) bool {
			return slices.ContainsFunc(vs, func(v Value) bool { return v.Type().Has(label) })
		}
		right := slices.Concat(keys, values)
		switch {
		case a.Query != "" && !has(queries, a.Query):
			c.broken(n, "no query has the axis %s", a.Query)
		case !has(right, a.Key):
			c.broken(n, "no key or value has the axis %s", a.Key)
		case has(queries, a.Key):
			c.broken(n, "a query has the key axis %s", a.Key)
		case a.Query != "" && has(right, a.Query):
			c.broken(n, "a key or value has the query axis %s", a.Query)
		}
	})
}

func attendCaptures(c *checker) {
	c.each(Attend, func(n *Node, _ *place) {
		a, inside := n.Attr.(*AttendAttr), map[*Node]bool{}
		use := func(at *Node, v Value, picked string) {
			for _, l := range v.Type().Labels() {
				if !inside[v.Node] && l != picked && (l == a.Query || l == a.Key) {
					c.broken(at, "a value from outside the attend brings its axis %s into a region", l)
				}
			}
		}
		for _, r := range n.Regions {
			r.Walk(func(m *Node, _ int) { inside[m] = true })
		}
		for _, r := range n.Regions {
			r.Walk(func(m *Node, _ int) {
				for _, t := range m.Outs {
					if a.Query != "" && t.Has(a.Query) {
						c.broken(m, "a value in a region of the attend has its query axis %s", a.Query)
					}
				}
				for i, v := range m.Args {
					picked := ""
					if g, ok := m.Attr.(*LabelAttr); ok && m.Op == Gather && i == 0 {
						picked = g.Label
					}
					use(m, v, picked)
				}
				for _, inner := range m.Regions {
					for _, v := range inner.Results {
						use(m, v, "")
					}
				}
			})
			use(n, r.Results[0], "")
		}
	})
}

func attendWeights(c *checker) {
	c.each(Attend, func(n *Node, _ *place) {
		key := n.Attr.(*AttendAttr).Key
		for _, r := range n.Regions {
			if r.Name == "mask" {
				continue
			}
			if t := r.Results[0].Type(); t.Kind == Bool || !t.Has(key) {
				c.broken(n, "region %s gives %s, not numbers along %s", r.Name, long(t), key)
			}
		}
	})
}
