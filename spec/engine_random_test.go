package spec_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/ir/eval"
	"archc/spec/arbitrary"
)

// How many random architectures run on the engine, and from which on: the long run is `go test ./spec -run EngineRandom
// -engine-seeds 2000 -v`.
var (
	engineSeeds = flag.Int("engine-seeds", 100, "how many random architectures run on the engine")
	engineFrom  = flag.Uint64("engine-from", 1, "the first of their seeds")
)

// engineArbitrary holds a random architecture to the contract, whole and in pieces, on some draws of inputs together.
func engineArbitrary(t *testing.T, a arbitrary.Arch, seed uint64, draws int, crew *kernel.Crew) (*judge, error) {
	t.Helper()
	m := compile(t, "arbitrary.arch", a.Text, a.Settings)
	hash, err := eval.NewHashWeights(m)
	if err != nil {
		return nil, err
	}
	w := newRounded(hash)
	j := &judge{}
	for k := range uint64(draws) {
		r := rand.New(rand.NewPCG(seed, 5+k))
		n := 6 + r.IntN(6)
		if a.Longest > 0 {
			n = min(n, a.Longest)
		}
		inputs := someInputs(a, r, n)
		if err := j.other(t.Context(), m, w, inputs); err != nil {
			return nil, err
		}
		if err := engineWhole(t.Context(), m, w, inputs, crew, j); err != nil {
			return nil, err
		}
		if err := engineStepwise(t.Context(), m, w, inputs, crew, seed, j); err != nil {
			return nil, fmt.Errorf("in pieces: %w", err)
		}
	}
	return j, j.broken()
}

// fewDraws and manyDraws: one draw of inputs may be a lucky one for the plain graph. Where it is, many are judged together.
const fewDraws, manyDraws = 1, 12

func engineFault(t *testing.T, a arbitrary.Arch, seed uint64, crew *kernel.Crew) (j *judge, again bool, err error) {
	t.Helper()
	if j, err = engineArbitrary(t, a, seed, fewDraws, crew); err == nil || j == nil || j.fault != nil {
		return j, false, err
	}
	j, err = engineArbitrary(t, a, seed, manyDraws, crew)
	return j, true, err
}

// TestEngineRandom runs random architectures on the engine, whole and in pieces, and holds them to the contract. Of many
// every construct occurs 50 times: what is rare is drawn until it does.
func TestEngineRandom(t *testing.T) {
	crew := gograph.Crew(2)
	defer crew.Close()
	var table arbitrary.Table
	shares, fired := map[int]int{}, firings{}
	var lucky []string
	try := func(name string, seed uint64, a arbitrary.Arch) {
		table.Add(a)
		fired.add(t, a)
		j, again, err := engineFault(t, a, seed, crew)
		if again {
			lucky = append(lucky, name)
		}
		if err == nil {
			shares[int(j.worst().Share*4)]++
			return
		}
		least := a.Minimize(func(b arbitrary.Arch) bool {
			_, _, err := engineFault(t, b, seed, crew)
			return err != nil
		})
		_, _, small := engineFault(t, least, seed, crew)
		t.Errorf("seed %s: %v\nthe smallest that fails: %v\n%s", name, err, small, least.Text)
	}
	for k := range uint64(*engineSeeds) {
		seed := k + *engineFrom
		try(fmt.Sprint(seed), seed, arbitrary.New(seed))
		if k%100 == 99 {
			t.Logf("%d architectures", k+1)
		}
	}
	least := *engineSeeds / 40 // 50 of 2,000
	for _, name := range arbitrary.Constructs() {
		if strings.HasPrefix(name, "future ") || strings.HasPrefix(name, "place ") {
			continue
		}
		for seed := *engineFrom + 1e6; table.Count[name] < least; seed++ {
			try(fmt.Sprint(seed, " with ", name), seed, arbitrary.Options{With: []string{name}}.New(seed))
		}
	}
	var b strings.Builder
	for k := range 4 {
		fmt.Fprintf(&b, "%6d  at %.2f to %.2f of what is allowed\n", shares[k], float64(k)/4, float64(k+1)/4)
	}
	t.Logf("\n%s\nwhat occurs in so many:\n%s\n%s%d judged on %d draws of inputs: %v", table.String(), fired, b.String(), len(lucky), manyDraws, lucky)
	if list := fired.missing(max(least/2, 1)); list != nil && *engineSeeds >= 100 {
		t.Errorf("too rare: %v", list)
	}
}
