package sparsity

import (
	"fmt"
	"slices"
	"testing"

	"archc/ir"
)

// brute is a mask pair by pair.
type brute struct {
	t, s  int64
	admit [][]bool
	upTo  [][]int64 // pairs in the first i rows and j keys
}

func newBrute(t, s int64, admits func(at place) bool) *brute {
	b := &brute{t: t, s: s, upTo: [][]int64{make([]int64, s+1)}}
	for i := range t {
		row, sums := make([]bool, s), make([]int64, s+1)
		for j := range s {
			row[j] = admits(place{i, j, t, s})
			sums[j+1] = sums[j] + b.upTo[i][j+1] - b.upTo[i][j]
			if row[j] {
				sums[j+1]++
			}
		}
		b.admit, b.upTo = append(b.admit, row), append(b.upTo, sums)
	}
	return b
}

func (b *brute) rows() (n, empty int64) {
	empty = -1
	for i := range b.t {
		if b.upTo[i+1][b.s] > b.upTo[i][b.s] {
			n++
		} else if empty < 0 {
			empty = i
		}
	}
	return n, empty
}

func (b *brute) runs(i int64) []Run {
	var out []Run
	for j := range b.s {
		switch n := len(out); {
		case !b.admit[i][j]:
		case n > 0 && out[n-1].To == j:
			out[n-1].To++
		default:
			out = append(out, Run{j, j + 1})
		}
	}
	return out
}

// tiles are the runs of tiles, from the number of pairs in each.
func (b *brute) tiles(bq, bk int64) []Tiles {
	var out []Tiles
	for row := int64(0); row*bq < b.t; row++ {
		i, to := row*bq, min(b.t, (row+1)*bq)
		for tile := int64(0); tile*bk < b.s; tile++ {
			j, end := tile*bk, min(b.s, (tile+1)*bk)
			n := b.upTo[to][end] - b.upTo[i][end] - b.upTo[to][j] + b.upTo[i][j]
			full := n == (to-i)*(end-j)
			switch k := len(out) - 1; {
			case n == 0:
			case k >= 0 && out[k] == (Tiles{row, out[k].From, tile, full}):
				out[k].To++
			default:
				out = append(out, Tiles{row, tile, tile + 1, full})
			}
		}
	}
	return out
}

// agree compares all that is found about a mask with the pairs themselves at given sizes.
func agree(m *Mask, env map[string]int64, admits func(at place) bool, bq, bk int64, causal bool) error {
	g, err := m.At(env)
	if err != nil {
		return err
	}
	b := newBrute(g.T, g.S, admits)
	want, empty := b.rows()
	for _, c := range []struct {
		what string
		got  func() (int64, error)
		want int64
	}{
		{"pairs", g.Pairs, b.upTo[g.T][g.S]}, {"rows", g.Rows, want}, {"first empty row", g.EmptyRow, empty},
	} {
		if got, err := c.got(); err != nil || got != c.want {
			return fmt.Errorf("%s: %d by %s (%v), want %d", c.what, got, g.Method, err, c.want)
		}
	}
	count := m.Count()
	for what, f := range map[string]*ir.Size{"pairs": count.Formula, "rows": count.Rows} {
		want := map[string]int64{"pairs": b.upTo[g.T][g.S], "rows": want}[what]
		if f == nil {
			continue
		}
		if v, ok := f.Eval(env); !ok || !v.IsInt() || v.Num().Int64() != want {
			return fmt.Errorf("%s: %s is %v, want %d", what, f, v, want)
		}
	}
	for i := range g.T {
		if got, err := g.Row(i); err != nil || !slices.Equal(got, b.runs(i)) {
			return fmt.Errorf("row %d: keys %v (%v), want %v", i, got, err, b.runs(i))
		}
	}
	var tiles []Tiles
	for x, err := range g.Tiles(bq, bk) {
		if err != nil {
			return err
		}
		tiles = append(tiles, x)
	}
	if want := b.tiles(bq, bk); !slices.Equal(tiles, want) {
		return fmt.Errorf("tiles of %d by %d: %v, want %v", bq, bk, tiles, want)
	}
	return derived(m, env, b, causal)
}

