package spec_test

import (
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/ir"
	"archc/ir/eval"
	"archc/passes/plan"
	"archc/spec/arbitrary"
)

// fastCase is a model whose step has two forms. Below is 3 in it, so that few rows are enough for both.
type fastCase struct {
	m               *ir.Module
	both, long, few *plan.Program // one that chooses, and those that know one form
	changed         bool          // the bits of the two forms were seen to differ
}

const fewBelow = 3

// newFastCase plans both forms; nil for a model with one.
func newFastCase(m *ir.Module, p *enginePlans) (*fastCase, error) {
	if p.steps == nil || p.steps.Few == nil {
		return nil, nil
	}
	both, err := plan.OfForms(p.steps, false)
	if err != nil {
		return nil, err
	}
	for _, x := range both.Forms() {
		if errs := plan.Verify(x); len(errs) > 0 {
			return nil, errs[0]
		}
	}
	// The form is chosen by the number of rows at which the two cost the same.
	rows := func(n int) *big.Rat { return new(big.Rat).SetInt64(int64(n)) }
	if both.For(both.Below) != both.Step || both.For(both.Below-1) != both.Short ||
		rows(both.Below).Cmp(p.steps.Rows) < 0 || rows(both.Below-1).Cmp(p.steps.Rows) >= 0 {
		return nil, fmt.Errorf("the form for few rows is for fewer than %d, both cost the same at %v", both.Below, p.steps.Rows)
	}
	few := *both
	few.Step, few.Short = both.Short, nil
	both.Below = fewBelow
	return &fastCase{m: m, both: both, long: p.program, few: &few}, nil
}

// sees computes the model in pieces that take both forms, and shows them to the judge. Pieces that take one form have the
// bits of the program that knows this form alone, whatever the number of threads.
func (c *fastCase) sees(ctx context.Context, w *rounded, inputs map[string]*eval.Tensor, crews []*kernel.Crew, j *judge) error {
	n, batch := int(j.full.Dims[c.both.Axis]), 1
	for _, x := range inputs {
		if at := x.Find(eval.Batch); at >= 0 {
			batch = x.Axes[at].Size
		}
	}
	weights := gograph.NewWeights(w, kernel.Float32)
	run := func(p *plan.Program, crew *kernel.Crew, sizes []int) (map[string][]gograph.Array, string, error) {
		model, err := gograph.NewModel(p, weights, crew)
		if err != nil {
			return nil, "", err
		}
		model.Poison()
		out, err := enginePieces(ctx, model, p.Axis, inputs, batch, sizes)
		if err != nil {
			return nil, "", fmt.Errorf("pieces of %v: %w", sizes, err)
		}
		return out, hashOf(c.m, p.Axis, out), nil
	}
	ones := inChunks(n, 1)
	for _, x := range []struct {
		sizes []int
		same  *plan.Program // what it has to have the bits of
	}{
		{[]int{n}, c.long}, {ones, c.few}, {append([]int{n - 2}, 1, 1), nil}, {append(ones[:2:2], n-2), nil},
		{append([]int{1, 3}, inChunks(n-4, 2)...), nil},
	} {
		first := ""
		for _, crew := range crews {
			got, hash, err := run(c.both, crew, x.sizes)
			if err != nil {
				return err
			}
			if first != "" && hash != first {
				return fmt.Errorf("pieces of %v have other bits with %d threads", x.sizes, crew.Workers())
			}
			first = hash
			for _, o := range c.m.Outputs {
				j.sees(o.Name, joined(got[o.Name], c.both.Axis))
			}
		}
		if x.same == nil {
			continue
		}
		_, want, err := run(x.same, crews[0], x.sizes)
		if err != nil {
			return err
		}
		if first != want {
			return fmt.Errorf("pieces of %v have not the bits of their form", x.sizes)
		}
	}
	_, a, err := run(c.long, crews[0], ones)
	if err != nil {
		return err
	}
	_, b, err := run(c.few, crews[0], ones)
	c.changed = c.changed || a != b
	return err
}

// TestEngineFast: with both forms of the step, chosen by the number of new rows, the contract holds for every oracle case
// and for random architectures that have two forms.
func TestEngineFast(t *testing.T) {
	crews := []*kernel.Crew{gograph.Crew(1), gograph.Crew(3)}
	for _, c := range crews {
		defer c.Close()
	}
	cases, changed := 0, 0
	check := func(name string, c *fastCase, try func(draws int) (*judge, error)) {
		j, again, err := onDraws(try)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if t.Log(name, j.worst(), again); c.changed {
			changed++
		}
		cases++
	}
	for _, c := range allEngineCases(t) {
		f, err := newFastCase(c.m, c.plans)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if f == nil {
			continue
		}
		check(c.name, f, func(draws int) (*judge, error) {
			return c.judged(t.Context(), draws, func(w *rounded, j *judge) error { return f.sees(t.Context(), w, c.inputs, crews, j) })
		})
	}
	if cases == 0 {
		t.Error("no oracle case has two forms")
	}
	for seed := uint64(1); seed <= 12; seed++ {
		a := arbitrary.Options{With: []string{"mixer latent attention"}}.New(seed)
		d, err := newDrawn(t, a)
		if err != nil {
			t.Fatal(err)
		}
		f, err := newFastCase(d.m, d.plans)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if f == nil || a.Longest > 0 && a.Longest < 8 {
			continue
		}
		check(fmt.Sprint("seed ", seed), f, func(draws int) (*judge, error) {
			j := &judge{logits: []string{"output"}}
			for k := range uint64(draws) {
				inputs := someInputs(a, rand.New(rand.NewPCG(seed, 5+k)), 8)
				if err := j.other(t.Context(), d.m, d.w, inputs); err != nil {
					return nil, err
				}
				if err := f.sees(t.Context(), d.w, inputs, crews, j); err != nil {
					return nil, err
				}
			}
			return j, j.broken()
		})
	}
	if t.Logf("%d models with two forms, in %d of them the forms have different bits", cases, changed); changed < cases/2 || cases < 8 {
		t.Error("too few to tell")
	}
}

// TestFastOfOneForm: a model whose step has one form is planned as without.
func TestFastOfOneForm(t *testing.T) {
	for _, c := range allEngineCases(t) {
		if c.plans.steps == nil || c.plans.steps.Few != nil {
			continue
		}
		p, err := plan.OfForms(c.plans.steps, false)
		if err != nil {
			t.Fatal(err)
		}
		if p.Short != nil || !slices.Equal(p.Forms(), []*plan.Plan{p.Step}) || p.For(1) != p.Step {
			t.Errorf("%s has a second form", c.name)
		}
	}
}
