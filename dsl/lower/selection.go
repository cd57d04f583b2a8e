package lower

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// selection is which elements of a dim every row chose: top[E](s, k).
type selection struct {
	index ir.Value // whole numbers, along slot the chosen ones
	slot  *axis
	of    *axis
	valid ir.Value // which choices hold; zero when all do
}

func (selection) what() string { return "a selection" }

// callTop lowers top[E](x, k): the k largest along E, the largest first.
func callTop(l *lowerer, args *callArgs, at diag.Span, sc *scope) value {
	first := *args
	first.pos = args.pos[:1]
	v, axes, ok := l.reduceArg("top", &first, at, sc)
	if !ok {
		return poison{}
	}
	k, isNumber := sizeOf(settle(args.pos[1].val))
	n, whole := k.Int()
	if len(axes) != 1 || !isNumber || !whole || n < 1 {
		l.fail(diag.New(diag.NotConstant, at, "top takes one dim and a whole number known when compiling").
			Suggest("`top[E](scores, 2)`"))
		return poison{}
	}
	slot := l.dim("top", ir.Const(n), at)
	node, err := l.b.Add(ir.TopK, &ir.TopKAttr{Label: axes[0].label, Into: slot.ir()}, []ir.Value{v})
	if err != nil {
		d := diag.New(diag.BadRange, at, "%d of %s cannot be chosen", n, axes[0].describe())
		d.Note(diag.Span{}, "%s : %s", l.nameOf(v), l.typeText(v.Type()))
		l.fail(d.Suggest("choose at most %s: `%s` is %d", axes[0].name, clip(args.pos[1].at.Text()), n))
		return poison{}
	}
	return selection{index: ir.Value{Node: node}, slot: slot, of: axes[0]}
}

// callTopSum lowers topsum[P](x, k): the sum of the k largest along P.
func callTopSum(l *lowerer, args *callArgs, at diag.Span, sc *scope) value {
	s, ok := callTop(l, args, at, sc).(selection)
	if !ok {
		return poison{}
	}
	x, _ := l.tensorOf(args.pos[0].val)
	x, _ = l.need(x, s.of)
	picked := l.b.Must(ir.Gather, &ir.LabelAttr{Label: s.of.label}, x, s.index)
	return l.reduce("sum", false, picked, []*axis{s.slot}, at)
}

// callOneHot lowers onehot(r): where an element is chosen.
func callOneHot(l *lowerer, args *callArgs, at diag.Span, _ *scope) value {
	s, ok := args.pos[0].val.(selection)
	if !ok {
		l.fail(diag.New(diag.BadKind, at, "onehot takes a selection, not %s", args.pos[0].val.what()).
			Suggest("`r = top[E](scores, 2);  onehot(r)`"))
		return poison{}
	}
	each := l.b.Must(ir.Position, &ir.AxisAttr{Axis: s.of.ir()})
	hit := l.b.Must(ir.Map, fn("eq"), s.index, each)
	if !s.valid.IsZero() {
		hit = l.b.Must(ir.Map, fn("and"), hit, s.valid)
	}
	return tensor{l.b.Must(ir.Reduce, &ir.ReduceAttr{Fn: "max", Labels: []string{s.slot.label}}, hit)}
}

// narrow lowers r & condition: the choices for which it holds too. A condition along E is read at the chosen ones.
func (l *lowerer) narrow(s selection, cond value, at diag.Span) value {
	c, ok := l.wantTensor(cond, at)
	if !ok {
		return poison{}
	}
	if c.Type().Kind != ir.Bool {
		l.fail(diag.New(diag.BadKind, at, "a selection is narrowed by a condition, not by %s", l.typeText(c.Type())))
		return poison{}
	}
	if out, has := l.need(c, s.of); has {
		c = l.b.Must(ir.Gather, &ir.LabelAttr{Label: s.of.label}, out, s.index)
	}
	for _, x := range c.Type().Axes {
		if !s.index.Type().Has(x.Label) {
			l.fail(diag.New(diag.OuterProduct, at, "the condition has the dimension %s, which the selection has not",
				l.axisText(x.Label)))
			return poison{}
		}
	}
	if !s.valid.IsZero() {
		c = l.b.Must(ir.Map, fn("and"), s.valid, c)
	}
	s.valid = c
	return s
}

