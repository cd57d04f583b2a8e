package sparsity

import (
	"fmt"
	"maps"
	"strings"

	"archc/ir"
)

// Witness is a row, and a key in it where there is one, at sizes where it can be seen.
type Witness struct {
	Query, Key int64
	Which      []Place          // head and layer
	Sizes      map[string]int64 // of the free dims
	Data       bool             // so it is for some data
}

// String is "(i=0, j=1)", with head, layer and sizes where they matter.
func (w Witness) String() string {
	parts := []string{fmt.Sprintf("i=%d", w.Query)}
	if w.Key >= 0 {
		parts = append(parts, fmt.Sprintf("j=%d", w.Key))
	}
	for _, x := range w.Which {
		parts = append(parts, fmt.Sprintf("%s=%d", x.Label, x.Number))
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// tried are the lengths at which a witness is looked for, shortest first, so that it is a small one.
var tried = []int64{1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64, 100, 128, 256, 512, 1024, 2048, 4096}

// Future is an admitted pair with j > i + shift: a query that looks at what comes behind it. Nil when there is none,
// whatever the sizes and the data are. The error says that neither was found.
func (p *Pattern) Future(shift ir.Size) (*Witness, error) {
	for m := range p.distinct() {
		if w, err := m.Future(shift); w != nil || err != nil {
			return w, err
		}
	}
	return nil, nil
}

// Future is that of one mask.
func (m *Mask) Future(shift ir.Size) (*Witness, error) {
	c := &closer{frame: m.wide.frame}
	ahead := c.position(0).add(constantly(c.in(shift))).sub(c.position(1))
	z := c.and(m.wide.may, below(c, ahead, true))
	if c.err == nil && len(z) == 0 {
		return nil, nil
	}
	for k, n := range tried {
		if k == soon && c.err == nil {
			if count, err := c.sum(z); err == nil && count.IsZero() {
				return nil, nil
			}
		}
		g, err := m.possible(m.all(n, shift))
		if err != nil || g.Method == ByPair && n > maxAsked {
			break // larger ones fail too, or take too long
		}
		if w, err := m.ahead(g, n, shift); w != nil || err != nil {
			return w, err
		}
	}
	return nil, fmt.Errorf("whether the mask is causal is not decided: no key behind its query was found")
}

// A proof that there is none is tried once the lengths before tried[soon] have no witness. Where each pair is asked
// about, lengths beyond maxAsked are not tried.
const (
	soon     = 8
	maxAsked = 64
)

// ahead looks for a pair with j > i + shift in a grid where every free dim is n.
func (m *Mask) ahead(g *Grid, n int64, shift ir.Size) (*Witness, error) {
	env := m.all(n, shift)
	by, err := shift.Whole(env)
	if err != nil {
		return nil, err
	}
	for i := range g.T {
		runs, err := g.Row(i)
		if err != nil {
			return nil, err
		}
		for _, r := range runs {
			if j := max(r.From, i+by.Int64()+1); j < r.To {
				return &Witness{i, j, m.Which, env, m.Reason != ""}, nil
			}
		}
	}
	return nil, nil
}

// all gives every free dim the same value.
func (m *Mask) all(n int64, more ...ir.Size) map[string]int64 {
	names := map[string]bool{}
	for _, s := range append(more, m.queries, m.keys) {
		for _, f := range s.Frees() {
			names[f] = true
		}
	}
	m.mask.frees(names, map[*expr]bool{})
	env := map[string]int64{}
	for f := range maps.Keys(names) {
		env[f] = n
	}
	return env
}

// possible is the grid of what the mask admits; where it depends on data, of what it may admit for some.
func (m *Mask) possible(env map[string]int64) (*Grid, error) {
	if m.Reason == "" {
		return m.At(env)
	}
	return m.wide.grid(m.wide.may, env)
}

// EmptyRow is a row that admits no key, whatever the data are, and at every length from some on; nil when none is
// found. A row that is empty at short lengths alone is no mistake of the pattern.
func (p *Pattern) EmptyRow() (*Witness, error) {
	for m := range p.distinct() {
		if w, err := m.EmptyRow(); w != nil || err != nil {
			return w, err
		}
	}
	return nil, nil
}

// EmptyRow is that of one mask. It is looked for at two lengths beyond every number in the mask.
func (m *Mask) EmptyRow() (*Witness, error) {
	f := m.wide
	f.holds = f.may
	if f.coversRows() {
		return nil, nil
	}
	long := min(4*max(16, m.mask.largest(map[*expr]bool{}), f.period), maxRows)
	var found *Witness
	for _, n := range []int64{2*long + 1, long} {
		env := m.all(n)
		g, err := m.possible(env)
		if err != nil {
			return nil, nil //nolint:nilerr // too large to be looked at: nothing is proved
		}
		row := int64(-1)
		if found == nil {
			row, err = g.EmptyRow()
		} else if some, e := g.hasKey(found.Query); found.Query < g.T && !some {
			row, err = found.Query, e
		}
		if err != nil || row < 0 {
			return nil, err
		}
		found = &Witness{row, -1, m.Which, env, false}
	}
	return found, nil
}

// largest is the largest number in a mask.
func (e *expr) largest(seen map[*expr]bool) int64 {
	if seen[e] {
		return 0
	}
	seen[e] = true
	n := int64(0)
	switch e.leaf {
	case 'n':
		n = int64(min(max(e.num, -e.num), maxRows))
	case 's':
		n, _ = e.size.Int()
	}
	for _, a := range e.args {
		n = max(n, a.largest(seen))
	}
	return n
}
