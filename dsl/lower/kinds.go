package lower

import (
	"slices"

	"archc/ir"
	"archc/ir/diag"
)

// layerKind is a text that layers of a stack have: the numbers that it depends on, what it takes and what it gives.
type layerKind struct {
	records []record
	in      ir.Type
	outs    []ir.Type // what it carries, then what else it gives
	draws   []drawn
}

// layerKinds tells for every layer of a stack which text it has. A kind is lowered once, aside, to learn on which
// numbers of the layer its text depends; a later layer that carries the same type and for which they are all the same
// has that text too.
func (l *lowerer) layerKinds(st *running, carried ir.Type) (kinds []int, known []layerKind, ok bool) {
	kinds = make([]int, st.count)
	for n := range kinds {
		st.v.now, st.v.offset = st.from+int64(n), 0
		same := func(k layerKind) bool { return l.sameText(k.records, st.v, st.at) }
		kind := slices.IndexFunc(known, func(k layerKind) bool { return same(k) && k.in.Equal(carried) })
		if l.spent.over {
			return nil, nil, false
		}
		if kind < 0 && n > 0 && same(known[kinds[n-1]]) {
			l.changesType(st, known[kinds[n-1]])
			return nil, nil, false
		}
		if kind < 0 {
			k, ok := l.layerAside(st, carried)
			if !ok {
				return nil, nil, false
			}
			kind = len(known)
			known = append(known, k)
		}
		if len(known) > maxKinds {
			l.exhausted(st.at, "%s has more than %d layers that differ in more than their numbers", st.field.name, maxKinds)
			return nil, nil, false
		}
		kinds[n] = kind
		carried = known[kind].outs[0]
	}
	return kinds, known, true
}

// changesType reports a layer that would run again on another type than it takes.
func (l *lowerer) changesType(st *running, k layerKind) {
	l.fail(diag.New(diag.StackType, st.at, "a layer takes %s and gives %s", l.typeText(k.in), l.typeText(k.outs[0])).
		Note(st.field.at, "%s is declared", st.field.name).
		Suggest("the value of a layer's body has the type of its first argument"))
}

func (l *lowerer) sameText(rs []record, v *layerVar, at diag.Span) bool {
	return l.step(len(rs), at) && !slices.ContainsFunc(rs, func(r record) bool { return !r.holds(v) })
}

// layerAside lowers a layer for what it decides.
func (l *lowerer) layerAside(st *running, carried ir.Type) (k layerKind, ok bool) {
	before := l.spent.mistakes
	st.v.records = nil
	l.aside(func() {
		defer l.whole()()
		st.v.value = l.b.Param(ir.Scalar(ir.Int), st.v.name)
		x := l.b.Param(carried, "x")
		var elements []ir.Value
		for _, s := range st.sliced {
			elements = append(elements, l.b.Param(s.v.Type().Without(s.along.label), s.name))
		}
		var out []ir.Value
		if out, ok = l.runLayer(st, x, elements); ok {
			k = layerKind{records: st.v.records, in: carried, draws: l.levels[len(l.levels)-1].draws}
			for _, y := range out {
				k.outs = append(k.outs, y.Type())
			}
		}
	})
	return k, ok && l.spent.mistakes == before && !l.spent.over
}

// run is a range of layers that one repeat covers: count times a period.
type run struct {
	first, period, count int64
}

// maxPeriod bounds how many different layers may alternate in one repeat.
const maxPeriod = 16

// runsOf covers the layers greedily: at each place the period that covers most, the shortest one among equals.
func runsOf(kinds []int) []run {
	var out []run
	for at := 0; at < len(kinds); {
		best := run{int64(at), 1, 1}
		for p := 1; p <= maxPeriod && at+p <= len(kinds); p++ {
			n := 1
			for at+(n+1)*p <= len(kinds) && slices.Equal(kinds[at:at+p], kinds[at+n*p:at+(n+1)*p]) {
				n++
			}
			if (p == 1 || n > 1) && int64(n*p) > best.period*best.count {
				best = run{int64(at), int64(p), int64(n)}
			}
		}
		out = append(out, best)
		at += int(best.period * best.count)
	}
	return out
}
