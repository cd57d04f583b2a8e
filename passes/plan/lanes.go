package plan

import (
	"slices"

	"archc/ir"
)

// Attention is softmax attention with queries in lanes: for each element of Over, and for the elements of Lane side by
// side, scores over all keys, their softmax, and the average of the values. No tensor of queries by keys is stored.
type Attention struct {
	Note
	Over, Lane []Dim
	Key        Dim
	Dots       []Dot
	Score      []PairOp // its last op is the score; of one dot alone where that is all
	First, End *Expr    // bounds of the keys that a lane sees; nil without
	Admits     *Expr    // which of them it sees; nil: all
	Values     []Average
}

// Dot is a sum over Sum of products of queries and keys: the key's one stride for all of Sum is Unit.
type Dot struct {
	Sum   []Dim
	Query View // axes of Over, Lane and Sum
	Key   View // axes of Over and the key
	Unit  ir.Size
}

// Average is a value that the weights average: Size elements, with the strides Unit and To.
type Average struct {
	Size, Unit, To ir.Size
	Value          View // axes of Over and the key
	Out            View // axes of Over and Lane
}

// PairOp is one line of the program of the scores, for each pair of a query and a key. Fn is a scalar function, or
// dot, view (a value that may differ along lanes, keys or both), position (a function of positions), lookup (an element
// of a table at a function of positions), imm, or admit (the second argument where the first holds, else no weight).
type PairOp struct {
	Fn         string
	Args       []int
	Dot        int
	View       View
	Expr       *Expr
	Imm        float64
	Size, Unit ir.Size // of lookup: elements of the table, and their stride
}

// sides of a value inside of an attend: what it hangs on.
const (
	ofQuery = 1 << iota
	ofKey
	ofData // not on positions alone
)

// lanesAttend plans attention in lanes where its parts are of that form; else it plans nothing.
func (b *builder) lanesAttend(n *ir.Node) bool {
	if b.options.Rowwise || !b.inLanes(n) {
		return false
	}
	a := n.Attr.(*ir.AttendAttr)
	score, mask := n.RegionNamed("score"), n.RegionNamed("mask")
	key := ir.Axis{Label: a.Key, Size: b.keySize(n)}
	query := ir.Axis{Label: a.Query, Size: one()}
	for _, q := range n.Args[:a.Queries] {
		if t := b.typeOf(q); a.Query != "" && t.Has(a.Query) {
			query = t.Axes[t.Find(a.Query)]
		}
	}
	p := &scorer{builder: b, a: &Attention{Key: Dim{key.Label, key.Size}}, regs: map[ir.Value]int{}, side: sidesOf(n), key: key.Label}
	i := constant(0)
	if a.Query != "" {
		i = index(query)
	}
	args := []value{{expr: i}, {expr: index(key)}}
	for _, v := range n.Args[:a.Queries+a.Keys] {
		args = append(args, b.value(v))
	}
	for k, v := range score.Params {
		b.values[ir.Value{Node: v}] = args[k]
	}
	for k, v := range mask.Params {
		b.values[ir.Value{Node: v}] = args[k]
	}
	b.meaning(a.Key, key.Size, func() {
		p.region(mask)
		p.region(score)
		last := p.reg(score.Results[0])
		p.masks(mask.Results[0], &last)
		p.a.Score = needed(p.a.Score, last)
	})
	var values []View
	for _, v := range n.Args[a.Queries+a.Keys:] {
		values = append(values, b.read(v))
	}
	p.finish(n, query, key, values)
	return true
}

