package decode

import (
	"archc/ir"
)

// place is a region that is being written: the body of a program, or of a loop in it.
type place struct {
	b      ir.Builder
	region *ir.Region
	parent *place
	loop   *ir.RepeatAttr // of a loop's body
	scan   bool           // the loop runs along the sequence
	// What states add to the loop: sliced arguments, and stacked results with what is done with them.
	slices  []ir.Value
	labels  []string
	stacked []stacked
}

type stacked struct {
	element ir.Value
	axis    ir.Axis
	then    func(ir.Value)
}

func newPlace(parent *place, name string) *place {
	p := &place{parent: parent}
	p.region = p.b.Enter(name)
	return p
}

// add appends a node that stands for one of the module.
func (p *place) add(like *ir.Node, op *ir.Op, attr ir.Attr, args ...ir.Value) ir.Value {
	p.b.Src, p.b.Scope = like.Src, like.Scope
	return p.b.Must(op, attr, args...)
}

func (p *place) leaf(like *ir.Node, op *ir.Op, attr ir.Attr, t ir.Type) ir.Value {
	p.b.Src, p.b.Scope = like.Src, like.Scope
	return p.b.Leaf(op, attr, t)
}

func (p *place) apply(like *ir.Node, fn string, args ...ir.Value) ir.Value {
	return p.add(like, ir.Map, &ir.MapAttr{Fn: ir.FnNamed(fn)}, args...)
}

func (p *place) number(like *ir.Node, k ir.Kind, x float64) ir.Value {
	return p.leaf(like, ir.Constant, &ir.ConstAttr{Value: x}, ir.Scalar(k))
}

// extent is a size as a number.
func (p *place) extent(like *ir.Node, s ir.Size) ir.Value {
	return p.add(like, ir.Extent, &ir.SizeAttr{Size: s})
}

// positions counts along an axis from a first number on.
func (p *place) positions(like *ir.Node, a ir.Axis, first ir.Size) ir.Value {
	v := p.add(like, ir.Position, &ir.AxisAttr{Axis: a})
	if first.IsZero() {
		return v
	}
	return p.apply(like, "add", v, p.extent(like, first))
}

// called gives an axis another label, where it has not got it yet.
func (p *place) called(like *ir.Node, v ir.Value, from, to string) ir.Value {
	if from == to {
		return v
	}
	return p.add(like, ir.Rename, &ir.RenameAttr{From: from, To: to}, v)
}

// ordered puts the axes in the order of the labels.
func (p *place) ordered(like *ir.Node, v ir.Value, labels []string) ir.Value {
	got := v.Type().Labels()
	for i := range got {
		if got[i] != labels[i] {
			return p.add(like, ir.Transpose, &ir.SumAttr{Labels: labels}, v)
		}
	}
	return v
}

// axisLabel is a label for the axis of a loop's runs that the type does not have.
func axisLabel(t ir.Type, loopVar string) string {
	label := loopVar
	for t.Has(label) {
		label += "'"
	}
	return label
}

// take gives a value of the type inside the place that is another one for each run of the loops around: outer makes
// the one with their axes in front, at the outermost place.
func (p *place) take(t ir.Type, outer func(t ir.Type) ir.Value) ir.Value {
	if p.parent == nil {
		return outer(t)
	}
	axis := ir.Axis{Label: axisLabel(t, p.loop.Var), Size: p.loop.Count}
	v := p.parent.take(ir.Type{Kind: t.Kind, Axes: append([]ir.Axis{axis}, t.Axes...)}, outer)
	p.slices, p.labels = append(p.slices, v), append(p.labels, axis.Label)
	return p.b.Param(t, "")
}

// hand gives a value of the place to the outermost one, with an axis in front for each loop around.
func (p *place) hand(v ir.Value, then func(ir.Value)) {
	if p.parent == nil {
		then(v)
		return
	}
	axis := ir.Axis{Label: axisLabel(v.Type(), p.loop.Var), Size: p.loop.Count}
	p.stacked = append(p.stacked, stacked{v, axis, func(v ir.Value) { p.parent.hand(v, then) }})
}
