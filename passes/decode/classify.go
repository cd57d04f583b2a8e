package decode

import (
	"slices"

	"archc/ir"
)

// depends says what a value is made of, each including those before.
type depends int

const (
	onNothing depends = iota // parameters, numbers, positions
	onStatic                 // inputs that are given once
	onTime                   // inputs that come row by row
)

// info is what is known of a value along the sequence.
type info struct {
	on depends
	// total is set where the value hangs on the number of rows, or on all of them: at every step it is another one.
	total *cause
}

// join is what a value made of both is.
func (a info) join(b info) info {
	a.on = max(a.on, b.on)
	if a.total == nil {
		a.total = b.total
	}
	return a
}

func (d *deriver) of(v ir.Value) info {
	if outs, ok := d.infos[v.Node]; ok {
		return outs[v.Out]
	}
	return info{}
}

func (d *deriver) set(n *ir.Node, outs ...info) {
	for len(outs) < len(n.Outs) {
		outs = append(outs, outs[0])
	}
	d.infos[n] = outs
}

// classify walks a region in order. It is run again on a body until its carries settle.
func (d *deriver) classify(r *ir.Region) {
	for _, n := range r.Nodes {
		switch n.Op {
		case ir.Repeat:
			d.classifyRepeat(n)
		case ir.Attend:
			d.classifyAttend(n)
		case ir.Experts:
			d.classifyExperts(n)
		default:
			d.set(n, d.plain(n))
		}
		d.future(n)
	}
}

// future refuses a row that would hang on rows to come.
func (d *deriver) future(n *ir.Node) {
	for i, t := range n.Outs {
		x := d.infos[n][i]
		if x.on == onTime && x.total != nil && len(d.timed(t)) > 0 && d.fault == nil {
			d.fault = &fault{at: n, why: x.total}
		}
	}
}

// results refuses an output with rows that hang on the number of all rows, also one that is made of positions alone.
func (d *deriver) results() {
	for _, o := range d.module.Outputs {
		if x := d.of(o.Value); x.total != nil && len(d.timed(o.Type())) > 0 && d.fault == nil {
			d.fault = &fault{at: o.Node, why: x.total}
		}
	}
}

// plain classifies a node without regions.
func (d *deriver) plain(n *ir.Node) info {
	x := info{}
	for _, v := range n.Args {
		x = x.join(d.of(v))
	}
	switch n.Op {
	case ir.Input:
		x.on = onStatic
		if len(d.timed(n.Outs[0])) > 0 {
			x.on = onTime
		}
	case ir.Extent:
		if d.mentions(n.Attr.(*ir.SizeAttr).Size) {
			x.total = d.because(n, "it is the number of rows of the whole sequence")
		}
	}
	if why := d.alongTime(n, x); why != nil && x.total == nil {
		x.total = why
	}
	if x.total != nil && x.total.at != n {
		x.total = x.total.through(n)
	}
	return x
}

// alongTime looks at what a node does along T, and says why its result hangs on more than the rows so far.
func (d *deriver) alongTime(n *ir.Node, x info) *cause {
	acts := func(v ir.Value, label string) bool {
		t := v.Type()
		i := t.Find(label)
		return i >= 0 && d.mentions(t.Axes[i].Size)
	}
	first := func() ir.Type { return n.Args[0].Type() }
	switch a := n.Attr.(type) {
	case *ir.SumAttr:
		for _, v := range n.Args {
			if n.Op == ir.Contract && slices.ContainsFunc(a.Labels, func(l string) bool { return acts(v, l) }) {
				return d.because(n, "it sums over all rows")
			}
		}
	case *ir.ReduceAttr:
		for _, l := range a.Labels {
			switch {
			case !acts(n.Args[0], l):
			case !a.Prefix:
				return d.because(n, "it takes the %s over all rows", a.Fn)
			case d.offset(first(), l) != 0:
				return d.because(n, "it runs along an axis that starts at another time than the sequence")
			}
		}
	case *ir.LabelAttr:
		switch {
		case n.Op == ir.Reverse && acts(n.Args[0], a.Label):
			return d.because(n, "it turns the sequence around")
		case n.Op == ir.Gather && acts(n.Args[0], a.Label) && d.of(n.Args[0]).on == onTime && !d.ownRow(n):
			return d.because(n, "it looks rows up at positions that a value decides")
		}
	case *ir.TopKAttr:
		if acts(n.Args[0], a.Label) {
			return d.because(n, "it chooses among all rows")
		}
	case *ir.SplitAttr:
		if acts(n.Args[0], a.Label) {
			return d.because(n, "it divides the sequence")
		}
	case *ir.MergeAttr:
		if slices.ContainsFunc(a.Labels, func(l string) bool { return acts(n.Args[0], l) }) {
			return d.because(n, "it merges the sequence with another axis")
		}
	case *ir.SliceAttr:
		if acts(n.Args[0], a.Label) {
			return d.slice(n, a)
		}
	case *ir.PickAttr:
		if acts(n.Args[0], a.Label) {
			return d.pick(n, a)
		}
	case *ir.ConcatAttr:
		return d.concat(n, a, acts)
	case *ir.WindowsAttr:
		if acts(n.Args[0], a.Label) {
			return d.windows(n, a)
		}
	}
	return nil
}

// slice: rows of other rows, rows at the start, or the last rows.
func (d *deriver) slice(n *ir.Node, a *ir.SliceAttr) *cause {
	old := d.offset(n.Args[0].Type(), a.Label)
	if _, regular := d.along(a.Into.Size); regular {
		return nil // rows from a.Start on: never later than their own time, as the range lies inside
	}
	_, number := a.Into.Size.Int()
	start, ok := a.Start.Int()
	switch {
	case ok && number && d.of(n.Args[0]).on == onNothing:
		return nil
	case ok && number:
		size, _ := a.Into.Size.Int()
		if start+size-1-old <= 0 {
			return nil // there from the first row on
		}
		return d.because(n, "it takes rows that are not there from the first one on")
	case number && d.mentions(a.Start):
		return d.because(n, "it takes the last rows")
	}
	return d.because(n, "it takes a part of the sequence that does not grow with it")
}

func (d *deriver) pick(n *ir.Node, a *ir.PickAttr) *cause {
	at, ok := a.At.Int()
	switch {
	case ok && (d.of(n.Args[0]).on == onNothing || at-d.offset(n.Args[0].Type(), a.Label) <= 0):
		return nil
	case ok:
		return d.because(n, "it takes a row that is not there from the first one on")
	}
	return d.because(n, "it takes a row counted from the end")
}

// concat lets the sequence stand behind rows that are there from the start.
func (d *deriver) concat(n *ir.Node, a *ir.ConcatAttr, acts func(ir.Value, string) bool) *cause {
	for i, v := range n.Args {
		if acts(v, a.Labels[i]) && i < len(n.Args)-1 {
			return d.because(n, "it lays something behind the sequence")
		}
	}
	return nil
}

// windows: a window must not reach behind its row.
func (d *deriver) windows(n *ir.Node, a *ir.WindowsAttr) *cause {
	switch _, regular := d.along(a.Out.Size); {
	case !regular || a.Stride != 1:
		return d.because(n, "its windows are not one for each row")
	case a.High > 0:
		return d.because(n, "its windows reach %d rows ahead", a.High)
	}
	return nil
}

// ownRow reports a table that is read, in a region of an attend, at the very row of the query or of the key.
func (d *deriver) ownRow(n *ir.Node) bool { return d.rowParam[n.Args[1].Node] }
