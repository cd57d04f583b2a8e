package lower

import (
	"slices"
	"strings"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// body lowers a function's body and gives its results.
func (l *lowerer) body(f *syntax.Func, sc *scope) ([]value, bool) {
	old := l.b.Scope
	if sc.inst != nil && f.Name.Name == "" {
		l.b.Scope = sc.inst.path
	}
	defer func() { l.b.Scope = old }()
	if f.Body == nil && f.Values != nil {
		var out []value
		for _, e := range f.Values {
			out = append(out, l.eval(e, sc))
		}
		return flat(out)
	}
	return l.statements(f.Body, sc, f.At)
}

// flat puts the results of functions with several in the place of each.
func flat(vs []value) ([]value, bool) {
	var out []value
	for _, v := range vs {
		switch t := v.(type) {
		case poison:
			return nil, false
		case tuple:
			out = append(out, t.items...)
		default:
			out = append(out, v)
		}
	}
	return out, true
}

// statements lowers statements in order; the last one gives the value.
func (l *lowerer) statements(body []syntax.Stmt, sc *scope, at diag.Span) ([]value, bool) {
	var last []value
	ok := true
	for i, s := range body {
		switch x := s.(type) {
		case *syntax.Assign:
			last = l.assign(x, sc)
		case *syntax.ExprStmt:
			last = nil
			for _, e := range x.Values {
				last = append(last, l.eval(e, sc))
			}
			if i < len(body)-1 {
				l.fail(diag.New(diag.Unused, x.At, "`%s` is computed and not used", clip(x.At.Text())).
					Suggest("bind it: `x = %s`, or make it the last statement", clip(x.At.Text())))
			}
		case *syntax.Require:
			l.require(x, sc)
		case *syntax.Emit:
			ok = l.emit(x, sc) && ok
		case *syntax.Yield:
			l.fail(diag.New(diag.WrongPlace, x.At, "`yield` stands in the body of a scan"))
			ok = false
		}
	}
	if len(last) == 0 && ok {
		l.fail(diag.New(diag.WrongPlace, at, "this body has no value: its last statement must be one"))
		return nil, false
	}
	out, fine := flat(last)
	return out, fine && ok
}

// assign binds locals. `x += e` is x = x + e and never splits a dim.
func (l *lowerer) assign(x *syntax.Assign, sc *scope) []value {
	var values []value
	l.bindsDraw(x)
	for _, e := range x.Values {
		values = append(values, l.eval(e, sc))
	}
	values = l.spread(values, len(x.Targets), x.At)
	for i, t := range x.Targets {
		values[i] = l.assignOne(t, x, values[i], sc)
	}
	return values
}

func (l *lowerer) assignOne(target syntax.Expr, x *syntax.Assign, v value, sc *scope) value {
	n, ok := target.(*syntax.Name)
	if !ok {
		l.fail(diag.New(diag.WrongPlace, target.Span(), "`%s` cannot be assigned", clip(target.Span().Text())).
			Suggest("fields are parameters; bind a local name"))
		return poison{}
	}
	if !l.mayBind(n.Ident, sc) {
		sc.bind(n.Name, poison{}, n.At, false)
		return poison{}
	}
	if x.Op == "+=" {
		old := sc.local(n.Name)
		if old == nil {
			return l.unknown(sc, n.Ident)
		}
		v = l.plusAssign(x, n, old.val, v)
	}
	if t, ok := v.(tensor); ok && t.v.Node.Name == "" && t.v.Node.Op != ir.Param && len(t.v.Node.Outs) == 1 {
		t.v.Node.Name = n.Name
	}
	sc.bind(n.Name, v, n.At, false)
	return v
}

func (l *lowerer) plusAssign(x *syntax.Assign, n *syntax.Name, old, v value) value {
	old, v = l.sameForm(old, v)
	if !l.splitFree("+=", x.At, old, v) {
		return poison{}
	}
	before, isTensor := old.(tensor)
	out := l.apply("add", x.At, old, v)
	after, ok := out.(tensor)
	if ok && isTensor && len(after.v.Type().Axes) != len(before.v.Type().Axes) {
		var added []string
		for _, a := range after.v.Type().Axes {
			if !before.v.Type().Has(a.Label) {
				added = append(added, l.axisText(a.Label))
			}
		}
		text := strings.Join(added, " and ")
		l.fail(diag.New(diag.OuterProduct, x.At, "`+=` would add %s to %s", text, n.Name).
			Note(diag.Span{}, "%s : %s", n.Name, l.typeText(before.v.Type())).
			Note(diag.Span{}, "sum: %s", l.typeText(after.v.Type())).
			Suggest("sum over %s first, or relate it to a dim that %s has, as `R = H/G` relates G to H", text, n.Name))
		return poison{}
	}
	return out
}

// attendNames belong to attend inside its regions.
var attendNames = []string{"i", "j", "s", "w"}

// mayBind refuses a local that would hide a field, a parameter, a dim or a declaration of the file.
func (l *lowerer) mayBind(id syntax.Ident, sc *scope) bool {
	hidden := func(at diag.Span, format string, args ...any) bool {
		d := diag.New(diag.Shadow, id.At, format, args...).Suggest("choose another name for the local")
		if at.Src != nil {
			d.Note(at, "%s is declared", id.Name)
		}
		l.fail(d)
		return false
	}
	if b := sc.local(id.Name); b != nil {
		switch {
		case b.fixed && sc.pair() != nil && slices.Contains(attendNames, id.Name):
			return hidden(diag.Span{}, "%s belongs to attend here", id.Name)
		case b.fixed:
			return hidden(b.at, "%s is already a parameter or dim", id.Name)
		}
		return true
	}
	if isDim(id.Name) {
		l.fail(diag.New(diag.Shadow, id.At, "%s: upper-case names are dims, and dims are declared", id.Name).
			Suggest("a tensor has a lower-case name"))
		return false
	}
	return l.hidesNothing(id, sc, hidden)
}

// hidesNothing looks for the name among what the blocks around and the file declare. Names of the library may be taken:
// it grows.
func (l *lowerer) hidesNothing(id syntax.Ident, sc *scope,
	hidden func(at diag.Span, format string, args ...any) bool) bool {
	for at := sc; at != nil; at = at.parent {
		if at.inst == nil {
			continue
		}
		if f := at.inst.fields[id.Name]; f != nil {
			return hidden(f.at, "%s is a field, and a field is not bound again", id.Name)
		}
		if _, ok := at.inst.nested[id.Name]; ok {
			return hidden(at.inst.where[id.Name], "%s is declared in block %s", id.Name, at.inst.block.Name.Name)
		}
	}
	if d := sc.file.Own(id.Name); d != nil && !sc.file.InLibrary() {
		return hidden(d.Name().At, "%s is declared in this file", id.Name)
	}
	return true
}
