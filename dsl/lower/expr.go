package lower

import (
	"strconv"
	"strings"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// eval gives the value of an expression; a mistake is reported and gives poison, which is never reported again.
func (l *lowerer) eval(e syntax.Expr, sc *scope) value {
	if !l.deeper(e.Span()) {
		l.spent.depth--
		return poison{}
	}
	old := l.b.Src
	l.b.Src = e.Span()
	v := l.evaluate(e, sc)
	if t, ok := v.(tensor); ok && !l.bounded(t.v.Type(), e.Span()) {
		v = poison{}
	}
	l.b.Src = old
	l.spent.depth--
	return v
}

func (l *lowerer) evaluate(e syntax.Expr, sc *scope) value {
	switch x := e.(type) {
	case *syntax.Num:
		return l.num(x)
	case *syntax.Str:
		if t, ok := l.fillKey(*x, sc); ok {
			return t
		}
		return poison{}
	case *syntax.Paren:
		return l.eval(x.X, sc)
	case *syntax.Name:
		return l.name(x, sc)
	case *syntax.Unary:
		return l.apply(map[string]string{"-": "neg", "!": "not"}[x.Op], x.At, l.eval(x.X, sc))
	case *syntax.Binary:
		return l.binary(x, sc)
	case *syntax.Juxt:
		if s, ok := l.dimExpr(x, sc); ok {
			return dims{s}
		}
		return poison{}
	case *syntax.If:
		return l.ifElse(x, sc)
	case *syntax.Select:
		return l.selectName(x, sc)
	case *syntax.Call:
		return l.call(x, sc)
	case *syntax.Index:
		return l.index(x, sc)
	case *syntax.List:
		return l.pack(x, sc)
	case *syntax.Region:
		return deferred{x.Body, sc}
	}
	l.fail(diag.New(diag.WrongPlace, e.Span(), "`%s` is no value here", clip(e.Span().Text())))
	return poison{}
}

func (l *lowerer) num(x *syntax.Num) value {
	digits := strings.ReplaceAll(x.Text, "_", "")
	if x.Int {
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n > maxExact {
			l.fail(diag.New(diag.BadNumber, x.At, "%s is too large", x.Text))
			return poison{}
		}
		return whole(n)
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		l.fail(diag.New(diag.BadNumber, x.At, "%s is no finite number", x.Text))
		return poison{}
	}
	return number(f)
}

func (l *lowerer) name(x *syntax.Name, sc *scope) value {
	v := l.lookup(sc, x.Name)
	if v == nil {
		return l.unknown(sc, x.Ident)
	}
	if t, ok := v.(tensor); ok {
		return l.captured(t, x, sc)
	}
	if f, ok := v.(function); ok && f.decl.Pattern && len(f.decl.Params) == 0 {
		return l.callFunc(f, callArgs{}, x.At, sc)
	}
	return l.read(v, x.Name, x.At, sc)
}

// read gives what a name stands for as a value: a stored tensor is read, a late constant computed.
func (l *lowerer) read(v value, name string, at diag.Span, sc *scope) value {
	switch t := v.(type) {
	case dims:
		if !l.mayUse(t.s, name, at, sc) {
			return poison{}
		}
	case *parameter:
		if !l.mayUse(t.s, name, at, sc) {
			return poison{}
		}
		return tensor{l.readParameter(t)}
	case late:
		return l.force(t)
	}
	return v
}

// mayUse refuses a dim that the running call is mapped over: inside, it is one element of it.
func (l *lowerer) mayUse(s shape, name string, at diag.Span, sc *scope) bool {
	for _, a := range s {
		f := sc.frame.mapsOver(a)
		if f == nil {
			continue
		}
		what := name + " has the dim " + a.name + ", which"
		if name == a.name {
			what = name
		}
		d := diag.New(diag.LiftedDim, at, "%s is mapped over here, so the body may not use it", what)
		if f.decl != nil {
			d.Note(f.decl.At, "the signature does not name %s", a.name).Suggest("write %s into the signature", a.name)
		}
		l.fail(d)
		return false
	}
	return true
}

// selectName resolves a.b.c: the longest dotted name that is a field, then members of what it is.
func (l *lowerer) selectName(x *syntax.Select, sc *scope) value {
	if ids := dotted(x); ids != nil {
		return l.read(l.resolve(ids, sc), x.At.Text(), x.At, sc)
	}
	return l.read(l.memberOf(l.eval(x.X, sc), x.Name), x.At.Text(), x.At, sc)
}

// resolve finds what a dotted name says, as it is declared.
func (l *lowerer) resolve(ids syntax.Path, sc *scope) value {
	for n := len(ids); n > 0; n-- {
		v := l.lookupDotted(sc, pathText(ids[:n]), n)
		if v == nil {
			continue
		}
		for _, id := range ids[n:] {
			v = l.memberOf(v, id)
		}
		return v
	}
	at := ids[0].At.To(ids[len(ids)-1].At)
	return l.unknown(sc, syntax.Ident{Name: pathText(ids), At: at})
}

func (l *lowerer) lookupDotted(sc *scope, name string, parts int) value {
	if parts == 1 {
		return l.lookup(sc, name)
	}
	for at := sc; at != nil; at = at.parent {
		if b := at.names[name]; b != nil { // a field of a configuration
			return b.val
		}
		if at.inst != nil && at.inst.fields[name] != nil {
			return l.fieldValue(at.inst.fields[name])
		}
	}
	return nil
}

func dotted(e syntax.Expr) syntax.Path {
	switch x := e.(type) {
	case *syntax.Name:
		return syntax.Path{x.Ident}
	case *syntax.Select:
		if head := dotted(x.X); head != nil {
			return append(head, x.Name)
		}
	}
	return nil
}

func (l *lowerer) memberOf(v value, id syntax.Ident) value {
	switch st := v.(type) {
	case *stack:
		return l.functionOf(st, id)
	case bank:
		f := l.functionOf(st.stack, id)
		if of, ok := f.(*stack); ok {
			return bank{of, st.along}
		}
		return f
	}
	in, ok := v.(*instance)
	if !ok {
		if !poisoned(v) {
			d := diag.New(diag.UnknownName, id.At, "%s has no part %s", v.what(), id.Name)
			if lib, _ := check.Library(); lib.Lookup(id.Name) != nil || l.builtins[id.Name] != nil {
				d.Suggest("%s is a function: write `%s(x)`, with a dim as in `%s[D](x)` where it runs along one", id.Name, id.Name, id.Name)
			}
			l.fail(d)
		}
		return poison{}
	}
	if m := l.member(in, id.Name); m != nil {
		return m
	}
	var names []string
	for _, f := range in.order {
		names = append(names, f.name)
	}
	d := diag.New(diag.UnknownName, id.At, "block %s has no field %s", in.block.Name.Name, id.Name).
		Note(in.block.Name.At, "%s is declared", in.block.Name.Name)
	if near := check.Nearest(id.Name, names); near != "" {
		d.Suggest("did you mean `%s`?", near)
	}
	l.fail(d)
	return poison{}
}

func (l *lowerer) binary(x *syntax.Binary, sc *scope) value {
	if x.Op == "|>" {
		return l.pipe(x, sc)
	}
	a, b := l.eval(x.X, sc), l.eval(x.Y, sc)
	if v, ok := l.compareText(x, a, b); ok {
		return v
	}
	if s, ok := a.(selection); ok && x.Op == "&" && !poisoned(b) {
		return l.narrow(s, b, x.Y.Span())
	}
	name := operators[x.Op]
	if !splits(name) {
		a, b = l.sameForm(a, b)
	}
	if !splits(name) && !l.splitFree(x.Op, x.OpAt, a, b) {
		return poison{}
	}
	return l.apply(name, x.At, a, b)
}

// pipe is x |> f, and x |> f[D].
func (l *lowerer) pipe(x *syntax.Binary, sc *scope) value {
	arg := argument{val: l.eval(x.X, sc), at: x.X.Span()}
	args := callArgs{pos: []argument{arg}}
	f := x.Y
	if ix, ok := unparen(f).(*syntax.Index); ok && l.takesBrackets(ix.X, sc) {
		if args.axes, ok = l.brackets(ix.Args, sc); !ok {
			return poison{}
		}
		f = ix.X
	}
	return l.callValue(l.eval(f, sc), args, x.At, sc)
}

// compareText compares strings, as requirements on a configuration do.
func (l *lowerer) compareText(x *syntax.Binary, a, b value) (value, bool) {
	s, okA := a.(text)
	t, okB := b.(text)
	if !okA || !okB || x.Op != "==" && x.Op != "!=" {
		return nil, false
	}
	if s.byLayer || t.byLayer {
		l.fail(diag.New(diag.BadKind, x.At, "a string with the layer index in it is used in keys, not compared").
			Suggest("compare the number: `l == 0`"))
		return poison{}, true
	}
	return truth((s == t) == (x.Op == "==")), true
}

// ifElse chooses when compiling where the condition is known then, else element by element.
func (l *lowerer) ifElse(x *syntax.If, sc *scope) value {
	c := l.eval(x.C, sc)
	if poisoned(c) {
		return c
	}
	k, ok := known(c)
	switch {
	case ok && k.kind != ir.Bool:
		l.fail(diag.New(diag.BadKind, x.C.Span(), "the condition `%s` is a number", clip(x.C.Span().Text())).
			Suggest("compare it: `%s != 0`", clip(x.C.Span().Text())))
		return poison{}
	case ok && k.f != 0:
		return l.eval(x.T, sc)
	case ok:
		return l.eval(x.E, sc)
	}
	return l.apply("select", x.At, c, l.eval(x.T, sc), l.eval(x.E, sc))
}

// wantTensor gives a value of the running program, or reports that there is none.
func (l *lowerer) wantTensor(v value, at diag.Span) (ir.Value, bool) {
	if out, ok := l.tensorOf(v); ok {
		return out, true
	}
	if !poisoned(v) {
		what := clip(at.Text())
		d := diag.New(diag.BadKind, at, "`%s` is %s, not a tensor", what, v.what())
		switch v.(type) {
		case template:
			d.Suggest("declare a field `f : %s`, then call `f(x)`", what)
		case *instance, *linear, *stack, function, builtin:
			d.Suggest("call it: `%s(x)`", what)
		case tuple:
			d.Suggest("take it apart: `a, b = %s`", what)
		}
		l.fail(d)
	}
	return ir.Value{}, false
}
