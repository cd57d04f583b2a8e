package lower

import (
	"archc/ir"
	"archc/ir/diag"
)

// The layers of a stack that emit, or draw, a value of one name have it along one axis, in the order of the layers,
// whichever loops run them.

// layerSides is what the layers of one call of a stack emit and draw.
type layerSides struct {
	st    *running
	order []string // of what they emit, as it first appears
	parts map[string][]layerPart
	draws map[string]*layerDraw
}

// layerPart is what some consecutive layers emit: v, along the axis of them.
type layerPart struct {
	v    ir.Value
	axis *axis
	at   diag.Span
}

// layerDraw is the draws of one name: v along all layers that draw it, of which loops so far took the first ones.
type layerDraw struct {
	v     ir.Value
	all   *axis
	taken int64
}

// sidesOf draws for all layers; known says what each kind of layer draws.
func (l *lowerer) sidesOf(st *running, kinds []int, known []layerKind) (*layerSides, bool) {
	s := &layerSides{st: st, parts: map[string][]layerPart{}, draws: map[string]*layerDraw{}}
	layers, types := map[string]int64{}, map[string]ir.Type{}
	var order []drawn
	for _, k := range kinds {
		for _, d := range known[k].draws {
			first, met := types[d.name]
			switch layers[d.name]++; {
			case !met:
				types[d.name] = d.t
				order = append(order, d)
			case !first.Equal(d.t):
				l.fail(diag.New(diag.StackType, d.at, "%s is %s in one layer and %s in another", d.name, l.typeText(first),
					l.typeText(d.t)).Suggest("bind the draws to two names"))
				return nil, false
			}
		}
	}
	outer := l.levels[len(l.levels)-1]
	for _, d := range order {
		all := l.drawnAxis(st, layers[d.name])
		if !l.hasNot(d.t, all.ir(), d.at, "draws") {
			return nil, false
		}
		name := d.name
		d.t.Axes = append([]ir.Axis{all.ir()}, d.t.Axes...)
		s.draws[name] = &layerDraw{v: outer.draw(d), all: all}
	}
	return s, true
}

// drawnAxis is the axis of so many layers: the depth or a range of it, or one of its own where the depth is no dim.
func (l *lowerer) drawnAxis(st *running, count int64) *axis {
	if a := st.along; a != nil && (a.count == 0 || a.size.Equal(ir.Const(count))) {
		return l.layersAxis(st, count)
	}
	return l.dim("layers", ir.Const(count), st.field.at)
}

// drawnTurn is the axis of the turns of a loop: of its layers, where it runs them one by one.
func (l *lowerer) drawnTurn(st *running, r run) *axis {
	if r.period == 1 {
		return l.drawnAxis(st, r.count)
	}
	return l.dim("turn", ir.Const(r.count), st.field.at)
}

// take gives the draws of the next n*m layers along runs, n of them, for the k-th of the m layers of each run.
func (l *lowerer) take(d *layerDraw, runs *axis, n, m, k int64) ir.Value {
	v, all := d.v, d.all
	if !all.size.Equal(ir.Const(n * m)) {
		part := l.dim(all.name, ir.Const(n*m), diag.Span{}, all.label)
		v = l.b.Must(ir.Slice, &ir.SliceAttr{Label: all.label, Start: ir.Const(d.taken), Into: part.ir()}, v)
		all = part
	}
	if m == 1 {
		return l.renamed(v, all, runs)
	}
	each := l.dim("each", ir.Const(m), diag.Span{})
	v = l.b.Must(ir.Split, &ir.SplitAttr{Label: all.label, Into: []ir.Axis{runs.ir(), each.ir()}}, v)
	return l.b.Must(ir.Pick, &ir.PickAttr{Label: each.label, At: ir.Const(k)}, v)
}

// takeOne gives the draw of the next layer, which stands alone.
func (l *lowerer) takeOne(st *running, d drawn) ir.Value {
	of := st.sides.draws[d.name]
	out := l.b.Must(ir.Pick, &ir.PickAttr{Label: of.all.label, At: ir.Const(of.taken)}, of.v)
	of.taken++
	return out
}

// loopArgs are the draws that the body of a closed loop has as parameters, along the axis of its runs.
func (l *lowerer) loopArgs(s *layerSides, lv *level, runs *axis, n int64) []ir.Value {
	var out []ir.Value
	each, seen := map[string]int64{}, map[string]int64{}
	for _, d := range lv.draws {
		each[d.name]++
	}
	for _, d := range lv.draws {
		out = append(out, l.take(s.draws[d.name], runs, n, each[d.name], seen[d.name]))
		seen[d.name]++
	}
	for name, m := range each {
		s.draws[name].taken += n * m
	}
	return out
}

