package lower

import (
	"slices"

	"archc/ir"
)

// need brings dimension a to v's type: it is there, or it merges from its factors, or an axis of v splits into it.
// False when there is no way.
func (l *lowerer) need(v ir.Value, a *axis) (ir.Value, bool) { return l.bring(v, a, nil) }

// can is need without the nodes.
func (l *lowerer) can(v ir.Value, a *axis) (ok bool) {
	if v.Type().Has(a.label) {
		return true
	}
	l.aside(func() { _, ok = l.need(v, a) })
	return ok
}

// bring follows facts, which may lead in circles: busy are the dims that are looked for or were taken apart on the way.
func (l *lowerer) bring(v ir.Value, a *axis, busy shape) (ir.Value, bool) {
	if v.Type().Has(a.label) {
		return v, true
	}
	if contains(busy, a) || !l.step(1, v.Node.Src) {
		return v, false
	}
	if out, ok := l.bringSplit(v, a, busy); ok {
		return out, true
	}
	busy = append(slices.Clip(busy), a)
	for _, fact := range l.factsOf(a) {
		if out, ok := l.mergeFrom(v, fact, a, busy); ok {
			return out, true
		}
	}
	if a.parts != nil {
		return l.bringSum(v, a, busy)
	}
	return v, false
}

// factsOf are the facts that hold where the program is being lowered. What a formal is bound to holds where an argument
// enters its block: inside, B is another dim than A, though both may be bound to one.
func (l *lowerer) factsOf(a *axis) []shape {
	if a.bound && !contains(l.border, a) {
		return a.facts[1:]
	}
	return a.facts
}

// mergeFrom merges the factors of a fact into a, when v has them all. An axis that has the same factors is the whole
// already.
func (l *lowerer) mergeFrom(v ir.Value, fact shape, into *axis, busy shape) (ir.Value, bool) {
	for _, x := range v.Type().Axes {
		if whole := l.axes[x.Label]; whole != nil && len(fact) > 1 && holds(l.factsOf(whole), fact) {
			return l.merge(v, shape{whole}, into)
		}
	}
	out := v
	for _, f := range fact {
		next, ok := l.bring(out, f, busy)
		if !ok {
			return v, false
		}
		out = next
	}
	return l.merge(out, fact, into)
}

// merge makes one axis of several; false when v lacks one of them, or has the result already.
func (l *lowerer) merge(v ir.Value, parts shape, into *axis) (ir.Value, bool) {
	if len(parts) == 1 {
		return l.try(ir.Rename, &ir.RenameAttr{From: parts[0].label, To: into.label}, v)
	}
	return l.try(ir.Merge, &ir.MergeAttr{Labels: parts.labels(), Into: into.ir()}, v)
}

// split makes several axes of one; false when v lacks it, or has one of them already.
func (l *lowerer) split(v ir.Value, whole *axis, fact shape) (ir.Value, bool) {
	if len(fact) == 1 {
		return l.try(ir.Rename, &ir.RenameAttr{From: whole.label, To: fact[0].label}, v)
	}
	return l.try(ir.Split, &ir.SplitAttr{Label: whole.label, Into: fact.ir()}, v)
}

// try adds a view where its type rule allows it.
func (l *lowerer) try(op *ir.Op, attr ir.Attr, v ir.Value) (ir.Value, bool) {
	n, err := l.b.Add(op, attr, []ir.Value{v})
	if err != nil {
		return v, false
	}
	return ir.Value{Node: n}, true
}

// splitFor splits the axis of v whose factors lead to a.
func (l *lowerer) splitFor(v ir.Value, a *axis) (ir.Value, bool) { return l.bringSplit(v, a, nil) }

func (l *lowerer) bringSplit(v ir.Value, a *axis, busy shape) (ir.Value, bool) {
	for _, x := range v.Type().Axes {
		whole := l.axes[x.Label]
		if whole == nil || contains(busy, whole) {
			continue
		}
		for _, fact := range l.factsOf(whole) {
			if !l.leads(fact, a, map[*axis]bool{whole: true}) || !l.without(v, whole, fact) {
				continue
			}
			parts, ok := l.split(v, whole, fact)
			if !ok {
				continue
			}
			if out, ok := l.bring(parts, a, append(slices.Clip(busy), whole)); ok {
				return out, true
			}
		}
	}
	return v, false
}

