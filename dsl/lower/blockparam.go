package lower

import (
	"fmt"
	"strconv"
	"strings"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// bindParams gives every parameter of a block its value: from the settings of the model, from the arguments by
// position or name, or from its default.
func (l *lowerer) bindParams(in *instance, t template, at diag.Span) bool {
	values, ok := l.matchArgs(t)
	if !ok || !l.overrideParams(t, values) {
		return false
	}
	taken := map[*axis]bool{}
	for _, p := range t.block.Params {
		if old := in.scope.names[p.Name.Name]; old != nil {
			l.fail(diag.New(diag.Duplicate, p.Name.At, "parameter %s stands twice", p.Name.Name).Note(old.at, "the first one"))
			return false
		}
		if p.Type != nil {
			l.fail(diag.New(diag.WrongPlace, p.Type.At, "the parameter %s of a block has a type", p.Name.Name).
				Suggest("a block's parameters are dims, numbers and blocks; tensors are arguments of its forward function"))
			return false
		}
		v, ok := l.paramValue(in, p, values[p.Name.Name], at)
		if ok && isDim(p.Name.Name) {
			v, ok = l.dimParam(in, p, v, values[p.Name.Name], taken)
		}
		if !ok {
			return false
		}
		in.scope.bind(p.Name.Name, v, p.Name.At, true)
	}
	return true
}

// matchArgs says which argument each parameter takes.
func (l *lowerer) matchArgs(t template) (map[string]*given, bool) {
	out := map[string]*given{}
	position := 0
	for i := range t.args {
		a := &t.args[i]
		name := a.name
		if name == "" {
			if position >= len(t.block.Params) {
				l.fail(diag.New(diag.WrongArgs, a.at, "%s takes %s", t.block.Name.Name, arguments(len(t.block.Params))).
					Note(t.block.Name.At, "it is declared %s", signature(t.block)))
				return nil, false
			}
			name = t.block.Params[position].Name.Name
			position++
		}
		if !hasParam(t.block.Params, name) {
			d := diag.New(diag.UnknownParam, a.at, "%s has no parameter %s", t.block.Name.Name, name).
				Note(t.block.Name.At, "%s", signature(t.block))
			if near := check.Nearest(name, paramNames(t.block)); near != "" {
				d.Suggest("did you mean `%s`?", near)
			}
			l.fail(d)
			return nil, false
		}
		if out[name] != nil {
			l.fail(diag.New(diag.WrongArgs, a.at, "parameter %s is given twice", name).Note(out[name].at, "the first time"))
			return nil, false
		}
		out[name] = a
	}
	return out, true
}

// arguments counts in words: "1 argument", "2 arguments".
func arguments(n int) string {
	switch n {
	case 0:
		return "no arguments"
	case 1:
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}

// paramValue is a parameter's value before it becomes a dim.
func (l *lowerer) paramValue(in *instance, p *syntax.Param, arg *given, at diag.Span) (value, bool) {
	name := p.Name.Name
	if s, ok := l.settings[name]; ok && in.outer == nil && !l.used[name] {
		l.used[name] = true
		return l.setting(in, p, s, arg)
	}
	if arg != nil {
		return arg.val, !poisoned(arg.val)
	}
	if p.Default == nil {
		d := diag.New(diag.MissingParam, at, "parameter %s of %s has no value", name, in.block.Name.Name).
			Note(p.Name.At, "%s is declared without a default", name)
		if in.outer == nil {
			d.Suggest("set it, `--set %s=...`, or give it a default where it is declared", name)
		} else {
			d.Suggest("give it one: `%s`", withArgument(at.Text(), in.block.Name.Name, name))
		}
		l.fail(d)
		return nil, false
	}
	v := l.paramDefault(in, p)
	if runs(v) {
		l.fail(diag.New(diag.NotConstant, p.Default.Span(), "a parameter's default is known when compiling"))
		return nil, false
	}
	return v, !poisoned(v)
}

// withArgument is a use of a block with one more argument.
func withArgument(use, block, name string) string {
	args, isCall := strings.CutPrefix(use, block+"(")
	args, ends := strings.CutSuffix(args, ")")
	if isCall && ends && strings.TrimSpace(args) != "" && !strings.ContainsAny(args, "()\n") {
		return fmt.Sprintf("%s(%s, %s=...)", block, args, name)
	}
	return fmt.Sprintf("%s(%s=...)", block, name)
}

func (l *lowerer) paramDefault(in *instance, p *syntax.Param) value {
	if !isDim(p.Name.Name) {
		var v value
		l.aside(func() { v = l.eval(p.Default, in.scope) })
		return v
	}
	// `R=H/G` is the fact H = G R, anything else a size.
	if v, ok := l.quotientOf(p.Name, p.Default, in.scope); ok {
		return v
	}
	v := l.eval(p.Default, in.scope)
	if d, ok := v.(dims); ok {
		v = extent{d.s.size()}
	}
	return settle(v)
}

// dimParam makes a block's parameter a dim of the block.
func (l *lowerer) dimParam(in *instance, p *syntax.Param, v value, arg *given, taken map[*axis]bool) (value, bool) {
	fromArg := arg != nil
	if d, ok := v.(dims); ok {
		if !fromArg && len(d.s) == 1 {
			taken[d.s[0]] = true
			return d, true // a derived dim of this very block
		}
		a := l.formal(p.Name.Name, d.s, p.Name.At, taken)
		if len(d.s) != 1 || d.s[0] != a {
			in.formals = append(in.formals, a)
		}
		return dims{shape{a}}, l.fitsDim(a, l.paramSpan(p, arg))
	}
	size, ok := sizeOf(v)
	n, isNumber := size.Int()
	if !ok || !isNumber || n < 1 || n > maxDim {
		shown := v.what()
		if c, isConst := v.(constant); isConst && c.kind != ir.Bool {
			shown = strconv.FormatFloat(c.f, 'f', -1, 64)
		}
		l.fail(diag.New(diag.BadDim, l.paramSpan(p, arg), "dim %s is %s", p.Name.Name, shown).
			Suggest("dims are whole numbers from 1 to %d", int64(maxDim)))
		return nil, false
	}
	if fromArg && in.outer != nil && n > 1 {
		a := l.formal(p.Name.Name, shape{l.literal(n)}, p.Name.At, taken)
		in.formals = append(in.formals, a)
		return dims{shape{a}}, true
	}
	a := l.dim(p.Name.Name, ir.Const(n), p.Name.At)
	taken[a] = true
	return dims{shape{a}}, true
}

// paramSpan is the text that a parameter's value comes from.
func (l *lowerer) paramSpan(p *syntax.Param, arg *given) diag.Span {
	switch {
	case arg != nil:
		return arg.at
	case p.Default != nil:
		return p.Default.Span()
	}
	return p.Name.At
}
