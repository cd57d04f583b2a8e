package lower

import (
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// What layers take and give one by one: an argument behind `;` has an element for each layer, and what a layer gives
// beyond what it carries is stacked, layer by layer.

// sliced is an argument behind `;`. Along a range of the depth its first element is that of the first layer that runs.
type sliced struct {
	v     ir.Value
	along *axis
	first int64
	name  string
}

// depthAxis is the dim of a depth. The number 1 is no axis, and a product has no axis of its own.
func (l *lowerer) depthAxis(depth value, count int64) *axis {
	switch d := depth.(type) {
	case dims:
		if len(d.s) == 1 {
			return d.s[0]
		}
	case constant:
		if count > 1 {
			return l.literal(count)
		}
	}
	return nil
}

// hasDepth refuses slices of a stack whose depth is no dim.
func (l *lowerer) hasDepth(st *running) bool {
	if st.along != nil {
		return true
	}
	l.fail(diag.New(diag.BadDim, st.at, "the layers of %s go along no dim", st.field.name).
		Note(st.field.at, "%s is declared", st.field.name).
		Suggest("give its depth a name: `Depth = %s`, then `%s : Depth * ...`", st.depth.Text(), st.field.name))
	return false
}

// sliceArgs finds the axis of each argument behind `;`: the stack's depth, or the range of it that runs.
func (l *lowerer) sliceArgs(st *running) bool {
	if len(st.args.carry) > 0 && !l.hasDepth(st) {
		return false
	}
	for _, a := range st.args.carry {
		v, ok := l.wantTensor(a.val, a.at)
		if !ok {
			return false
		}
		s := sliced{name: "element"}
		if n, isName := a.expr.(*syntax.Name); isName {
			s.name = n.Name
		}
		along := l.onAxis(v, st.along)
		if s.v, ok = l.need(v, along); !ok {
			l.fail(l.noDim(a.at, st.along, v, ": each layer takes an element of what stands behind `;`").
				Note(st.field.at, "%s is declared", st.field.name))
			return false
		}
		switch n, _ := along.size.Int(); {
		case along == st.along:
			s.first = st.from
		case n != st.count:
			l.fail(diag.New(diag.SizeMismatch, a.at, "%d layers run, and %s has elements for %d", st.count, l.nameOf(v), n).
				Note(l.origin(v), "%s : %s", l.nameOf(v), l.typeText(v.Type())).
				Suggest("give all of them, or the range `[%s: %d..%d]`", st.along.name, st.from, st.from+st.count))
			return false
		}
		s.along = along
		st.sliced = append(st.sliced, s)
	}
	return true
}

// moreOfLayers settles what every layer gives beyond what it carries: the same for all, so that it stacks.
func (l *lowerer) moreOfLayers(st *running, known []layerKind) bool {
	if len(known) == 0 {
		return true
	}
	st.more = known[0].outs[1:]
	st.parts = make([][]ir.Value, len(st.more))
	if len(st.more) > 0 && !l.hasDepth(st) {
		return false
	}
	for _, t := range st.more {
		if t.Has(st.along.label) {
			l.fail(diag.New(diag.TwiceDim, st.at, "a layer gives %s, which has the dim of the layers already", l.typeText(t)).
				Note(st.field.at, "%s is declared", st.field.name))
			return false
		}
	}
	for _, k := range known[1:] {
		same := len(k.outs) == len(known[0].outs)
		for i := 1; same && i < len(k.outs); i++ {
			same = sameAxes(k.outs[i], known[0].outs[i])
		}
		if !same {
			l.fail(diag.New(diag.StackType, st.at, "one layer gives %s, another %s", l.typeTexts(known[0].outs),
				l.typeTexts(k.outs)).Note(st.field.at, "%s is declared", st.field.name).
				Suggest("what layers give beyond the first value is stacked, so it has one type"))
			return false
		}
	}
	return true
}

func (l *lowerer) typeTexts(ts []ir.Type) string {
	text := ""
	for i, t := range ts {
		if i > 0 {
			text += ", "
		}
		text += l.typeText(t)
	}
	return text
}

// elements picks the elements of one layer.
func (l *lowerer) elements(st *running, layer int64) []ir.Value {
	var out []ir.Value
	for _, s := range st.sliced {
		at := &ir.PickAttr{Label: s.along.label, At: ir.Const(s.first + layer)}
		out = append(out, l.b.Must(ir.Pick, at, s.v))
	}
	return out
}

// turns cuts the arguments for one loop: an element for each turn, which holds those of the layers of a period.
func (l *lowerer) turns(st *running, r run) []sliced {
	var out []sliced
	for _, s := range st.sliced {
		size := ir.Const(r.count * r.period)
		if !size.Equal(s.along.size) {
			into := l.rangeOf(s.along, size, st.at)
			at := &ir.SliceAttr{Label: s.along.label, Start: ir.Const(s.first + r.first), Into: into.ir()}
			s.v, s.along = l.b.Must(ir.Slice, at, s.v), into
		}
		if r.period > 1 {
			turn := l.turnAxis(st, r)
			into := []ir.Axis{turn.ir(), l.periodAxis(st, r).ir()}
			s.v, s.along = l.b.Must(ir.Split, &ir.SplitAttr{Label: s.along.label, Into: into}, s.v), turn
		}
		out = append(out, s)
	}
	return out
}

// turnAxis has an element for each turn of a loop: for each layer, or for each period of layers.
func (l *lowerer) turnAxis(st *running, r run) *axis {
	if r.period == 1 {
		return l.layersAxis(st, r.count)
	}
	return l.dim("turn", ir.Const(r.count), diag.Span{}, st.along.label)
}

func (l *lowerer) periodAxis(st *running, r run) *axis {
	return l.dim("period", ir.Const(r.period), diag.Span{}, st.along.label)
}

// layersAxis is the dim of so many layers: the depth, or a range of it.
func (l *lowerer) layersAxis(st *running, count int64) *axis {
	if st.along.size.Equal(ir.Const(count)) {
		return st.along
	}
	return l.rangeOf(st.along, ir.Const(count), st.at)
}

// ofTurn gives layer number k of a turn its elements.
func (l *lowerer) ofTurn(st *running, r run, elements []ir.Value, k int64) []ir.Value {
	if r.period == 1 {
		return elements
	}
	out := make([]ir.Value, len(elements))
	for i, e := range elements {
		out[i] = l.b.Must(ir.Pick, &ir.PickAttr{Label: l.periodAxis(st, r).label, At: ir.Const(k)}, e)
	}
	return out
}

// inTurn lays what the layers of a turn give side by side.
func (l *lowerer) inTurn(st *running, r run, each [][]ir.Value) []ir.Value {
	var out []ir.Value
	for _, vs := range each {
		v := vs[0]
		if r.period > 1 {
			v = l.b.Must(ir.Stack, &ir.AxisAttr{Axis: l.periodAxis(st, r).ir()}, vs...)
		}
		out = append(out, v)
	}
	return out
}

// keepRun keeps what the turns of a loop gave, layer behind layer.
func (l *lowerer) keepRun(st *running, r run, n *ir.Node) {
	for i := range st.parts {
		v := ir.Value{Node: n, Out: 1 + i}
		if r.period > 1 {
			labels := []string{l.turnAxis(st, r).label, l.periodAxis(st, r).label}
			v = l.b.Must(ir.Merge, &ir.MergeAttr{Labels: labels, Into: l.layersAxis(st, r.count*r.period).ir()}, v)
		}
		st.parts[i] = append(st.parts[i], v)
	}
}

// keepOne keeps what a layer that stands alone gave.
func (l *lowerer) keepOne(st *running, more []ir.Value) {
	for i, v := range more {
		v = l.b.Must(ir.Stack, &ir.AxisAttr{Axis: l.layersAxis(st, 1).ir()}, v)
		st.parts[i] = append(st.parts[i], v)
	}
}

// stackResults gives what the last layer carries, then what all of them gave along the dim of the layers.
func (l *lowerer) stackResults(st *running, x ir.Value) value {
	out := []value{tensor{x}}
	for _, vs := range st.parts {
		v := vs[0]
		if len(vs) > 1 {
			attr := &ir.ConcatAttr{Into: l.layersAxis(st, st.count).ir()}
			for _, p := range vs {
				attr.Labels = append(attr.Labels, p.Type().Axes[0].Label)
			}
			v = l.b.Must(ir.Concat, attr, vs...)
		}
		out = append(out, tensor{v})
	}
	if len(out) == 1 {
		return out[0]
	}
	return tuple{out}
}
