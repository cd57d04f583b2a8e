package lower

import (
	"maps"
	"slices"
	"strings"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// Overrides, `with { layers[l > 3].attn.mask = causal }`: each goes down its path from block to block, as far as the
// fields that are made lead, and ends at a parameter, a function or a region of attend.

// override is a line of `with` at a block on its path.
type override struct {
	*overrideLine
	rest []syntax.Step       // of the path, from this block on
	own  map[string]*binding // the variant's parameters, and l of the stacks on the way
	sc   *scope              // what an argument of this block sees, and those
}

// in is what the text of a line sees at a place: first the variant's own names, then those of the place.
func (o override) in(place *scope) *scope {
	sc := place.child()
	sc.file = o.sc.file
	maps.Copy(sc.names, o.own)
	return sc
}

// overrideLine is what is known of the line wherever it has come to.
type overrideLine struct {
	decl   *syntax.Override
	hit    bool
	deep   int          // steps of the path that led to a block, at most
	at     *instance    // the last such block
	layers *field       // the stack behind them, of which no layer was meant so far
	attend *syntax.Call // of which it is a region
}

// overrides are the lines of a variant, then those of its own variants: the last one wins.
func (l *lowerer) overrides(t template, sc *scope) []override {
	var out []override
	for _, d := range t.block.With {
		line := &overrideLine{decl: d}
		l.lines = append(l.lines, line)
		out = append(out, override{line, d.Path, sc.names, sc})
	}
	for _, o := range t.over {
		if len(o.rest) > 1 || !hasParam(t.block.Params, o.rest[0].Name.Name) { // else it was the variant's own
			out = append(out, o)
		}
	}
	return out
}

// reach notes how far the lines have come.
func (in *instance) reach(over []override) {
	in.over = over
	for _, o := range over {
		if deep := len(o.decl.Path) - len(o.rest); o.at == nil || deep > o.deep {
			o.deep, o.at = deep, in
		}
	}
}

// ends gives the last line that ends at a name of the block, nil without.
func (in *instance) ends(name string) *override { return lastOf(in.over, name) }

func lastOf(over []override, name string) *override {
	for i, o := range slices.Backward(over) {
		if s := o.rest[0]; len(o.rest) == 1 && s.Name.Name == name && !s.All && s.Where == nil {
			return &over[i]
		}
	}
	return nil
}

// wins notes that a line is the one that counts, and that those before it of the same name were found too.
func (o *override) wins(over []override) {
	for _, other := range over {
		if len(other.rest) == 1 && other.rest[0].Name.Name == o.rest[0].Name.Name {
			other.hit = true
		}
	}
}

// overrideParams puts values of lines in the place of a block's arguments.
func (l *lowerer) overrideParams(t template, values map[string]*given) bool {
	for _, p := range t.block.Params {
		o := lastOf(t.over, p.Name.Name)
		if o == nil {
			continue
		}
		o.wins(t.over)
		at := o.decl.Value.Span()
		v, ok := l.blockArg(t, p.Name.Name, syntax.Arg{At: at, Value: o.decl.Value}, at, o.sc)
		if !ok {
			return false
		}
		values[p.Name.Name] = &given{p.Name.Name, v, at}
	}
	return true
}

// overrideFunc gives what stands in the place of a block's function.
func (l *lowerer) overrideFunc(in *instance, f value, name string) value {
	o := in.ends(name)
	if o == nil {
		return f
	}
	o.wins(in.over)
	switch v := l.eval(o.decl.Value, o.sc).(type) {
	case function, builtin, poison:
		return v
	default:
		l.fail(diag.New(diag.WrongPlace, o.decl.Value.Span(), "%s is a function, and `%s` is %s", name,
			clip(o.decl.Value.Span().Text()), v.what()))
		return poison{}
	}
}

// below are the lines that lead through a field; brackets say which layers of a stack are meant, and l is one of them.
func (l *lowerer) below(f *field, through func(o override, s syntax.Step) (override, bool)) []override {
	var out []override
	for _, o := range f.inst.over {
		n := o.leads(f.name)
		if n == 0 {
			continue
		}
		if next, ok := through(o, o.rest[n-1]); ok {
			next.rest = o.rest[n:]
			out = append(out, next)
		}
	}
	return out
}

// leads is how many steps of the path are the name of a field, which may have dots; 0 when the path does not lead there.
func (o override) leads(field string) int {
	var names []string
	for i, s := range o.rest[:len(o.rest)-1] {
		names = append(names, s.Name.Name)
		if strings.Join(names, ".") == field {
			return i + 1
		}
		if s.All || s.Where != nil {
			return 0
		}
	}
	return 0
}

// belowBlock are the lines for a field that is one block.
func (l *lowerer) belowBlock(f *field) []override {
	return l.below(f, func(o override, s syntax.Step) (override, bool) {
		o.sc = o.in(f.inst.scope)
		if !s.All && s.Where == nil {
			return o, true
		}
		o.hit = true
		l.fail(diag.New(diag.WrongPlace, s.Name.At, "%s is one block, and brackets choose layers of a stack", f.name).
			Note(f.at, "%s is declared", f.name))
		return o, false
	})
}

// belowLayer are the lines for a layer of a stack.
func (l *lowerer) belowLayer(f *field, index value) []override {
	return l.below(f, func(o override, s syntax.Step) (override, bool) {
		o.own = maps.Clone(o.own)
		o.own["l"] = &binding{index, f.at, true}
		o.sc = o.in(f.inst.scope)
		if s.All {
			return o, true
		}
		if s.Where == nil {
			o.hit = true
			l.fail(diag.New(diag.WrongPlace, s.Name.At, "%s is a stack: which of its layers?", f.name).
				Note(f.at, "%s is declared", f.name).
				Suggest("`%s[*]` are all of them, `%s[l > 3]` some", s.Name.Name, s.Name.Name))
			return o, false
		}
		if o.layers == nil {
			o.layers = f
		}
		return o, l.meant(s.Where, index, o.sc)
	})
}

// meant reports whether brackets choose a layer: a condition on l, or its number.
func (l *lowerer) meant(e syntax.Expr, index value, sc *scope) bool {
	v := l.eval(e, sc)
	c, ok := known(v)
	if ok && c.kind == ir.Int {
		c, ok = known(l.apply("eq", e.Span(), index, v))
	}
	if (!ok || c.kind != ir.Bool) && !poisoned(v) {
		l.fail(diag.New(diag.NotConstant, e.Span(), "`%s` is neither a condition on l nor the number of a layer",
			clip(e.Span().Text())))
		return false
	}
	return ok && c.f != 0
}

// overrideRegions puts values of lines in the place of an attend's regions.
func (a *attention) overrideRegions(x *syntax.Call, texts map[string]*syntax.Assign) bool {
	in := a.from.inst
	if in == nil || len(in.over) == 0 {
		return true
	}
	for _, name := range regionNames {
		o := in.ends(name)
		if _, isFunc := in.nested[name]; o == nil || isFunc || hasParam(in.block.Params, name) {
			continue
		}
		o.wins(in.over)
		if o.attend != nil && o.attend != x {
			a.l.fail(diag.New(diag.WrongPlace, o.decl.At, "block %s has several attends, and each has a %s",
				in.block.Name.Name, name).Note(o.attend.At, "one of them").Note(x.At, "another").
				Suggest("give the block a parameter or a function for it, which an override can set"))
			return false
		}
		o.attend = x
		texts[name] = &syntax.Assign{At: o.decl.At, Op: "=", Values: []syntax.Expr{o.decl.Value}}
		if a.over == nil {
			a.over = map[string]*override{}
		}
		a.over[name] = o
	}
	return true
}

// unmatched refuses lines whose path led to nothing.
func (l *lowerer) unmatched() {
	for _, o := range l.lines {
		if o.hit || o.at == nil || !l.list.Empty() {
			continue
		}
		step := o.decl.Path[o.deep]
		if f := o.layers; f != nil && strings.HasPrefix(f.name, step.Name.Name) && f.inst == o.at {
			where := o.decl.Path[o.deep+strings.Count(f.name, ".")].Where
			l.fail(diag.New(diag.UnknownName, where.Span(), "no layer of %s is meant by `%s`", f.name, clip(where.Span().Text())).
				Note(f.at, "%s is declared", f.name))
			continue
		}
		l.fail(o.astray(step))
	}
}

// astray says what the block at which a path ends has instead.
func (o *overrideLine) astray(step syntax.Step) *diag.Diagnostic {
	block := o.at.block
	last := o.deep == len(o.decl.Path)-1
	var names []string
	for _, f := range o.at.order {
		if !last {
			names = append(names, f.name)
		}
	}
	d := diag.New(diag.UnknownName, step.Name.At, "block %s has no block named %s", block.Name.Name, clip(step.Name.Name))
	if last {
		names = append(paramNames(block), regionNames...)
		for _, item := range block.Body {
			if f, ok := item.(*syntax.Func); ok && f.Name.Name != "" {
				names = append(names, f.Name.Name)
			}
		}
		d = diag.New(diag.UnknownName, step.Name.At, "block %s has no parameter, function or region of attend named %s",
			block.Name.Name, clip(step.Name.Name))
	}
	d.Note(block.Name.At, "%s is declared", block.Name.Name)
	switch near := check.Nearest(step.Name.Name, names); {
	case near != "":
		d.Suggest("did you mean `%s`?", near)
	case last && slices.ContainsFunc(o.at.order, func(f *field) bool { return f.name == step.Name.Name }):
		d.Suggest("%s is a field: a path goes on to a parameter, a function or a region of attend", step.Name.Name)
	case len(names) > 0:
		d.Suggest("it has %s", strings.Join(names, ", "))
	}
	return d
}
