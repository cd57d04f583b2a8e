package spec_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/ir"
	"archc/ir/eval"
	"archc/spec/arbitrary"
)

// How many random architectures run on the engine, and from which on: the long run is `go test ./spec -run EngineRandom
// -engine-seeds 2000 -v`.
var (
	engineSeeds = flag.Int("engine-seeds", 100, "how many random architectures run on the engine")
	engineFrom  = flag.Uint64("engine-from", 1, "the first of their seeds")
)

// drawn is a random architecture with its plans and weights in float32.
type drawn struct {
	a     arbitrary.Arch
	m     *ir.Module
	plans *enginePlans
	w     *rounded
}

func newDrawn(t *testing.T, a arbitrary.Arch) (*drawn, error) {
	t.Helper()
	d := &drawn{a: a, m: compile(t, "arbitrary.arch", a.Text, a.Settings)}
	var err error
	if d.plans, err = plansOf(d.m); err != nil {
		return nil, err
	}
	if d.plans.steps == nil {
		return nil, fmt.Errorf("it has no steps")
	}
	hash, err := eval.NewHashWeights(d.m)
	d.w = newRounded(hash)
	return d, err
}

// judged holds it to the contract, whole and in pieces, on some draws of inputs together.
func (d *drawn) judged(ctx context.Context, seed uint64, draws int, crew *kernel.Crew) (*judge, error) {
	j := &judge{logits: []string{"output"}}
	for k := range uint64(draws) {
		r := rand.New(rand.NewPCG(seed, 5+k))
		n := 6 + r.IntN(6)
		if d.a.Longest > 0 {
			n = min(n, d.a.Longest)
		}
		inputs := someInputs(d.a, r, n)
		if err := j.other(ctx, d.m, d.w, inputs); err != nil {
			return nil, err
		}
		if err := engineWhole(ctx, d.plans.whole, d.w, inputs, crew, j); err != nil {
			return nil, err
		}
		if err := engineStepwise(ctx, d.m, d.plans, d.w, inputs, crew, seed, j); err != nil {
			return nil, fmt.Errorf("in pieces: %w", err)
		}
	}
	return j, j.broken()
}

// manyDraws are judged together where one draw of inputs is a lucky one for the plain graph.
const manyDraws = 12

// onDraws judges on one draw, and where that breaks a rule about errors on many. try gives no judge where something
// else went wrong.
func onDraws(try func(draws int) (*judge, error)) (j *judge, again bool, err error) {
	if j, err = try(1); err == nil || j == nil || j.fault != nil {
		return j, false, err
	}
	j, err = try(manyDraws)
	return j, true, err
}

func (d *drawn) fault(ctx context.Context, seed uint64, crew *kernel.Crew) (j *judge, again bool, err error) {
	return onDraws(func(draws int) (*judge, error) { return d.judged(ctx, seed, draws, crew) })
}

// smallest shrinks an architecture as long as the engine fails on it.
func smallest(t *testing.T, a arbitrary.Arch, seed uint64, crew *kernel.Crew) (arbitrary.Arch, error) {
	t.Helper()
	var last error
	least := a.Minimize(func(b arbitrary.Arch) bool {
		d, err := newDrawn(t, b)
		if err == nil {
			_, _, err = d.fault(t.Context(), seed, crew)
		}
		if err != nil {
			last = err
		}
		return err != nil
	})
	return least, last
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
		d, err := newDrawn(t, a)
		var j *judge
		if err == nil {
			fired.add(t, d)
			again := false
			if j, again, err = d.fault(t.Context(), seed, crew); again {
				lucky = append(lucky, name)
			}
		}
		if err == nil {
			shares[int(j.worst().Share*4)]++
			return
		}
		least, small := smallest(t, a, seed, crew)
		t.Errorf("seed %s: %v\nthe smallest that fails: %v\n%s", name, err, small, least.Text)
	}
	for k := range uint64(*engineSeeds) {
		seed := k + *engineFrom
		try(fmt.Sprint(seed), seed, arbitrary.New(seed))
		if k%100 == 99 {
			t.Logf("%d architectures", k+1)
		}
	}
	least := 0
	if *engineSeeds >= 1000 {
		least = 50
	}
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
	if list := fired.missing(max(least, 1)); list != nil && *engineSeeds >= 100 {
		t.Errorf("too rare: %v", list)
	}
}
