package sparsity

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"archc/ir"
)

// Method is how the pairs of a mask are found at given sizes.
type Method string

// The methods, best first. All are exact.
const (
	ByFormula Method = "a closed form"                      // pieces with sizes as symbols
	AtSizes   Method = "a closed form at these sizes alone" // pieces, once sizes are numbers
	ByRow     Method = "a closed form for each row"         // pieces in j for each number i: T steps
	ByPair    Method = "asking about each pair"             // float64 as the reference evaluates: T S steps
)

// Grid is a mask at given sizes: T rows and S keys. It holds no array of T x S.
type Grid struct {
	Method Method
	T, S   int64
	period int64
	pieces []limits // ByFormula, AtSizes
	runs   func(i int64) ([]Run, error)
}

// limits is a piece with numbers for bounds, within the grid.
type limits [6]limit

type limit struct{ lo, hi int64 }

// Run is the keys From <= j < To.
type Run struct{ From, To int64 }

// maxSide bounds sizes, so that no count overflows.
const maxSide = 1 << 30

// shortRow is a row whose keys are asked about in less time than it takes to solve it.
const shortRow = 512

// maxRows bounds the rows that are solved one by one: some seconds.
const maxRows = 1 << 16

// At is the mask at given values of the free dims. An error says which is missing, or that the grid is too large for
// the methods that are left.
func (m *Mask) At(env map[string]int64) (*Grid, error) {
	if m.Reason != "" {
		return nil, fmt.Errorf("%s", m.Reason)
	}
	if m.err == nil {
		return m.found.grid(m.found.holds, env)
	}
	g, err := newGrid(m.queries, m.keys, env)
	if err != nil {
		return nil, err
	}
	at := map[string]ir.Size{}
	for name, n := range env {
		at[name] = ir.Const(n)
	}
	e, err := m.mask.at(at, map[*expr]*expr{})
	if err != nil {
		return nil, err
	}
	t, s := ir.Const(g.T), ir.Const(g.S)
	if f, err := find(e, t, s, way{}); err == nil {
		g, err := f.grid(f.holds, nil)
		if err == nil {
			g.Method = AtSizes
		}
		return g, err
	}
	if g.S > shortRow && g.T <= maxRows && solvable(e, g) {
		g.Method, g.runs = ByRow, rowByRow(e, g)
		return g, nil
	}
	g.Method = ByPair
	g.runs, err = pairwiseRuns(e, g.T, g.S)
	return g, err
}

func newGrid(queries, keys ir.Size, env map[string]int64) (*Grid, error) {
	g := &Grid{}
	var err error
	if g.T, err = side(queries, env); err != nil {
		return nil, err
	}
	g.S, err = side(keys, env)
	return g, err
}

func side(s ir.Size, env map[string]int64) (int64, error) {
	n, err := s.Whole(env)
	if err != nil {
		return 0, err
	}
	if n.Sign() < 0 || n.Cmp(big.NewInt(maxSide)) > 0 {
		return 0, fmt.Errorf("%s = %s is not between 0 and %d", s, n, int64(maxSide))
	}
	return n.Int64(), nil
}

// grid puts numbers for the bounds of all pieces; empty ones go.
func (f *frame) grid(z zone, env map[string]int64) (*Grid, error) {
	g, err := newGrid(f.queries, f.keySize, env)
	if err != nil {
		return nil, err
	}
	g.Method, g.period = ByFormula, f.period
	last := g.period - 1
	for _, p := range z {
		l := limits{
			rowBlock: {0, (g.T - 1) / g.period}, keyBlock: {0, (g.S - 1) / g.period}, blockGap: {-maxSide, maxSide},
			rowRest: {0, last}, keyRest: {0, last}, restGap: {-last, last},
		}
		empty := g.T == 0 || g.S == 0
		for k, s := range p {
			if err := l[k].narrow(f, s, env); err != nil {
				return nil, err
			}
			empty = empty || l[k].lo > l[k].hi
		}
		if !empty {
			g.pieces = append(g.pieces, l)
		}
	}
	return g, nil
}

// narrow cuts a limit to a span.
func (l *limit) narrow(f *frame, s span, env map[string]int64) error {
	if s.lo != nil {
		n, err := f.out(*s.lo).Whole(env)
		if err != nil {
			return err
		}
		l.lo = clamp(n, l.lo, maxSide)
	}
	if s.hi != nil {
		n, err := f.out(*s.hi).Whole(env)
		if err != nil {
			return err
		}
		l.hi = clamp(n, -maxSide, l.hi)
	}
	return nil
}

