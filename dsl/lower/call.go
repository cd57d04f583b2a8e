package lower

import (
	"fmt"
	"slices"

	"archc/dsl/syntax"
	"archc/ir/diag"
)

// callArgs are the arguments of a call.
type callArgs struct {
	axes  []*axis // softmax[E](...)
	pos   []argument
	named map[string]argument
	carry []argument // behind `;`
}

// count says how many arguments there are, and what else.
func (a callArgs) count() string {
	text := fmt.Sprint(len(a.pos) + len(a.named) + len(a.carry))
	if len(a.axes) > 0 {
		text += " and brackets"
	}
	return text
}

// argument is one argument: its value, or its text for built-ins that read it as a product.
type argument struct {
	val  value // nil when expr is not evaluated yet
	expr syntax.Expr
	at   diag.Span

	whole diag.Span // of a named one: with its name
}

// call lowers f(args), f[axes](args) and attend.
func (l *lowerer) call(x *syntax.Call, sc *scope) value {
	fnExpr := x.Fn
	var brackets []syntax.Arg
	if ix, ok := fnExpr.(*syntax.Index); ok && l.takesBrackets(ix.X, sc) {
		fnExpr, brackets = ix.X, ix.Args
	}
	if n, ok := fnExpr.(*syntax.Name); ok && l.isAttend(n, sc) {
		return l.attend(x, brackets, sc)
	}
	if n, ok := fnExpr.(*syntax.Name); ok && n.Name == "sum" && len(brackets) > 0 && brackets[0].In {
		return l.sumOver(x, brackets, sc)
	}
	if form := l.form(fnExpr, sc); form != nil {
		return form(l, x, brackets, sc)
	}
	f := l.callee(fnExpr, sc)
	if poisoned(f) {
		l.alsoRead(x, sc)
		return f
	}
	if x.HasBody {
		l.fail(diag.New(diag.WrongPlace, x.At, "a `{ }` behind a call belongs to attend or scan"))
		return poison{}
	}
	if t, ok := f.(template); ok {
		return l.applyTemplate(t, x, sc)
	}
	args, ok := l.arguments(f, x, sc)
	if !ok {
		return poison{}
	}
	if args.axes, ok = l.brackets(brackets, sc); !ok {
		return poison{}
	}
	return l.callValue(f, args, x.At, sc)
}

// callee is what is called. A pattern without parameters is its value wherever else its name stands.
func (l *lowerer) callee(e syntax.Expr, sc *scope) value {
	if n, ok := e.(*syntax.Name); ok {
		if f, isFunc := l.lookup(sc, n.Name).(function); isFunc {
			return f
		}
	}
	return l.eval(e, sc)
}

// alsoRead finds the mistakes in the arguments of a call that is wrong itself.
func (l *lowerer) alsoRead(x *syntax.Call, sc *scope) {
	for _, a := range append(slices.Clone(x.Args), x.Carry...) {
		if a.Axis == nil && a.To == nil {
			l.eval(a.Value, sc)
		}
	}
}

// form is a built-in that reads its text as no function does: scan, flatten and the random draws. A declaration of that
// name wins.
func (l *lowerer) form(fn syntax.Expr, sc *scope) func(*lowerer, *syntax.Call, []syntax.Arg, *scope) value {
	n, ok := fn.(*syntax.Name)
	if !ok || l.lookup(sc, n.Name) != nil {
		return nil
	}
	switch n.Name {
	case "scan":
		return (*lowerer).scan
	case "flatten":
		return (*lowerer).flatten
	case "uniform", "normal":
		return drawForm(n.Name)
	}
	return nil
}

func (l *lowerer) isAttend(n *syntax.Name, sc *scope) bool {
	return n.Name == "attend" && l.lookup(sc, n.Name) == nil
}

// takesBrackets tells whether an expression in front of brackets is a function (softmax[E]) and not a tensor or stack.
func (l *lowerer) takesBrackets(e syntax.Expr, sc *scope) bool {
	n, ok := e.(*syntax.Name)
	if !ok {
		return false
	}
	switch l.lookup(sc, n.Name).(type) {
	case function, builtin:
		return true
	}
	return l.isAttend(n, sc) || l.form(n, sc) != nil
}

// brackets reads the dims in the brackets of a function.
func (l *lowerer) brackets(args []syntax.Arg, sc *scope) ([]*axis, bool) {
	var out []*axis
	for _, a := range args {
		switch {
		case a.In:
			l.unsupported(a.At, "a sum over a selection")
			return nil, false
		case a.Name.Name != "" || a.Axis != nil || a.To != nil:
			l.fail(diag.New(diag.WrongPlace, a.At, "the brackets of a function hold dims, not `%s`", a.At.Text()))
			return nil, false
		}
		s, ok := l.onceEach([]syntax.Expr{a.Value}, a.At, sc)
		if !ok {
			return nil, false
		}
		if len(s) == 0 {
			l.fail(diag.New(diag.BadDim, a.At, "the number 1 is no axis"))
			return nil, false
		}
		out = append(out, s...)
	}
	if a := twice(out); a != nil {
		l.fail(diag.New(diag.TwiceDim, args[0].At.To(args[len(args)-1].At), "%s stands twice in the brackets", a.name))
		return nil, false
	}
	return out, true
}

