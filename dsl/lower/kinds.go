package lower

import (
	"slices"

	"archc/ir"
	"archc/ir/diag"
)

// layerKinds tells for every layer of a stack which text it has. A kind is lowered once, aside, to learn on which
// numbers of the layer its text depends; a later layer for which they are all the same has that text too.
func (l *lowerer) layerKinds(st *running, x ir.Value) ([]int, bool) {
	var known [][]record
	kinds := make([]int, st.count)
	for n := range kinds {
		st.v.now, st.v.offset = st.from+int64(n), 0
		kind := slices.IndexFunc(known, func(rs []record) bool { return l.sameText(rs, st.v, st.at) })
		if l.spent.over {
			return nil, false
		}
		if kind < 0 {
			records, ok := l.layerAside(st, x)
			if !ok {
				return nil, false
			}
			kind = len(known)
			known = append(known, records)
		}
		if len(known) > maxKinds {
			l.exhausted(st.at, "more than %d layers of %s differ in more than their numbers", maxKinds, st.field.name)
			return nil, false
		}
		kinds[n] = kind
	}
	return kinds, true
}

func (l *lowerer) sameText(rs []record, v *layerVar, at diag.Span) bool {
	return l.step(len(rs), at) && !slices.ContainsFunc(rs, func(r record) bool { return !r.holds(v) })
}

// layerAside lowers a layer for what it decides.
func (l *lowerer) layerAside(st *running, x ir.Value) (records []record, ok bool) {
	before := l.spent.mistakes
	st.v.records = nil
	l.aside(func() {
		defer l.whole()()
		st.v.value = l.b.Param(ir.Scalar(ir.Int), st.v.name)
		_, ok = l.runLayer(st, x)
	})
	return st.v.records, ok && l.spent.mistakes == before && !l.spent.over
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