// sumOver lowers sum[e in r](...): for every row the sum over the chosen ones; the body sees one of them, e.
func (l *lowerer) sumOver(x *syntax.Call, brackets []syntax.Arg, sc *scope) value {
	a := brackets[0]
	if len(brackets) != 1 || a.Name.Name == "" || len(x.Args) != 1 || x.HasCarry || x.HasBody {
		l.fail(diag.New(diag.WrongArgs, x.At, "a sum over a selection has one variable and one term").
			Suggest("`sum[e in r](s[E: e] * experts[e](x))`"))
		return poison{}
	}
	chosen := l.eval(a.Value, sc)
	s, ok := chosen.(selection)
	if !ok {
		if !poisoned(chosen) {
			l.fail(diag.New(diag.BadKind, a.At, "`%s` is %s, not a selection", a.Value.Span().Text(), chosen.what()).
				Suggest("`r = top[E](scores, 2)`"))
		}
		return poison{}
	}
	if !l.mayBind(a.Name, sc) {
		return poison{}
	}
	body, ok := l.enter("body", x.At)
	if !ok {
		return poison{}
	}
	g := &grouped{l: l, s: s, at: x.At, from: sc}
	out, ok := g.body(a.Name, x.Args[0].Value)
	l.leave()
	if !ok {
		return poison{}
	}
	return g.node(body, out)
}

// grouped is one sum over a selection being lowered.
type grouped struct {
	l        *lowerer
	s        selection
	at       diag.Span
	from     *scope
	rows     *axis
	name     string
	operands []ir.Value
	params   []ir.Value
}

func (g *grouped) body(id syntax.Ident, term syntax.Expr) (ir.Value, bool) {
	l := g.l
	defer l.whole()()
	l.vars++
	g.name = fmt.Sprintf("e%d", l.vars)
	g.rows = l.newAxis("rows", ir.Size{}, g.at)
	g.rows.size = ir.Free(g.rows.label)
	e := l.b.Param(ir.Scalar(ir.Int), g.name)
	l.chosen[e.Node] = &choice{layerVar{name: g.name, value: e}, g.s.of}
	sc := g.from.child()
	sc.bind(id.Name, tensor{e}, id.At, false)
	g.operandsOf(sc)
	v, ok := l.wantTensor(l.eval(term, sc), term.Span())
	if !ok || !l.alike(&l.chosen[e.Node].layerVar, g.at) {
		return v, false
	}
	if v.Type().Kind == ir.Bool || !v.Type().Has(g.rows.label) {
		l.fail(diag.New(diag.BadKind, term.Span(), "each chosen one adds the same to every row: %s", l.typeText(v.Type())).
			Suggest("the term of a sum over a selection reads a value of the row"))
		return v, false
	}
	return v, true
}

// operandsOf binds every tensor in reach as the rows of one chosen element see it; those that are not read are dropped.
func (g *grouped) operandsOf(sc *scope) {
	l := g.l
	attr := &ir.ExpertsAttr{Rows: g.rows.label}
	for at := g.from; at != nil && at.inst == g.from.inst; at = at.parent {
		// In the order in which they were bound: another name is no other program.
		names := slices.SortedFunc(maps.Keys(at.names), func(a, b string) int {
			x, y := at.names[a].at, at.names[b].at
			return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(x.End, y.End), cmp.Compare(a, b))
		})
		for _, n := range names {
			t, ok := at.names[n].val.(tensor)
			if !ok || sc.names[n] != nil {
				continue
			}
			if _, err := ir.Broadcast(g.s.index.Type(), t.v.Type()); err != nil || len(t.v.Node.Outs) <= t.v.Out {
				continue
			}
			p := l.b.Param(attr.Operand(g.s.index.Type(), t.v.Type()), n)
			g.operands, g.params = append(g.operands, t.v), append(g.params, p)
			sc.bind(n, tensor{p}, at.names[n].at, at.names[n].fixed)
		}
	}
}

