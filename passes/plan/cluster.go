package plan

import "slices"

// space is what a fused program runs over. Inner may be open: then all members run over Outer alone.
type space struct {
	outer []Dim
	inner Dim
	open  bool
}

// all are the axes that a program runs over.
func all(r *Rows) []Dim {
	if r.Inner.Label == "" {
		return r.Outer
	}
	return append(slices.Clone(r.Outer), r.Inner)
}

// rowwise reports whether a program needs whole rows: it reduces them, or runs along them.
func rowwise(r *Rows) bool {
	return slices.ContainsFunc(r.Code, func(o Op) bool { return rowFn[o.Fn] })
}

// WholeRows reports whether a function of a rows program needs whole rows.
func WholeRows(fn string) bool { return rowFn[fn] }

var rowFn = map[string]bool{
	"sum": true, "add_all": true, "max_of": true, "min_of": true, "cumsum": true, "cummax": true, "cummin": true,
}

func sameDims(a, b []Dim) bool {
	if len(a) != len(b) {
		return false
	}
	for _, d := range a {
		if !slices.ContainsFunc(b, func(e Dim) bool { return e.Label == d.Label && e.Size.Equal(d.Size) }) {
			return false
		}
	}
	return true
}

// fits reports whether a program runs over a space, and whether as one number a row.
func (sp *space) fits(r *Rows) (fits, scalar bool) {
	if !rowwise(r) && sameDims(all(r), sp.outer) {
		return true, true
	}
	if r.Inner.Label == "" || !sameDims(r.Outer, sp.outer) {
		return false, false
	}
	if sp.open {
		return true, false
	}
	return sp.inner.Label == r.Inner.Label && sp.inner.Size.Equal(r.Inner.Size), false
}

// cluster is a group while it is collected.
type cluster struct {
	members     []int
	in          []bool
	loads, puts map[*Store][]View
}

// group collects programs from one on, but for those without, until none joins. An open space takes the inner axis of
// the first that has one.
func (f *fuser) group(s *schedule, at int, sp *space, without []int) []int {
	c := &cluster{in: make([]bool, len(s.block.Code)), loads: map[*Store][]View{}, puts: map[*Store][]View{}}
	c.join(at, s.block.Code[at].(*Rows), sp)
	for before := 0; before < len(c.members); {
		before = len(c.members)
		for k, i := range s.block.Code {
			r, ok := i.(*Rows)
			if ok && !s.done[k] && !c.in[k] && !slices.Contains(without, k) && c.flows(r) && s.ready(k, c.in) {
				c.join(k, r, sp)
			}
		}
	}
	return c.members
}

// join takes a program that fits the space. An open space becomes that of the first that has an inner axis.
func (c *cluster) join(k int, r *Rows, sp *space) {
	fits, scalar := sp.fits(r)
	if !fits {
		return
	}
	if !scalar && sp.open {
		sp.inner, sp.open = r.Inner, false
	}
	c.add(k, r)
}

func (c *cluster) add(k int, r *Rows) {
	c.members, c.in[k] = append(c.members, k), true
	for _, o := range r.Code {
		if o.Fn == "load" {
			c.loads[o.Load.Store] = append(c.loads[o.Load.Store], o.Load)
		}
	}
	for _, p := range r.Out {
		c.puts[p.To.Store] = append(c.puts[p.To.Store], p.To)
	}
}

// flows reports whether a program reads something that the cluster has in registers, and whether it reads the
// cluster's results as they are written.
func (c *cluster) flows(r *Rows) bool {
	linked := len(c.members) == 0
	for _, o := range r.Code {
		if o.Fn != "load" {
			continue
		}
		same := func(v View) bool { return v.Same(o.Load) }
		if puts := c.puts[o.Load.Store]; len(puts) > 0 {
			for _, v := range puts {
				if !same(v) {
					return false
				}
			}
			linked = true
		}
		linked = linked || slices.ContainsFunc(c.loads[o.Load.Store], same)
	}
	for _, p := range r.Out { // nor may it write what a member reads of another row
		other := func(v View) bool { return !v.Same(p.To) }
		if slices.ContainsFunc(c.loads[p.To.Store], other) {
			return false
		}
	}
	return linked
}