// inLanes looks at the regions: softmax over the keys, no weights that mix, and scores of scalar functions and products
// of one query side and one key side.
func (b *builder) inLanes(n *ir.Node) bool {
	if n.RegionNamed("weight") != nil || !isSoftmax(n.RegionNamed("norm"), n.Attr.(*ir.AttendAttr).Key) {
		return false
	}
	side := sidesOf(n)
	score, mask := n.RegionNamed("score"), n.RegionNamed("mask")
	for _, r := range []*ir.Region{score, mask} {
		for _, x := range r.Nodes {
			if !pairable(x, side) {
				return false
			}
		}
	}
	s := score.Results[0]
	return side[s.Node]&ofData != 0 && s.Type().Has(n.Attr.(*ir.AttendAttr).Key) && score.Results[0].Node.Op != ir.Arg
}

// sidesOf says what each node of the regions hangs on.
func sidesOf(n *ir.Node) map[*ir.Node]int {
	a, side := n.Attr.(*ir.AttendAttr), map[*ir.Node]int{}
	for _, name := range []string{"score", "mask"} {
		r := n.RegionNamed(name)
		for i, p := range r.Params {
			switch {
			case i == 0:
				side[p] = ofQuery
			case i == 1:
				side[p] = ofKey
			case i < 2+a.Queries:
				side[p] = ofQuery | ofData
			default:
				side[p] = ofKey | ofData
			}
		}
		inside := map[*ir.Node]bool{}
		for _, x := range r.Nodes {
			inside[x] = true
			s := 0
			if x.Op == ir.Param {
				s = ofData
			}
			for _, v := range x.Args {
				if have, ok := side[v.Node]; ok {
					s |= have
				} else if !inside[v.Node] {
					s |= ofData
				}
			}
			side[x] = s
		}
	}
	return side
}

const ofPair = ofQuery | ofKey

// pairable reports whether a node of a region can be planned: one that is of one side as outside of the regions, with
// one more axis; one that is of a pair as a line of the program.
func pairable(n *ir.Node, side map[*ir.Node]int) bool {
	if side[n]&ofPair != ofPair {
		switch n.Op {
		case ir.Param, ir.Constant, ir.Extent, ir.Position, ir.Map, ir.Cast, ir.Contract, ir.Reduce, ir.Gather, ir.Rename,
			ir.Split, ir.Merge, ir.Slice, ir.Pick, ir.Transpose, ir.Stop:
			return true
		}
		return false
	}
	if side[n]&ofData == 0 { // a function of positions
		switch n.Op {
		case ir.Map, ir.Cast, ir.Rename, ir.Split, ir.Merge, ir.Slice, ir.Pick, ir.Transpose, ir.Stop:
			return true
		}
		return false
	}
	switch n.Op {
	case ir.Map, ir.Cast:
		return true
	case ir.Gather:
		return side[n.Args[0].Node]&ofPair == 0 && side[n.Args[1].Node]&ofData == 0
	case ir.Contract:
		if len(n.Args) != 2 {
			return false
		}
		x, y := side[n.Args[0].Node]&ofPair, side[n.Args[1].Node]&ofPair
		if x == ofPair || y == ofPair || x|y != ofPair {
			return false
		}
		for _, l := range n.Attr.(*ir.SumAttr).Labels {
			if !n.Args[0].Type().Has(l) || !n.Args[1].Type().Has(l) {
				return false
			}
		}
		return true
	}
	return false
}

// isSoftmax recognizes e / sum(e) where e = exp(s - max(s)), along the keys.
func isSoftmax(r *ir.Region, key string) bool {
	is := func(v ir.Value, fn string) bool {
		a, ok := v.Node.Attr.(*ir.MapAttr)
		return ok && v.Node.Op == ir.Map && a.Fn.Name == fn
	}
	reduces := func(v ir.Value, fn string, of ir.Value) bool {
		a, ok := v.Node.Attr.(*ir.ReduceAttr)
		return ok && !a.Prefix && a.Fn == fn && slices.Equal(a.Labels, []string{key}) && v.Node.Args[0] == of
	}
	s, w := ir.Value{Node: r.Params[0]}, r.Results[0]
	if !is(w, "div") {
		return false
	}
	e := w.Node.Args[0]
	if !is(e, "exp") || !reduces(w.Node.Args[1], "sum", e) {
		return false
	}
	d := e.Node.Args[0]
	return is(d, "sub") && d.Node.Args[0] == s && reduces(d.Node.Args[1], "max", s)
}

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

