package lower

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// setting reads a parameter's value as the command line or a configuration gives it.
func (l *lowerer) setting(in *instance, p *syntax.Param, s string, arg *given) (value, bool) {
	bad := func(want string) (value, bool) {
		l.fail(diag.New(diag.BadSetting, p.Name.At, "%s is set to %q, but takes %s", p.Name.Name, clip(s), want))
		return nil, false
	}
	if !isDim(p.Name.Name) {
		return l.scalarSetting(in, p, s, arg, bad)
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 || n > maxDim || strconv.FormatInt(n, 10) != s {
		return bad(fmt.Sprintf("a whole number from 1 to %d", int64(maxDim)))
	}
	// A dim that is set to what it would be anyway is what it would be: K = D/H stays a fact.
	if d, ok := l.unset(in, p, arg, n).(dims); ok {
		return d, true
	}
	return whole(n), true
}

// unset is the value of a dim without its setting where that is n; what goes wrong with it would not matter.
func (l *lowerer) unset(in *instance, p *syntax.Param, arg *given, n int64) value {
	if arg != nil || p.Default == nil {
		return poison{}
	}
	list, facts := l.list, map[*axis]int{}
	for _, a := range l.axes {
		facts[a] = len(a.facts)
	}
	l.list = &diag.List{}
	v := l.paramDefault(in, p)
	failed := !l.list.Empty()
	l.list = list
	d, ok := v.(dims)
	if size, isNumber := d.s.size().Int(); failed || !ok || !isNumber || size != n {
		for a, k := range facts {
			a.facts = a.facts[:k]
		}
		return poison{}
	}
	return v
}

func (l *lowerer) scalarSetting(in *instance, p *syntax.Param, s string, arg *given,
	bad func(string) (value, bool)) (value, bool) {
	var otherwise value
	if arg != nil {
		otherwise = arg.val
	} else if p.Default != nil {
		otherwise = l.paramDefault(in, p)
	}
	want, typed := ir.Real, otherwise != nil
	switch x := settle(otherwise).(type) {
	case constant:
		want = x.kind
	case text:
		return text{s: s}, true
	case poison:
		return nil, false
	case nil:
	default:
		return bad(x.what() + ", which a setting cannot be")
	}
	switch {
	case s == "true" || s == "false":
		if typed && want != ir.Bool {
			return bad("a number")
		}
		return truth(s == "true"), true
	case want == ir.Bool:
		return bad("true or false")
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return bad("a number")
	}
	if c := (constant{ir.Int, f}); want == ir.Int || !typed {
		if _, ok := c.int(); ok {
			return c, true
		}
	}
	return number(f), true
}

// unusedSettings reports settings of parameters that neither the model nor what it is a variant of has.
func (l *lowerer) unusedSettings(decl *check.Decl) {
	names := allParams(decl)
	for _, name := range slices.Sorted(maps.Keys(l.settings)) {
		if l.used[name] || slices.Contains(names, name) {
			continue
		}
		out := diag.New(diag.UnknownParam, decl.Name().At, "model %s has no parameter %s", decl.Name().Name, clip(name))
		if near := check.Nearest(name, names); near != "" {
			out.Suggest("did you mean %s?", near)
		} else if len(names) > 0 {
			out.Suggest("it has %s", strings.Join(names, ", "))
		}
		l.fail(out)
	}
}

// allParams lists the parameters of a model and of what it is a variant of.
func allParams(d *check.Decl) []string {
	var names []string
	for range maxNesting {
		if d == nil || d.Block == nil {
			break
		}
		names = append(names, paramNames(d.Block)...)
		d = BaseOf(d)
	}
	return names
}