// derived compares what holds at all sizes.
func derived(m *Mask, env map[string]int64, b *brute, causal bool) error {
	for i := range b.t {
		if runs := b.runs(i); causal && len(runs) > 0 && runs[len(runs)-1].To > i+1 {
			return fmt.Errorf("said to be causal, and row %d has keys %v", i, runs)
		}
	}
	reach := m.Reach(ir.Size{})
	window, sinks := int64(1<<40), int64(0)
	if reach.Window != nil {
		if v, ok := reach.Window.Eval(env); ok {
			window = v.Num().Int64()
		}
		v, _ := reach.Sinks.Eval(env)
		sinks = v.Num().Int64()
	}
	for i := range b.t {
		for _, r := range b.runs(i) {
			if j := max(r.From, sinks); j < r.To && i-j >= window {
				return fmt.Errorf("said to reach back %d and to %d sinks, and row %d has key %d", window, sinks, i, j)
			}
		}
	}
	return nil
}

// tally says what was found about random patterns.
type tally struct {
	formulas, rows, causal, ahead, undecided, longest int
	methods                                           map[Method]int
}

// TestRandomPatterns holds 2,700 random expressions against brute force, of which 2,000 have a formula, at sizes up to 200 by 200.
func TestRandomPatterns(t *testing.T) {
	const samples, shards = 2700, 18
	var found [shards]tally
	t.Run("all", func(t *testing.T) {
		for s := range shards {
			t.Run(fmt.Sprint(s), func(t *testing.T) {
				t.Parallel()
				found[s].methods = map[Method]int{}
				for n := s; n < samples; n += shards {
					found[s].sample(t, uint64(n))
				}
			})
		}
	})
	all := tally{methods: map[Method]int{}}
	for _, f := range found {
		all.formulas, all.rows, all.causal = all.formulas+f.formulas, all.rows+f.rows, all.causal+f.causal
		all.ahead, all.undecided, all.longest = all.ahead+f.ahead, all.undecided+f.undecided, max(all.longest, f.longest)
		for m, n := range f.methods {
			all.methods[m] += n
		}
	}
	t.Logf("%d patterns: %d with a formula (up to %d terms), %d with one for their rows; %d causal, %d not, %d undecided",
		samples, all.formulas, all.longest, all.rows, all.causal, all.ahead, all.undecided)
	for _, m := range []Method{ByFormula, AtSizes, ByRow, ByPair} {
		t.Logf("%5d by %s", all.methods[m], m)
	}
	if all.formulas < 2000 || all.methods[ByFormula] < samples*4/5 {
		t.Errorf("only %d formulas and %d closed forms", all.formulas, all.methods[ByFormula])
	}
}

// sample compares pattern number n at two small sizes, and every eighth pattern at a large one: 200 x 200 pairs take
// their time.
func (f *tally) sample(t *testing.T, n uint64) {
	t.Helper()
	b := build{&ir.Builder{}, t}
	b.Enter("body")
	node, admits := draw(b, n)
	p, err := Of(node, Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := p.Masks[0]
	w, err := m.Future(ir.Size{})
	for k, env := range []map[string]int64{
		{"T": 1 + int64(n)%9, "S": 1 + int64(n/9)%11}, {"T": 10 + int64(n*7)%25, "S": 1 + int64(n*13)%30},
		{"T": 150 + int64(n*11)%51, "S": 100 + int64(n*17)%101},
	} {
		if k == 2 && n%8 != 0 {
			continue
		}
		bq, bk := 1+int64(n*3)%17, 1+int64(n*5)%19
		if err := agree(m, env, admits, bq, bk, w == nil && err == nil); err != nil {
			t.Fatalf("sample %d at %v: %v\nperiod %d, %v", n, env, err, m.found.period, m.err)
		}
	}
	if c := m.Count(); c.Formula != nil {
		f.formulas++
		f.longest = max(f.longest, c.Formula.Terms())
		if c.Rows != nil {
			f.rows++
		}
	}
	switch {
	case err != nil:
		f.undecided++
	case w == nil:
		f.causal++
	default:
		f.ahead++
		if !admits(place{w.Query, w.Key, sizeAt(p.Queries, w.Sizes), sizeAt(p.Keys, w.Sizes)}) {
			t.Fatalf("sample %d: the witness %v is not admitted", n, w)
		}
	}
	g, err := m.At(map[string]int64{"T": 9, "S": 9})
	if err != nil {
		t.Fatal(err)
	}
	f.methods[g.Method]++
}

func sizeAt(s ir.Size, env map[string]int64) int64 {
	v, _ := s.Eval(env)
	return v.Num().Int64()
}
