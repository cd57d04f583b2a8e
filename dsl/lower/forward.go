package lower

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// forward gives the model's forward function its inputs and lowers its body.
func (l *lowerer) forward(m *ir.Module, root *instance) {
	f := root.forward
	if f == nil {
		l.fail(diag.New(diag.NotCallable, root.block.Name.At, "model %s has no forward function", root.block.Name.Name).
			Suggest("give it one: `(tokens: int[T]) -> [T, V] = ...`"))
		return
	}
	sc := root.scope.child()
	sc.frame = &frame{decl: f, inst: root}
	if !l.distinctParams(function{f, root.scope}) {
		return
	}
	for _, p := range append(slices.Clone(f.Params), f.Carry...) {
		l.input(p, sc)
	}
	results, ok := l.body(f, sc)
	if !ok || !l.countResults(f, len(results)) {
		return
	}
	names := map[string]bool{}
	for i, r := range results {
		v, name, ok := l.output(f, i, r, sc)
		if !ok {
			return
		}
		if names[name] {
			l.fail(diag.New(diag.Duplicate, f.At, "two outputs are named %s", name))
			return
		}
		names[name] = true
		m.Outputs = append(m.Outputs, ir.Port{Name: name, Value: v})
		m.Body.Results = append(m.Body.Results, v)
		l.carried(f, i, m.Outputs[i])
	}
}

// carried holds an output that has the name of an input to the type of that input: the next call takes it there.
func (l *lowerer) carried(f *syntax.Func, i int, out ir.Port) {
	for _, in := range l.inputs {
		if in.Name != out.Name || in.Type().Equal(out.Type()) {
			continue
		}
		at := f.At
		if i < len(f.Results) {
			at = f.Results[i].Type.At
		}
		l.fail(diag.New(diag.StackType, at, "%s is carried between calls: it goes in as %s and comes out as %s",
			out.Name, l.typeText(in.Type()), l.typeText(out.Type())).
			Note(in.Node.Src, "the input %s", in.Name).
			Suggest("declare the output as the input is, or give it another name"))
	}
}

// sideOutputs are further outputs: what the model emits. They have names of their own, and so have draws: what goes in
// and comes out under one name is carried between calls.
func (l *lowerer) sideOutputs(m *ir.Module, lv *level) {
	taken := func(ports []ir.Port, name string) bool {
		return slices.ContainsFunc(ports, func(p ir.Port) bool { return p.Name == name })
	}
	for _, d := range lv.draws {
		if taken(m.Outputs, d.name) {
			l.fail(diag.New(diag.Duplicate, d.at, "a draw is an input of the model, and %s is an output", d.name).
				Suggest("bind the draw to another name"))
		}
	}
	for _, e := range lv.emits {
		if taken(m.Outputs, e.name) || taken(l.inputs, e.name) {
			l.fail(diag.New(diag.Duplicate, e.at, "an output or input of the model is named %s already", e.name).
				Suggest("emit it under another name"))
			continue
		}
		m.Outputs = append(m.Outputs, ir.Port{Name: e.name, Value: e.v})
		m.Body.Results = append(m.Body.Results, e.v)
	}
}

// countResults checks the number of values of a body.
func (l *lowerer) countResults(f *syntax.Func, n int) bool {
	switch {
	case n == 0:
		l.fail(diag.New(diag.WrongPlace, f.At, "%s has no value: its last statement must be one", funcName(f)))
	case len(f.Results) > 0 && len(f.Results) != n:
		l.fail(diag.New(diag.WrongArgs, f.At, "%d results are declared, the body gives %d", len(f.Results), n))
	default:
		return true
	}
	return false
}

// output is one result of the model under its name, in the order of its declared type.
func (l *lowerer) output(f *syntax.Func, i int, r value, sc *scope) (ir.Value, string, bool) {
	name := "output"
	if i > 0 {
		name = fmt.Sprintf("output%d", i+1)
	}
	v, ok := l.wantTensor(r, valueSpan(f, i))
	if !ok || len(f.Results) == 0 {
		return v, name, ok
	}
	if given := f.Results[i].Name.Name; given != "" {
		name = given
	}
	v, ok = l.declaredResult(v, f.Results[i].Type, sc, f)
	if !ok {
		return v, name, false
	}
	return l.ordered(v, f.Results[i].Type, sc), name, true
}

