package simplify

import (
	"slices"

	"archc/ir"
)

// form says how patterns see the attribute of an op: as parts, and back.
type form struct {
	op    *ir.Op
	parts func(a ir.Attr) []any // string, []string, ir.Axis, []ir.Axis, ir.Size, ir.Kind; nil: does not fit a pattern
	attr  func(parts []any) (ir.Attr, bool)
}

// forms are the ops that patterns may name, beside the scalar functions.
var forms = []form{
	{ir.Rename, func(a ir.Attr) []any {
		x := a.(*ir.RenameAttr)
		return []any{x.From, x.To}
	}, func(p []any) (ir.Attr, bool) {
		from, to, ok := two[string, string](p)
		return &ir.RenameAttr{From: from, To: to}, ok
	}},
	{ir.Transpose, sums, summed},
	{ir.Contract, sums, summed},
	{ir.Reverse, labelled, labelling},
	{ir.Gather, labelled, labelling},
	{ir.Cast, func(a ir.Attr) []any { return []any{a.(*ir.KindAttr).Kind} }, func(p []any) (ir.Attr, bool) {
		k, ok := one[ir.Kind](p)
		return &ir.KindAttr{Kind: k}, ok
	}},
	{ir.Position, func(a ir.Attr) []any { return []any{a.(*ir.AxisAttr).Axis} }, func(p []any) (ir.Attr, bool) {
		x, ok := one[ir.Axis](p)
		return &ir.AxisAttr{Axis: x}, ok
	}},
	{ir.Merge, func(a ir.Attr) []any {
		x := a.(*ir.MergeAttr)
		return []any{x.Labels, x.Into}
	}, func(p []any) (ir.Attr, bool) {
		ls, into, ok := two[[]string, ir.Axis](p)
		return &ir.MergeAttr{Labels: ls, Into: into}, ok
	}},
	{ir.Split, func(a ir.Attr) []any {
		x := a.(*ir.SplitAttr)
		return []any{x.Label, x.Into}
	}, func(p []any) (ir.Attr, bool) {
		l, into, ok := two[string, []ir.Axis](p)
		return &ir.SplitAttr{Label: l, Into: into}, ok
	}},
	{ir.Pick, func(a ir.Attr) []any {
		x := a.(*ir.PickAttr)
		return []any{x.Label, x.At}
	}, func(p []any) (ir.Attr, bool) {
		l, at, ok := two[string, ir.Size](p)
		return &ir.PickAttr{Label: l, At: at}, ok
	}},
	{ir.Slice, func(a ir.Attr) []any {
		x := a.(*ir.SliceAttr)
		return []any{x.Label, x.Start, x.Into}
	}, func(p []any) (ir.Attr, bool) {
		if len(p) != 3 {
			return nil, false
		}
		l, start, ok := two[string, ir.Size](p[:2])
		into, axis := p[2].(ir.Axis)
		return &ir.SliceAttr{Label: l, Start: start, Into: into}, ok && axis
	}},
	{ir.Reduce, func(a ir.Attr) []any {
		x := a.(*ir.ReduceAttr)
		if x.Prefix {
			return nil
		}
		return []any{x.Fn, x.Labels}
	}, func(p []any) (ir.Attr, bool) {
		fn, ls, ok := two[string, []string](p)
		return &ir.ReduceAttr{Fn: fn, Labels: ls}, ok
	}},
}

func sums(a ir.Attr) []any { return []any{a.(*ir.SumAttr).Labels} }

func summed(p []any) (ir.Attr, bool) {
	ls, ok := one[[]string](p)
	return &ir.SumAttr{Labels: ls}, ok
}

func labelled(a ir.Attr) []any { return []any{a.(*ir.LabelAttr).Label} }

func labelling(p []any) (ir.Attr, bool) {
	l, ok := one[string](p)
	return &ir.LabelAttr{Label: l}, ok
}

func one[A any](p []any) (a A, ok bool) {
	if len(p) != 1 {
		return a, false
	}
	a, ok = p[0].(A)
	return a, ok
}

func two[A, B any](p []any) (a A, b B, ok bool) {
	if len(p) != 2 {
		return a, b, false
	}
	a, first := p[0].(A)
	b, second := p[1].(B)
	return a, b, first && second
}

// formOf finds the form of an op by its name in patterns; nil when patterns cannot name it.
func formOf(name string) *form {
	i := slices.IndexFunc(forms, func(f form) bool { return f.op.Name == name })
	if i < 0 {
		return nil
	}
	return &forms[i]
}

// samePart compares two parts.
func samePart(a, b any) bool {
	switch x := a.(type) {
	case ir.Size:
		y, ok := b.(ir.Size)
		return ok && x.Equal(y)
	case ir.Axis:
		y, ok := b.(ir.Axis)
		return ok && x.Label == y.Label && x.Size.Equal(y.Size)
	case []string:
		y, ok := b.([]string)
		return ok && slices.Equal(x, y)
	case []ir.Axis:
		y, ok := b.([]ir.Axis)
		return ok && slices.EqualFunc(x, y, func(a, b ir.Axis) bool { return samePart(a, b) })
	}
	return a == b
}

// joined is the sum of two sizes, or one list behind the other.
func joined(a, b any) (any, bool) {
	switch x := a.(type) {
	case ir.Size:
		y, ok := b.(ir.Size)
		return x.Add(y), ok
	case []string:
		y, ok := b.([]string)
		return slices.Concat(x, y), ok
	}
	return nil, false
}
