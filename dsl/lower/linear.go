package lower

import (
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// linear is a map A -> B, or a table int V -> D: a stored tensor, and a bias where it has one.
type linear struct {
	field   *field
	table   bool
	in, out shape
	stored  []shape
	isInput []bool // of each stored dim
	key     string
	bias    string  // key of the bias, "" without
	shared  *linear // whose stored tensor it is, nil for its own
}

// makeLinear reads `A -> B` and `int V -> D` with their clauses.
func (l *lowerer) makeLinear(f *field) value {
	d, sc := f.decl, f.inst.scope
	m := &linear{field: f}
	in := unparen(d.Type)
	if j, ok := in.(*syntax.Juxt); ok {
		if n, ok := j.Parts[0].(*syntax.Name); ok && n.Name == "int" {
			m.table = true
			in = &syntax.Juxt{At: j.At, Parts: j.Parts[1:]}
		}
	}
	var okIn, okOut bool
	m.in, okIn = l.onceEach([]syntax.Expr{in}, in.Span(), sc)
	m.out, okOut = l.onceEach([]syntax.Expr{d.Out}, d.Out.Span(), sc)
	if !okIn || !okOut {
		return poison{}
	}
	if m.table && len(m.in) != 1 {
		l.fail(diag.New(diag.BadStored, in.Span(), "a table has one index, not `%s`", m.in).
			Suggest("name the index: `P = %s`, then `int P -> %s`", m.in, m.out))
		return poison{}
	}
	if !l.storedAs(m) || !l.biasKey(m, sc) || d.Share != nil && !l.shareLinear(m) {
		return poison{}
	}
	return m
}

// storedAs settles the order of the stored tensor and its key.
func (l *lowerer) storedAs(m *linear) bool {
	// Stored [B, A], and a table [V, D]: one row for each output, one row for each token.
	m.stored = []shape{m.out, m.in}
	if m.table {
		m.stored = []shape{m.in, m.out}
	}
	if m.field.decl.Stored != nil {
		stored, ok := l.storedOrder(m.field, append(append(shape{}, m.in...), m.out...))
		if !ok {
			return false
		}
		m.stored = stored
	}
	path, whole, ok := l.path(m.field, 0)
	m.key = path
	if !whole {
		m.key = joinPath(path, "weight")
	}
	return ok && l.sides(m)
}

// sides tells for each stored dim whether it is the input's. Where input and output share dims the stored order
// decides: the default is output first, `stored` gives the input first.
func (l *lowerer) sides(m *linear) bool {
	m.isInput = make([]bool, len(m.stored))
	first := m.field.decl.Stored != nil || m.table
	var in, out shape
	for i, g := range m.stored {
		free := remove(m.in, in)
		switch input := samePart(g, free); {
		case input && samePart(g, remove(m.out, out)) && len(g) > 0:
			m.isInput[i] = first
		default:
			m.isInput[i] = input
		}
		if m.isInput[i] {
			in = append(in, g...)
		} else {
			out = append(out, g...)
		}
	}
	if !samePermutation(in, m.in) || !samePermutation(out, m.out) {
		l.fail(diag.New(diag.BadStored, m.field.at, "a stored dim of %s mixes input and output: %s", m.field.name,
			storedText(m.stored)).Note(m.field.at, "%s", m.decl()))
		return false
	}
	return true
}

// samePart reports whether every axis of g is in s.
func samePart(g, s shape) bool { return len(remove(g, s)) == 0 }

// remove gives the axes of s that are not in other.
func remove(s, other shape) shape {
	var out shape
	for _, a := range s {
		if !contains(other, a) {
			out = append(out, a)
		}
	}
	return out
}

func contains(s shape, a *axis) bool {
	for _, x := range s {
		if x == a {
			return true
		}
	}
	return false
}

func (l *lowerer) biasKey(m *linear, sc *scope) bool {
	d := m.field.decl
	if !d.Bias {
		return true
	}
	if d.BiasIf != nil {
		v := l.eval(d.BiasIf, sc)
		c, ok := known(v)
		if !ok || c.kind != ir.Bool {
			if !poisoned(v) {
				l.fail(diag.New(diag.NotConstant, d.BiasIf.Span(),
					"`with bias if` takes a condition known when compiling"))
			}
			return false
		}
		if c.f == 0 {
			return true
		}
	}
	if len(d.As) > len(d.Names) {
		path, _, ok := l.path(m.field, 1)
		m.bias = path
		return ok
	}
	path, _, ok := l.path(m.field, 0)
	m.bias = joinPath(path, "bias")
	return ok
}

// primed is the input's axis inside the stored tensor where the output has it too: D -> D.
func (l *lowerer) primed(m *linear, a *axis) *axis {
	if !contains(m.out, a) {
		return a
	}
	if l.prime[a] == nil {
		l.prime[a] = l.twin(a)
	}
	return l.prime[a]
}

// inputAxes are the input's axes inside the stored tensor.
func (l *lowerer) inputAxes(m *linear) shape {
	in := make(shape, len(m.in))
	for i, a := range m.in {
		in[i] = l.primed(m, a)
	}
	return in
}

// layout is the stored dims in order, the input's axes primed where the output has them too.
func (l *lowerer) layout(m *linear) []shape {
	out := make([]shape, len(m.stored))
	for i, g := range m.stored {
		out[i] = shape{}
		for _, a := range g {
			if m.isInput[i] {
				a = l.primed(m, a)
			}
			out[i] = append(out[i], a)
		}
	}
	return out
}

// weight is the stored tensor of a map.
func (l *lowerer) weight(m *linear) ir.Value {
	if m.shared != nil {
		return l.relabel(l.weight(m.shared), flatten(l.layout(m.shared)), flatten(l.layout(m)))
	}
	return l.storedTensor(m.key, ir.Real, false, l.layout(m), m.field)
}

func (l *lowerer) storedTensor(key string, kind ir.Kind, buffer bool, layout []shape, f *field) ir.Value {
	attr, t := &ir.ParamAttr{Key: key, Buffer: buffer}, ir.Type{Kind: kind}
	for _, g := range layout {
		attr.Stored = append(attr.Stored, append([]string{}, g.labels()...))
		t.Axes = append(t.Axes, g.ir()...)
	}
	return l.param(attr, t, f)
}

func (l *lowerer) biasOf(m *linear) ir.Value {
	return l.storedTensor(m.bias, ir.Real, false, []shape{m.out}, m.field)
}

// onlyArg is the tensor of a call that takes nothing else; of is the place of what is called, and decl its declaration.
func (l *lowerer) onlyArg(what string, args callArgs, at, of diag.Span, decl string) (ir.Value, bool) {
	if len(args.pos) != 1 || len(args.named) > 0 || len(args.carry) > 0 || len(args.axes) > 0 {
		l.fail(diag.New(diag.WrongArgs, at, "%s takes one argument, not %s", what, args.count()).Note(of, "%s", decl))
		return ir.Value{}, false
	}
	return l.wantTensor(args.pos[0].val, args.pos[0].at)
}

// callLinear applies a map or looks up a table.
func (l *lowerer) callLinear(m *linear, args callArgs, at diag.Span, sc *scope) value {
	x, ok := l.onlyArg("a map", args, at, m.field.at, m.decl())
	if !ok || !l.mayUse(m.in, m.field.name, at, sc) || !l.mayUse(m.out, m.field.name, at, sc) {
		return poison{}
	}
	var y ir.Value
	if m.table {
		y, ok = l.lookUp(m, x, at)
	} else {
		y, ok = l.mapped(m, x, at)
	}
	if !ok {
		return poison{}
	}
	if m.bias != "" {
		y = l.b.Must(ir.Map, fn("add"), y, l.biasOf(m))
	}
	l.made[y.Node] = m
	return tensor{y}
}

// mapped is the contraction of x with the weight.
func (l *lowerer) mapped(m *linear, x ir.Value, at diag.Span) (ir.Value, bool) {
	if x.Type().Kind == ir.Bool {
		l.fail(diag.New(diag.BadKind, at, "%s takes numbers, not %s", m.field.name, l.typeText(x.Type())).
			Note(m.field.at, "%s", m.decl()).
			Suggest("make numbers of the conditions: `if c then 1 else 0`"))
		return x, false
	}
	whole, missing := l.needAll(x, m.in)
	if missing != nil {
		d := l.noDim(at, missing, whole, ": "+m.field.name+" takes "+m.in.String()).Note(m.field.at, "%s", m.decl())
		if other := l.inPlaceOf(missing, m.in, x); other != nil {
			d.Suggest("write `%s`, if it is meant to take %s", m.declWith(missing, other), other.name)
		}
		l.fail(d)
		return x, false
	}
	in := l.inputAxes(m)
	x = l.relabel(whole, m.in, in)
	if !l.outputFits(m, x, at) {
		return x, false
	}
	return l.b.Must(ir.Contract, &ir.SumAttr{Labels: in.labels()}, x, l.weight(m)), true
}

// inPlaceOf is the one dim known when compiling that a value has where a map's missing dim was looked for, nil where that is
// not clear.
func (l *lowerer) inPlaceOf(missing *axis, in shape, v ir.Value) *axis {
	var found *axis
	for _, x := range v.Type().Axes {
		a := l.axes[x.Label]
		if a == nil || contains(in, a) || a.parts != nil || len(a.size.Frees()) > 0 {
			continue
		}
		if found != nil || a.name == missing.name {
			return nil
		}
		found = a
	}
	return found
}

// outputFits refuses an argument that has an axis of the result already.
func (l *lowerer) outputFits(m *linear, x ir.Value, at diag.Span) bool {
	for _, o := range m.out {
		if x.Type().Has(o.label) {
			l.fail(diag.New(diag.TwiceDim, at, "the result would have the dimension %s twice", o.name).
				Note(m.field.at, "%s", m.decl()).
				Note(diag.Span{}, "its argument is %s", l.typeText(x.Type())))
			return false
		}
	}
	return true
}

// lookUp takes rows of a table.
func (l *lowerer) lookUp(m *linear, x ir.Value, at diag.Span) (ir.Value, bool) {
	if x.Type().Kind != ir.Int {
		d := diag.New(diag.BadKind, at, "%s is a table: it takes whole numbers, not %s", m.field.name,
			l.typeText(x.Type())).Note(m.field.at, "%s", m.decl())
		if x.Type().Kind == ir.Real && x.Node.Op == ir.Input {
			d.Suggest("declare whole numbers: `int%s`", l.typeText(x.Type()))
		}
		l.fail(d)
		return x, false
	}
	if !l.outputFits(m, x, at) {
		return x, false
	}
	label := l.inputAxes(m)[0].label
	return l.b.Must(ir.Gather, &ir.LabelAttr{Label: label}, l.weight(m), x), true
}

func fn(name string) *ir.MapAttr { return &ir.MapAttr{Fn: ir.FnNamed(name)} }
