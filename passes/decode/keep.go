package decode

import (
	"math"
	"slices"

	"archc/ir"
)

// point is a value of which more rows are needed than the new ones, along one of its axes.
type point struct {
	v     ir.Value
	label string
}

// workFactor is how many times the products of one query with one key may grow so that less is kept: what a key needs
// is found again from fewer numbers by moving its projection to the query (package order does it where they are fewer).
// Latent attention as published pays 4 of these (512 numbers in the place of 128); one wide row in the place of many
// heads costs as many as there are heads.
const workFactor = 4

// keep decides which values have a state with all their rows: of all sets from which what is read can be made again by
// linear maps and views, the one with the fewest bytes a token. Among equal ones those nearest to the readers.
func (d *deriver) keep() {
	points := d.needs()
	if len(points) == 0 {
		return
	}
	number := map[point]int{}
	for i, p := range points {
		number[p] = i
	}
	f := newFlow(len(points))
	for i, p := range points {
		f.vertex(i, d.price(p))
		if d.read[p] {
			f.sink(i)
		}
		from, ok := d.remake(p, d.budget[p])
		if !ok {
			f.source(i)
		}
		for _, q := range from {
			f.edge(number[q], i)
		}
	}
	for _, i := range f.cut(len(points)) {
		d.kept[points[i]] = true
	}
}

// needs lists what is read and what that can be made of, readers first.
func (d *deriver) needs() []point {
	var order []point
	queue := d.demands()
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		if !slices.Contains(order, p) {
			order = append(order, p)
		}
		from, _ := d.remake(p, d.budget[p])
		for _, q := range from {
			if old, ok := d.budget[q]; !ok || d.budget[p] < old {
				d.budget[q] = d.budget[p]
				queue = append(queue, q)
			} else if !slices.Contains(order, q) {
				queue = append(queue, q)
			}
		}
	}
	return order
}

// demands are the reads of all rows: the keys and values of attends along the sequence, and tables looked up along it.
func (d *deriver) demands() []point {
	var out []point
	read := func(v ir.Value, label string, budget int64) {
		p := point{v, label}
		if d.of(v).on != onTime {
			return // made again at every step
		}
		if old, ok := d.budget[p]; !ok || budget < old {
			d.budget[p] = budget
		}
		if !d.read[p] {
			d.read[p] = true
			out = append(out, p)
		}
	}
	d.module.Body.Walk(func(n *ir.Node, _ int) {
		switch a := n.Attr.(type) {
		case *ir.AttendAttr:
			if !d.axisOf(n, a.Key).timed {
				return
			}
			for _, v := range n.Args[a.Queries:] {
				if v.Type().Has(a.Key) {
					heads := append(n.Weights().Labels(), a.Key)
					perHead := workFactor * d.estimate(v.Type().Without(heads...).Elements())
					read(v, a.Key, min(perHead, d.estimate(row(v.Type(), a.Key))-1)) // fewer numbers, or nothing is won
				}
			}
		case *ir.LabelAttr:
			if n.Op == ir.Gather && slices.Contains(d.timed(n.Args[0].Type()), a.Label) && !d.fresh(n) {
				read(n.Args[0], a.Label, 0)
			}
		}
	})
	return out
}

// fresh reports a table that is read at the query's own row, which is a new one.
func (d *deriver) fresh(n *ir.Node) bool {
	p := n.Args[1].Node
	return d.rowParam[p] && len(p.Outs[0].Axes) == 0
}

// remake says which points a value can be made of, by views and by maps that are linear with parameters, where one row
// of what it is made of has at most budget numbers. False is a value that is computed once.
func (d *deriver) remake(p point, budget int64) ([]point, bool) {
	n := p.v.Node
	switch a := n.Attr.(type) {
	case *ir.RenameAttr:
		if a.To == p.label {
			return []point{{n.Args[0], a.From}}, true
		}
		return d.same(n, p.label)
	case *ir.SliceAttr:
		if a.Into.Label == p.label {
			return []point{{n.Args[0], a.Label}}, true
		}
		return d.same(n, p.label)
	case *ir.SplitAttr, *ir.MergeAttr, *ir.PickAttr, *ir.AxisAttr, *ir.KindAttr:
		return d.same(n, p.label)
	case *ir.ConcatAttr:
		if a.Into.Label != p.label {
			return d.same(n, p.label)
		}
		last := len(n.Args) - 1
		if d.of(n.Args[last]).on != onTime {
			return nil, false
		}
		return []point{{n.Args[last], a.Labels[last]}}, true
	case *ir.SumAttr:
		if n.Op == ir.Transpose {
			return d.same(n, p.label)
		}
		return d.linear(n, p.label, budget)
	case *ir.MapAttr:
		if slices.Contains([]string{"mul", "div", "neg"}, a.Fn.Name) {
			return d.linear(n, p.label, math.MaxInt64)
		}
	}
	return nil, false
}

// same takes the same rows of the arguments that have them.
func (d *deriver) same(n *ir.Node, label string) ([]point, bool) {
	var out []point
	for _, v := range n.Args {
		if v.Type().Has(label) {
			if d.of(v).on != onTime {
				return nil, false
			}
			out = append(out, point{v, label})
		}
	}
	return out, len(out) > 0
}

// linear takes the rows of the one argument that has them.
func (d *deriver) linear(n *ir.Node, label string, budget int64) ([]point, bool) {
	var out []point
	for i, v := range n.Args {
		has := v.Type().Has(label)
		switch {
		case has && n.Op == ir.Contract && d.estimate(row(v.Type(), label)) > budget:
			return nil, false
		case has && d.of(v).on == onTime && (i == 0 || n.Op == ir.Contract || isMul(n)):
			out = append(out, point{v, label})
		case has || d.of(v).on == onTime:
			return nil, false
		}
	}
	return out, len(out) == 1
}

func isMul(n *ir.Node) bool {
	a, ok := n.Attr.(*ir.MapAttr)
	return ok && a.Fn.Name == "mul"
}

// price is the bytes that a row of the value takes, in all the layers that have one.
func (d *deriver) price(p point) int64 {
	bytes := map[ir.Kind]int64{ir.Real: 2, ir.Int: 4, ir.Bool: 1}[p.v.Type().Kind]
	n := row(p.v.Type(), p.label)
	for owner := d.owner[d.home[p.v.Node]]; owner != nil; owner = d.owner[d.home[owner]] {
		if l, ok := owner.Loop(); ok {
			n = n.Mul(l.Count)
		}
	}
	return bytes * d.estimate(n)
}

// estimate is a size as a number, where free dims other than T count a thousand.
func (d *deriver) estimate(s ir.Size) int64 {
	env := map[string]int64{}
	for _, name := range s.Frees() {
		env[name] = 1000
	}
	r, ok := s.Eval(env)
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		return math.MaxInt64 / 1024
	}
	return min(r.Num().Int64(), math.MaxInt64/1024)
}