// valueSpan is the text of a function's i-th value, as far as it has one of its own.
func valueSpan(f *syntax.Func, i int) diag.Span {
	values := f.Values
	if n := len(f.Body); n > 0 {
		switch s := f.Body[n-1].(type) {
		case *syntax.ExprStmt:
			values = s.Values
		case *syntax.Assign:
			return s.At
		}
	}
	if i < len(values) {
		return values[i].Span()
	}
	return f.At
}

// input makes an input node of a parameter of the forward function.
func (l *lowerer) input(p *syntax.Param, sc *scope) {
	sc.bind(p.Name.Name, poison{}, p.Name.At, false)
	if p.Type == nil {
		l.fail(diag.New(diag.MissingParam, p.Name.At, "input %s has no type", p.Name.Name).
			Suggest("say its dims: `%s: int[T]`", p.Name.Name))
		return
	}
	l.declareFree(p.Type, sc)
	s, ok := l.typeShape(p.Type, sc)
	if !ok {
		return
	}
	attr := &ir.InputAttr{Name: p.Name.Name}
	kind := ir.Kind(max(0, kindOf(p.Type.Kind)))
	if p.Default != nil && !l.inputDefault(p, kind, attr, sc) {
		return
	}
	l.b.Src = p.Name.At
	v := l.b.Leaf(ir.Input, attr, ir.Type{Kind: kind, Axes: s.ir()})
	l.inputs = append(l.inputs, ir.Port{Name: p.Name.Name, Value: v})
	sc.bind(p.Name.Name, tensor{v}, p.Name.At, false)
}

// inputDefault reads the number that every element of an absent input has.
func (l *lowerer) inputDefault(p *syntax.Param, kind ir.Kind, attr *ir.InputAttr, sc *scope) bool {
	v := l.eval(p.Default, sc)
	c, ok := settle(v).(constant)
	at := p.Default.Span()
	switch _, isWhole := c.int(); {
	case poisoned(v):
		return false
	case !ok:
		l.fail(diag.New(diag.NotConstant, at, "an input's default is a number or truth value"))
		return false
	case (kind == ir.Bool) != (c.kind == ir.Bool), kind == ir.Int && !isWhole, math.IsInf(c.f, 0):
		l.fail(diag.New(diag.BadKind, at, "input %s is %s, its default `%s` is not", p.Name.Name, kind, at.Text()))
		return false
	}
	attr.Default = &c.f
	return true
}

// declareFree binds the dims of a type that nothing has named yet: the input gives their sizes.
func (l *lowerer) declareFree(t *syntax.Type, sc *scope) {
	for _, e := range t.Dims {
		if n, ok := e.(*syntax.Name); ok && isDim(n.Name) && l.lookup(sc, n.Name) == nil {
			sc.bind(n.Name, dims{shape{l.freeAxis(n.Name, n.At)}}, n.At, true)
		}
	}
}

// ordered puts the axes in the order of the declared type.
func (l *lowerer) ordered(v ir.Value, t *syntax.Type, sc *scope) ir.Value {
	s, ok := l.typeShape(t, sc)
	if !ok || slices.Equal(s.labels(), v.Type().Labels()) {
		return v
	}
	return l.b.Must(ir.Transpose, &ir.SumAttr{Labels: s.labels()}, v)
}

// dimTable lists the dims that the module's axes use, by label, with their factors.
func (l *lowerer) dimTable(m *ir.Module) []ir.Dim {
	seen := map[string]bool{}
	m.Body.Walk(func(n *ir.Node, _ int) {
		for _, t := range n.Outs {
			for _, a := range t.Axes {
				seen[a.Label] = true
			}
		}
	})
	var out []ir.Dim
	for label := range seen {
		a := l.axes[label]
		if a == nil || a.count != 0 || a.parts != nil {
			continue
		}
		d := ir.Dim{Label: label, Size: a.size, Src: a.decl}
		for _, fact := range a.facts {
			if !slices.ContainsFunc(fact, func(f *axis) bool { return !seen[f.label] }) {
				d.Factors = fact.labels()
			}
		}
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b ir.Dim) int { return strings.Compare(a.Label, b.Label) })
	return out
}
