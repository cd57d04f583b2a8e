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

// callFunc lowers a function's body for these arguments.
func (l *lowerer) callFunc(f function, args callArgs, at diag.Span, from *scope) value {
	fr := &frame{decl: f.decl, inst: f.scope.inst, parent: from.frame, lifted: map[*axis]bool{}}
	if from.frame != nil {
		fr.depth = from.frame.depth + 1
	}
	l.calls = append(l.calls, at)
	defer func() { l.calls = l.calls[:len(l.calls)-1] }()
	if !l.step(1, at) || !l.mayCall(f, fr, at) || !l.distinctParams(f) {
		return poison{}
	}
	sc := f.scope.child()
	sc.frame = fr
	c := &binder{l: l, f: f, sc: sc, from: from, at: at, taken: map[*axis]bool{}}
	if f.decl.Pattern && !c.positions(from) {
		return poison{}
	}
	if len(args.axes) == 0 {
		args.axes = keysOf(f, args, from)
	}
	if !c.brackets(l.onArgument(args)) || !c.params(args) {
		return poison{}
	}
	lv := l.levels[len(l.levels)-1]
	before := len(lv.emits)
	results, ok := l.body(f.decl, sc)
	if !ok || !l.countResults(f.decl, len(results)) {
		return poison{}
	}
	for i := range lv.emits[before:] {
		e := &lv.emits[before+i]
		if e.v, ok = c.back(e.v); !ok {
			return poison{}
		}
	}
	return c.results(results)
}

// mayCall refuses a function that leads back to itself, and calls without end. A block's forward function may call
// itself no more than a function may, but another instance of the same block may run inside it.
func (l *lowerer) mayCall(f function, fr *frame, at diag.Span) bool {
	for up := fr.parent; up != nil; up = up.parent {
		if up.decl == f.decl && (f.scope.inst == nil || up.inst == f.scope.inst) {
			l.fail(diag.New(diag.Recursion, at, "%s calls itself", funcName(f.decl)).
				Note(f.decl.At, "%s is declared", funcName(f.decl)))
			return false
		}
	}
	if fr.depth > maxNesting {
		l.exhausted(at, "calls nest more than %d deep", maxNesting)
		return false
	}
	return true
}

func funcName(f *syntax.Func) string {
	if f.Name.Name == "" {
		return "the forward function"
	}
	return f.Name.Name
}

// distinctParams refuses two parameters of one name, and names that would hide a field.
func (l *lowerer) distinctParams(f function) bool {
	var ids []syntax.Ident
	ids = append(ids, f.decl.Axes...)
	for _, p := range append(slices.Clone(f.decl.Params), f.decl.Carry...) {
		ids = append(ids, p.Name)
	}
	seen := map[string]syntax.Ident{}
	for _, id := range ids {
		old, twice := seen[id.Name]
		seen[id.Name] = id
		switch {
		case twice:
			l.fail(diag.New(diag.Duplicate, id.At, "parameter %s stands twice", id.Name).Note(old.At, "the first one"))
			return false
		case f.decl.Pattern && (id.Name == "i" || id.Name == "j"):
			l.fail(diag.New(diag.Shadow, id.At, "%s is a position in a pattern", id.Name).Suggest("choose another name"))
			return false
		case f.scope.inst != nil && !l.mayName(f.scope, id):
			return false
		}
	}
	return true
}

// mayName refuses a parameter of a block's function that hides something of the block.
func (l *lowerer) mayName(sc *scope, id syntax.Ident) bool {
	hidden := func(at diag.Span, format string, args ...any) bool {
		l.fail(diag.New(diag.Shadow, id.At, format, args...).Note(at, "%s is declared", id.Name).
			Suggest("choose another name for the parameter"))
		return false
	}
	if b := sc.local(id.Name); b != nil {
		return hidden(b.at, "%s is a parameter or dim of the block already", id.Name)
	}
	return l.hidesNothing(id, sc, hidden)
}

// binder matches one call's arguments with the signature.
type binder struct {
	l      *lowerer
	f      function
	sc     *scope
	from   *scope // of the caller
	at     diag.Span
	taken  map[*axis]bool
	own    []*axis         // formals of this call that stand for an actual axis
	splits []apart         // axes that the signature took apart
	wholes []apart         // that a signature around took apart, and that are whole for this call
	hidden map[*axis]*axis // numbered axes that the call is mapped over: the body has its own of that number
}

// name is what messages call the function: a forward function goes by the name of its block.
func (c *binder) name() string {
	if in := c.f.scope.inst; in != nil && c.f.decl.Name.Name == "" {
		return in.block.Name.Name
	}
	return funcName(c.f.decl)
}

