package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"archc/ir"
	"archc/passes/compare"
	"archc/passes/figures"
)

// varied are small designs with parameters that may be set to any of some values: more than one of them has values
// that do not go together with all of another one.
var varied = []struct {
	file   string
	always []string
	set    map[string][]string
}{
	{"llama.arch", []string{"V=50"}, map[string][]string{
		"D": {"16", "32", "48"}, "L": {"1", "2", "5"}, "H": {"4", "8"}, "G": {"2", "4"}, "F": {"7", "24"},
		"tied": {"true", "false"}, "theta": {"1e4", "10000", "5e5"},
	}},
	{"gpt2.arch", []string{"V=50"}, map[string][]string{
		"D": {"12", "20", "30"}, "H": {"2", "3", "5"}, "L": {"1", "3"}, "P": {"16", "64"}, "band": {"0", "4"},
	}},
	{"mixtral-8x7b.arch", []string{"V=50", "H=4", "G=2", "F=10"}, map[string][]string{
		"D": {"16", "32"}, "L": {"1", "3"}, "E": {"4", "8"}, "top_k": {"1", "2"},
	}},
	{"t5.arch", []string{"V=50", "F=10"}, map[string][]string{
		"D": {"16", "24"}, "H": {"2", "4"}, "L": {"1", "2"}, "K": {"4", "8"},
	}},
}

// testOptions are the defaults of the flags.
var testOptions = compare.Options{DType: figures.DType{Name: "bf16", Bits: 16}}

func testSession() *session {
	s := newSession(context.Background())
	s.err = io.Discard
	return s
}

// drawDesign compiles one of the varied designs, with up to three parameters set; nil where the values do not go together.
func drawDesign(t *testing.T, s *session, rng *rand.Rand, which int) *design {
	x := varied[which]
	flags := modelFlags{Set: slices.Clone(x.always)}
	for _, name := range slices.Sorted(maps.Keys(x.set)) {
		if values := x.set[name]; len(flags.Set) < len(x.always)+3 && rng.IntN(2) == 0 {
			flags.Set = append(flags.Set, name+"="+values[rng.IntN(len(values))])
		}
	}
	c, err := s.compile("../../examples/"+x.file, flags)
	if err != nil {
		if _, ok := asFailure(err); !ok {
			t.Fatal(err)
		}
		return nil
	}
	d, err := compare.Count(c.module, testOptions)
	if err != nil {
		t.Fatal(err)
	}
	return &design{compiled: c, set: flags.Set, Design: d}
}

// TestDifferencesAddUp demands of random pairs of designs that the contributions to every difference add up to it, as
// numbers and as formulas, change by change and part by part.
func TestDifferencesAddUp(t *testing.T) {
	s := testSession()
	changed, other := 0, 0
	for n := range uint64(24) {
		rng := rand.New(rand.NewPCG(1, n))
		i := rng.IntN(len(varied))
		j := i
		if n%4 == 0 {
			j = rng.IntN(len(varied))
		}
		a, b := drawDesign(t, s, rng, i), drawDesign(t, s, rng, j)
		if a == nil || b == nil {
			continue
		}
		what := fmt.Sprintf("%s %v and %s %v", varied[i].file, a.set, varied[j].file, b.set)
		sizes := compare.Sizes{Batch: 2, Lengths: map[string]int64{"T": 6, "S": 5}, Context: 9}
		changes, why, err := s.changes(a, b)
		switch {
		case err != nil:
			t.Fatal(err)
		case i == j && changes == nil:
			t.Fatalf("%s: one model with other parameters is told part by part: %s", what, why)
		case i != j && changes != nil:
			t.Fatalf("%s: two models are told change by change", what)
		case len(changes) > 0 && !compare.Same(changes[len(changes)-1].Design, b.Design):
			t.Fatalf("%s: the last change does not lead to the second design", what)
		case changes == nil:
			other++
		}
		changed += len(changes)
		for _, f := range compare.Figures() {
			delta := compare.Delta(f.Value(a.Design, sizes), f.Value(b.Design, sizes))
			if changes != nil {
				addsUp(t, what+": "+f.Key+" by change", delta, f.ByChange(a.Design, changes, sizes))
			}
			for _, paths := range []bool{false, true} {
				shares, err := f.ByPart(a.Design, b.Design, paths, sizes)
				if err != nil {
					t.Fatal(err)
				}
				addsUp(t, what+": "+f.Key+" by part", delta, shares)
			}
		}
	}
	if changed < 20 || other < 3 {
		t.Errorf("only %d changes and %d pairs of different models were told", changed, other)
	}
}

func addsUp(t *testing.T, what string, delta compare.Value, shares []compare.Share) {
	number, formula := new(big.Int), ir.Size{}
	for _, x := range shares {
		if x.Delta.Number == nil || x.Delta.Formula == nil {
			t.Fatalf("%s: %s has no value: %+v", what, x.Name, x.Delta)
		}
		number.Add(number, x.Delta.Number)
		formula = formula.Add(*x.Delta.Formula)
	}
	if delta.Number == nil || delta.Number.Cmp(number) != 0 {
		t.Errorf("%s: the parts make %s, the difference is %s", what, number, delta.Number)
	}
	if !delta.Formula.Equal(formula) {
		t.Errorf("%s: the parts make %s, the difference is %s", what, formula, delta.Formula)
	}
}

// TestThreeDims tells a difference in three dims: each model on the way is also compiled alone and counted.
func TestThreeDims(t *testing.T) {
	s := testSession()
	file := "../../examples/llama.arch"
	totals := []string{}
	for _, set := range [][]string{{}, {"L=4"}, {"L=4", "G=4"}, {"L=4", "G=4", "F=100"}} {
		c, err := s.compile(file, modelFlags{Set: set})
		if err != nil {
			t.Fatal(err)
		}
		d, err := compare.Count(c.module, testOptions)
		if err != nil {
			t.Fatal(err)
		}
		totals = append(totals, d.Forward.Parameters.Total.String())
	}
	v := &diffVerb{Designs: []string{file, file}, SetB: []string{"F=100", "G=4", "L=4"}, By: "kind"}
	c := &comparison{}
	var err error
	if c.designs, err = v.compileAll(s, testOptions); err != nil {
		t.Fatal(err)
	}
	c.rows = compare.Rows(compare.Figures()[:1], []*compare.Design{c.designs[0].Design, c.designs[1].Design}, c.sizes)
	p, err := v.compare(s, c, c.designs[1], 1)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"L = 32 -> 4", "G = 8 -> 4", "F = 14336 -> 100"}
	if len(p.changes) != len(want) {
		t.Fatalf("%d changes, want %d", len(p.changes), len(want))
	}
	for i, x := range p.why[0].shares {
		if x.Name != want[i] || x.From.Number.String() != totals[i] || x.To.Number.String() != totals[i+1] {
			t.Errorf("change %d is %s from %s to %s, want %s from %s to %s", i, x.Name, x.From.Number, x.To.Number,
				want[i], totals[i], totals[i+1])
		}
	}
}