// masks divides a mask into bounds of the keys, what else hangs on positions, and what hangs on data.
func (p *scorer) masks(v ir.Value, last *int) {
	if _, made := p.regs[v]; !made {
		if x := p.value(v); x.expr != nil {
			p.positions(x.expr)
			return
		}
	}
	if n := v.Node; n.Op == ir.Map && n.Attr.(*ir.MapAttr).Fn.Name == "and" {
		p.masks(n.Args[0], last)
		p.masks(n.Args[1], last)
		return
	}
	*last = p.op(PairOp{Fn: "admit", Args: []int{p.reg(v), *last}})
}

func (p *scorer) positions(e *Expr) {
	if e.Fn == "and" {
		p.positions(e.Args[0])
		p.positions(e.Args[1])
		return
	}
	if e.Fn == "const" && e.Const != 0 {
		return
	}
	first, end := bounds(e, p.key)
	join := func(have **Expr, fn string, x *Expr) {
		if *have == nil {
			*have = x
		} else {
			*have = apply(fn, *have, x)
		}
	}
	switch {
	case first != nil:
		join(&p.a.First, "max", first)
	case end != nil:
		join(&p.a.End, "min", end)
	default:
		join(&p.a.Admits, "and", e)
	}
}

// bounds turns a comparison in which the key's number stands alone into the first key that it holds for, or the one
// behind the last.
func bounds(e *Expr, key string) (first, end *Expr) {
	swap := map[string]string{"gt": "lt", "ge": "le"}
	if len(e.Args) != 2 {
		return nil, nil
	}
	x, y, fn := e.Args[0], e.Args[1], e.Fn
	if s, ok := swap[fn]; ok {
		x, y, fn = y, x, s
	}
	if fn != "lt" && fn != "le" {
		return nil, nil
	}
	// x - y = sign j + rest <= 0, or < 0.
	sign, rest, ok := linear(apply("sub", x, y), key)
	one := constant(1)
	switch {
	case !ok || !wholeExpr(rest):
		return nil, nil
	case sign == 1 && fn == "le":
		return nil, apply("sub", one, rest)
	case sign == 1:
		return nil, apply("neg", rest)
	case sign == -1 && fn == "le":
		return rest, nil
	case sign == -1:
		return apply("add", rest, one), nil
	}
	return nil, nil
}

// linear writes an expression as a multiple of an index plus what does not hang on it.
func linear(e *Expr, label string) (factor int, rest *Expr, ok bool) {
	hangs := slices.ContainsFunc(e.Axes(), func(a ir.Axis) bool { return a.Label == label })
	if !hangs {
		return 0, e, true
	}
	switch e.Fn {
	case "index":
		return 1, constant(0), true
	case "neg":
		f, r, ok := linear(e.Args[0], label)
		return -f, apply("neg", r), ok
	case "add", "sub":
		f, r, ok := linear(e.Args[0], label)
		g, s, also := linear(e.Args[1], label)
		if e.Fn == "sub" {
			g = -g
		}
		return f + g, apply(e.Fn, r, s), ok && also
	}
	return 0, nil, false
}

// wholeExpr reports whether an expression is a whole number: of whole numbers by sums, products, extremes.
func wholeExpr(e *Expr) bool {
	switch e.Fn {
	case "index", "size", "loop", "quo", "floor", "ceil", "round":
		return e.Fn != "quo" || wholeExpr(e.Args[0]) && wholeExpr(e.Args[1])
	case "const":
		return e.Const == float64(int64(e.Const))
	case "add", "sub", "mul", "neg", "abs", "min", "max", "mod":
		for _, a := range e.Args {
			if !wholeExpr(a) {
				return false
			}
		}
		return true
	}
	return false
}

