package lower

import (
	"slices"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// spread gives one value for each of n names: the values as they are, or one that comes apart.
func (l *lowerer) spread(values []value, n int, at diag.Span) []value {
	if len(values) == 1 && n > 1 {
		values = l.unpack(values[0], n, at)
	}
	if len(values) == 1 && n == 1 {
		if t, several := values[0].(tuple); several {
			l.fail(diag.New(diag.NotSplit, at, "one name takes one value, not %d", len(t.items)).
				Suggest("give each its name: `a, b = ...`"))
			return []value{poison{}}
		}
	}
	if len(values) != n {
		l.fail(diag.New(diag.NotSplit, at, "%d names take %d values", n, len(values)))
		return poisons(n)
	}
	return values
}

func poisons(n int) []value {
	out := make([]value, n)
	for i := range out {
		out[i] = poison{}
	}
	return out
}

// unpack takes a value apart: several results, the parts of a sum, or the elements of a numbered axis.
func (l *lowerer) unpack(v value, n int, at diag.Span) []value {
	switch t := v.(type) {
	case poison:
		return poisons(n)
	case tuple:
		if len(t.items) == n {
			return t.items
		}
		l.fail(diag.New(diag.NotSplit, at, "%d names take %d results", n, len(t.items)))
		return poisons(n)
	case tensor:
		return l.unpackTensor(t.v, n, at)
	}
	l.fail(diag.New(diag.NotSplit, at, "%d names, but the value is %s", n, v.what()))
	return poisons(n)
}

// way is an axis that comes apart, and the value that has it.
type way struct {
	v    ir.Value
	axis *axis
}

func (l *lowerer) unpackTensor(v ir.Value, n int, at diag.Span) []value {
	ways := l.waysApart(v, n)
	switch {
	case len(ways) == 1 && ways[0].axis.parts != nil:
		return l.unpackSum(ways[0].v, ways[0].axis, at)
	case len(ways) == 1:
		return l.unpackNumbered(ways[0].v, ways[0].axis)
	case len(ways) > 1:
		l.fail(diag.New(diag.AmbiguousAxis, at, "which dim comes apart in %d, %s or %s?", n, ways[0].axis.name,
			ways[1].axis.name).
			Note(l.origin(v), "%s : %s", l.nameOf(v), l.typeText(v.Type())).
			Suggest("pick the parts one by one: `x[%s: 0]`", ways[0].axis.name))
		return poisons(n)
	}
	l.fail(diag.New(diag.NotSplit, at, "%d names, but the value does not come apart in %d", n, n).
		Note(l.origin(v), "%s : %s", l.nameOf(v), l.typeText(v.Type())).
		Suggest("a sum of %d dims or a product with %d comes apart: `D -> A + B`, `D -> %d A`", n, n, n))
	return poisons(n)
}

// waysApart lists the axes of v that come apart in n; where there are none, those inside a dim that is named, such as
// S = N + R or N = 3 F.
func (l *lowerer) waysApart(v ir.Value, n int) []way {
	apart := func(a *axis) bool { return len(a.parts) == n || a.count == int64(n) }
	var direct, named []way
	for _, x := range v.Type().Axes {
		if a := l.axes[x.Label]; a != nil && apart(a) {
			direct = append(direct, way{v, a})
		}
	}
	if len(direct) > 0 {
		return direct
	}
	for _, x := range v.Type().Axes {
		a := l.axes[x.Label]
		if a == nil {
			continue
		}
		for _, fact := range l.factsOf(a) {
			i := slices.IndexFunc(fact, apart)
			if i < 0 {
				continue
			}
			if split, ok := l.split(v, a, fact); ok {
				named = append(named, way{split, fact[i]})
			}
		}
	}
	return named
}

func (l *lowerer) unpackNumbered(v ir.Value, a *axis) []value {
	out := make([]value, a.count)
	for k := range out {
		out[k] = tensor{l.b.Must(ir.Pick, &ir.PickAttr{Label: a.label, At: ir.Const(int64(k))}, v)}
	}
	return out
}

func (l *lowerer) unpackSum(v ir.Value, sum *axis, at diag.Span) []value {
	var out []value
	start := ir.Const(0)
	for _, p := range sum.parts {
		part, ok := l.slicePart(v, sum, p, start)
		if !ok {
			d := diag.New(diag.TwiceDim, at, "the part %s of %s has a dimension that is there already", p, sum.name).
				Note(l.origin(v), "%s : %s", l.nameOf(v), l.typeText(v.Type()))
			if a := twice(p); a != nil {
				d = diag.New(diag.TwiceDim, at, "the part %s of %s has the dimension %s twice", p, sum.name, a.name)
			}
			l.fail(d)
			return poisons(len(sum.parts))
		}
		out = append(out, tensor{part})
		start = start.Add(p.size())
	}
	return out
}

// slicePart cuts one part of a sum and splits it into its factors.
func (l *lowerer) slicePart(v ir.Value, sum *axis, part shape, start ir.Size) (ir.Value, bool) {
	if len(part) == 1 {
		return l.try(ir.Slice, &ir.SliceAttr{Label: sum.label, Start: start, Into: part[0].ir()}, v)
	}
	whole := ir.Axis{Label: sum.label, Size: part.size()}
	v, ok := l.try(ir.Slice, &ir.SliceAttr{Label: sum.label, Start: start, Into: whole}, v)
	if !ok {
		return v, false
	}
	return l.try(ir.Split, &ir.SplitAttr{Label: sum.label, Into: part.ir()}, v)
}

// pack makes [a, b]: what `a, b = x` takes apart.
func (l *lowerer) pack(x *syntax.List, sc *scope) value {
	var vs []ir.Value
	for _, a := range x.Args {
		if a.Name.Name != "" || a.In || a.Axis != nil || a.To != nil {
			l.fail(diag.New(diag.WrongPlace, a.At, "`%s` is no part of a list", a.At.Text()))
			return poison{}
		}
		v, ok := l.wantTensor(l.eval(a.Value, sc), a.At)
		if !ok {
			return poison{}
		}
		vs = append(vs, v)
	}
	switch len(vs) {
	case 0:
		l.fail(diag.New(diag.WrongArgs, x.At, "an empty list has no value"))
		return poison{}
	case 1:
		return tensor{vs[0]} // the number 1 is no axis
	}
	if v, ok := l.sideBySide(vs); ok {
		return tensor{v}
	}
	v, ok := l.behind(vs, x.At)
	if ok {
		return tensor{v}
	}
	if !l.spent.over {
		d := diag.New(diag.SizeMismatch, x.At, "these tensors lie neither side by side nor one behind another")
		for i, v := range vs {
			d.Note(diag.Span{}, "part %d: %s", i+1, l.typeText(v.Type()))
		}
		l.fail(d.Suggest("side by side they have the same dims, behind another each has one of its own"))
	}
	return poison{}
}

// sideBySide lays tensors of the same dims along an axis that is the number of them.
func (l *lowerer) sideBySide(vs []ir.Value) (ir.Value, bool) {
	for _, v := range vs[1:] {
		if len(v.Type().Without(vs[0].Type().Labels()...).Axes)+
			len(vs[0].Type().Without(v.Type().Labels()...).Axes) > 0 {
			return ir.Value{}, false
		}
	}
	n, err := l.b.Add(ir.Stack, &ir.AxisAttr{Axis: l.literal(int64(len(vs))).ir()}, vs)
	return ir.Value{Node: n}, err == nil
}

// behind lays tensors one behind another where each has one axis that the others lack: [U] and [E] give [U + E].
func (l *lowerer) behind(vs []ir.Value, at diag.Span) (ir.Value, bool) {
	var parts []shape
	var labels []string
	for i, v := range vs {
		own := v.Type()
		for k, o := range vs {
			if k != i {
				own = own.Without(o.Type().Labels()...)
			}
		}
		if len(own.Axes) != 1 {
			return ir.Value{}, false
		}
		parts = append(parts, shape{l.axes[own.Axes[0].Label]})
		labels = append(labels, own.Axes[0].Label)
	}
	into, ok := l.sum(slices.Clip(parts), at)
	if !ok {
		return ir.Value{}, false
	}
	n, err := l.b.Add(ir.Concat, &ir.ConcatAttr{Labels: labels, Into: into.ir()}, vs)
	return ir.Value{Node: n}, err == nil
}
