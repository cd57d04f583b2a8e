package lower

import (
	"slices"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// attention is one attend being lowered.
type attention struct {
	l        *lowerer
	at       diag.Span
	from     *scope
	queries  []operand
	keys     []operand
	value    operand
	query    *axis    // nil when the query has no sequence axis
	key      *axis    // as the author knows it: the keys' axis outside
	inner    *keyAxis // and inside
	boundary []boundary
	over     map[string]*override // of the regions that an override of a variant gives
	heads    []ir.Type            // what the region that is being lowered has its heads in common with
}

type operand struct {
	name string // as the regions know it; "" when it has none
	v    ir.Value
	at   diag.Span
}

// keyAxis is the axis of the keys under the label that it has inside an attend: T on both sides is two axes there.
type keyAxis struct {
	outside *axis // on the operands
	inside  *axis // in the regions, where its size is the number of admitted keys
	open    bool  // an attend around uses it
}

// attend lowers attend[S](q; k, v) { score = ...; mask = ...; norm = ...; weight = ... }.
func (l *lowerer) attend(x *syntax.Call, brackets []syntax.Arg, sc *scope) value {
	a := &attention{l: l, at: x.At, from: sc}
	if !a.operands(x, sc) || !a.findAxes(brackets, sc) {
		return poison{}
	}
	regions, ok := a.regionTexts(x)
	if !ok {
		return poison{}
	}
	a.renameKeys()
	a.inner.open = true
	defer func() { a.inner.open = false }()
	return a.build(regions)
}

func (a *attention) operands(x *syntax.Call, sc *scope) bool {
	if len(x.Args) == 0 || len(x.Carry) < 2 {
		a.l.fail(diag.New(diag.AttendShape, x.At, "attend takes queries, `;`, keys and one value").
			Suggest("`attend(q; k, v) { score = sum[K](q*k) / sqrt(K) }`"))
		return false
	}
	last, ok := len(x.Carry)-1, true
	for _, arg := range x.Args {
		a.queries = append(a.queries, a.operand(arg, sc, &ok))
	}
	for _, arg := range x.Carry[:last] {
		a.keys = append(a.keys, a.operand(arg, sc, &ok))
	}
	a.value = a.operand(x.Carry[last], sc, &ok)
	return ok
}

func (a *attention) operand(arg syntax.Arg, sc *scope, ok *bool) operand {
	l, o := a.l, operand{at: arg.At}
	if arg.Name.Name != "" || arg.In || arg.Axis != nil || arg.To != nil {
		l.fail(diag.New(diag.AttendShape, arg.At, "`%s` is no operand of attend", clip(arg.At.Text())))
		*ok = false
		return o
	}
	if n, isName := arg.Value.(*syntax.Name); isName {
		o.name = n.Name
	}
	v, fine := l.wantTensor(l.eval(arg.Value, sc), arg.At)
	if fine && v.Type().Kind == ir.Bool {
		l.fail(diag.New(diag.BadKind, arg.At, "an operand of attend holds numbers, not %s", l.typeText(v.Type())).
			Suggest("a condition on keys is a mask: `mask = valid[j]`"))
		fine = false
	}
	*ok, o.v = *ok && fine, v
	return o
}

// findAxes settles which axis is the keys' and which the query's.
func (a *attention) findAxes(brackets []syntax.Arg, sc *scope) bool {
	l := a.l
	right := append(slices.Clone(a.keys), a.value)
	axes, ok := l.brackets(brackets, sc)
	switch {
	case !ok:
		return false
	case len(axes) > 1:
		l.fail(diag.New(diag.AmbiguousAxis, a.at, "attend has one key axis, not %s", shape(axes)))
		return false
	case len(axes) == 0 && !a.candidate(right):
		return false
	case len(axes) == 1:
		a.key = axes[0]
		for _, o := range right {
			if !o.v.Type().Has(a.key.label) {
				l.fail(l.noDim(o.at, a.key, o.v, " in attend["+a.key.name+"]"))
				return false
			}
		}
	}
	return a.findQuery(right)
}

// candidate finds the one axis that the input binds and that all keys and the value have.
func (a *attention) candidate(right []operand) bool {
	l := a.l
	var free []*axis
	for _, x := range right[0].v.Type().Axes {
		shared := !slices.ContainsFunc(right, func(o operand) bool { return !o.v.Type().Has(x.Label) })
		ax := l.axes[x.Label]
		if shared && len(x.Size.Frees()) > 0 && a.from.frame.mapsOver(ax) == nil {
			free = append(free, ax)
		}
	}
	if len(free) == 1 {
		a.key = free[0]
		return true
	}
	d := diag.New(diag.AmbiguousAxis, a.at, "which axis are the keys?")
	for _, o := range right {
		d.Note(l.origin(o.v), "%s : %s", l.nameOf(o.v), l.typeText(o.v.Type()))
	}
	l.fail(d.Suggest("name it: `attend[S](q; k, v)`"))
	return false
}

func (a *attention) findQuery(right []operand) bool {
	l := a.l
	for _, q := range a.queries {
		if q.v.Type().Has(a.key.label) {
			a.query = a.key
			return true
		}
	}
	var free []*axis
	for _, q := range a.queries {
		for _, x := range q.v.Type().Axes {
			shared := slices.ContainsFunc(right, func(o operand) bool { return o.v.Type().Has(x.Label) })
			ax := l.axes[x.Label]
			if !shared && len(x.Size.Frees()) > 0 && !slices.Contains(free, ax) && a.from.frame.mapsOver(ax) == nil {
				free = append(free, ax)
			}
		}
	}
	if len(free) > 1 {
		l.fail(diag.New(diag.AmbiguousAxis, a.at, "which axis are the queries? %s and %s are candidates",
			free[0].name, free[1].name))
		return false
	}
	if len(free) == 1 {
		a.query = free[0]
	}
	return true
}

// renameKeys gives the keys' axis the label that it has inside.
func (a *attention) renameKeys() {
	l := a.l
	a.inner = l.insideOf(a.key)
	rename := func(o *operand) { o.v = l.renamed(o.v, a.key, a.inner.outside) }
	for i := range a.keys {
		rename(&a.keys[i])
	}
	rename(&a.value)
	if a.query == a.key {
		a.boundary = []boundary{{a.key, "i or j"}}
		return
	}
	a.boundary = []boundary{{a.key, "j"}}
	if a.query != nil {
		a.boundary = append(a.boundary, boundary{a.query, "i"})
	}
}

// insideOf is the key axis inside an attend, another one for each attend around that has the same.
func (l *lowerer) insideOf(key *axis) *keyAxis {
	for _, k := range l.keys[key] {
		if !k.open {
			return k
		}
	}
	out := l.twin(key)
	in := *out
	in.size, in.cut = ir.Free(out.label), nil
	k := &keyAxis{outside: out, inside: &in}
	l.keys[key] = append(l.keys[key], k)
	return k
}

var regionNames = []string{"score", "mask", "norm", "weight"}

// regionTexts collects the right sides of score, mask, norm and weight.
func (a *attention) regionTexts(x *syntax.Call) (map[string]*syntax.Assign, bool) {
	l := a.l
	out := map[string]*syntax.Assign{}
	for _, s := range x.Body {
		as, ok := s.(*syntax.Assign)
		name := ""
		if ok && len(as.Targets) == 1 && len(as.Values) == 1 && as.Op == "=" {
			if n, isName := as.Targets[0].(*syntax.Name); isName {
				name = n.Name
			}
		}
		if !slices.Contains(regionNames, name) {
			at := stmtSpan(s, x.At)
			d := diag.New(diag.AttendRegion, at, "attend has score, mask, norm and weight, not `%s`", clip(at.Text()))
			if name != "" {
				d = diag.New(diag.AttendRegion, at, "attend has score, mask, norm and weight, not `%s`", name)
			}
			if near := check.Nearest(name, regionNames); near != "" {
				d.Suggest("did you mean `%s`?", near)
			}
			l.fail(d)
			return nil, false
		}
		if out[name] != nil {
			l.fail(diag.New(diag.AttendRegion, as.At, "%s stands twice", name).Note(out[name].At, "the first one"))
			return nil, false
		}
		out[name] = as
	}
	if !a.overrideRegions(x, out) {
		return nil, false
	}
	if out["score"] == nil {
		l.fail(diag.New(diag.AttendRegion, x.At, "attend needs a score").
			Suggest("`{ score = sum[K](q*k) / sqrt(K) }`"))
		return nil, false
	}
	return out, true
}

func stmtSpan(s syntax.Stmt, otherwise diag.Span) diag.Span {
	switch x := s.(type) {
	case *syntax.Assign:
		return x.At
	case *syntax.ExprStmt:
		return x.At
	case *syntax.Require:
		return x.At
	case *syntax.Emit:
		return x.At
	case *syntax.Yield:
		return x.At
	}
	return otherwise
}

// build lowers the regions in order and adds the node.
func (a *attention) build(texts map[string]*syntax.Assign) value {
	l := a.l
	var regions []*ir.Region
	score, ok := a.region("score", texts["score"], ir.Type{})
	if ok {
		a.heads = []ir.Type{score.Results[0].Type(), a.value.v.Type()}
	}
	mask, okMask := a.region("mask", texts["mask"], ir.Type{})
	if !ok || !okMask {
		return poison{}
	}
	a.heads = []ir.Type{mask.Results[0].Type(), a.value.v.Type()}
	if whole, _, _ := l.related(score.Results[0].Type(), a.heads[0]); whole != nil {
		// The keys that a head admits are those of its own scores: scores along H meet a mask along G as [G, R].
		if score, ok = a.region("score", texts["score"], ir.Type{}); !ok {
			return poison{}
		}
	}
	regions = append(regions, score, mask)
	for _, name := range regionNames[2:] {
		if texts[name] == nil && name == "weight" {
			break
		}
		before := regions[len(regions)-1]
		if name == "norm" {
			before = score
		}
		r, ok := a.region(name, texts[name], before.Results[0].Type())
		if !ok {
			return poison{}
		}
		regions = append(regions, r)
	}
	attr := &ir.AttendAttr{Key: a.inner.outside.label, Queries: len(a.queries), Keys: len(a.keys)}
	if a.query != nil {
		attr.Query = a.query.label
	}
	var args []ir.Value
	for _, o := range append(append(slices.Clone(a.queries), a.keys...), a.value) {
		args = append(args, o.v)
	}
	last := len(args) - 1
	args[last] = l.alignTypes(args[last], regions[len(regions)-1].Results[0].Type())
	args[last] = l.alignTypes(args[last], mask.Results[0].Type())
	l.b.Src = a.at
	n, err := l.b.Add(ir.Attend, attr, args, regions...)
	if err != nil {
		l.fail(diag.New(diag.AttendShape, a.at, "%v", err))
		return poison{}
	}
	return tensor{ir.Value{Node: n}}
}