// finish divides the axes into those that keys or values have, which are run over, and lanes; and says where the results stand.
func (p *scorer) finish(n *ir.Node, query, key ir.Axis, values []View) {
	var sums []string
	var keyed, all []View
	for _, d := range p.a.Dots {
		for _, s := range d.Sum {
			sums = append(sums, s.Label)
		}
		keyed, all = append(keyed, d.Key), append(all, d.Query, d.Key)
	}
	keyed = append(keyed, values...)
	for _, o := range p.a.Score {
		if o.Fn == "view" || o.Fn == "lookup" {
			all = append(all, o.View)
			if o.View.Find(key.Label) >= 0 && (query.Label == "" || o.View.Find(query.Label) < 0) {
				keyed = append(keyed, o.View)
			}
		}
	}
	for i, v := range values {
		outs := p.typed(n, n.Outs[i])
		var rest []Axis
		for _, a := range v.Axes {
			if a.Label != key.Label && !p.scored(n, a.Label) {
				rest = append(rest, a)
			}
		}
		x, ok := merged(rest, "")
		if !ok {
			var labels []string
			for _, a := range v.Axes {
				if !slices.ContainsFunc(rest, func(r Axis) bool { return r.Label == a.Label }) {
					labels = append(labels, a.Label)
				}
			}
			for _, a := range rest {
				labels = append(labels, a.Label)
			}
			v = p.copied(v, labels)
			x, _ = merged(v.pickAxes(labels[len(labels)-len(rest):]), "")
		}
		p.raw(v)
		var names []string
		for _, a := range rest {
			names = append(names, a.Label)
		}
		to := p.into(ir.Value{Node: n, Out: i}, outs)
		final := to
		y, ok := merged(to.pickAxes(names), "")
		if !ok {
			to = p.fresh(outs)
			y, ok = merged(to.pickAxes(names), "")
			if !ok { // the axes of the value stand in another order than in the result
				var order []Axis
				for _, a := range outs {
					if !slices.Contains(names, a.Label) {
						order = append(order, a)
					}
				}
				to = p.fresh(append(order, rest...))
				y, _ = merged(to.pickAxes(names), "")
			}
		}
		drop := func(v View) View {
			v.Axes = slices.DeleteFunc(slices.Clone(v.Axes), func(a Axis) bool { return slices.Contains(names, a.Label) })
			return v
		}
		p.a.Values = append(p.a.Values, Average{Size: x.Size, Unit: x.Stride, To: y.Stride, Value: drop(v), Out: drop(to)})
		p.values[ir.Value{Node: n, Out: i}] = value{view: &final}
		all = append(all, drop(to))
		defer func() { p.after(final, to) }()
	}
	for _, v := range all {
		for _, a := range v.Axes {
			known := func(d Dim) bool { return d.Label == a.Label }
			if a.Label == key.Label || slices.Contains(sums, a.Label) || slices.ContainsFunc(p.a.Over, known) || slices.ContainsFunc(p.a.Lane, known) {
				continue
			}
			switch {
			case slices.ContainsFunc(keyed, func(v View) bool { return v.Find(a.Label) >= 0 }) || a.Label == Batch:
				p.a.Over = append(p.a.Over, Dim{a.Label, a.Size})
			case a.Label == query.Label:
				p.a.Lane = append([]Dim{{a.Label, a.Size}}, p.a.Lane...)
			default:
				p.a.Lane = append(p.a.Lane, Dim{a.Label, a.Size})
			}
		}
	}
	p.add(p.a)
}

func (p *scorer) after(final, to View) {
	if !final.Same(to) {
		p.builder.add(&Move{To: final, From: to})
	}
}

// scored reports whether a label is one of the scores', so that a value which has it is another one along it.
func (p *scorer) scored(n *ir.Node, label string) bool {
	return label == Batch || n.Weights().Has(label) || n.RegionNamed("mask").Results[0].Type().Has(label)
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
