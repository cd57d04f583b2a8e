package sparsity

import (
	"fmt"
	"iter"
	"math"
	"strings"

	"archc/ir"
)

// analysis is what is found about one expression. Masks of heads and layers that are the same expression share it: in
// BigBird all 144 are, because what tells them apart is data.
type analysis struct {
	mask    *expr
	found   finding
	err     error   // why there is no closed form
	wide    finding // the same, with what has no closed form taken for unknown
	counted *Count
}

// analyses are those of one attend.
type analyses struct {
	numbers numbering
	of      map[string]*analysis
}

// analyse gives the analysis of a mask. One that depends on data and one that does not never share it.
func (k *analyses) analyse(e *expr, reason string, queries, keys ir.Size) *analysis {
	key := fmt.Sprintf("%d %t", k.numbers.of(e, map[*expr]int{}), reason != "")
	a := k.of[key]
	if a == nil {
		a = newAnalysis(e, queries, keys)
		k.of[key] = a
	}
	return a
}

func newAnalysis(e *expr, queries, keys ir.Size) *analysis {
	a := &analysis{mask: e}
	a.found, a.err = find(e, queries, keys, way{})
	a.wide = a.found
	if a.err != nil {
		var err error
		if a.wide, err = find(e, queries, keys, way{lenient: true}); err != nil {
			a.wide = finding{newFrame(1, queries, keys, 0), never(), always()}
		}
	}
	return a
}

// distinct walks over the masks that differ, each with how many are the same.
func (p *Pattern) distinct() iter.Seq2[*Mask, int64] {
	times := map[*analysis]int64{}
	for _, m := range p.Masks {
		times[m.analysis]++
	}
	return func(yield func(*Mask, int64) bool) {
		seen := map[*analysis]bool{}
		for _, m := range p.Masks {
			if !seen[m.analysis] && !yield(m, times[m.analysis]) {
				return
			}
			seen[m.analysis] = true
		}
	}
}

// numbering gives equal expressions the same number.
type numbering map[string]int

func (n numbering) of(e *expr, done map[*expr]int) int {
	if k, ok := done[e]; ok {
		return k
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d %v %x", e.leaf, e.kind, math.Float64bits(e.num))
	if e.fn != nil {
		b.WriteString(" " + e.fn.Name)
	}
	if e.leaf == 's' {
		b.WriteString(" " + e.size.String())
	}
	for _, a := range e.args {
		fmt.Fprintf(&b, " #%d", n.of(a, done))
	}
	k, ok := n[b.String()]
	if !ok {
		k = len(n)
		n[b.String()] = k
	}
	done[e] = k
	return k
}
