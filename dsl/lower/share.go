package lower

import (
	"slices"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// Sharing is naming again: lm_head : D -> V = wte.

// shareLinear gives the map the stored tensor of another field.
func (l *lowerer) shareLinear(m *linear) bool {
	e := m.field.decl.Share
	switch other := l.sharedField(e, m.field.inst.scope).(type) {
	case nothing:
		return true
	case poison:
		return false
	case *linear:
		if !sameSizes(m.stored, other.stored) {
			return l.otherShape(m.field, e, m.stored, other.field, other.stored)
		}
		m.shared = other
		return true
	default:
		l.fail(diag.New(diag.SharedShape, e.Span(), "`%s` is %s, not a linear map", e.Span().Text(), other.what()))
		return false
	}
}

// shareParameter makes a stored tensor the one of another field.
func (l *lowerer) shareParameter(p *parameter) bool {
	e := p.field.decl.Share
	switch other := l.sharedField(e, p.field.inst.scope).(type) {
	case nothing:
		return true
	case poison:
		return false
	case *parameter:
		if !sameSizes(p.stored, other.stored) || p.kind != other.kind {
			return l.otherShape(p.field, e, p.stored, other.field, other.stored)
		}
		if flat := flatten(other.stored); !slices.Equal(flat, flatten(p.stored)) {
			l.fail(diag.New(diag.SharedShape, e.Span(), "%s stores %s, %s stores %s: a shared tensor has the same dims",
				p.field.name, storedText(p.stored), other.field.name, storedText(other.stored)))
			return false
		}
		p.key, p.stored, p.buffer = other.key, other.stored, other.buffer
		return true
	default:
		l.fail(diag.New(diag.SharedShape, e.Span(), "`%s` is %s, not a stored tensor", e.Span().Text(), other.what()))
		return false
	}
}

func (l *lowerer) otherShape(f *field, e syntax.Expr, stored []shape, other *field, others []shape) bool {
	l.fail(diag.New(diag.SharedShape, e.Span(), "%s stores %s, but %s stores %s", f.name, storedText(stored), other.name,
		storedText(others)).
		Note(other.at, "%s is declared", other.name).
		Suggest("a map `A -> B` stores [B, A], a table `int V -> D` stores [V, D]"))
	return false
}

// sharedField finds the field that an expression names, as it is declared and not as a value.
func (l *lowerer) sharedField(e syntax.Expr, sc *scope) value {
	switch x := unparen(e).(type) {
	case *syntax.If:
		yes, ok := l.condition(x, sc)
		switch {
		case !ok:
			return poison{}
		case yes:
			return l.sharedField(x.T, sc)
		}
		return l.sharedField(x.E, sc)
	case *syntax.Name:
		if v := l.lookup(sc, x.Name); v != nil {
			return v
		}
	case *syntax.Select:
		if ids := dotted(x); ids != nil {
			return l.resolve(ids, sc)
		}
	}
	return l.eval(e, sc)
}

// sameSizes reports whether two stored tensors have the same dims: names and sizes, since a block's dims have labels
// of their own.
func sameSizes(a, b []shape) bool {
	return slices.EqualFunc(a, b, func(x, y shape) bool {
		return slices.EqualFunc(x, y, func(p, q *axis) bool { return p.name == q.name && p.size.Equal(q.size) })
	})
}

// relabel gives each axis of from the label of the axis of to in the same place. Labels that trade places go through
// others.
func (l *lowerer) relabel(v ir.Value, from, to shape) ir.Value {
	trade := false
	for i := range from {
		trade = trade || from[i] != to[i] && contains(from, to[i])
	}
	via := slices.Clone(from)
	for i := range from {
		if trade && from[i] != to[i] {
			via[i] = l.dim("J", from[i].size, diag.Span{Start: i})
			v = l.renamed(v, from[i], via[i])
		}
	}
	for i := range from {
		v = l.renamed(v, via[i], to[i])
	}
	return v
}

func (l *lowerer) renamed(v ir.Value, from, to *axis) ir.Value {
	if from == to {
		return v
	}
	return l.b.Must(ir.Rename, &ir.RenameAttr{From: from.label, To: to.label}, v)
}
