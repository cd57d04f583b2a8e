package plan

import (
	"slices"

	"archc/ir"
)

// rowed are the values of a normalizer that hang on the scores, on the keys' numbers, or on how many there are: lines of a program over the
// keys of a lane. The others are computed outside of the attend.
type rowed struct {
	*roles
	other string // the axis of the second copy of the keys
	lines map[*ir.Node]bool
}

// normalizes reports whether the regions that make weights of scores are programs over the keys of a lane.
func (r *roles) normalizes(n *ir.Node) bool {
	x := &rowed{roles: r, lines: map[*ir.Node]bool{}}
	for _, region := range normRegions(n) {
		x.begin(region)
		for _, n := range region.Nodes {
			if !x.has(n) {
				if r.side[n] = 0; !r.plannable(n) {
					return false
				}
				continue
			}
			x.lines[n] = true
			if !x.plannable(n) {
				return false
			}
		}
	}
	return true
}

// begin notes which parameters of a region are lines: scores or weights, and the numbers of the keys.
func (x *rowed) begin(region *ir.Region) {
	x.lines[region.Params[0]] = true
	if _, keys := region.Positions(); keys != nil {
		x.lines[keys] = true
	}
}

func normRegions(n *ir.Node) []*ir.Region {
	out := []*ir.Region{n.RegionNamed("norm")}
	if w := n.RegionNamed("weight"); w != nil {
		out = append(out, w)
	}
	return out
}

// has reports whether a node hangs on the scores, on the keys' numbers or on how many there are.
func (x *rowed) has(n *ir.Node) bool {
	if slices.ContainsFunc(n.Args, func(v ir.Value) bool { return x.lines[v.Node] }) {
		return true
	}
	switch a := n.Attr.(type) {
	case *ir.SizeAttr:
		return slices.Contains(a.Size.Frees(), x.key)
	case *ir.AxisAttr:
		return slices.Contains(a.Axis.Size.Frees(), x.key)
	}
	return false
}

// plannable reports whether a node is a line: of one lane, over its keys or over two copies of them.
func (x *rowed) plannable(n *ir.Node) bool {
	if n.Op == ir.Gather {
		return x.looksUp(n)
	}
	if a, ok := n.Attr.(*ir.RenameAttr); ok && a.From == x.key && !x.outer(a.To) && (x.other == "" || x.other == a.To) {
		x.other = a.To
	} else if ok {
		return false
	}
	of := n.Outs[0] // a sum is of what its arguments have
	for _, v := range append(slices.Clone(n.Args), ir.Value{Node: n}) {
		for _, a := range v.Type().Axes {
			if a.Label != x.key && a.Label != x.other && !slices.Contains(x.heads, a.Label) {
				return false
			}
			if !of.Has(a.Label) {
				of.Axes = append(slices.Clone(of.Axes), a)
			}
		}
	}
	two := x.other != "" && of.Has(x.key) && of.Has(x.other)
	summed := func(labels []string) bool {
		return len(labels) == 1 && (labels[0] == x.other || labels[0] == x.key && !two)
	}
	switch a := n.Attr.(type) {
	case *ir.SizeAttr:
		return a.Size.Equal(ir.Free(x.key))
	case *ir.AxisAttr:
		return n.Op == ir.Position
	case *ir.ReduceAttr:
		return summed(a.Labels) && !(a.Prefix && two)
	case *ir.SumAttr:
		return summed(a.Labels)
	case *ir.RenameAttr:
		return !n.Args[0].Type().Has(x.other)
	}
	return n.Op == ir.Map || n.Op == ir.Cast || n.Op == ir.Transpose || n.Op == ir.Stop
}

// looksUp reports whether a look-up is of a number of each lane, or of each of its keys, in a table that is none of the lines.
func (x *rowed) looksUp(n *ir.Node) bool {
	table, at, label := n.Args[0], n.Args[1], n.Attr.(*ir.LabelAttr).Label
	own := func(l string) bool { return slices.Contains(x.heads, l) }
	if x.lines[table.Node] || own(label) || at.Type().Has(x.other) {
		return false
	}
	for _, a := range table.Type().Axes {
		// Only a table along the keys themselves, read at their numbers, has their axis.
		if a.Label != label && !own(a.Label) {
			return false
		}
	}
	for _, a := range at.Type().Axes {
		if a.Label != x.key && !own(a.Label) {
			return false
		}
	}
	return true
}

// normer is the program of a normalizer while it is made.
type normer struct {
	*builder
	*rowed
	code []NormOp
	regs map[ir.Value]int
}

// normalizer is the program that makes weights of scores, i being where the lane stands along the queries; nil for softmax.
func (b *builder) normalizer(n *ir.Node, r *roles, i value) []NormOp {
	if isSoftmax(n.RegionNamed("norm"), r.key) && n.RegionNamed("weight") == nil {
		return nil
	}
	p := &normer{builder: b, rowed: &rowed{roles: r, lines: map[*ir.Node]bool{}}, regs: map[ir.Value]int{}}
	last := p.op(NormOp{Fn: "score", Along: PerKey})
	for _, region := range normRegions(n) {
		p.begin(region)
		p.regs[ir.Value{Node: region.Params[0]}] = last
		if query, keys := region.Positions(); query != nil {
			b.values[ir.Value{Node: query}] = i
			p.regs[ir.Value{Node: keys}] = p.op(NormOp{Fn: "key", Along: PerKey})
		}
		for _, n := range region.Nodes {
			before := p.node
			p.node = n
			if p.lines[n] = p.has(n); p.lines[n] {
				p.regs[ir.Value{Node: n}] = p.line(n)
			} else {
				p.lower(n)
			}
			p.node = before
		}
		last = p.reg(region.Results[0])
	}
	return needed(p.code, last, ofNormOp)
}

