package order

import (
	"slices"

	"archc/ir"
	"archc/passes/cost"
)

// attention is one attend that is being rewritten.
type attention struct {
	*editor
	n     *ir.Node
	where space
	outs  []ir.Type // its types before it was touched
}

func (e *editor) attention(n *ir.Node) *attention {
	at := n.Attr.(*ir.AttendAttr)
	a := &attention{editor: e, n: n, outs: slices.Clone(n.Outs)}
	pairs, known := e.pairs[n.RegionNamed("mask")]
	if !known {
		pairs, _ = cost.PairsOf(n)
		e.pairs[n.RegionNamed("mask")] = pairs
	}
	a.where = space{query: at.Query, key: at.Key, rows: ir.Const(1), pairs: pairs}
	if at.Query != "" {
		a.where.rows = axisOf(a.queries(), at.Query).Size
	}
	a.where.keys = axisOf(slices.Concat(a.keys(), a.values()), at.Key).Size
	return a
}

// fewRows is the space with one row of queries, which sees every key; where the rows are a number, they are so many.
func (s space) fewRows() space {
	if _, number := s.rows.Rat(); number {
		return s
	}
	s.rows, s.pairs = ir.Const(1), s.keys
	return s
}

func (a *attention) attr() *ir.AttendAttr { return a.n.Attr.(*ir.AttendAttr) }

func (a *attention) queries() []ir.Value { return a.n.Args[:a.attr().Queries] }

func (a *attention) keys() []ir.Value {
	return a.n.Args[a.attr().Queries : a.attr().Queries+a.attr().Keys]
}

func (a *attention) values() []ir.Value { return a.n.Args[a.attr().Queries+a.attr().Keys:] }

func (a *attention) score() *ir.Region { return a.n.RegionNamed("score") }

// axisOf is the axis with a label, of the first value that has it.
func axisOf(vs []ir.Value, label string) ir.Axis {
	for _, v := range vs {
		if i := v.Type().Find(label); i >= 0 {
			return v.Type().Axes[i]
		}
	}
	return ir.Axis{Label: label}
}

// inside is how the regions see a value from outside: as it is when it has neither the query axis nor the key axis,
// else through a parameter of the score, which is made when there is none.
func (a *attention) inside(v ir.Value) ir.Value {
	t, at := v.Type(), *a.attr()
	query := at.Query != "" && t.Has(at.Query)
	if !query && !t.Has(at.Key) {
		return v
	}
	first, end := at.Queries, at.Queries+at.Keys
	if query {
		first, end = 0, at.Queries
	}
	if i := slices.Index(a.n.Args[first:end], v); i >= 0 {
		return ir.Value{Node: a.score().Params[2+first+i]}
	}
	elem := ir.Type{Kind: t.Kind, Axes: slices.Clone(t.Without(at.Query).Axes)}
	if query {
		at.Queries++
	} else {
		elem.Axes[elem.Find(at.Key)].Size = ir.Free(at.Key)
		at.Keys++
	}
	p := &ir.Node{Op: ir.Arg, Outs: []ir.Type{elem}, Src: a.n.Src, Scope: a.n.Scope}
	a.n.Attr = &at
	a.n.Args = slices.Insert(slices.Clone(a.n.Args), end, v)
	score := a.score()
	score.Params = slices.Insert(score.Params, 2+end, p)
	a.know(p, score)
	return ir.Value{Node: p}
}

// outside is the value of a parameter of the score as the region around the attend sees it.
func (a *attention) outside(p *ir.Node) (ir.Value, bool) {
	i := slices.Index(a.score().Params, p)
	if i < 2 {
		return ir.Value{}, false
	}
	return a.n.Args[i-2], true
}

// finish drops operands that nothing reads any more and gives the results their old order of axes.
func (a *attention) finish() {
	a.settle()
	a.drop()
	outs, err := a.n.Op.Infer(a.n)
	if err != nil {
		panic(bug{err})
	}
	a.n.Outs = outs
	s := a.sketch(a.n)
	var moved []*ir.Node
	for i, was := range a.outs {
		v := ir.Value{Node: a.n, Out: i}
		if by := s.ordered(v, was); by != v {
			a.replace(v, by, append(moved, by.Node)...)
			moved = append(moved, by.Node)
		}
	}
	s.insert(a.n, true)
	a.settle()
}

// drop removes operands without use, but the last that says how many rows there are.
func (a *attention) drop() {
	score := a.score()
	for i := len(score.Params) - 1; i >= 2; i-- {
		if len(a.users[ir.Value{Node: score.Params[i]}]) > 0 || a.onlyRows(i-2) {
			continue
		}
		at := *a.attr()
		if i-2 < at.Queries {
			at.Queries--
		} else {
			at.Keys--
		}
		a.n.Attr = &at
		a.n.Args = slices.Delete(slices.Clone(a.n.Args), i-2, i-1)
		score.Params = slices.Delete(score.Params, i, i+1)
	}
}

// onlyRows reports whether the operand is the only query with the query axis.
func (a *attention) onlyRows(i int) bool {
	q := a.attr().Query
	if q == "" || i >= a.attr().Queries || !a.n.Args[i].Type().Has(q) {
		return false
	}
	others := slices.Delete(slices.Clone(a.queries()), i, i+1)
	return !slices.ContainsFunc(others, func(v ir.Value) bool { return v.Type().Has(q) })
}
