package plan

import (
	"slices"

	"archc/ir"
)

// scorer is the program of the scores while it is made.
type scorer struct {
	*builder
	*roles
	a     *Attention
	regs  map[ir.Value]int
	order []string // axes beyond the pair, in the order that all lines have them in
}

func (p *scorer) op(o PairOp) int {
	p.a.Score = append(p.a.Score, o)
	return len(p.a.Score) - 1
}

// region plans what is of one side, and makes lines of what is of pairs.
func (p *scorer) region(r *ir.Region) {
	for _, n := range r.Nodes {
		before := p.node
		p.node = n
		out := ir.Value{Node: n}
		s := p.side[n]
		if s&ofPair != ofPair || s&ofData == 0 {
			p.lower(n)
		} else {
			p.regs[out] = p.pair(n)
		}
		p.node = before
	}
}

// pair makes a line of a node.
func (p *scorer) pair(n *ir.Node) int {
	switch n.Op {
	case ir.Contract:
		return p.contracted(n)
	case ir.Gather:
		return p.lookup(n)
	case ir.Reduce:
		a := n.Attr.(*ir.ReduceAttr)
		x := p.reg(n.Args[0])
		return p.op(PairOp{Fn: reduces[a.Fn][0], Args: []int{x}, Axes: p.without(p.a.Score[x].Axes, a.Labels), Sum: p.sums(a.Labels, n.Args...)})
	case ir.Cast:
		x := p.reg(n.Args[0])
		if n.Attr.(*ir.KindAttr).Kind == ir.Bool && n.Args[0].Type().Kind != ir.Bool {
			return p.function("ne", x, p.op(PairOp{Fn: "imm"}))
		}
		return x
	case ir.Map:
		var args []int
		for _, v := range n.Args {
			args = append(args, p.reg(v))
		}
		return p.function(n.Attr.(*ir.MapAttr).Fn.Name, args...)
	}
	return p.reg(n.Args[0]) // transpose and stop: axes have names
}

// function is a scalar function of lines: along the axes that any of them has.
func (p *scorer) function(fn string, args ...int) int {
	return p.op(PairOp{Fn: fn, Args: args, Axes: p.joined(args)})
}

// joined are the axes that any of some lines has.
func (p *scorer) joined(args []int) (out []Dim) {
	for _, a := range args {
		for _, d := range p.a.Score[a].Axes {
			if !hasDim(out, d.Label) {
				out = append(out, d)
			}
		}
	}
	return p.sorted(out)
}

// sorted puts axes in the order that all lines have them in.
func (p *scorer) sorted(list []Dim) []Dim {
	for _, d := range list {
		if !slices.Contains(p.order, d.Label) {
			p.order = append(p.order, d.Label)
		}
	}
	slices.SortFunc(list, func(a, b Dim) int { return slices.Index(p.order, a.Label) - slices.Index(p.order, b.Label) })
	return list
}

func (p *scorer) without(list []Dim, labels []string) []Dim {
	return slices.DeleteFunc(slices.Clone(list), func(d Dim) bool { return slices.Contains(labels, d.Label) })
}

// sums are axes that are summed over, with the sizes that values have.
func (p *scorer) sums(labels []string, of ...ir.Value) (out []Dim) {
	for _, l := range labels {
		for _, v := range of {
			if t := p.typeOf(v); t.Has(l) {
				out = append(out, Dim{l, t.Axes[t.Find(l)].Size})
				break
			}
		}
	}
	return p.sorted(out)
}

// reg is the line of a value.
func (p *scorer) reg(v ir.Value) int {
	if r, ok := p.regs[v]; ok {
		return r
	}
	r := p.load(p.value(v))
	p.regs[v] = r
	return r
}

func (p *scorer) load(x value) int {
	if x.expr == nil {
		return p.op(PairOp{Fn: "view", View: *x.view, Axes: p.axesOf(*x.view)})
	}
	if c, ok := x.expr.number(); ok {
		return p.op(PairOp{Fn: "imm", Imm: c})
	}
	onKey, beside := false, false
	var inner []Dim
	for _, a := range x.expr.Axes() {
		switch {
		case a.Label == p.key:
			onKey = true
		case p.outer(a.Label):
			beside = true
		default:
			inner = append(inner, Dim{a.Label, a.Size})
		}
	}
	if onKey && beside {
		return p.op(PairOp{Fn: "position", Expr: x.expr, Axes: p.sorted(inner)})
	}
	return p.load(value{view: ptr(p.table(x.expr))})
}

func ptr(v View) *View { return &v }

// axesOf are the axes of a view beyond the pair.
func (p *scorer) axesOf(v View) (out []Dim) {
	for _, a := range v.Axes {
		if !p.outer(a.Label) {
			out = append(out, Dim{a.Label, a.Size})
		}
	}
	return p.sorted(out)
}

// lookup is an element of a table at a function of positions, or at a number that a line gives.
func (p *scorer) lookup(n *ir.Node) int {
	label := n.Attr.(*ir.LabelAttr).Label
	table, at := p.value(n.Args[0]), value{}
	if !p.paired(n.Args[1]) || p.side[n.Args[1].Node]&ofData == 0 {
		at = p.value(n.Args[1])
	}
	if table.expr != nil && at.expr != nil {
		return p.load(value{expr: table.expr.replace(label, at.expr)})
	}
	v := p.inMemory(table)
	i := v.Find(label)
	if i < 0 {
		return p.load(table)
	}
	if x := at.expr; x != nil && x.Fn == "index" && x.Axis.Label == p.key && v.Axes[i].Size.Equal(x.Axis.Size) && v.Find(p.key) < 0 {
		own := v.rename(label, p.key) // each key has an element of its own
		return p.load(value{view: &own})
	}
	o := PairOp{Fn: "lookup", View: v.with(i), Expr: at.expr, Size: v.Axes[i].Size, Unit: v.Axes[i].Stride}
	o.Axes = p.axesOf(o.View)
	if at.expr == nil {
		o.Args = []int{p.reg(n.Args[1])}
	}
	return p.op(o)
}