func (p *normer) op(o NormOp) int {
	p.code = append(p.code, o)
	return len(p.code) - 1
}

// line makes a line of a node.
func (p *normer) line(n *ir.Node) int {
	switch a := n.Attr.(type) {
	case *ir.SizeAttr:
		return p.op(NormOp{Fn: "count"})
	case *ir.AxisAttr:
		r := p.op(NormOp{Fn: "rank", Along: PerKey})
		if a.Axis.Label != p.key {
			r = p.op(NormOp{Fn: "other", Args: []int{r}, Along: PerOther})
		}
		return r
	case *ir.RenameAttr:
		return p.op(NormOp{Fn: "other", Args: []int{p.reg(n.Args[0])}, Along: PerOther})
	case *ir.ReduceAttr:
		return p.reduced(a, p.reg(n.Args[0]))
	case *ir.SumAttr:
		x := p.reg(n.Args[0])
		for _, v := range n.Args[1:] {
			x = p.function("mul", x, p.reg(v))
		}
		return p.reduced(&ir.ReduceAttr{Fn: "sum"}, x)
	case *ir.LabelAttr:
		return p.lookup(n.Args[0], a.Label, p.reg(n.Args[1]))
	case *ir.KindAttr:
		x := p.reg(n.Args[0])
		if a.Kind == ir.Bool && n.Args[0].Type().Kind != ir.Bool {
			return p.function("ne", x, p.op(NormOp{Fn: "imm"}))
		}
		return x
	case *ir.MapAttr:
		var args []int
		for _, v := range n.Args {
			args = append(args, p.reg(v))
		}
		return p.function(a.Fn.Name, args...)
	}
	return p.reg(n.Args[0]) // transpose and stop
}

// function is a scalar function of lines. What differs along the second copy alone is computed along the keys: the
// numbers are the same.
func (p *normer) function(fn string, args ...int) int {
	if fn == "select" && p.truth(args[0]) && p.is(args[1], 1) && p.is(args[2], 0) {
		return args[0]
	}
	along := PerLane
	for _, a := range args {
		along = both(along, p.code[a].Along)
	}
	if along != PerOther {
		return p.op(NormOp{Fn: fn, Args: args, Along: along})
	}
	inner := slices.Clone(args)
	for i, a := range args {
		if p.code[a].Along == PerOther {
			inner[i] = p.code[a].Args[0]
		}
	}
	x := p.op(NormOp{Fn: fn, Args: inner, Along: PerKey})
	return p.op(NormOp{Fn: "other", Args: []int{x}, Along: PerOther})
}

// lookup is an element of a table along a label, at the number that a line gives.
func (p *normer) lookup(table ir.Value, label string, at int) int {
	v := p.inMemory(p.value(table))
	i := v.Find(label)
	if i < 0 { // the same all along it
		return p.op(NormOp{Fn: "view", View: v})
	}
	return p.op(NormOp{Fn: "lookup", Args: []int{at}, Along: p.code[at].Along, View: v.with(i), Size: v.Axes[i].Size, Unit: v.Axes[i].Stride})
}

// truth reports whether a line is a comparison, which is 1 or 0.
func (p *normer) truth(k int) bool {
	return slices.Contains([]string{"lt", "le", "gt", "ge", "eq", "ne"}, p.code[k].Fn)
}

func (p *normer) is(k int, x float64) bool { return p.code[k].Fn == "imm" && p.code[k].Imm == x }

// reduced is a reduction over the keys, or over their second copy.
func (p *normer) reduced(a *ir.ReduceAttr, x int) int {
	along := p.code[x].Along
	if along == PerOther {
		x = p.code[x].Args[0]
	}
	o := NormOp{Fn: reduces[a.Fn][0], Args: []int{x}}
	switch {
	case a.Prefix:
		o.Fn, o.Along = reduces[a.Fn][1], PerKey
	case along == PerTwo:
		o.Along = PerKey
	}
	r := p.op(o)
	if a.Prefix && along == PerOther {
		r = p.op(NormOp{Fn: "other", Args: []int{r}, Along: PerOther})
	}
	return r
}

// reg is the line of a value.
func (p *normer) reg(v ir.Value) int {
	if r, ok := p.regs[v]; ok {
		return r
	}
	x := p.value(v)
	var o NormOp
	if x.expr == nil {
		o = NormOp{Fn: "view", View: *x.view}
	} else if c, ok := x.expr.number(); ok {
		o = NormOp{Fn: "imm", Imm: c}
	} else {
		o = NormOp{Fn: "position", Expr: x.expr}
	}
	p.regs[v] = p.op(o)
	return p.regs[v]
}