func clamp(n *big.Int, least, most int64) int64 {
	switch {
	case n.Cmp(big.NewInt(least)) < 0:
		return least
	case n.Cmp(big.NewInt(most)) > 0:
		return most
	}
	return n.Int64()
}

// Row is the keys of row i, in order, runs that touch made one.
func (g *Grid) Row(i int64) ([]Run, error) {
	if g.runs != nil {
		return g.runs(i)
	}
	var out []Run
	for _, p := range g.pieces {
		out = append(out, p.row(i, g)...)
	}
	return merged(out), nil
}

// row is the runs of a piece in a row: its places in each of its blocks.
func (p limits) row(i int64, g *Grid) []Run {
	x, r := i/g.period, i%g.period
	if x < p[rowBlock].lo || x > p[rowBlock].hi || r < p[rowRest].lo || r > p[rowRest].hi {
		return nil
	}
	first, last := max(p[keyBlock].lo, x-p[blockGap].hi), min(p[keyBlock].hi, x-p[blockGap].lo)
	from, to := max(p[keyRest].lo, r-p[restGap].hi), min(p[keyRest].hi, r-p[restGap].lo)
	if from > to || first > last {
		return nil
	}
	if from == 0 && to == g.period-1 {
		return []Run{{first * g.period, min(g.S, (last+1)*g.period)}}
	}
	var out []Run
	for y := first; y <= last; y++ {
		if run := (Run{y*g.period + from, min(g.S, y*g.period+to+1)}); run.From < run.To {
			out = append(out, run)
		}
	}
	return out
}

// merged sorts runs that share nothing.
func merged(runs []Run) []Run {
	var out []Run
	for _, r := range byStart(runs) {
		if n := len(out); n > 0 && out[n-1].To == r.From {
			out[n-1].To = r.To
		} else {
			out = append(out, r)
		}
	}
	return out
}

func byStart(runs []Run) []Run {
	slices.SortFunc(runs, func(a, b Run) int { return cmp.Compare(a.From, b.From) })
	return runs
}

// Pairs is the number of pairs that the mask admits.
func (g *Grid) Pairs() (int64, error) {
	if g.runs == nil {
		return g.inside(g.T, g.S), nil
	}
	n := int64(0)
	for i := range g.T {
		runs, err := g.runs(i)
		if err != nil {
			return 0, err
		}
		for _, r := range runs {
			n += r.To - r.From
		}
	}
	return n, nil
}

// Rows is the number of rows with a key.
func (g *Grid) Rows() (int64, error) {
	n := int64(0)
	for i := range g.T {
		some, err := g.hasKey(i)
		if err != nil {
			return 0, err
		}
		if some {
			n++
		}
	}
	return n, nil
}

func (g *Grid) hasKey(i int64) (bool, error) {
	runs, err := g.Row(i)
	return len(runs) > 0, err
}

// EmptyRow is the first row without a key, -1 when there is none.
func (g *Grid) EmptyRow() (int64, error) {
	for i := range g.T {
		if some, err := g.hasKey(i); err != nil || !some {
			return i, err
		}
	}
	return -1, nil
}

// Number is the pairs and the rows with a key of all masks at given sizes; of those that depend on data, the bounds.
func (p *Pattern) Number(env map[string]int64) (pairs, rows int64, err error) {
	for m, times := range p.distinct() {
		n, with, err := m.Number(env)
		if err != nil {
			return 0, 0, err
		}
		if n > (math.MaxInt64-pairs)/times {
			return 0, 0, fmt.Errorf("the pairs of all heads are more than 2^63")
		}
		pairs, rows = pairs+times*n, rows+times*with
	}
	return pairs, rows, nil
}

// Number is that of one mask.
func (m *Mask) Number(env map[string]int64) (pairs, rows int64, err error) {
	if m.Reason != "" {
		c := m.Count()
		n, err := c.Formula.Whole(env)
		if err != nil {
			return 0, 0, err
		}
		r, err := c.Rows.Whole(env)
		if err != nil || !n.IsInt64() || !r.IsInt64() {
			return 0, 0, errors.Join(err, fmt.Errorf("%s is too large", n))
		}
		return n.Int64(), r.Int64(), nil
	}
	g, err := m.At(env)
	if err != nil {
		return 0, 0, m.because(err)
	}
	if pairs, err = g.Pairs(); err == nil {
		rows, err = g.Rows()
	}
	return pairs, rows, m.because(err)
}

// because adds to an error why there is no closed form.
func (m *Mask) because(err error) error {
	if err == nil || m.err == nil {
		return err
	}
	return fmt.Errorf("no closed form (%w): %w", m.err, err)
}
