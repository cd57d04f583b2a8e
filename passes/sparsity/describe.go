package sparsity

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"archc/ir"
)

// Describe says in a few words what is found: "causal, looks back 256 keys, and to the first 4". Of keys of another
// sequence than the queries' there is none that is ahead or far back: nothing is said of that.
func (p *Pattern) Describe() string {
	var parts []string
	shift, same := p.Shift()
	switch f := p.Masks[0].wide; {
	case len(p.Masks) == 1 && len(f.may) == 0:
		parts = append(parts, "no pair")
	case len(p.Masks) == 1 && len(f.holds) == 1 && f.holds[0] == (piece{}):
		parts = append(parts, "all pairs")
	case same:
		parts = p.along(shift)
	}
	heads, layers := map[string]bool{}, map[string]bool{}
	for _, m := range p.Masks {
		for _, x := range m.Which {
			if x.Loop {
				layers[x.Label] = true
			} else {
				heads[x.Label] = true
			}
		}
	}
	for _, label := range slices.Sorted(maps.Keys(heads)) {
		parts = append(parts, "differs along "+label)
	}
	for _, label := range slices.Sorted(maps.Keys(layers)) {
		parts = append(parts, "differs with "+label)
	}
	if p.Masks[0].Reason != "" {
		parts = append(parts, "depends on data")
	}
	return strings.Join(parts, ", ")
}

// Shift is where the query of row 0 stands among the keys, Keys - Queries: what stands before it is the past. False
// where they are two sequences.
func (p *Pattern) Shift() (ir.Size, bool) {
	shift := p.Keys.Sub(p.Queries)
	for _, f := range p.Queries.Frees() {
		for _, other := range shift.Frees() {
			if f == other {
				return shift, false
			}
		}
	}
	return shift, len(p.Queries.Frees()) > 0 || shift.IsZero()
}

func (p *Pattern) along(shift ir.Size) []string {
	var parts []string
	switch w, err := p.Future(shift); {
	case err != nil:
		parts = append(parts, "not known to be causal")
	case w == nil:
		parts = append(parts, "causal")
	default:
		parts = append(parts, fmt.Sprintf("looks ahead %s", w))
	}
	reach := p.Reach(shift)
	switch {
	case reach.Window == nil:
		parts = append(parts, "looks back to the first key")
	case !reach.Window.IsZero():
		parts = append(parts, fmt.Sprintf("looks back %s keys", reach.Window))
	}
	if reach.Window != nil && !reach.Sinks.IsZero() {
		parts = append(parts, fmt.Sprintf("and to the first %s", reach.Sinks))
	}
	return parts
}
