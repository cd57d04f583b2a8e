package spec_test

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"

	"archc/ir"
	"archc/ir/diag"
	"archc/ir/eval"
	"archc/passes"
	"archc/spec/arbitrary"
)

// How many random architectures are decoded, and from which on: all 500 are `go test ./spec -run DecodeRandom
// -decode-seeds 500`.
var (
	decodeSeeds = flag.Int("decode-seeds", 120, "how many random architectures are decoded")
	decodeFrom  = flag.Uint64("decode-from", 1, "the first of their seeds")
)

// someInputs makes inputs of so many tokens for a random architecture.
func someInputs(a arbitrary.Arch, r *rand.Rand, tokens int) map[string]*eval.Tensor {
	out := map[string]*eval.Tensor{}
	for _, in := range a.Inputs {
		n := map[string]int{"T": tokens, "S": 5}[in.Dim]
		x := &eval.Tensor{Kind: ir.Int, Axes: []eval.Axis{{Label: in.Dim, Size: n}}}
		for range n {
			if in.Below > 0 {
				x.Data = append(x.Data, float64(r.IntN(in.Below)))
				continue
			}
			x.Kind = ir.Bool
			x.Data = append(x.Data, float64(min(r.IntN(4), 1)))
		}
		out[in.Name] = x
	}
	return out
}

// decodes says how far a random architecture, computed in pieces, is from the whole.
func decodes(t *testing.T, a arbitrary.Arch, seed uint64) (worst float64, fault *diag.Diagnostic) {
	t.Helper()
	m := compile(t, "arbitrary.arch", a.Text, a.Settings)
	p, fault := derive(t, m)
	if fault != nil {
		return 0, fault
	}
	w, err := eval.NewHashWeights(m)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 5))
	n := 6 + r.IntN(6)
	if a.Longest > 0 {
		n = min(n, a.Longest)
	}
	inputs := someInputs(a, r, n)
	for _, sizes := range chunks(r, n) {
		worst = max(worst, pieces(t, m, p, w, inputs, sizes))
	}
	return worst, nil
}

// TestDecodeRandom computes random architectures in pieces: some rows first and then one by one, and in pieces of any
// sizes.
func TestDecodeRandom(t *testing.T) {
	var table arbitrary.Table
	for seed := range uint64(*decodeSeeds) {
		seed += *decodeFrom
		a := arbitrary.New(seed)
		table.Add(a)
		worst, fault := decodes(t, a, seed)
		switch {
		case fault != nil:
			t.Errorf("seed %d: %v\n%s", seed, fault, a.Text)
		case !(worst <= 1e-12):
			t.Errorf("seed %d: in pieces it differs by %g of the largest\n%s", seed, worst, a.Text)
		}
	}
	t.Logf("\n%s", table.String())
}

// TestDecodeRandomFuture asks for a refusal of every architecture that needs the future.
func TestDecodeRandomFuture(t *testing.T) {
	causes := map[string]int{}
	for seed := range uint64(120) {
		a := arbitrary.Options{Future: true}.New(seed + 1)
		m := compile(t, "arbitrary.arch", a.Text, a.Settings)
		_, fault, err := passes.StepsOf(m, "", false)
		if err != nil {
			t.Fatal(err)
		}
		if fault == nil {
			t.Errorf("seed %d: %s is computed token by token\n%s", seed+1, a.Cause, a.Text)
		}
		causes[a.Cause]++
	}
	for _, c := range slices.Sorted(func(yield func(string) bool) {
		for c := range causes {
			if !yield(c) {
				return
			}
		}
	}) {
		t.Logf("%4d %s", causes[c], c)
	}
}
