package lower

import (
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// Parts of a stack: layers[a..b], layers[0], layers[L - 1].norm, experts[e], experts[E], layers.f.

// subStack gives what stands behind the name of a stack in brackets.
func (l *lowerer) subStack(st *stack, x *syntax.Index, sc *scope) value {
	if len(x.Args) != 1 || x.Args[0].Axis != nil || x.Args[0].Name.Name != "" {
		l.fail(diag.New(diag.WrongPlace, x.At, "`%s` is no part of a stack", clip(x.At.Text())).
			Suggest("`%s[0]` is one layer, `%s[0..2]` a range", st.field.name, st.field.name))
		return poison{}
	}
	if x.Args[0].To == nil {
		return l.oneOf(st, x, sc)
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
	out := *st
	out.from, out.count = st.from+from, to-from
	return &out
}

// oneOf gives layers[0], a layer by its number; experts[e], the chosen one of a selection; and experts[E], all side by
// side.
func (l *lowerer) oneOf(st *stack, x *syntax.Index, sc *scope) value {
	e := x.Args[0].Value
	v := l.eval(e, sc)
	switch i := v.(type) {
	case poison:
		return v
	case tensor:
		if e := l.chosen[i.v.Node]; e != nil {
			return l.chosenOf(st, e, x.At)
		}
	case dims:
		if n, ok := i.s.size().Int(); ok && len(i.s) == 1 && n == st.count {
			return bank{st, i.s[0]}
		}
		l.fail(diag.New(diag.SizeMismatch, x.At, "%s has %d blocks, and %s is %s", st.field.name, st.count, i.s, i.s.size()))
		return poison{}
	case layered:
		if i.index != nil {
			return l.besides(st, i, x.At)
		}
	}
	n, ok := l.layerNumber(v, e)
	if !ok || !l.isLayer(st, n, x.At) {
		return poison{}
	}
	return l.alone(st, whole(st.from+n), ir.Const(st.from+n).String(), x.At)
}

// besides is the layer of another stack by the number of the layer that runs: its keys say that number.
func (l *lowerer) besides(st *stack, i layered, at diag.Span) value {
	from := whole(st.from)
	inside := l.layerFormula(ir.FnNamed("and"), ir.Bool, []value{
		l.layerFormula(ir.FnNamed("ge"), ir.Bool, []value{i, whole(0)}),
		l.layerFormula(ir.FnNamed("lt"), ir.Bool, []value{i, whole(st.count)}),
	})
	inside.decide() // a layer whose number is outside is lowered apart, and refused
	if !l.isLayer(st, int64(i.value()), at) {
		return poison{}
	}
	i = l.layerFormula(ir.FnNamed("add"), ir.Int, []value{i, from})
	return l.alone(st, i, i.index.placeholder(i.shift), at)
}

// isLayer refuses the number of a layer that a stack does not have.
func (l *lowerer) isLayer(st *stack, n int64, at diag.Span) bool {
	if n >= 0 && n < st.count {
		return true
	}
	l.fail(diag.New(diag.BadRange, at, "layer %d of a stack of %d", n, st.count).
		Note(st.field.at, "%s is declared", st.field.name).
		Suggest("its layers are 0 to %d", st.count-1))
	return false
}

// alone gives one layer, which is called like any block and has the parts of one.
func (l *lowerer) alone(st *stack, index value, written string, at diag.Span) value {
	st.use.any = true
	in, ok := l.layerAt(st, index, written, at)
	if !ok {
		return poison{}
	}
	return l.runs(st, in, at)
}

// functionOf gives layers.f: a call runs the function f of each block. The first layer tells whether there is one.
func (l *lowerer) functionOf(st *stack, id syntax.Ident) value {
	var in *instance
	ok := false
	l.aside(func() { in, ok = l.layerAt(st, whole(st.from), ir.Const(st.from).String(), id.At) })
	if !ok {
		return poison{}
	}
	out := *st
	out.run = id.Name
	if poisoned(l.runs(&out, in, id.At)) {
		return poison{}
	}
	return &out
}

// runs is what a call of the stack runs of one of its blocks.
func (l *lowerer) runs(st *stack, in *instance, at diag.Span) value {
	if st.run == "" {
		return in
	}
	if f, ok := l.member(in, st.run).(function); ok {
		return f
	}
	d := diag.New(diag.UnknownName, at, "block %s has no function %s", in.block.Name.Name, st.run).
		Note(in.block.Name.At, "%s is declared", in.block.Name.Name)
	if in.fields[st.run] != nil {
		d.Suggest("each layer has its own field: `%s[0].%s`", st.field.name, st.run)
	}
	l.fail(d)
	return poison{}
}

func (l *lowerer) layerNumberOf(e syntax.Expr, sc *scope) (int64, bool) {
	return l.layerNumber(l.eval(e, sc), e)
}

func (l *lowerer) layerNumber(v value, e syntax.Expr) (int64, bool) {
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