// arguments evaluates the arguments of a call; those of a lazy built-in stay text.
func (l *lowerer) arguments(f value, x *syntax.Call, sc *scope) (callArgs, bool) {
	b, _ := f.(builtin)
	lazy := b.row != nil && b.row.lazy
	out := callArgs{named: map[string]argument{}}
	for _, a := range x.Args {
		if !l.addArgument(&out, a, lazy, sc) {
			return out, false
		}
	}
	for _, a := range x.Carry {
		if a.Name.Name != "" || a.In || a.Axis != nil || a.To != nil {
			l.fail(diag.New(diag.WrongPlace, a.At, "behind `;` stand values, not `%s`", a.At.Text()))
			return out, false
		}
		out.carry = append(out.carry, argument{val: l.eval(a.Value, sc), expr: a.Value, at: a.Value.Span()})
	}
	return out, true
}

func (l *lowerer) addArgument(out *callArgs, a syntax.Arg, lazy bool, sc *scope) bool {
	if a.In || a.Axis != nil || a.To != nil {
		l.fail(diag.New(diag.WrongPlace, a.At, "`%s` is no argument of a function", clip(a.At.Text())))
		return false
	}
	arg := argument{expr: a.Value, at: a.Value.Span()}
	if !lazy {
		arg.val = l.eval(a.Value, sc)
	}
	name := a.Name.Name
	arg.whole = a.At
	if name == "" {
		out.pos = append(out.pos, arg)
		return true
	}
	if old, twice := out.named[name]; twice {
		l.fail(diag.New(diag.WrongArgs, a.At, "argument %s is given twice", name).Note(old.at, "the first time"))
		return false
	}
	out.named[name] = arg
	return true
}

func (l *lowerer) callValue(f value, args callArgs, at diag.Span, sc *scope) value {
	switch t := f.(type) {
	case poison:
		return t
	case *linear:
		return l.callLinear(t, args, at, sc)
	case *convolution:
		return l.callConvolution(t, args, at, sc)
	case *instance:
		if t.forward == nil {
			l.fail(diag.New(diag.NotCallable, at, "block %s has no forward function", t.block.Name.Name).
				Note(t.block.Name.At, "%s is declared", t.block.Name.Name))
			return poison{}
		}
		return l.callFunc(function{t.forward, t.scope}, args, at, sc)
	case function:
		return l.callFunc(t, args, at, sc)
	case builtin:
		return l.callBuiltin(t.row, &args, at, sc)
	case *stack:
		return l.callStack(t, args, at, sc)
	case bank:
		return l.callBank(t, args, at, sc)
	case template:
		l.fail(diag.New(diag.WrongPlace, at, "block %s has parameters, so it stands only in a field", t.block.Name.Name).
			Suggest("declare a field `f : %s`, then call `f(x)`", signature(t.block)))
		return poison{}
	}
	l.fail(diag.New(diag.NotCallable, at, "%s cannot be called", f.what()))
	return poison{}
}

// applyTemplate gives a block its arguments: RMSNorm(D, eps).
func (l *lowerer) applyTemplate(t template, x *syntax.Call, sc *scope) value {
	if x.HasCarry {
		l.fail(diag.New(diag.WrongPlace, x.At, "a block's arguments have no `;`"))
		return poison{}
	}
	out := t
	out.args = slices.Clone(t.args)
	position := 0
	for _, g := range t.args {
		if g.name == "" {
			position++
		}
	}
	for _, a := range x.Args {
		if a.In || a.Axis != nil || a.To != nil {
			l.fail(diag.New(diag.WrongPlace, a.At, "`%s` is no argument of a block", clip(a.At.Text())))
			return poison{}
		}
		g := given{name: a.Name.Name, at: a.At}
		param := g.name
		if param == "" {
			if position < len(t.block.Params) {
				param = t.block.Params[position].Name.Name
			}
			position++
		}
		var ok bool
		if g.val, ok = l.blockArg(t, param, a, x.At, sc); !ok {
			return poison{}
		}
		out.args = append(out.args, g)
	}
	return out
}

// blockArg evaluates an argument: a dim parameter takes a dim, product or sum as such; a size is a number.
func (l *lowerer) blockArg(t template, param string, a syntax.Arg, at diag.Span, sc *scope) (value, bool) {
	if b, ok := unparen(a.Value).(*syntax.Binary); ok && b.Op == "+" && isDim(param) {
		s, ok := l.dimExpr(a.Value, sc)
		return dims{s}, ok
	}
	v := l.eval(a.Value, sc)
	if tv, ok := v.(tensor); ok {
		l.fail(diag.New(diag.WrongPlace, at, "block %s is applied to a tensor", t.block.Name.Name).
			Note(diag.Span{}, "`%s` : %s", clip(a.At.Text()), l.typeText(tv.v.Type())).
			Suggest("a block with parameters stands in a field: `f : %s`, then `f(x)`", signature(t.block)))
		return poison{}, false
	}
	return v, !poisoned(v)
}