// apart is an axis and the product that a signature made of it.
type apart struct {
	axis *axis
	into shape
}

// positions gives a pattern i and j of the attend that it stands in.
func (c *binder) positions(from *scope) bool {
	p := from.pair()
	if p == nil || p.region == "norm" || p.region == "weight" {
		c.l.fail(diag.New(diag.WrongPlace, c.at, "the pattern %s stands outside a mask or score", c.f.decl.Name.Name).
			Note(c.f.decl.At, "%s is declared", c.f.decl.Name.Name))
		return false
	}
	for _, name := range []string{"i", "j"} {
		if b := from.local(name); b != nil {
			c.sc.bind(name, b.val, b.at, true)
		}
	}
	c.sc.frame.pair = p
	return true
}

// keysOf is what stands in brackets that a norm or weight leaves out: the keys, where the argument has them.
func keysOf(f function, args callArgs, from *scope) []*axis {
	p := from.pair()
	if p == nil || p.region != "norm" && p.region != "weight" || len(f.decl.Axes) == 0 || len(args.pos) == 0 {
		return nil
	}
	if t, ok := args.pos[0].val.(tensor); ok && t.v.Type().Has(p.key.label) {
		return []*axis{p.key}
	}
	return nil
}

// onArgument gives the axes in brackets as the first argument has them: X may stand for the windows over X.
func (l *lowerer) onArgument(args callArgs) []*axis {
	out := slices.Clone(args.axes)
	if len(args.pos) > 0 {
		if t, ok := args.pos[0].val.(tensor); ok {
			for i, a := range out {
				out[i] = l.onAxis(t.v, a)
			}
		}
	}
	return out
}

func (c *binder) brackets(axes []*axis) bool {
	names := c.f.decl.Axes
	if len(axes) > len(names) {
		c.l.fail(diag.New(diag.WrongArgs, c.at, "%s takes %d dims in brackets, not %d", c.name(),
			len(names), len(axes)).Note(c.f.decl.At, "%s", signed(c.f.decl)))
		return false
	}
	for i, a := range axes {
		c.sc.bind(names[i].Name, dims{shape{a}}, names[i].At, true)
		c.taken[a] = true
	}
	return true
}

// params binds every parameter: by position, by name, or to its default.
func (c *binder) params(args callArgs) bool {
	decl, l := c.f.decl, c.l
	if len(args.pos) > len(decl.Params) || len(args.carry) > len(decl.Carry) {
		l.fail(diag.New(diag.WrongArgs, c.at, "%s takes %s, not %d", c.name(),
			arguments(len(decl.Params)+len(decl.Carry)), len(args.pos)+len(args.carry)).Note(decl.At, "%s", signed(decl)))
		return false
	}
	for _, name := range slices.Sorted(maps.Keys(args.named)) {
		if !hasParam(decl.Params, name) && !hasParam(decl.Carry, name) {
			l.fail(c.noParam(name, args.named[name]))
			return false
		}
	}
	for i, p := range decl.Params {
		if !c.param(p, nth(args.pos, i), args) {
			return false
		}
	}
	for i, p := range decl.Carry {
		if !c.param(p, nth(args.carry, i), args) {
			return false
		}
	}
	return true
}

// noParam is the error that a function has no parameter of a name. A block has parameters of its own, which are given where
// it stands in a field.
func (c *binder) noParam(name string, arg argument) *diag.Diagnostic {
	decl, of := c.f.decl, c.name()
	in := c.f.scope.inst
	if in != nil && decl.Name.Name == "" {
		of = "the forward function of " + of
	}
	d := diag.New(diag.UnknownParam, arg.whole, "%s has no parameter %s", of, name).Note(decl.At, "%s", signed(decl))
	var names []string
	for _, p := range append(slices.Clone(decl.Params), decl.Carry...) {
		names = append(names, p.Name.Name)
	}
	if near := check.Nearest(name, names); near != "" {
		return d.Suggest("did you mean `%s`?", near)
	}
	if in != nil && hasParam(in.block.Params, name) {
		d.Note(in.block.Name.At, "%s", signature(in.block)).
			Suggest("%s is a parameter of the block: give it in the field, `f : %s(..., %s)`", name, in.block.Name.Name, clip(arg.whole.Text()))
	}
	return d
}

// signed is a function's signature for a note, on one line.
func signed(f *syntax.Func) string {
	return "its signature: " + clip(strings.Join(strings.Fields(f.At.Text()), " "))
}

// nth is the i-th argument, nil when there are fewer.
func nth(args []argument, i int) *argument {
	if i < len(args) {
		return &args[i]
	}
	return nil
}

