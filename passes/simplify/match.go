package simplify

import (
	"strings"

	"archc/ir"
)

// bindings are what the names of a pattern stand for.
type bindings struct {
	values map[string]ir.Value
	parts  map[string]any
	inner  []*ir.Node // the nodes that the pattern fits below its root
}

// empty makes room for the next rule.
func (b *bindings) empty() *bindings {
	clear(b.values)
	clear(b.parts)
	b.inner = b.inner[:0]
	return b
}

// fit matches a value. Patterns look at nodes of the root's region, and at numbers of any: a node of a region around an
// attend may have axes that mean something else inside.
func (b *bindings) fit(t *term, v ir.Value, region map[*ir.Node]bool, root bool) bool {
	n := v.Node
	switch {
	case t.number != nil:
		a, ok := n.Attr.(*ir.ConstAttr)
		return ok && a.Value == *t.number && (v.Type().Kind == ir.Bool) == t.truth
	case t.name != "":
		if old, ok := b.values[t.name]; ok {
			return old == v
		}
		b.values[t.name] = v
		return true
	case !region[n] || len(n.Args) != len(t.args):
		return false
	case t.fn != nil:
		if a, ok := n.Attr.(*ir.MapAttr); !ok || a.Fn != t.fn {
			return false
		}
	case n.Op != t.form.op || !b.fitParts(t, n.Attr):
		return false
	case n.Op == ir.Gather && !region[n.Args[0].Node]:
		return false // in the regions of an attend a table from outside may have more keys than are admitted (V20)
	}
	if !root {
		b.inner = append(b.inner, n)
	}
	for i, a := range t.args {
		if !b.fit(a, n.Args[i], region, false) {
			return false
		}
	}
	return true
}

func (b *bindings) fitParts(t *term, a ir.Attr) bool {
	parts := t.form.parts(a)
	if len(parts) != len(t.attrs) {
		return false
	}
	for i, name := range t.attrs {
		if old, ok := b.parts[name]; ok && !samePart(old, parts[i]) {
			return false
		}
		b.parts[name] = parts[i]
	}
	return true
}

// make builds a replacement; false where an op's type rule does not allow it.
func (b *bindings) make(t *term, in *ir.Builder) (ir.Value, bool) {
	switch {
	case t.number != nil:
		kind := ir.Real
		if t.truth {
			kind = ir.Bool
		}
		return in.Leaf(ir.Constant, &ir.ConstAttr{Value: *t.number}, ir.Scalar(kind)), true
	case t.name != "":
		v, ok := b.values[t.name]
		return v, ok
	}
	args := make([]ir.Value, len(t.args))
	for i, a := range t.args {
		var ok bool
		if args[i], ok = b.make(a, in); !ok {
			return ir.Value{}, false
		}
	}
	op, attr := ir.Map, ir.Attr(&ir.MapAttr{Fn: t.fn})
	if t.form != nil {
		parts := make([]any, len(t.attrs))
		for i, name := range t.attrs {
			var ok bool
			if parts[i], ok = b.part(name); !ok {
				return ir.Value{}, false
			}
		}
		var ok bool
		if attr, ok = t.form.attr(parts); !ok {
			return ir.Value{}, false
		}
		op = t.form.op
	}
	n, err := in.Add(op, attr, args)
	return ir.Value{Node: n}, err == nil
}

// part is a name, or the sum of two.
func (b *bindings) part(name string) (any, bool) {
	first, second, sum := strings.Cut(name, "+")
	x, ok := b.parts[first]
	if !sum || !ok {
		return x, ok
	}
	y, ok := b.parts[second]
	if !ok {
		return nil, false
	}
	return joined(x, y)
}
