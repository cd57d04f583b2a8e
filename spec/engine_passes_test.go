package spec_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/ir"
	"archc/ir/eval"
	"archc/passes"
	"archc/passes/decode"
	"archc/passes/plan"
)

// switches are the passes that can be left out, those of the IR by their names and those of the plan by its options.
var switches = []struct {
	name    string
	without []string // passes of the IR
	plan    plan.Options
}{
	{"without dce", []string{"dce"}, plan.Options{}},
	{"without simplify", []string{"simplify"}, plan.Options{}},
	{"without order", []string{"order"}, plan.Options{}},
	{"without attention in lanes", nil, plan.Options{Rowwise: true}},
	{"without rotated loops", nil, plan.Options{Unrotated: true}},
	{"without fusion", nil, plan.Options{Apart: true}},
	{"without any", []string{"dce", "simplify", "order"}, plan.Options{Rowwise: true, Apart: true}},
}

// passed runs the passes that are not left out.
func passed(m *ir.Module, without []string) (*ir.Module, error) {
	for _, p := range passes.Pipeline() {
		if slices.Contains(without, p.Name) {
			continue
		}
		var err error
		if m, err = p.Run(m); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return m, nil
}

// TestEnginePasses runs every oracle case with each pass left out, and with none: whole, and in pieces where the plan is
// another one.
func TestEnginePasses(t *testing.T) {
	crew := gograph.Crew(2)
	defer crew.Close()
	for _, c := range allEngineCases(t) {
		t.Run(c.name, func(t *testing.T) {
			m, j, inputs := c.m, c.judge(), c.inputs
			weights := gograph.NewWeights(c.w, kernel.Float32)
			for _, s := range switches {
				x, err := passed(m.Clone(), s.without)
				if err != nil {
					t.Fatalf("%s: %v", s.name, err)
				}
				p, err := plan.Of(x, s.plan)
				if err != nil {
					t.Fatalf("%s: %v", s.name, err)
				}
				if errs := plan.Verify(p); len(errs) > 0 {
					t.Fatalf("%s: %v", s.name, errs[0])
				}
				engine, err := gograph.New(p, weights, crew)
				if err != nil {
					t.Fatal(err)
				}
				engine.Poison()
				got, err := engine.Run(t.Context(), arrays(inputs), nil)
				if err != nil {
					t.Fatalf("%s: %v", s.name, err)
				}
				for name := range j.full.Outputs {
					j.sees(name, got[name])
				}
				if err := j.broken(); err != nil {
					t.Fatalf("%s: %v", s.name, err)
				}
				if reflect.DeepEqual(s.plan, plan.Options{}) {
					continue // the steps of such a module are planned as the others are
				}
				if err := oneStep(t, m, x, s.plan, weights, inputs, crew, j); err != nil {
					t.Fatalf("%s, step by step: %v", s.name, err)
				}
			}
		})
	}
}

// oneStep computes all rows of a module as one step, if it has steps.
func oneStep(t *testing.T, m, x *ir.Module, opt plan.Options, w *gograph.Weights, inputs map[string]*eval.Tensor, crew *kernel.Crew, j *judge) error {
	t.Helper()
	steps, fault := decode.Derive(x, "")
	if fault != nil {
		return nil // TestDecodeOracleCases says why
	}
	p := &plan.Program{Axis: steps.Axis, Past: steps.Past}
	var err error
	if p.Init, err = plan.Of(steps.Init, opt); err != nil {
		return err
	}
	opt.Capacity = map[string]string{steps.Past: plan.Room}
	if p.Step, err = plan.Of(steps.Step, opt); err != nil {
		return err
	}
	for _, s := range steps.States {
		p.States = append(p.States, plan.Memory{Name: s.In, Start: s.Start, Constant: s.Next == ""})
	}
	model, err := gograph.NewModel(p, w, crew)
	if err != nil {
		return err
	}
	model.Poison()
	batch := 1
	for _, x := range inputs {
		if at := x.Find(eval.Batch); at >= 0 {
			batch = x.Axes[at].Size
		}
	}
	n := int(j.full.Dims[p.Axis])
	got, err := enginePieces(t.Context(), model, p.Axis, inputs, batch, inChunks(n, max(1, n-2)))
	if err != nil {
		return err
	}
	for _, o := range m.Outputs {
		j.sees(o.Name, joined(got[o.Name], p.Axis))
	}
	return j.broken()
}
