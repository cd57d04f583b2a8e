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

// engineArbitrary holds a random architecture to the contract, whole and in pieces.
func engineArbitrary(t *testing.T, a arbitrary.Arch, seed uint64, crew *kernel.Crew) (v verdict, err error) {
	t.Helper()
	m := compile(t, "arbitrary.arch", a.Text, a.Settings)
	hash, err := eval.NewHashWeights(m)
	if err != nil {
		return v, err
	}
	w := newRounded(hash)
	r := rand.New(rand.NewPCG(seed, 5))
	n := 6 + r.IntN(6)
	if a.Longest > 0 {
		n = min(n, a.Longest)
	}
	inputs := someInputs(a, r, n)
	j, err := newJudge(t.Context(), m, w, inputs)
	if err != nil {
		return v, err
	}
	if err = engineWhole(t.Context(), m, w, inputs, crew, j); err == nil {
		if err = j.broken(); err == nil {
			if err = engineStepwise(t.Context(), m, w, inputs, crew, seed, j); err == nil {
				err = j.broken()
			}
			if err != nil {
				err = fmt.Errorf("in pieces: %w", err)
			}
		}
	}
	return j.worst, err
}

// TestEngineRandom runs random architectures on the engine, whole and in pieces, and holds them to the contract.
func TestEngineRandom(t *testing.T) {
	crew := gograph.Crew(2)
	defer crew.Close()
	var table arbitrary.Table
	shares := map[int]int{}
	for seed := range uint64(*engineSeeds) {
		seed += *engineFrom
		a := arbitrary.New(seed)
		table.Add(a)
		v, err := engineArbitrary(t, a, seed, crew)
		if err == nil {
			shares[int(v.Share*4)]++
			continue
		}
		least := a.Minimize(func(b arbitrary.Arch) bool {
			_, err := engineArbitrary(t, b, seed, crew)
			return err != nil
		})
		_, small := engineArbitrary(t, least, seed, crew)
		t.Errorf("seed %d: %v\nthe smallest that fails: %v\n%s", seed, err, small, least.Text)
	}
	var b strings.Builder
	for k := range 4 {
		fmt.Fprintf(&b, "%6d  at %.2f to %.2f of what is allowed\n", shares[k], float64(k)/4, float64(k+1)/4)
	}
	t.Logf("\n%s%s", table.String(), b.String())
}
