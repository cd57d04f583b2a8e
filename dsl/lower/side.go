package lower

import (
	"fmt"
	"slices"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// Side results (`emit`) and random draws leave and enter a function without being its values or arguments. Each goes
// through every loop around it: a side result of a body is stacked along the axis of the runs, and a draw is sliced
// along it, so that every run has numbers of its own.

// level is an open region that runs as a whole, the model's body or that of a loop, and what was sideResult and drawn in it.
type level struct {
	region *ir.Region
	draws  []drawn
	emits  []sideResult
	layer  [2]int               // how many of both are of layers before the one that is being lowered
	source func(drawn) ir.Value // the value of a draw in the region
}

// sideResult is a side result.
type sideResult struct {
	name string
	v    ir.Value
	at   diag.Span
}

// drawn is a random tensor: its name as an input of the model, and how it is distributed.
type drawn struct {
	name, kind string
	t          ir.Type
	at         diag.Span
}

// open makes the innermost region a level until the returned function is called.
func (l *lowerer) open(source func(drawn) ir.Value) (*level, func()) {
	lv := &level{region: l.regions[len(l.regions)-1], source: source}
	l.levels = append(l.levels, lv)
	return lv, func() { l.levels = l.levels[:len(l.levels)-1] }
}

// loop opens a level in the body of a loop: a draw is a parameter, which the loop slices.
func (l *lowerer) loop() (*level, func()) {
	return l.open(func(d drawn) ir.Value { return l.b.Param(d.t, "") })
}

// level is the innermost one, if the program stands in it and not in a region that runs for each pair or each choice.
func (l *lowerer) level(at diag.Span, what string) (*level, bool) {
	lv := l.levels[len(l.levels)-1]
	if lv.region != l.regions[len(l.regions)-1] {
		l.fail(diag.New(diag.WrongPlace, at, "%s stands in a region of attend or in a sum over a selection, which does not "+
			"run as a whole", what).Suggest("write it before, and use its name here"))
		return nil, false
	}
	return lv, true
}

// emit lowers `emit name = e`.
func (l *lowerer) emit(x *syntax.Emit, sc *scope) bool {
	v, ok := l.wantTensor(l.eval(x.Value, sc), x.Value.Span())
	if !ok {
		return false
	}
	lv, ok := l.level(x.At, "`emit`")
	if !ok {
		return false
	}
	lv.emit(sideResult{joinPath(sc.place(), x.Name.Name), v, x.At})
	return true
}

// emit keeps a side result. A second one of a name in one layer is name#2.
func (lv *level) emit(e sideResult) {
	base := e.name
	for n := 2; slices.ContainsFunc(lv.emits[lv.layer[1]:], func(o sideResult) bool { return o.name == e.name }); n++ {
		e.name = fmt.Sprintf("%s#%d", base, n)
	}
	lv.emits = append(lv.emits, e)
}

// draw gives a draw's value in the level.
func (lv *level) draw(d drawn) ir.Value {
	base := d.name
	for n := 2; slices.ContainsFunc(lv.draws[lv.layer[0]:], func(o drawn) bool { return o.name == d.name }); n++ {
		d.name = fmt.Sprintf("%s#%d", base, n)
	}
	lv.draws = append(lv.draws, d)
	return lv.source(d)
}

// nextLayer tells that what comes is of another layer, where names may stand again.
func (lv *level) nextLayer() { lv.layer = [2]int{len(lv.draws), len(lv.emits)} }

// place is the names of the fields that lead to the block whose text is being lowered.
func (s *scope) place() string {
	for f := s.frame; f != nil; f = f.parent {
		if f.inst != nil {
			return f.inst.place
		}
	}
	if s.inst != nil {
		return s.inst.place
	}
	return ""
}

// drawnInput makes a draw an input of the model.
func (l *lowerer) drawnInput(d drawn) ir.Value {
	if i := slices.IndexFunc(l.inputs, func(p ir.Port) bool { return p.Name == d.name }); i >= 0 {
		l.fail(diag.New(diag.Duplicate, d.at, "a draw is an input of the model, and there is one named %s", d.name).
			Note(l.inputs[i].Node.Src, "the input").Suggest("bind the draw to another name"))
	}
	l.b.Src = d.at
	v := l.b.Leaf(ir.Input, &ir.InputAttr{Name: d.name, Draw: d.kind}, d.t)
	l.inputs = append(l.inputs, ir.Port{Name: d.name, Value: v})
	return v
}

// drawAlong gives what a closed loop draws, from the level around it and with the axis of the runs: further arguments,
// which are sliced.
func (l *lowerer) drawAlong(lv *level, axis ir.Axis, attr *ir.RepeatAttr) ([]ir.Value, bool) {
	if !l.slicedAlong(lv, axis, attr) {
		return nil, false
	}
	var args []ir.Value
	outer := l.levels[len(l.levels)-1]
	for _, d := range lv.draws {
		d.t.Axes = append([]ir.Axis{axis}, d.t.Axes...)
		args = append(args, outer.draw(d))
	}
	return args, true
}

// slicedAlong tells a loop that its draws are sliced, and what it emits stacked, along axis.
func (l *lowerer) slicedAlong(lv *level, axis ir.Axis, attr *ir.RepeatAttr) bool {
	for _, d := range lv.draws {
		if !l.hasNot(d.t, axis, d.at, "draws") {
			return false
		}
		attr.Slices = append(attr.Slices, axis.Label)
	}
	for _, e := range lv.emits {
		if !l.hasNot(e.v.Type(), axis, e.at, "emits") {
			return false
		}
		attr.Stacked = append(attr.Stacked, axis)
	}
	return true
}

func (l *lowerer) hasNot(t ir.Type, axis ir.Axis, at diag.Span, what string) bool {
	if !t.Has(axis.Label) {
		return true
	}
	l.fail(diag.New(diag.TwiceDim, at, "a run of the loop %s %s, which has the axis of the runs already", what, l.typeText(t)))
	return false
}

// results are the side results of a loop as its body gives them.
func (lv *level) results() []ir.Value {
	out := make([]ir.Value, len(lv.emits))
	for i, e := range lv.emits {
		out[i] = e.v
	}
	return out
}

// emitAlong hands the side results of a loop to the level around it.
func (l *lowerer) emitAlong(lv *level, n *ir.Node) {
	outer, first := l.levels[len(l.levels)-1], len(n.Outs)-len(lv.emits)
	for i, e := range lv.emits {
		outer.emit(sideResult{e.name, ir.Value{Node: n, Out: first + i}, e.at})
	}
}