func (c *binder) param(p *syntax.Param, arg *argument, args callArgs) bool {
	l, decl := c.l, c.f.decl
	named, byName := args.named[p.Name.Name]
	switch {
	case arg != nil && byName:
		l.fail(diag.New(diag.WrongArgs, named.at, "argument %s is given twice", p.Name.Name).Note(arg.at, "the first time"))
		return false
	case byName:
		arg = &named
	case arg == nil && p.Default != nil:
		arg = &argument{val: l.eval(p.Default, c.sc), expr: p.Default, at: p.Default.Span()}
	case arg == nil:
		l.fail(diag.New(diag.WrongArgs, c.at, "%s takes %s, not %d", c.name(),
			arguments(len(decl.Params)+len(decl.Carry)), len(args.pos)+len(args.carry)+len(args.named)).
			Note(p.Name.At, "parameter %s has no value", p.Name.Name))
		return false
	}
	return !poisoned(arg.val) && c.bind(p, arg.val, arg.at)
}

func (c *binder) bind(p *syntax.Param, v value, at diag.Span) bool {
	if p.Type != nil {
		t, ok := c.l.wantTensor(v, at)
		if !ok {
			return false
		}
		if t, ok = c.match(p, t, at); !ok {
			return false
		}
		v = tensor{t}
	} else if d, ok := v.(dims); ok {
		v = settle(d)
	}
	c.sc.bind(p.Name.Name, v, p.Name.At, false)
	return true
}

// results brings the body's values to the declared types and back to the caller's dims.
func (c *binder) results(vs []value) value {
	l, decl := c.l, c.f.decl
	for i, v := range vs {
		if len(decl.Results) > 0 {
			t, ok := l.wantTensor(v, valueSpan(decl, i))
			if ok {
				t, ok = l.declaredResult(t, decl.Results[i].Type, c.sc, decl)
			}
			if !ok {
				return poison{}
			}
			v = tensor{t}
		}
		if t, ok := v.(tensor); ok {
			out, ok := c.back(t.v)
			if !ok {
				return poison{}
			}
			vs[i] = tensor{out}
		}
		if s, ok := v.(selection); ok {
			if vs[i], ok = c.backSelection(s); !ok {
				return poison{}
			}
		}
	}
	if len(vs) == 1 {
		return vs[0]
	}
	return tuple{vs}
}

// backSelection is back for a selection, of whose dim the caller knows what stands for it.
func (c *binder) backSelection(s selection) (selection, bool) {
	var ok bool
	if s.index, ok = c.back(s.index); ok && !s.valid.IsZero() {
		s.valid, ok = c.back(s.valid)
	}
	formals := c.own
	if in := c.f.scope.inst; in != nil && !c.from.inside(in) {
		formals = append(slices.Clone(formals), in.formals...)
	}
	if f := s.of; slices.Contains(formals, f) && f.outer && len(f.facts[0]) == 1 {
		s.of = f.facts[0][0]
	}
	return s, ok
}

// back gives a result the caller's dims: axes that the signature took apart are whole again, dims of the call and of
// the block are what they are bound to.
func (c *binder) back(v ir.Value) (ir.Value, bool) {
	l := c.l
	for _, s := range c.splits {
		if !v.Type().Has(s.axis.label) {
			v, _ = l.merge(v, s.into, s.axis)
		}
	}
	for _, s := range c.wholes {
		if v.Type().Has(s.axis.label) && l.without(v, s.axis, s.into) {
			v, _ = l.split(v, s.axis, s.into)
		}
	}
	formals := c.own
	if in := c.f.scope.inst; in != nil && !c.from.inside(in) {
		formals = append(slices.Clone(formals), in.formals...)
	}
	v = l.restore(v, formals)
	for _, f := range formals {
		if f.outer && v.Type().Has(f.label) {
			l.fail(diag.New(diag.TwiceDim, c.at, "the result of %s would have the dimension %s twice", c.name(),
				f.facts[0]).
				Note(f.decl, "%s is %s here", f.name, f.facts[0]).
				Note(diag.Span{}, "the result: %s", l.typeText(v.Type())).
				Suggest("sum over %s inside, or bind it to a dim of its own", f.name))
			return v, false
		}
	}
	byLabel := func(a, b *axis) int { return strings.Compare(a.label, b.label) }
	for _, number := range slices.SortedFunc(maps.Keys(c.hidden), byLabel) {
		own := c.hidden[number]
		out, ok := l.merge(v, shape{own}, number)
		if v.Type().Has(own.label) && !ok {
			l.fail(diag.New(diag.TwiceDim, c.at, "the result of %s would have the dimension %s twice", c.name(),
				number.name).Note(diag.Span{}, "the result: %s", l.typeText(v.Type())))
			return v, false
		}
		v = out
	}
	return v, true
}