func (g *grouped) node(body *ir.Region, out ir.Value) value {
	l := g.l
	used := map[*ir.Node]bool{out.Node: true}
	body.Walk(func(n *ir.Node, _ int) {
		for _, v := range n.Args {
			used[v.Node] = true
		}
		for _, r := range n.Regions {
			for _, v := range r.Results {
				used[v.Node] = true
			}
		}
	})
	valid := g.s.valid
	if valid.IsZero() {
		valid = l.constant(truth(true))
	}
	args := []ir.Value{g.s.index, valid}
	params := body.Params[:1:1]
	for i, p := range g.params {
		if used[p.Node] {
			args, params = append(args, g.operands[i]), append(params, p.Node)
		}
	}
	body.Params, body.Results = params, []ir.Value{out}
	attr := &ir.ExpertsAttr{Var: g.name, Of: g.s.of.ir(), Slot: g.s.slot.label, Rows: g.rows.label}
	l.b.Src = g.at
	n, err := l.b.Add(ir.Experts, attr, args, body)
	if err != nil {
		l.fail(diag.New(diag.StackType, g.at, "%v", err))
		return poison{}
	}
	return tensor{ir.Value{Node: n}}
}

// choice is the number of a chosen element of a dim.
type choice struct {
	layerVar
	of *axis
}

// chosenOf gives experts[e], which chooses among as many blocks as the selection chooses among elements.
func (l *lowerer) chosenOf(st *stack, e *choice, at diag.Span) value {
	if n, ok := e.of.size.Int(); !ok || n != st.count {
		l.fail(diag.New(diag.SizeMismatch, at, "%s has %d blocks, and the selection is among %s", st.field.name, st.count,
			e.of.describe()).Note(st.field.at, "%s is declared", st.field.name).
			Suggest("declare as many: `%s : %s * %s`", st.field.name, e.of.name, clip(st.block.Span().Text())))
		return poison{}
	}
	return l.expert(st, &e.layerVar, at)
}

// expert gives experts[e], one block of a stack that a selection chose.
func (l *lowerer) expert(st *stack, v *layerVar, at diag.Span) value {
	st.use.any = true
	if st.run == "" {
		st.use.marks(st.from, st.from+st.count)
	}
	v.records = nil
	in, ok := l.layer(st, v)
	if !ok {
		return poison{}
	}
	if !l.alike(v, at) {
		return poison{}
	}
	return l.runs(st, in, at)
}

// alike refuses experts whose text their number decides: one body stands for all of them.
func (l *lowerer) alike(v *layerVar, at diag.Span) bool {
	if len(v.records) > 0 {
		l.unsupported(at, "experts that differ in more than their numbers")
	}
	return len(v.records) == 0
}

// bank is experts[E]: every block of a stack side by side.
type bank struct {
	*stack
	along *axis
}

func (bank) what() string { return "a bank of experts" }

// callBank lowers experts[E](x): the results of all of them along E.
func (l *lowerer) callBank(b bank, args callArgs, at diag.Span, sc *scope) value {
	if len(args.pos) != 1 || len(args.named)+len(args.carry)+len(args.axes) > 0 {
		l.fail(diag.New(diag.WrongArgs, at, "experts take one argument, not %s", args.count()))
		return poison{}
	}
	l.vars++
	v := &layerVar{name: fmt.Sprintf("e%d", l.vars)}
	body, ok := l.enter("body", at)
	if !ok {
		return poison{}
	}
	lv, done := l.loop()
	y, ok := l.bankBody(b, v, args, at, sc)
	done()
	l.leave()
	if !ok {
		return poison{}
	}
	body.Results = append([]ir.Value{y}, lv.results()...)
	attr := &ir.RepeatAttr{Var: v.name, First: b.from, Step: 1, Count: b.along.size, Stacked: []ir.Axis{b.along.ir()}}
	drawn, ok := l.drawAlong(lv, b.along.ir(), attr)
	if !ok {
		return poison{}
	}
	l.b.Src = at
	n, err := l.b.Add(ir.Repeat, attr, drawn, body)
	if err != nil {
		if l.list.Empty() { // else a tensor that could not be stored is behind it
			l.fail(diag.New(diag.StackType, at, "%v", err))
		}
		return poison{}
	}
	l.emitAlong(lv, n)
	return tensor{ir.Value{Node: n}}
}

func (l *lowerer) bankBody(b bank, v *layerVar, args callArgs, at diag.Span, sc *scope) (ir.Value, bool) {
	defer l.whole()()
	v.value = l.b.Param(ir.Scalar(ir.Int), v.name)
	block := l.expert(b.stack, v, at)
	if poisoned(block) {
		return ir.Value{}, false
	}
	y, ok := l.wantTensor(l.callValue(block, args, at, sc), at)
	if in, whole := block.(*instance); whole {
		l.touch(in)
	}
	return y, ok && l.alike(v, at)
}