// without reports that v has none of the fact's axes yet.
func (l *lowerer) without(v ir.Value, whole *axis, fact shape) bool {
	return !slices.ContainsFunc(fact, func(f *axis) bool { return f != whole && v.Type().Has(f.label) })
}

// leads reports whether a is among the factors, or among their factors.
func (l *lowerer) leads(fact shape, a *axis, seen map[*axis]bool) bool {
	for _, f := range fact {
		if f == a {
			return true
		}
		if seen[f] || !l.step(1, a.decl) {
			continue
		}
		seen[f] = true
		if slices.ContainsFunc(l.factsOf(f), func(inner shape) bool { return l.leads(inner, a, seen) }) {
			return true
		}
	}
	return false
}

// bringSum makes the axis U + U of a tensor that has the axes 2 and U, as [a, b] gives it.
func (l *lowerer) bringSum(v ir.Value, a *axis, busy shape) (ir.Value, bool) {
	first := a.parts[0]
	for _, p := range a.parts[1:] {
		if !slices.Equal(p, first) {
			return v, false
		}
	}
	n := l.literal(int64(len(a.parts)))
	return l.mergeFrom(v, append(shape{n}, first...), a, busy)
}

// needAll brings every dimension of a shape; the missing one is nil when all are there.
func (l *lowerer) needAll(v ir.Value, s shape) (out ir.Value, missing *axis) {
	out = v
	for _, a := range s {
		next, ok := l.need(out, a)
		if !ok {
			return v, a
		}
		out = next
	}
	for _, a := range s {
		if !out.Type().Has(a.label) {
			return v, a // what one dim needed took another one apart
		}
	}
	return out, nil
}

// align splits the axes of two operands so that they share dimensions wherever a fact connects them: H on one side
// and G on the other become G, R and G.
func (l *lowerer) align(x, y ir.Value) (ir.Value, ir.Value) {
	x = l.alignOne(x, y)
	return x, l.alignOne(y, x)
}

func (l *lowerer) alignOne(x, y ir.Value) ir.Value {
	for _, other := range y.Type().Axes {
		a := l.axes[other.Label]
		if a == nil || a.count != 0 || x.Type().Has(a.label) {
			continue // a number is no name: D = 2 K does not split for another 2
		}
		if out, ok := l.splitFor(x, a); ok {
			x = out
		}
	}
	return x
}

// related finds an axis of x that a fact connects with an axis of y, for the error that `+` never splits.
func (l *lowerer) related(x, y ir.Type) (whole *axis, fact shape, factor *axis) {
	for _, p := range x.Axes {
		for _, q := range y.Axes {
			a, b := l.axes[p.Label], l.axes[q.Label]
			if a == nil || b == nil || a == b || b.count != 0 || x.Has(b.label) {
				continue
			}
			for _, fact := range l.factsOf(a) {
				if l.leads(fact, b, map[*axis]bool{a: true}) {
					return a, fact, b
				}
			}
		}
	}
	return nil, nil, nil
}

// onAxis is the axis that the author means by a on v: a itself, or the one range of a that v has, x[T: 0..4].
func (l *lowerer) onAxis(v ir.Value, a *axis) *axis {
	if l.can(v, a) {
		return a
	}
	var found *axis
	for _, x := range v.Type().Axes {
		if c := l.axes[x.Label]; c != nil && c.cut == a {
			if found != nil {
				return a
			}
			found = c
		}
	}
	if found == nil {
		return a
	}
	return found
}

// restore translates the dims of a block's formals back to what they are bound to.
func (l *lowerer) restore(v ir.Value, formals []*axis) ir.Value {
	for _, f := range slices.Backward(formals) { // a later one may stand for a product of earlier ones
		if f.outer && v.Type().Has(f.label) && l.without(v, f, f.facts[0]) {
			v, _ = l.split(v, f, f.facts[0])
		}
	}
	return v
}
