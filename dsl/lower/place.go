package lower

import (
	"fmt"
	"slices"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// Where nodes stand: the open regions, the ones among them that hold parameters, and what was already computed there.

// enter opens a region; nodes are appended to it until leave. False when regions nest too deep: nothing is open then.
func (l *lowerer) enter(name string, at diag.Span) (*ir.Region, bool) {
	if l.b.Depth() > ir.MaxNest {
		l.exhausted(at, "stacks and attends nest more than %d deep", ir.MaxNest)
		return nil, false
	}
	r := l.b.Enter(name)
	l.regions = append(l.regions, r)
	return r, true
}

func (l *lowerer) leave() {
	l.b.Leave()
	l.regions = l.regions[:len(l.regions)-1]
}

// aside lowers what is only asked about: its nodes are thrown away.
func (l *lowerer) aside(ask func()) {
	l.regions = append(l.regions, l.b.Enter("aside"))
	_, done := l.open(func(d drawn) ir.Value { return l.b.Leaf(ir.Input, &ir.InputAttr{Name: d.name, Draw: d.kind}, d.t) })
	ask()
	done()
	l.leave()
}

// whole makes the innermost region the place for parameters until the returned function is called: a region that runs
// as a whole, the module's body or a layer's.
func (l *lowerer) whole() (done func()) {
	l.wholes = append(l.wholes, wholeRegion{l.b.Depth() - 1, map[string]ir.Value{}})
	return func() { l.wholes = l.wholes[:len(l.wholes)-1] }
}

// wholeRegion is an open region that holds parameters: its depth in the builder, and those that are there.
type wholeRegion struct {
	level  int
	params map[string]ir.Value
}

// param gives the stored tensor of a field; of one that all copies of a block have together, the part of its copy.
func (l *lowerer) param(attr *ir.ParamAttr, t ir.Type, f *field) ir.Value {
	copies := f.inst.copies()
	for _, c := range slices.Backward(copies) {
		if t.Has(c.along.label) {
			l.fail(diag.New(diag.TwiceDim, c.field.at, "the blocks of %s lie along %s, and their %s has that dim already",
				c.field.name, c.along.name, f.name).
				Note(f.at, "%s is declared", f.name).
				Suggest("give one of them a dim of its own"))
			return l.storedOnce(attr, t, f.at)
		}
		attr.Stored = append([][]string{{c.along.label}}, attr.Stored...)
		t.Axes = append([]ir.Axis{c.along.ir()}, t.Axes...)
	}
	v := l.storedOnce(attr, t, f.at)
	for _, c := range copies {
		v = l.copyOf(v, c)
	}
	return v
}

// storedOnce is a stored tensor as one node in the innermost region that runs as a whole.
func (l *lowerer) storedOnce(attr *ir.ParamAttr, t ir.Type, at diag.Span) ir.Value {
	place := l.wholes[len(l.wholes)-1]
	key := fmt.Sprintf("%q %s %q %v", attr.Key, t, attr.Stored, attr.Buffer)
	if v, ok := place.params[key]; ok {
		return v
	}
	old := l.b.Src
	l.b.Src = at
	v := l.b.LeafAt(place.level, ir.Param, attr, t)
	l.b.Src = old
	place.params[key] = v
	return v
}

// perRegion remembers a value for each region in which it was made.
type perRegion[V any] map[*ir.Region]V

// visible is the value of an open region: what it holds can be used here.
func (p perRegion[V]) visible(l *lowerer) (v V, ok bool) {
	for _, r := range slices.Backward(l.regions) {
		if v, ok = p[r]; ok {
			return v, true
		}
	}
	return v, false
}

func (p *perRegion[V]) keep(l *lowerer, v V) {
	if *p == nil {
		*p = perRegion[V]{}
	}
	(*p)[l.regions[len(l.regions)-1]] = v
}

// lateLet is a constant of a block that the running program computes.
type lateLet struct {
	decl  *syntax.Let
	scope *scope
	made  perRegion[[]value]
}

// force gives the values of the let in the region that is open.
func (l *lowerer) force(x late) value {
	values, ok := x.let.made.visible(l)
	if !ok {
		values = l.letValues(x.let.decl, x.let.scope)
		x.let.made.keep(l, values)
	}
	return values[x.index]
}
