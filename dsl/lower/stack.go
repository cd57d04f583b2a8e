package lower

import (
	"fmt"
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
	used  *bool       // whether it, or a range of it, was called
	along *axis       // the dim of the whole stack's depth; nil when the depth is no dim
	depth diag.Span   // what is written for it
}

// makeStack reads `L * Layer(l)`.
func (l *lowerer) makeStack(f *field, t *syntax.Binary) value {
	depth := l.eval(t.X, f.inst.scope)
	if poisoned(depth) {
		return depth
	}
	n, ok := sizeOf(depth)
	count, isNumber := n.Int()
	if !ok || !isNumber {
		l.fail(diag.New(diag.NotConstant, t.X.Span(), "`%s` layers: the depth of a stack is known when compiling",
			t.X.Span().Text()))
		return poison{}
	}
	if count > maxLayers || count < 0 {
		l.fail(diag.New(diag.Budget, t.X.Span(), "a stack of %d layers; the limit is %d", count, int64(maxLayers)))
		return poison{}
	}
	return &stack{field: f, count: count, block: t.Y, used: new(bool), along: l.depthAxis(depth, count),
		depth: t.X.Span()}
}

// layer instantiates the stack's block for the layer that v says.
func (l *lowerer) layer(st *stack, v *layerVar) (*instance, bool) {
	f := st.field
	sc := f.inst.scope.child()
	index := l.layerIndex(v)
	sc.bind("l", index, f.at, true)
	if len(f.decl.As) > 0 && l.lookup(sc, "e") == nil {
		sc.bind("e", index, f.at, true) // keys may say expert_{e}
	}
	path, whole, ok := l.pathIn(f, 0, sc)
	if !ok {
		return nil, false
	}
	if !whole && (f.index >= len(f.decl.As) || !namesLayer(f.decl.As[f.index].Text)) {
		path = joinPath(path, v.placeholder(0))
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
	*st.used = true
	switch {
	case len(args.axes) > 0:
		return l.unsupported(at, "one layer of a stack")
	case len(args.pos) == 0:
		l.fail(diag.New(diag.WrongArgs, at, "a stack takes what its layers carry").
			Note(st.field.at, "%s is declared", st.field.name))
		return poison{}
	}
	x, ok := l.wantTensor(args.pos[0].val, args.pos[0].at)
	if !ok {
		return poison{}
	}
	l.vars++
	name := "l"
	if l.vars > 1 {
		name = fmt.Sprintf("l%d", l.vars)
	}
	r := &running{stack: st, v: &layerVar{name: name}, args: args, at: at, sc: sc}
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
	results, ok := flat([]value{l.callValue(in, inner, st.at, st.sc)})
	l.touch(in)
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

// subStack gives layers[a..b], the layers from a up to but not including b.
func (l *lowerer) subStack(st *stack, x *syntax.Index, sc *scope) value {
	if len(x.Args) == 1 && x.Args[0].To == nil && x.Args[0].Axis == nil && x.Args[0].Name.Name == "" {
		return l.oneOf(st, x, sc)
	}
	if len(x.Args) != 1 || x.Args[0].To == nil || x.Args[0].Axis != nil {
		return l.unsupported(x.At, "one layer of a stack")
	}
	from, okA := l.layerNumberOf(x.Args[0].Value, sc)
	to, okB := l.layerNumberOf(x.Args[0].To, sc)
	if !okA || !okB {
		return poison{}
	}
	if from < 0 || to > st.count || from >= to {
		l.fail(diag.New(diag.BadRange, x.At, "layers %d..%d of a stack of %d", from, to, st.count))
		return poison{}
	}
	return &stack{field: st.field, count: to - from, block: st.block, from: st.from + from, used: st.used,
		along: st.along, depth: st.depth}
}

// oneOf gives experts[e], the chosen one of a selection, and experts[E], all side by side.
func (l *lowerer) oneOf(st *stack, x *syntax.Index, sc *scope) value {
	switch v := l.eval(x.Args[0].Value, sc).(type) {
	case poison:
		return v
	case tensor:
		if e := l.chosen[v.v.Node]; e != nil {
			return l.chosenOf(st, e, x.At)
		}
	case dims:
		if n, ok := v.s.size().Int(); ok && len(v.s) == 1 && n == st.count {
			return bank{st, v.s[0]}
		}
		l.fail(diag.New(diag.SizeMismatch, x.At, "%s has %d blocks, and %s is %s", st.field.name, st.count, v.s, v.s.size()))
		return poison{}
	}
	return l.unsupported(x.At, "one layer of a stack")
}

func (l *lowerer) layerNumberOf(e syntax.Expr, sc *scope) (int64, bool) {
	v := l.eval(e, sc)
	if n, ok := sizeOf(settle(v)); ok {
		if k, isNumber := n.Int(); isNumber {
			return k, true
		}
	}
	if !poisoned(v) {
		l.fail(diag.New(diag.NotConstant, e.Span(), "`%s` is no number of a layer known when compiling", e.Span().Text()))
	}
	return 0, false
}

// touch makes the parameters of fields that no body has used: they are stored, so they are counted.
func (l *lowerer) touch(in *instance) {
	for _, f := range in.order {
		if l.spent.over {
			return
		}
		switch v := l.fieldValue(f).(type) {
		case *parameter:
			l.readParameter(v)
		case *convolution:
			l.touchConvolution(v)
		case *linear:
			l.aside(func() { l.weight(v) })
			if v.bias != "" {
				l.biasOf(v)
			}
		case *instance:
			l.touch(v)
		case *stack:
			l.touchStack(v)
		}
	}
}

// touchStack refuses a stack that never runs: nothing says what its layers are applied to. Where something else is
// wrong the call may be behind it.
func (l *lowerer) touchStack(st *stack) {
	if *st.used || st.count == 0 || !l.list.Empty() {
		return
	}
	*st.used = true
	l.fail(diag.New(diag.Unused, st.field.at, "the stack %s never runs", st.field.name).
		Suggest("call it in the forward function, or remove it"))
}
