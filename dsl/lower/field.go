package lower

import (
	"fmt"
	"slices"
	"strings"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// field is one declared part of an instance; its value is made at the first use.
type field struct {
	name  string
	at    diag.Span
	decl  *syntax.Field
	index int // which of several names of one declaration
	inst  *instance
	val   value
	busy  bool
}

// parameter is a stored tensor used as a value: weight : [D].
type parameter struct {
	field  *field
	kind   ir.Kind
	s      shape
	stored []shape
	key    string
	buffer bool
}

// fieldValue makes the field's value.
func (l *lowerer) fieldValue(f *field) value {
	if f.val != nil {
		return f.val
	}
	if f.busy {
		l.fail(diag.New(diag.Recursion, f.at, "field %s leads back to itself", f.name))
		return poison{}
	}
	f.busy = true
	f.val = l.makeField(f)
	f.busy = false
	return f.val
}

func (l *lowerer) makeField(f *field) value {
	d := f.decl
	if d.Over != nil {
		if d.Out == nil {
			l.fail(diag.New(diag.WrongPlace, d.Over.Span(), "`over` belongs to a map").Suggest("`C -> F over Y X window(3, 3)`"))
			return poison{}
		}
		if !l.clauses(f, "a convolution", "buffer") {
			return poison{}
		}
		return l.makeConvolution(f)
	}
	if d.Out != nil {
		if !l.clauses(f, "a linear map", "buffer") {
			return poison{}
		}
		return l.makeLinear(f)
	}
	switch t := unparen(d.Type).(type) {
	case *syntax.List:
		return l.makeParameter(f, ir.Real, t.Args)
	case *syntax.Index:
		if n, ok := t.X.(*syntax.Name); ok && kindOf(n.Name) >= 0 {
			return l.makeParameter(f, ir.Kind(kindOf(n.Name)), t.Args)
		}
	case *syntax.Binary:
		if t.Op == "*" {
			if !l.clauses(f, "a stack", "bias", "stored", "buffer", "share") {
				return poison{}
			}
			return l.makeStack(f, t)
		}
	case *syntax.Juxt:
		if n, ok := t.Parts[0].(*syntax.Name); ok && n.Name == "int" {
			l.fail(diag.New(diag.WrongPlace, t.At, "a table needs what a row is").Suggest("write `%s -> D`", t.At.Text()))
			return poison{}
		}
		if copies, ok := t.Parts[0].(*syntax.List); ok && len(t.Parts) == 2 {
			if !l.clauses(f, "a stack", "bias", "stored", "buffer", "share") {
				return poison{}
			}
			return l.makeJoint(f, copies, t.Parts[1])
		}
	}
	if !l.clauses(f, "a block", "bias", "stored", "buffer", "share") {
		return poison{}
	}
	return l.part(f, d.Type)
}

// clauses refuses clauses that this kind of field cannot have: silently ignored, they would change the mathematics.
func (l *lowerer) clauses(f *field, what string, without ...string) bool {
	d := f.decl
	for _, name := range without {
		if map[string]bool{"bias": d.Bias, "stored": d.Stored != nil, "buffer": d.Buffer, "share": d.Share != nil}[name] {
			clause := map[string]string{"bias": "with bias", "share": "= ..."}[name]
			if clause == "" {
				clause = name
			}
			l.fail(diag.New(diag.WrongPlace, f.at, "%s is %s, which takes no `%s`", f.name, what, clause))
			return false
		}
	}
	return l.asFits(f)
}

// asFits holds `as` to one name for each field, or to one for the weight and one for the bias of a single field.
func (l *lowerer) asFits(f *field) bool {
	d := f.decl
	n, names := len(d.As), len(d.Names)
	if n == 0 || n == names || d.Bias && n == 2*names {
		return true
	}
	want := fmt.Sprint(names)
	if d.Bias {
		want += fmt.Sprintf(" or %d", 2*names)
	}
	l.fail(diag.New(diag.WrongPlace, d.As[0].At, "`as` gives %d names, but %s fit here", n, want))
	return false
}

func kindOf(name string) int {
	for k := ir.Real; k <= ir.Bool; k++ {
		if k.String() == name {
			return int(k)
		}
	}
	return -1
}

// part makes a sub-block: a block applied, or a choice among blocks.
func (l *lowerer) part(f *field, e syntax.Expr) value {
	v := l.eval(e, f.inst.scope)
	switch t := v.(type) {
	case template:
		path, _, ok := l.path(f, 0)
		if !ok {
			return poison{}
		}
		t.over = append(slices.Clone(t.over), l.belowBlock(f)...)
		if in, ok := l.instantiate(t, path, f.inst, e.Span()); ok {
			in.place = joinPath(f.inst.place, f.name)
			return in
		}
		return poison{}
	case nothing, poison:
		return v
	}
	l.fail(diag.New(diag.WrongPlace, e.Span(), "`%s` is %s, not a field's type", e.Span().Text(), v.what()).
		Suggest("a field is a map `A -> B`, a tensor `[A, B]`, a block, or a stack `L * Block`"))
	return poison{}
}

func (l *lowerer) unsupported(at diag.Span, what string) value {
	l.fail(diag.New(diag.Unsupported, at, "this version does not compile %s", what))
	return poison{}
}

func (l *lowerer) makeParameter(f *field, kind ir.Kind, args []syntax.Arg) value {
	if !l.clauses(f, "a tensor", "bias") {
		return poison{}
	}
	p := &parameter{field: f, kind: kind, buffer: f.decl.Buffer}
	var dims []syntax.Expr
	for _, a := range args {
		if a.Name.Name != "" || a.In || a.Axis != nil || a.To != nil {
			l.fail(diag.New(diag.BadDim, a.At, "`%s` is no dim", a.At.Text()))
			return poison{}
		}
		dims = append(dims, a.Value)
	}
	var ok bool
	if p.s, ok = l.onceEach(dims, f.decl.Type.Span(), f.inst.scope); !ok {
		return poison{}
	}
	for _, e := range dims {
		s, _ := l.dimExpr(e, f.inst.scope)
		p.stored = append(p.stored, s)
	}
	if p.key, _, ok = l.path(f, 0); !ok {
		return poison{}
	}
	if f.decl.Stored != nil {
		if p.stored, ok = l.storedOrder(f, p.s); !ok {
			return poison{}
		}
	}
	if f.decl.Share != nil && !l.shareParameter(p) {
		return poison{}
	}
	return p
}

// readParameter gives the stored tensor as a value.
func (l *lowerer) readParameter(p *parameter) ir.Value {
	attr := &ir.ParamAttr{Key: p.key, Buffer: p.buffer}
	for _, g := range p.stored {
		attr.Stored = append(attr.Stored, append([]string{}, g.labels()...))
	}
	return l.param(attr, ir.Type{Kind: p.kind, Axes: p.s.ir()}, p.field)
}

// storedOrder reads `stored [D, H K]`: the same dims in another order.
func (l *lowerer) storedOrder(f *field, s shape) ([]shape, bool) {
	var out []shape
	for _, e := range f.decl.Stored {
		part, ok := l.dimExpr(e, f.inst.scope)
		if !ok {
			return nil, false
		}
		out = append(out, part)
	}
	if !samePermutation(flatten(out), s) {
		at := f.at
		if len(f.decl.Stored) > 0 {
			at = f.decl.Stored[0].Span().To(f.decl.Stored[len(f.decl.Stored)-1].Span())
		}
		l.fail(diag.New(diag.BadStored, at, "%s stores %s, but its dims are %s", f.name, storedText(out), s).
			Suggest("list each dim of the field once"))
		return nil, false
	}
	return out, true
}

// samePermutation reports whether two shapes have the same axes, each as often.
func samePermutation(a, b shape) bool {
	count := map[*axis]int{}
	for _, x := range a {
		count[x]++
	}
	for _, x := range b {
		count[x]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func flatten(groups []shape) shape {
	var out shape
	for _, g := range groups {
		out = append(out, g...)
	}
	return out
}

func storedText(groups []shape) string {
	parts := make([]string, len(groups))
	for i, g := range groups {
		parts[i] = g.String()
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
