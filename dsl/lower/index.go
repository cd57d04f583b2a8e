package lower

import (
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// index lowers x[T: 0], x[T: a..b], x[T = S], and reads by computed positions: valid[j], r[i - j], x[E: e].
func (l *lowerer) index(x *syntax.Index, sc *scope) value {
	base := l.indexBase(x.X, sc)
	if list, ok := base.(*listed); ok {
		return l.element(list, x, sc)
	}
	if st, ok := base.(*stack); ok {
		return l.subStack(st, x, sc)
	}
	v, ok := l.wantTensor(base, x.X.Span())
	if !ok {
		return poison{}
	}
	if len(x.Args) == 0 {
		l.fail(diag.New(diag.WrongArgs, x.At, "empty brackets index nothing").Suggest("`x[T: 0]`"))
		return poison{}
	}
	for _, a := range x.Args {
		if v, ok = l.indexOne(v, a, sc); !ok {
			return poison{}
		}
	}
	return tensor{v}
}

// indexBase evaluates what is indexed. Inside attend a captured tensor is legal here: it is read at a position.
func (l *lowerer) indexBase(e syntax.Expr, sc *scope) value {
	if n, ok := e.(*syntax.Name); ok {
		if t, isTensor := l.lookup(sc, n.Name).(tensor); isTensor {
			return t
		}
	}
	return l.eval(e, sc)
}

func (l *lowerer) indexOne(v ir.Value, a syntax.Arg, sc *scope) (ir.Value, bool) {
	switch {
	case a.Name.Name != "" && !a.In: // T = S
		return l.renameAxis(v, a, sc)
	case a.Axis != nil && a.To != nil:
		return l.slice(v, a, sc)
	case a.To != nil || a.In:
		l.fail(diag.New(diag.AmbiguousAxis, a.At, "a range needs its axis").Suggest("`x[T: %s]`", clip(a.At.Text())))
		return v, false
	}
	along, ok := l.indexAxis(v, a, sc)
	if !ok {
		return v, false
	}
	out, ok := l.along(v, along, a)
	if !ok {
		return v, false
	}
	return l.at(out, along, l.eval(a.Value, sc), a)
}

// along brings the axis that an index goes along.
func (l *lowerer) along(v ir.Value, axis *axis, a syntax.Arg) (ir.Value, bool) {
	out, ok := l.need(v, axis)
	if !ok {
		l.fail(l.noDim(a.At, axis, v, " in "+clip(a.At.Text())))
	}
	return out, ok
}

func (l *lowerer) indexAxis(v ir.Value, a syntax.Arg, sc *scope) (*axis, bool) {
	if a.Axis != nil {
		along, ok := l.oneDim(a.Axis, "an index", sc)
		if !ok {
			return nil, false
		}
		return l.onAxis(v, along), true
	}
	if along := l.positionAxis(v, sc); along != nil {
		return along, true
	}
	if len(v.Type().Axes) == 0 {
		l.fail(diag.New(diag.NoDim, a.At, "`%s` is a single number", l.nameOf(v)))
		return nil, false
	}
	l.fail(diag.New(diag.AmbiguousAxis, a.At, "along which axis? the tensor is %s", l.typeText(v.Type())).
		Suggest("name it: `x[%s: %s]`", l.axisText(v.Type().Axes[0].Label), clip(a.Value.Span().Text())))
	return nil, false
}

// positionAxis is the axis that an index without a name goes along: the one of a captured tensor that belongs to
// the pair, or a tensor's only axis.
func (l *lowerer) positionAxis(v ir.Value, sc *scope) *axis {
	if p := sc.pair(); p != nil {
		for _, b := range p.boundary {
			if v.Type().Has(b.axis.label) {
				return b.axis
			}
		}
	}
	if len(v.Type().Axes) == 1 {
		return l.axes[v.Type().Axes[0].Label]
	}
	return nil
}

// at reads one element (a number or size) or the elements at computed positions.
func (l *lowerer) at(v ir.Value, along *axis, pos value, a syntax.Arg) (ir.Value, bool) {
	if n, ok := sizeOf(settle(pos)); ok {
		node, err := l.b.Add(ir.Pick, &ir.PickAttr{Label: along.label, At: n}, []ir.Value{v})
		if err != nil {
			l.fail(diag.New(diag.BadRange, a.At, "element %s is outside %s", n, along.describe()).
				Suggest("the elements are 0 to %s", along.size.Sub(ir.Const(1))))
			return v, false
		}
		return ir.Value{Node: node}, true
	}
	ix, ok := l.wantTensor(pos, a.Value.Span())
	if !ok {
		return v, false
	}
	if ix.Type().Kind != ir.Int {
		l.fail(diag.New(diag.BadKind, a.Value.Span(), "a position is a whole number, not %s", l.typeText(ix.Type())))
		return v, false
	}
	n, err := l.b.Add(ir.Gather, &ir.LabelAttr{Label: along.label}, []ir.Value{v, ix})
	if err != nil {
		l.fail(diag.New(diag.SizeMismatch, a.At, "%v", err))
		return v, false
	}
	return ir.Value{Node: n}, true
}

// renameAxis lowers x[T = S]: the axis T under the name S.
func (l *lowerer) renameAxis(v ir.Value, a syntax.Arg, sc *scope) (ir.Value, bool) {
	from, ok := l.oneDim(&syntax.Name{Ident: a.Name}, "a renaming", sc)
	if !ok {
		return v, false
	}
	from = l.onAxis(v, from)
	to, ok := l.newName(a, from, sc)
	if !ok {
		return v, false
	}
	out, ok := l.along(v, from, a)
	if !ok {
		return v, false
	}
	if !to.size.Equal(from.size) {
		l.fail(diag.New(diag.SizeMismatch, a.At, "%s and %s differ in size", from.name, to.name).
			Note(from.decl, "%s", from.text()).Note(to.decl, "%s", to.text()))
		return v, false
	}
	n, err := l.b.Add(ir.Rename, &ir.RenameAttr{From: from.label, To: to.label}, []ir.Value{out})
	if err != nil {
		l.fail(diag.New(diag.TwiceDim, a.At, "%s has the dimension %s already", l.nameOf(v), to.name).
			Note(l.origin(v), "%s : %s", l.nameOf(v), l.typeText(v.Type())))
		return v, false
	}
	return ir.Value{Node: n}, true
}

// newName is the dim that a renaming gives: one that is there, or one that it names first.
func (l *lowerer) newName(a syntax.Arg, from *axis, sc *scope) (*axis, bool) {
	n, isName := a.Value.(*syntax.Name)
	if !isName || !isDim(n.Name) || l.lookup(sc, n.Name) != nil {
		return l.oneDim(a.Value, "a renaming", sc)
	}
	to := l.dim(n.Name, from.size, n.At, from.label)
	sc.bind(n.Name, dims{shape{to}}, n.At, true)
	return to, true
}

// slice lowers x[T: a..b]: the elements from a up to but not including b, along an axis of their own size. Ranges of
// one size of one axis have the same axis: x[T: 1..T] - x[T: 0..T - 1] are differences of neighbours.
func (l *lowerer) slice(v ir.Value, a syntax.Arg, sc *scope) (ir.Value, bool) {
	along, ok := l.oneDim(a.Axis, "a range", sc)
	if !ok {
		return v, false
	}
	along = l.onAxis(v, along)
	out, ok := l.along(v, along, a)
	if !ok {
		return v, false
	}
	start, end := l.eval(a.Value, sc), l.eval(a.To, sc)
	from, okA := sizeOf(settle(start))
	to, okB := sizeOf(settle(end))
	if !okA || !okB {
		if !poisoned(start) && !poisoned(end) {
			l.fail(diag.New(diag.NotConstant, a.At, "a range is known when compiling, or made of dims"))
		}
		return v, false
	}
	size := to.Sub(from)
	if from.IsZero() && size.Equal(along.size) {
		return out, true
	}
	if r, isNumber := size.Rat(); isNumber && r.Sign() <= 0 {
		return v, l.outside(a, from, to, along)
	}
	into := l.rangeOf(along, size, a.At)
	if !l.fitsDim(into, a.At) {
		return v, false
	}
	n, err := l.b.Add(ir.Slice, &ir.SliceAttr{Label: along.label, Start: from, Into: into.ir()}, []ir.Value{out})
	if err != nil {
		return v, l.outside(a, from, to, along)
	}
	return ir.Value{Node: n}, true
}

func (l *lowerer) outside(a syntax.Arg, from, to ir.Size, along *axis) bool {
	l.fail(diag.New(diag.BadRange, a.At, "%s..%s is no range of %s", from, to, along.describe()))
	return false
}

// rangeOf is the axis of the ranges of one size of an axis.
func (l *lowerer) rangeOf(along *axis, size ir.Size, at diag.Span) *axis {
	whole := along
	if along.cut != nil {
		whole = along.cut
	}
	into := l.dim(whole.label, size, diag.Span{}, whole.label)
	into.name, into.cut, into.decl = whole.name+"[.."+size.String()+"]", whole, at
	return into
}
