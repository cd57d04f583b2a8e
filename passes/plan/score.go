package plan

import (
	"slices"

	"archc/ir"
)

// scorer is the program of the scores while it is made.
type scorer struct {
	*builder
	a    *Attention
	regs map[ir.Value]int
	side map[*ir.Node]int
	key  string
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
		switch s := p.side[n]; {
		case s&ofPair != ofPair || s&ofData == 0:
			p.lower(n)
		case n.Op == ir.Contract:
			p.regs[out] = p.dot(n)
		case n.Op == ir.Gather:
			p.regs[out] = p.lookup(n)
		case n.Op == ir.Cast:
			p.regs[out] = p.reg(n.Args[0])
			if n.Attr.(*ir.KindAttr).Kind == ir.Bool && n.Args[0].Type().Kind != ir.Bool {
				zero := p.op(PairOp{Fn: "imm"})
				p.regs[out] = p.op(PairOp{Fn: "ne", Args: []int{p.regs[out], zero}})
			}
		default:
			var args []int
			for _, v := range n.Args {
				args = append(args, p.reg(v))
			}
			p.regs[out] = p.op(PairOp{Fn: n.Attr.(*ir.MapAttr).Fn.Name, Args: args})
		}
		p.node = before
	}
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
		p.raw(*x.view)
		return p.op(PairOp{Fn: "view", View: *x.view})
	}
	if x.expr.Fn == "const" {
		return p.op(PairOp{Fn: "imm", Imm: x.expr.Const})
	}
	onKey := slices.ContainsFunc(x.expr.Axes(), func(a ir.Axis) bool { return a.Label == p.key })
	if onKey && len(x.expr.Axes()) > 1 {
		return p.op(PairOp{Fn: "position", Expr: x.expr})
	}
	return p.op(PairOp{Fn: "view", View: p.table(x.expr)})
}

func (p *scorer) dot(n *ir.Node) int {
	q, k := n.Args[0], n.Args[1]
	if p.side[q.Node]&ofKey != 0 || p.side[k.Node]&ofQuery != 0 {
		q, k = k, q
	}
	query, key := p.read(q), p.read(k)
	labels := n.Attr.(*ir.SumAttr).Labels
	has := func(v View) []string {
		return slices.DeleteFunc(v.Labels(), func(l string) bool { return !slices.Contains(labels, l) })
	}
	query, key = p.full(query, q, labels), p.full(key, k, labels)
	order := has(key)
	unit, ok := merged(key.pickAxes(order), "")
	if !ok || backwards(key) {
		var rest []string
		for _, l := range key.Labels() {
			if !slices.Contains(order, l) {
				rest = append(rest, l)
			}
		}
		key = p.copied(key, append(rest, order...))
		unit, _ = merged(key.pickAxes(order), "")
	}
	p.raw(query, key)
	d := Dot{Query: query, Unit: unit.Stride}
	for _, x := range key.pickAxes(order) {
		d.Sum = append(d.Sum, Dim{x.Label, x.Size})
	}
	d.Key = key
	d.Key.Axes = slices.DeleteFunc(slices.Clone(key.Axes), func(x Axis) bool { return slices.Contains(order, x.Label) })
	p.a.Dots = append(p.a.Dots, d)
	return p.op(PairOp{Fn: "dot", Dot: len(p.a.Dots) - 1})
}

// full is a view with all those labels, which the value's type has.
func (p *scorer) full(v View, of ir.Value, labels []string) View {
	axes := slices.Clone(v.Axes)
	for _, x := range p.typeOf(of).Axes {
		if slices.Contains(labels, x.Label) && v.Find(x.Label) < 0 {
			axes = append(axes, Axis{Label: x.Label, Size: x.Size})
		}
	}
	if len(axes) == len(v.Axes) {
		return v
	}
	to := p.fresh(axes)
	p.add(&Move{To: to, From: v})
	return to
}

func (p *scorer) lookup(n *ir.Node) int {
	label := n.Attr.(*ir.LabelAttr).Label
	table, at := p.value(n.Args[0]), p.value(n.Args[1])
	if table.expr != nil {
		return p.op(PairOp{Fn: "position", Expr: table.expr.replace(label, at.expr)})
	}
	v := *table.view
	i := v.Find(label)
	if i < 0 {
		return p.load(table)
	}
	p.raw(v)
	return p.op(PairOp{Fn: "lookup", View: v.with(i), Expr: at.expr, Size: v.Axes[i].Size, Unit: v.Axes[i].Stride})
}

// needed are the lines that the last one is made of, that one at the end.
func needed(code []PairOp, last int) []PairOp {
	used := make([]bool, len(code))
	used[last] = true
	for k := last; k >= 0; k-- {
		if used[k] {
			for _, a := range code[k].Args {
				used[a] = true
			}
		}
	}
	var out []PairOp
	at := make([]int, len(code))
	for k, o := range code[:last+1] {
		if !used[k] {
			continue
		}
		args := slices.Clone(o.Args)
		for i, a := range args {
			args[i] = at[a]
		}
		o.Args = args
		at[k] = len(out)
		out = append(out, o)
	}
	return out
}
