package lower

import (
	"fmt"
	"slices"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// scanning is one scan being lowered.
type scanning struct {
	l        *lowerer
	at       diag.Span
	from     *scope
	side     *level
	names    []syntax.Ident // of the elements
	seqs     []ir.Value
	carries  []syntax.Ident
	starts   []ir.Value
	along    *axis
	yields   []ir.Value
	yieldsAt []diag.Span
}

// scan lowers scan[T](x in xs; h = start) { ...; yield y }. Its results are the last carries (one value, or a tuple of
// them), then each yield along the axis.
func (l *lowerer) scan(x *syntax.Call, brackets []syntax.Arg, sc *scope) value {
	s := &scanning{l: l, at: x.At, from: sc}
	if !s.arguments(x) || !s.axis(brackets) {
		return poison{}
	}
	body, ok := l.enter("body", x.At)
	if !ok {
		return poison{}
	}
	lv, done := l.loop()
	s.side = lv
	ok = s.body(body, x)
	done()
	l.leave()
	if !ok {
		return poison{}
	}
	return s.node(body)
}

func (s *scanning) arguments(x *syntax.Call) bool {
	l := s.l
	if len(x.Args) == 0 || !x.HasBody {
		l.fail(diag.New(diag.WrongArgs, x.At, "scan goes over sequences and has a body").
			Suggest("`last, ys = scan(x in xs; h = zeros([U])) { h = cell(x, h);  yield h }`"))
		return false
	}
	for _, a := range x.Args {
		if !a.In || a.Name.Name == "" {
			d := diag.New(diag.WrongPlace, a.At, "scan goes over sequences: `x in xs`, not `%s`", clip(a.At.Text()))
			if a.Name.Name != "" {
				d.Suggest("what is carried stands behind `;`: `scan(x in xs; %s)`", clip(a.At.Text()))
			}
			l.fail(d)
			return false
		}
		if !s.once(a.Name) {
			return false
		}
		v, ok := l.wantTensor(l.eval(a.Value, s.from), a.Value.Span())
		if !ok {
			return false
		}
		s.names, s.seqs = append(s.names, a.Name), append(s.seqs, v)
	}
	for _, a := range x.Carry {
		if a.Name.Name == "" || a.In {
			l.fail(diag.New(diag.WrongPlace, a.At, "behind `;` stand carries with their start: `h = zeros([U])`"))
			return false
		}
		if !s.once(a.Name) {
			return false
		}
		v, ok := l.wantTensor(l.eval(a.Value, s.from), a.Value.Span())
		if !ok {
			return false
		}
		s.carries, s.starts = append(s.carries, a.Name), append(s.starts, v)
	}
	return true
}

// once refuses a second element or carry of one name.
func (s *scanning) once(id syntax.Ident) bool {
	for _, other := range append(slices.Clone(s.names), s.carries...) {
		if other.Name == id.Name {
			s.l.fail(diag.New(diag.Duplicate, id.At, "%s is declared twice in scan", id.Name).
				Note(other.At, "the first declaration of %s", id.Name))
			return false
		}
	}
	return true
}

// axis settles what the scan runs along: the bracket, or the one axis of the sequences that the input binds.
func (s *scanning) axis(brackets []syntax.Arg) bool {
	l := s.l
	axes, ok := l.brackets(brackets, s.from)
	if !ok {
		return false
	}
	if len(axes) == 0 {
		for _, x := range s.seqs[0].Type().Axes {
			if len(x.Size.Frees()) > 0 && s.from.frame.mapsOver(l.axes[x.Label]) == nil {
				axes = append(axes, l.axes[x.Label])
			}
		}
	}
	if len(axes) != 1 {
		d := diag.New(diag.AmbiguousAxis, s.at, "along which axis? the sequence is %s", l.typeText(s.seqs[0].Type()))
		switch all := s.seqs[0].Type().Axes; {
		case len(axes) > 1:
			d.Suggest("a scan runs along one axis: `scan[%s](%s in ...; ...)`", axes[0].name, s.names[0].Name)
		case len(all) > 0:
			d.Suggest("the input binds none of its axes; name one: `scan[%s](%s in ...; ...)`", l.axes[all[0].Label].name,
				s.names[0].Name)
		}
		l.fail(d)
		return false
	}
	s.along = axes[0]
	for _, v := range s.seqs {
		if !v.Type().Has(s.along.label) {
			l.fail(l.noDim(s.at, s.along, v, " in scan"))
			return false
		}
	}
	return true
}

// body lowers one step: elements and carries in, carries out under their own names, and what it yields.
func (s *scanning) body(r *ir.Region, x *syntax.Call) bool {
	l := s.l
	sc := s.from.child()
	l.vars++
	l.b.Param(ir.Scalar(ir.Int), fmt.Sprintf("t%d", l.vars))
	for i, id := range s.carries {
		if !l.mayBind(id, s.from) {
			return false
		}
		sc.bind(id.Name, tensor{l.b.Param(s.starts[i].Type(), id.Name)}, id.At, false)
	}
	for i, id := range s.names {
		if !l.mayBind(id, s.from) {
			return false
		}
		t := s.seqs[i].Type().Without(s.along.label)
		sc.bind(id.Name, tensor{l.b.Param(t, id.Name)}, id.At, false)
	}
	if !s.steps(x.Body, sc) || !s.sets(x.Body) {
		return false
	}
	for i, id := range s.carries {
		v, ok := l.wantTensor(sc.local(id.Name).val, id.At)
		if !ok {
			return false
		}
		want := s.starts[i].Type()
		if !sameAxes(want, v.Type()) {
			l.fail(diag.New(diag.StackType, id.At, "%s is %s before a step and %s after it", id.Name, l.typeText(want),
				l.typeText(v.Type())).Note(l.origin(v), "%s is computed", id.Name).
				Suggest("start it with the type that a step gives: `%s`", l.startOf(id.Name, v.Type())))
			return false
		}
		if !want.Equal(v.Type()) {
			v = l.b.Must(ir.Transpose, &ir.SumAttr{Labels: want.Labels()}, v)
		}
		r.Results = append(r.Results, v)
	}
	r.Results = append(append(r.Results, s.yields...), s.side.results()...)
	return true
}

// sets asks the body to set every carry, and the scan to give something.
func (s *scanning) sets(body []syntax.Stmt) bool {
	set := map[string]bool{}
	for _, stmt := range body {
		if x, ok := stmt.(*syntax.Assign); ok {
			for _, target := range x.Targets {
				set[target.Span().Text()] = true
			}
		}
	}
	for _, id := range s.carries {
		if !set[id.Name] {
			s.l.fail(diag.New(diag.Unused, id.At, "%s is carried, and no step sets it", id.Name).
				Suggest("`%s = ...` in the body is the next %s; what stays the same is read from around", id.Name, id.Name))
			return false
		}
	}
	if len(s.carries) == 0 && len(s.yields) == 0 {
		s.l.fail(diag.New(diag.Unused, s.at, "the scan gives nothing: it carries nothing and yields nothing").
			Suggest("`yield` gives a value out at every step"))
		return false
	}
	return true
}

// startOf writes a carry's start of a type.
func (l *lowerer) startOf(name string, t ir.Type) string {
	if t.Kind != ir.Real || len(t.Axes) == 0 {
		return name + " : " + l.typeText(t)
	}
	return name + " = zeros(" + l.typeText(t) + ")"
}

func (s *scanning) steps(body []syntax.Stmt, sc *scope) bool {
	l := s.l
	ok := true
	for _, stmt := range body {
		switch x := stmt.(type) {
		case *syntax.Assign:
			for _, v := range l.assign(x, sc) {
				ok = ok && !poisoned(v)
			}
		case *syntax.Require:
			l.require(x, sc)
		case *syntax.Yield:
			for _, e := range x.Values {
				v, fine := l.wantTensor(l.eval(e, sc), e.Span())
				if !fine {
					return false
				}
				s.yields, s.yieldsAt = append(s.yields, v), append(s.yieldsAt, e.Span())
			}
		case *syntax.ExprStmt:
			d := diag.New(diag.Unused, x.At, "`%s` is computed and not used", clip(x.At.Text()))
			if len(s.carries) > 0 {
				name := s.carries[0].Name
				d.Suggest("`%s = %s` makes it the next %s, `yield` gives it out at every step", name, clip(x.At.Text()), name)
			} else {
				d.Suggest("`yield %s` gives it out at every step", clip(x.At.Text()))
			}
			l.fail(d)
			return false
		case *syntax.Emit:
			ok = l.emit(x, sc) && ok
		}
	}
	return ok
}

// node adds the loop.
func (s *scanning) node(body *ir.Region) value {
	l := s.l
	attr := &ir.RepeatAttr{Var: body.Params[0].Name, Step: 1, Count: s.along.size}
	args := append([]ir.Value{}, s.starts...)
	for _, v := range s.seqs {
		args = append(args, v)
		attr.Slices = append(attr.Slices, s.along.label)
	}
	for range s.yields {
		attr.Stacked = append(attr.Stacked, s.along.ir())
	}
	for i, y := range s.yields {
		if y.Type().Has(s.along.label) {
			l.fail(diag.New(diag.TwiceDim, s.yieldsAt[i], "a step yields %s, which has the axis of the steps already",
				l.typeText(y.Type())))
			return poison{}
		}
	}
	drawn, ok := l.drawAlong(s.side, s.along.ir(), attr)
	if !ok {
		return poison{}
	}
	l.b.Src = s.at
	n, err := l.b.Add(ir.Repeat, attr, append(args, drawn...), body)
	if err != nil {
		l.fail(diag.New(diag.StackType, s.at, "%v", err))
		return poison{}
	}
	l.emitAlong(s.side, n)
	var items []value
	for i := range n.Outs[:len(n.Outs)-len(s.side.emits)] {
		items = append(items, tensor{ir.Value{Node: n, Out: i}})
	}
	last := items[:len(s.carries)]
	out := items[len(s.carries):]
	switch {
	case len(last) == 1:
		out = append([]value{last[0]}, out...)
	case len(last) > 1:
		out = append([]value{tuple{last}}, out...)
	}
	if len(out) == 1 {
		return out[0]
	}
	return tuple{out}
}
