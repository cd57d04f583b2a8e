package lower

import (
	"slices"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir/diag"
)

// variant instantiates `model A = B(D=1)`: the base with these arguments. Settings reach the base's parameters.
func (l *lowerer) variant(t template, path string, outer *instance, at diag.Span) (*instance, bool) {
	if l.variants++; l.variants > maxNesting {
		l.fail(diag.New(diag.Recursion, t.block.Name.At, "%s is a variant of itself", t.block.Name.Name))
		return nil, false
	}
	defer func() { l.variants-- }()
	in := &instance{block: t.block, path: path, outer: outer, fields: map[string]*field{}, nested: map[string]value{}}
	in.scope = &scope{parent: t.scope, names: map[string]*binding{}, file: t.scope.file}
	if !l.bindParams(in, t, at) {
		return nil, false
	}
	v := l.eval(t.block.Base, in.scope)
	base, ok := v.(template)
	if !ok {
		if !poisoned(v) {
			l.fail(diag.New(diag.WrongPlace, t.block.Base.Span(), "a variant applies a model or block, and `%s` is %s",
				clip(t.block.Base.Span().Text()), v.what()))
		}
		return nil, false
	}
	base.copy = t.copy
	base.over = append(slices.Clone(base.over), l.overrides(t, in.scope)...)
	out, ok := l.instantiate(base, path, outer, t.block.Base.Span())
	if ok {
		out.formals = append(in.formals, out.formals...)
	}
	return out, ok
}

// BaseOf is the declaration that a variant applies, nil for a model with a body.
func BaseOf(d *check.Decl) *check.Decl {
	if d.Block == nil || d.Block.Base == nil {
		return nil
	}
	e := d.Block.Base
	if c, ok := e.(*syntax.Call); ok {
		e = c.Fn
	}
	if n, ok := e.(*syntax.Name); ok {
		if base := d.Scope.Lookup(n.Name); base != d {
			return base
		}
	}
	return nil
}
