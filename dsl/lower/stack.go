package lower

import (
	"slices"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// stack is `L * Layer(l)`: one block text, run count times.
type stack struct {
	field *field
	count int64
	block syntax.Expr // evaluated for each kind of layer, with l bound
	from  int64       // layers[a..b]
	use   *stackUse   // one for the whole stack and its ranges
	run   string      // the function of its blocks that a call runs; "" for the forward function
	along *axis       // the dim of the whole stack's depth; nil when the depth is no dim
	depth diag.Span   // what is written for it
	joint bool        // its blocks have their tensors together, along that dim
}

// stackUse is what a program does with the layers of a stack.
type stackUse struct {
	any bool   // something is done with one of them
	ran []bool // which of them a call ran
}

// marks notes that layers a up to but not including b run.
func (u *stackUse) marks(a, b int64) {
	u.any = true
	for n := a; n < b; n++ {
		u.ran[n] = true
	}
}

// makeStack reads `L * Layer(l)`.
func (l *lowerer) makeStack(f *field, t *syntax.Binary) value {
	depth := l.eval(t.X, f.inst.scope)
	if poisoned(depth) {
		return depth
	}
	return l.stackOf(f, depth, t.X.Span(), t.Y)
}

// stackOf makes a stack of so many blocks; at is what is written for the depth.
func (l *lowerer) stackOf(f *field, depth value, at diag.Span, block syntax.Expr) value {
	n, ok := sizeOf(depth)
	count, isNumber := n.Int()
	if !ok || !isNumber {
		l.fail(diag.New(diag.NotConstant, at, "`%s` layers: the depth of a stack is known when compiling",
			at.Text()))
		return poison{}
	}
	if count > maxLayers || count < 0 {
		l.fail(diag.New(diag.Budget, at, "a stack of %d layers; the limit is %d", count, int64(maxLayers)))
		return poison{}
	}
	return &stack{field: f, count: count, block: block, use: &stackUse{ran: make([]bool, count)}, along: l.depthAxis(depth, count),
		depth: at}
}

// layer instantiates the stack's block for the layer that v says.
func (l *lowerer) layer(st *stack, v *layerVar) (*instance, bool) {
	return l.layerAt(st, l.layerIndex(v), v.placeholder(0), st.field.at)
}

// layerAt instantiates the stack's block with a layer's number, which stands in keys as written.
func (l *lowerer) layerAt(st *stack, index value, written string, at diag.Span) (*instance, bool) {
	f := st.field
	sc := f.inst.scope.child()
	sc.bind("l", index, f.at, true)
	if len(f.decl.As) > 0 && l.lookup(sc, "e") == nil {
		sc.bind("e", index, f.at, true) // keys may say expert_{e}
	}
	path, whole, ok := l.pathIn(f, 0, sc)
	if !ok {
		return nil, false
	}
	if !whole && !st.joint && (f.index >= len(f.decl.As) || !namesLayer(f.decl.As[f.index].Text)) {
		path = joinPath(path, written)
	}
	val := l.eval(st.block, sc)
	t, ok := val.(template)
	if !ok {
		if !poisoned(val) {
			l.fail(diag.New(diag.WrongPlace, st.block.Span(), "a stack repeats a block, and `%s` is %s",
				st.block.Span().Text(), val.what()))
		}
		return nil, false
	}
	if st.joint {
		t.copy = &copied{f, st.along, index}
	}
	t.over = append(slices.Clone(t.over), l.belowLayer(f, index)...)
	in, ok := l.instantiate(t, path, f.inst, st.block.Span())
	if ok {
		in.place = joinPath(f.inst.place, f.name)
	}
	return in, ok
}

func namesLayer(key string) bool { return slices.Contains([]byte(key), '{') }

// callStack runs the layers one after another. Layers whose text is the same make one repeat; layers that alternate
// make one repeat of a period.
func (l *lowerer) callStack(st *stack, args callArgs, at diag.Span, sc *scope) value {
	st.use.any = true
	if st.run == "" {
		st.use.marks(st.from, st.from+st.count)
	}
	if len(args.pos) == 0 {
		l.fail(diag.New(diag.WrongArgs, at, "a stack takes what its layers carry").
			Note(st.field.at, "%s is declared", st.field.name))
		return poison{}
	}
	x, ok := l.wantTensor(args.pos[0].val, args.pos[0].at)
	if !ok {
		return poison{}
	}
	r := &running{stack: st, v: l.loopVar(), args: args, at: at, sc: sc}
	if !l.sliceArgs(r) {
		return poison{}
	}
	kinds, known, ok := l.layerKinds(r, x.Type())
	if !ok || !l.moreOfLayers(r, known) {
		return poison{}
	}
	all := runsOf(kinds)
	if len(all) > maxKinds {
		l.exhausted(at, "the layers of %s make %d loops; the limit is %d", st.field.name, len(all), maxKinds)
		return poison{}
	}
	if r.sides, ok = l.sidesOf(r, kinds, known); !ok {
		return poison{}
	}
	for _, run := range all {
		lowerRun := l.repeat
		if run.count == 1 && run.period == 1 {
			if k := known[kinds[run.first]]; !k.in.Equal(k.outs[0]) {
				lowerRun = l.single
			}
		}
		if x, ok = lowerRun(r, run, x); !ok {
			return poison{}
		}
	}
	if !l.emitLayers(r.sides) {
		return poison{}
	}
	return l.stackResults(r, x)
}

// running is one call of a stack.
type running struct {
	*stack
	v      *layerVar
	args   callArgs
	at     diag.Span
	sc     *scope
	sliced []sliced     // the arguments behind `;`
	more   []ir.Type    // what a layer gives beyond what it carries
	parts  [][]ir.Value // of each of those, what the loops gave so far
	sides  *layerSides
}

// single lowers a layer that gives another type than it takes: it stands alone, with its number in its keys.
func (l *lowerer) single(st *running, r run, x ir.Value) (ir.Value, bool) {
	v := *st.v
	alone := *st
	alone.v = &v
	v.now, v.offset, v.fixed = st.from+r.first, 0, true
	lv, done := l.open(func(d drawn) ir.Value { return l.takeOne(st, d) })
	out, ok := l.runLayer(&alone, x, l.elements(st, r.first))
	done()
	if !ok {
		return x, false
	}
	l.keepOne(st, out[1:])
	l.keepAlone(st.sides, lv)
	return out[0], true
}

// repeat adds one repeat node.
func (l *lowerer) repeat(st *running, r run, x ir.Value) (ir.Value, bool) {
	slices := l.turns(st, r)
	body, ok := l.enter("body", st.at)
	if !ok {
		return x, false
	}
	lv, done := l.loop()
	body.Results, ok = l.repeatBody(st, r, x, slices)
	done()
	l.leave()
	if !ok {
		return x, false
	}
	l.b.Src = st.at
	attr := &ir.RepeatAttr{Var: st.v.name, First: st.from + r.first, Step: r.period, Count: ir.Const(r.count)}
	args := []ir.Value{x}
	for _, s := range slices {
		args, attr.Slices = append(args, s.v), append(attr.Slices, s.along.label)
	}
	for range st.more {
		attr.Stacked = append(attr.Stacked, l.turnAxis(st, r).ir())
	}
	turn := l.drawnTurn(st, r)
	args = append(args, l.loopArgs(st.sides, lv, turn, r.count)...)
	if body.Results = append(body.Results, lv.results()...); !l.slicedAlong(lv, turn.ir(), attr) {
		return x, false
	}
	n, err := l.b.Add(ir.Repeat, attr, args, body)
	if err != nil {
		l.fail(diag.New(diag.StackType, st.at, "%v", err))
		return x, false
	}
	l.keepRun(st, r, n)
	return ir.Value{Node: n}, l.keepLoop(st.sides, lv, n, turn)
}

// repeatBody lowers the layers of one turn: it gives what they carry, then what they give beyond it.
func (l *lowerer) repeatBody(st *running, r run, x ir.Value, slices []sliced) ([]ir.Value, bool) {
	defer l.whole()()
	l.b.Src = st.at
	st.v.value = l.b.Param(ir.Scalar(ir.Int), st.v.name)
	x = l.b.Param(x.Type(), "x")
	var elements []ir.Value
	for _, s := range slices {
		elements = append(elements, l.b.Param(s.v.Type().Without(s.along.label), s.name))
	}
	each := make([][]ir.Value, len(st.more))
	for k := int64(0); k < r.period; k++ {
		st.v.now, st.v.offset = st.from+r.first+k, k
		out, ok := l.runLayer(st, x, l.ofTurn(st, r, elements, k))
		if !ok {
			return nil, false
		}
		x = out[0]
		for i, y := range out[1:] {
			each[i] = append(each[i], y)
		}
		l.levels[len(l.levels)-1].nextLayer()
	}
	return append([]ir.Value{x}, l.inTurn(st, r, each)...), true
}

// runLayer lowers one layer of the stack for x and its elements of the arguments behind `;`. It gives what is carried,
// then what else the layer gives.
func (l *lowerer) runLayer(st *running, x ir.Value, elements []ir.Value) ([]ir.Value, bool) {
	in, ok := l.layer(st.stack, st.v)
	if !ok {
		return nil, false
	}
	inner := st.args
	inner.pos, inner.carry = slices.Clone(st.args.pos), slices.Clone(st.args.carry)
	inner.pos[0].val = tensor{x}
	for i, e := range elements {
		inner.carry[i].val = tensor{e}
	}
	results, ok := flat([]value{l.callValue(l.runs(st.stack, in, st.at), inner, st.at, st.sc)})
	if st.run == "" {
		l.touch(in)
	}
	if !ok {
		return nil, false
	}
	want := append([]ir.Type{x.Type()}, st.more...)
	out := make([]ir.Value, len(results))
	for i, y := range results {
		if out[i], ok = l.wantTensor(y, st.at); !ok {
			return nil, false
		}
		if i < len(want) {
			out[i] = l.inOrder(out[i], want[i])
		}
	}
	return out, true
}

// inOrder puts the axes of v in the order of a type that has the same.
func (l *lowerer) inOrder(v ir.Value, want ir.Type) ir.Value {
	if !sameAxes(want, v.Type()) || want.Equal(v.Type()) {
		return v
	}
	return l.b.Must(ir.Transpose, &ir.SumAttr{Labels: want.Labels()}, v)
}

func sameAxes(a, b ir.Type) bool {
	if a.Kind != b.Kind || len(a.Axes) != len(b.Axes) {
		return false
	}
	for _, x := range a.Axes {
		i := b.Find(x.Label)
		if i < 0 || !b.Axes[i].Size.Equal(x.Size) {
			return false
		}
	}
	return true
}