// keepLoop keeps what a loop emits: the results of node behind its carries, which stand along runs. What several layers
// of a period emit is brought into the order of the layers.
func (l *lowerer) keepLoop(s *layerSides, lv *level, node *ir.Node, runs *axis) bool {
	first := len(node.Outs) - len(lv.emits)
	byName := map[string][]ir.Value{}
	for i, e := range lv.emits {
		byName[e.name] = append(byName[e.name], ir.Value{Node: node, Out: first + i})
	}
	for _, e := range lv.emits {
		vs := byName[e.name]
		if vs == nil {
			continue
		}
		delete(byName, e.name)
		v, along := vs[0], runs
		if m := int64(len(vs)); m > 1 {
			for i := range vs {
				var ok bool
				if vs[i], ok = l.likeLayer(vs[0].Type(), vs[i], e); !ok {
					return false
				}
			}
			each := l.dim("each", ir.Const(m), diag.Span{})
			total, _ := runs.size.Mul(ir.Const(m)).Int()
			along = l.drawnAxis(s.st, total)
			v = l.b.Must(ir.Stack, &ir.AxisAttr{Axis: each.ir()}, vs...)
			v = l.b.Must(ir.Merge, &ir.MergeAttr{Labels: []string{runs.label, each.label}, Into: along.ir()}, v)
			v = l.inFront(v, along)
		}
		s.keep(e, layerPart{v, along, e.at})
	}
	return true
}

// keepAlone keeps what a layer emits that no loop runs.
func (l *lowerer) keepAlone(s *layerSides, lv *level) {
	one := l.drawnAxis(s.st, 1)
	for _, e := range lv.emits {
		s.keep(e, layerPart{l.b.Must(ir.Stack, &ir.AxisAttr{Axis: one.ir()}, e.v), one, e.at})
	}
}

func (s *layerSides) keep(e sideResult, p layerPart) {
	if s.parts[e.name] == nil {
		s.order = append(s.order, e.name)
	}
	s.parts[e.name] = append(s.parts[e.name], p)
}

// inFront puts an axis first.
func (l *lowerer) inFront(v ir.Value, a *axis) ir.Value {
	labels := append([]string{a.label}, v.Type().Without(a.label).Labels()...)
	return l.b.Must(ir.Transpose, &ir.SumAttr{Labels: labels}, v)
}

// likeLayer brings what one layer emits to the order of axes that another's has; they have the same.
func (l *lowerer) likeLayer(want ir.Type, v ir.Value, e sideResult) (ir.Value, bool) {
	if !sameAxes(want, v.Type()) {
		l.fail(diag.New(diag.StackType, e.at, "%s is %s in one layer and %s in another", e.name, l.typeText(want),
			l.typeText(v.Type())).Suggest("emit it under two names"))
		return v, false
	}
	if !want.Equal(v.Type()) {
		v = l.b.Must(ir.Transpose, &ir.SumAttr{Labels: want.Labels()}, v)
	}
	return v, true
}

// emitLayers hands what the layers emit to the level around the stack, along the axis of the layers.
func (l *lowerer) emitLayers(s *layerSides) bool {
	outer := l.levels[len(l.levels)-1]
	for _, name := range s.order {
		parts, total := s.parts[name], int64(0)
		for _, p := range parts {
			n, _ := p.axis.size.Int()
			total += n
		}
		all, e := l.drawnAxis(s.st, total), sideResult{name: name, at: parts[0].at}
		if len(parts) == 1 {
			e.v = l.renamed(parts[0].v, parts[0].axis, all)
			outer.emit(e)
			continue
		}
		attr := &ir.ConcatAttr{Into: all.ir()}
		vs := make([]ir.Value, len(parts))
		for i, p := range parts {
			want := parts[0].v.Type()
			want.Axes = append([]ir.Axis{p.axis.ir()}, want.Axes[1:]...)
			var ok bool
			if vs[i], ok = l.likeLayer(want, p.v, sideResult{name: name, at: p.at}); !ok {
				return false
			}
			attr.Labels = append(attr.Labels, p.axis.label)
		}
		e.v = l.b.Must(ir.Concat, attr, vs...)
		outer.emit(e)
	}
	return true
}
