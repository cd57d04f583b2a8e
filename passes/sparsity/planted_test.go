package sparsity

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"testing"

	"archc/ir"
)

// planted are mistakes in what the analysis makes: each has to be noticed on some published pattern. Rules are
// mistakes in the table of meanings, others change what was found about a mask.
var planted = []struct {
	name   string
	rule   map[string]rule
	change func(f *finding)
}{
	{"< taken for <=", map[string]rule{"lt": meanings["le"]}, nil},
	{"quotient and remainder exchanged", map[string]rule{"mod": meanings["quo"]}, nil},
	{"a remainder by one more", map[string]rule{"mod": func(c *closer, x []meaning) meaning {
		by, _ := x[1].cases[0].is.rat()
		more := number(by).add(number(big.NewRat(1, 1)))
		return pairwise(remainder)(c, []meaning{x[0], fixed(more)})
	}}, nil},
	{"a union counted twice", map[string]rule{"or": func(_ *closer, x []meaning) meaning {
		return truth(slices.Concat(x[0].holds, x[1].holds))
	}}, nil},
	{"a distance taken with its sign", map[string]rule{"abs": func(_ *closer, x []meaning) meaning { return x[0] }}, nil},
	{"and taken for its first side", map[string]rule{"and": func(_ *closer, x []meaning) meaning { return x[0] }}, nil},
	{"a bound one too high", nil, func(f *finding) { shift(f, blockGap, 1) }},
	{"a bound one too low", nil, func(f *finding) { shift(f, blockGap, -1) }},
	{"a bound in the blocks one too high", nil, func(f *finding) { shift(f, restGap, 1) }},
	{"a wrong period", nil, func(f *finding) {
		f.period++
		f.a, f.t = floorDiv(f.queries, f.period)
		f.b, f.u = f.a, f.t
		f.symbols = nil
	}},
	{"the last block taken for a whole one", nil, func(f *finding) { f.t, f.u = ir.Size{}, ir.Size{} }},
	{"one block more", nil, func(f *finding) { f.a = f.a.Add(ir.Const(1)) }},
	{"a piece forgotten", nil, func(f *finding) {
		if len(f.holds) > 0 {
			f.holds = f.holds[1:]
		}
	}},
	{"a piece twice", nil, func(f *finding) { f.holds = append(slices.Clip(f.holds), f.holds...) }},
}

// shift moves the upper bounds of a number.
func shift(f *finding, k int, by int64) {
	f.holds = slices.Clone(f.holds)
	for i := range f.holds {
		if hi := f.holds[i][k].hi; hi != nil {
			v := hi.Add(ir.Const(by))
			f.holds[i][k].hi = &v
		}
	}
}

// noticed compares all published patterns, with a mistake in what is found about them, with their pairs.
func noticed(t *testing.T, change func(f *finding)) error {
	t.Helper()
	for _, c := range published {
		p, admits := byHand(t, ir.Free("T"), c.mask)
		m := *p.Masks[0]
		if change != nil {
			changed := *m.analysis
			m.analysis = &changed
			own := *m.found.frame
			m.found.frame = &own
			change(&m.found)
		}
		for _, n := range []int64{3, 14, 23} {
			if err := agree(&m, map[string]int64{"T": n}, admits, 3, 5, c.causal); err != nil {
				return fmt.Errorf("%s at %d: %w", c.name, n, err)
			}
		}
	}
	return nil
}

func TestPlantedMistakesAreNoticed(t *testing.T) {
	if err := noticed(t, nil); err != nil {
		t.Fatal("without a mistake: ", err)
	}
	right := maps.Clone(meanings)
	for _, p := range planted {
		maps.Copy(meanings, p.rule)
		err := noticed(t, p.change)
		maps.Copy(meanings, right)
		if err == nil {
			t.Errorf("%s: not noticed", p.name)
		} else {
			t.Logf("%-40s %.100s", p.name, err.Error())
		}
	}
}

// TestPlantedTilesAndDerivations: mistakes in what follows from the pieces.
func TestPlantedTilesAndDerivations(t *testing.T) {
	p, admits := byHand(t, ir.Free("T"), func(d drawn) condition { return d.near(7) })
	m, env := p.Masks[0], map[string]int64{"T": 23}
	b := newBrute(23, 23, admits)
	g, err := m.At(env)
	if err != nil {
		t.Fatal(err)
	}
	collect := func(bq, bk int64) []Tiles {
		var out []Tiles
		for x := range g.Tiles(bq, bk) {
			out = append(out, x)
		}
		return out
	}
	if !slices.Equal(collect(4, 3), b.tiles(4, 3)) {
		t.Fatal("tiles differ without a mistake")
	}
	for what, wrong := range map[string][]Tiles{
		"a tile row one query longer": collect(5, 3), "a tile one key wider": collect(4, 4),
	} {
		if slices.Equal(wrong, b.tiles(4, 3)) {
			t.Errorf("%s: not noticed", what)
		}
	}
	g.S-- // a grid one key narrower
	if slices.Equal(collect(1, 1), b.tiles(1, 1)) {
		t.Error("a grid one key narrower: not noticed")
	}
	if err := derived(m, env, b, true); err != nil {
		t.Fatal(err)
	}
	short, changed := *m, *m.analysis
	short.analysis = &changed
	short.wide.may = slices.Clone(m.wide.may)
	f := finding{m.wide.frame, short.wide.may, short.wide.may}
	shift(&f, blockGap, -1)
	short.wide.may = f.holds
	if derived(&short, env, b, true) == nil {
		t.Error("a window one short: not noticed")
	}
	_, band := byHand(t, ir.Free("T"), func(d drawn) condition { return d.le(d.gap(), d.constant(3)) })
	if derived(m, env, newBrute(23, 23, band), true) == nil {
		t.Error("a band said to be causal: not noticed")
	}
}
