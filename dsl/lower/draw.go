package lower

import (
	"cmp"
	"slices"
	"strings"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// drawForm lowers uniform([T, E]) and normal([T, E]), random numbers of those dims, and uniform(x), one number for each
// element of x. They are an input of the model: nothing random happens while it runs.
func drawForm(kind string) func(*lowerer, *syntax.Call, []syntax.Arg, *scope) value {
	return func(l *lowerer, x *syntax.Call, brackets []syntax.Arg, sc *scope) value {
		if len(brackets) > 0 || len(x.Args) != 1 || x.HasBody || x.HasCarry || x.Args[0].Name.Name != "" {
			l.fail(diag.New(diag.WrongArgs, x.At, "%s takes the dims of what it draws", kind).
				Suggest("`%s([T, E])`, or `%s(x)` for a draw of the dims of x", kind, kind))
			return poison{}
		}
		t, ok := l.drawnType(x.Args[0].Value, kind, sc)
		if !ok {
			return poison{}
		}
		lv, ok := l.level(x.At, "a random draw")
		if !ok {
			return poison{}
		}
		name := kind
		if l.bound[x] != "" {
			name = l.bound[x]
		}
		l.b.Src = x.At
		return tensor{lv.draw(drawn{joinPath(sc.place(), name), kind, t, x.At})}
	}
}

// drawnType is the listed dims, or those of a tensor; behind the axes that the calls around are mapped over, whose
// elements draw for themselves.
func (l *lowerer) drawnType(e syntax.Expr, kind string, sc *scope) (ir.Type, bool) {
	list, isList := e.(*syntax.List)
	if !isList {
		v := l.eval(e, sc)
		if _, isDims := v.(dims); isDims {
			l.fail(diag.New(diag.WrongArgs, e.Span(), "%s draws along dims, and `%s` is the size of one", kind, clip(e.Span().Text())).
				Suggest("list the dims: `%s([%s])`", kind, clip(e.Span().Text())))
			return ir.Type{}, false
		}
		x, ok := l.wantTensor(v, e.Span())
		if !ok {
			return ir.Type{}, false
		}
		return ir.Type{Kind: ir.Real, Axes: x.Type().Axes}, true
	}
	s, ok := l.listed(list, kind, sc)
	if !ok {
		return ir.Type{}, false
	}
	var over shape
	for f := sc.frame; f != nil; f = f.parent {
		for a := range f.lifted {
			if !contains(over, a) && !contains(s, a) {
				over = append(over, a)
			}
		}
	}
	slices.SortFunc(over, func(a, b *axis) int { // names mean nothing: as they are declared
		return cmp.Or(cmp.Compare(a.decl.Start, b.decl.Start), strings.Compare(a.label, b.label))
	})
	return ir.Type{Kind: ir.Real, Axes: append(over, s...).ir()}, true
}

// bindsDraw remembers the name that a draw, or a choice of one, is bound to: it is the input's.
func (l *lowerer) bindsDraw(x *syntax.Assign) {
	if len(x.Targets) != len(x.Values) {
		return
	}
	for i, e := range x.Values {
		if n, isName := x.Targets[i].(*syntax.Name); isName {
			l.bindsCalls(e, n.Name)
		}
	}
}

func (l *lowerer) bindsCalls(e syntax.Expr, name string) {
	switch x := unparen(e).(type) {
	case *syntax.Call:
		l.bound[x] = name
	case *syntax.If:
		l.bindsCalls(x.T, name)
		l.bindsCalls(x.E, name)
	}
}

// callStop lowers stop(x). What is known when compiling has no derivative to stop.
func callStop(l *lowerer, args *callArgs, at diag.Span, _ *scope) value {
	if _, ok := known(args.pos[0].val); ok {
		return args.pos[0].val
	}
	v, ok := l.wantTensor(args.pos[0].val, args.pos[0].at)
	if !ok {
		return poison{}
	}
	return tensor{l.b.Must(ir.Stop, nil, v)}
}

// trainSetting reads the setting `train`, which every model has that has no parameter of that name.
func (l *lowerer) trainSetting(decl *check.Decl) {
	s, given := l.settings["train"]
	if !given || slices.Contains(allParams(decl), "train") {
		return
	}
	l.used["train"], l.train = true, s == "true"
	if s != "true" && s != "false" {
		l.fail(diag.New(diag.BadSetting, decl.Name().At, "train is set to %q, but takes true or false", clip(s)))
	}
}
