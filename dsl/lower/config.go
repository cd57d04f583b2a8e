package lower

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// Config is a configuration file's fields, flat: "rope_scaling.factor". Values are float64, Whole for numbers written
// whole, bool, string, List, or nil for null.
type Config map[string]any

// Whole is a number of a configuration that is written without point or exponent.
type Whole int64

// List is an array of a configuration; an element that is itself an array or object is nil.
type List []any

// Configure reads a configuration through the bindings of a program: the model that it is for and its settings.
func Configure(prog *check.Program, model string, architectures []string, config Config) (
	string, map[string]string, *diag.List) {
	list := &diag.List{}
	b := chooseBinding(prog, model, architectures, list)
	if b == nil {
		return "", nil, list
	}
	l := newLowerer(prog, list)
	if _, ok := l.enter("config", b.At); !ok {
		return "", nil, list
	}
	defer l.leave()
	_, done := l.open(l.drawnInput) // a binding may call functions of the file
	defer done()
	c := &configuration{lowerer: l, sc: l.fileScope(prog.Main).child(), config: config, read: map[string]bool{}}
	c.bindFields(b.At)
	settings := map[string]string{}
	set := map[string]*syntax.Entry{}
	for _, e := range b.Entries {
		for _, x := range append([]syntax.Expr{e.Value}, e.Else...) {
			c.noteRead(x)
		}
		switch old := set[e.Key.Name]; {
		case e.Key.Name == "ignore":
			c.readIgnored(e)
		case old != nil:
			l.fail(diag.New(diag.Duplicate, e.Key.At, "%s is set twice", e.Key.Name).Note(old.Key.At, "the first time"))
		case l.bindsParam(b, e.Key):
			set[e.Key.Name] = e
			c.entry(e, settings)
		}
	}
	for _, r := range b.Require {
		c.demand(r)
	}
	c.unread(b)
	name := model
	if name == "" {
		name = b.Model.Name().Name
	}
	return name, settings, list
}

func chooseBinding(prog *check.Program, model string, architectures []string, list *diag.List) *check.Binding {
	var names []string
	for _, b := range prog.Bindings {
		for _, n := range b.Names {
			names = append(names, n.Text)
		}
		if b.Covers(architectures) && (model == "" || reaches(prog, model, b.Model)) {
			return b
		}
	}
	at := diag.Span{Src: prog.Main.Src}
	if len(names) == 0 {
		list.Add(diag.New(diag.ConfigModel, at, "%s has no binding, so it reads no configuration", baseName(at.Src.Name)).
			Suggest("add `from huggingface \"...\" { D = hidden_size; ... }`, or use --set"))
		return nil
	}
	list.Add(diag.New(diag.ConfigModel, at, "the configuration is of %s, which no binding covers",
		strings.Join(architectures, ", ")).Suggest("the file binds %s", strings.Join(names, ", ")))
	return nil
}

// reaches reports whether the named model is the bound one or a variant of it.
func reaches(prog *check.Program, name string, bound *check.Decl) bool {
	d := prog.Main.Lookup(name)
	for range maxNesting {
		if d == nil || d == bound {
			return d != nil
		}
		d = BaseOf(d)
	}
	return false
}

// bindsParam refuses an entry for a parameter that the model does not have.
func (l *lowerer) bindsParam(b *check.Binding, key syntax.Ident) bool {
	names := allParams(b.Model)
	if slices.Contains(names, key.Name) {
		return true
	}
	d := diag.New(diag.UnknownParam, key.At, "model %s has no parameter %s", b.Model.Name().Name, key.Name).
		Note(b.Model.Name().At, "%s is declared", b.Model.Name().Name)
	if near := check.Nearest(key.Name, names); near != "" {
		d.Suggest("did you mean `%s`?", near)
	}
	l.fail(d)
	return false
}

// entry settles one parameter. An absent or null field takes the value behind `else`.
func (c *configuration) entry(e *syntax.Entry, settings map[string]string) {
	choices := append([]syntax.Expr{e.Value}, e.Else...)
	at := slices.IndexFunc(choices, func(x syntax.Expr) bool { return c.absent(x) == nil })
	if at < 0 {
		c.missingField(e, c.absent(e.Value))
		return
	}
	expr := choices[at]
	read := settle(c.eval(expr, c.sc))
	var known value
	switch v := read.(type) {
	case poison:
		return
	case constant:
		if isDim(e.Key.Name) && !c.isSize(e, expr, v) {
			return
		}
		known = v
	case text:
		if !isDim(e.Key.Name) {
			known = v
		}
	}
	if known == nil && isDim(e.Key.Name) {
		shown := read.what()
		if t, ok := read.(text); ok {
			shown = fmt.Sprintf("the string %q", clip(t.s))
		}
		c.fail(diag.New(diag.ConfigValue, expr.Span(), "dim %s would be %s", e.Key.Name, shown).
			Suggest("dims are whole numbers from 1 to %d", int64(maxDim)))
		return
	}
	if known == nil {
		c.fail(diag.New(diag.ConfigValue, expr.Span(), "%s is %s, not a number, flag or string", e.Key.Name, read.what()))
		return
	}
	c.sc.bind(e.Key.Name, known, e.Key.At, false)
	settings[e.Key.Name] = settingText(known)
}

// isSize refuses what is no dim.
func (c *configuration) isSize(e *syntax.Entry, expr syntax.Expr, v constant) bool {
	n, isWhole := v.int()
	if isWhole && n >= 1 && n <= maxDim {
		return true
	}
	c.fail(diag.New(diag.ConfigValue, expr.Span(), "dim %s would be %v", e.Key.Name, v.f).
		Suggest("dims are whole numbers from 1 to %d", int64(maxDim)))
	return false
}

func (c *configuration) missingField(e *syntax.Entry, missing *syntax.Ident) {
	d := diag.New(diag.ConfigKey, missing.At, "the configuration has no field %s", missing.Name)
	if near := check.Nearest(missing.Name, slices.Collect(maps.Keys(c.config))); near != "" {
		d.Suggest("it has `%s`; or give a default: `%s = %s else ...`", near, e.Key.Name, missing.Name)
	} else {
		d.Suggest("give a default: `%s = %s else ...`", e.Key.Name, missing.Name)
	}
	c.fail(d)
}

func settingText(v value) string {
	if s, ok := v.(text); ok {
		return s.s
	}
	c := v.(constant)
	if c.kind == ir.Bool {
		return fmt.Sprint(c.f != 0)
	}
	if n, ok := c.int(); ok {
		return fmt.Sprint(n)
	}
	return strconv.FormatFloat(c.f, 'g', -1, 64)
}
