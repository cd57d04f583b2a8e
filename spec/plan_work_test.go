package spec_test

import (
	"maps"
	"math/big"
	"testing"

	"archc/ir"
	"archc/passes"
	"archc/passes/cost"
	"archc/passes/plan"
)

// contractions are the FLOPs of a plan's contractions, and whether they are exact.
func contractions(t *testing.T, p *plan.Plan, dims map[string]int) (int64, bool) {
	t.Helper()
	c, err := plan.Count(p, dims)
	if err != nil {
		t.Fatal(err)
	}
	total, exact := int64(0), true
	var walk func(b *plan.Block, chosen bool)
	walk = func(b *plan.Block, chosen bool) {
		for _, i := range b.Code {
			total += c.Of(i).Contraction
			// Experts do as much as there are selections, whoever is selected.
			_, choice := i.(*plan.Select)
			exact = exact && (!c.Of(i).Bound || chosen)
			if inner := plan.Inside(i); inner != nil {
				walk(inner, chosen || choice)
			}
		}
	}
	walk(p.Body, false)
	return total, exact
}

// counted are the FLOPs of a module's contractions by the closed forms, nil where they are not exact.
func counted(t *testing.T, m *ir.Module, dims map[string]int) *big.Int {
	t.Helper()
	r, err := cost.Of(m, cost.Options{})
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]int64{}
	for name, n := range dims {
		env[name] = int64(n)
	}
	env[r.Batch] = int64(dims[plan.Batch])
	n, err := r.At(env)
	if err != nil {
		t.Fatal(err)
	}
	if len(n.Bounds) > 0 || len(n.Unknown) > 0 {
		return nil
	}
	total := new(big.Int).Set(n.Contraction)
	for node, w := range r.Nodes {
		if node.Op == ir.Contract && alike(node) { // sums of products along rows are rows programs, whose work is elementwise
			x, ok := w.Contraction.Eval(env)
			if !ok {
				t.Fatalf("work %s at %v", w.Contraction, env)
			}
			total.Sub(total, x.Num())
		}
	}
	return total
}

// alike reports whether all factors of a contraction have all axes of its result.
func alike(n *ir.Node) bool {
	for _, x := range n.Outs[0].Axes {
		for _, v := range n.Args {
			if !v.Type().Has(x.Label) {
				return false
			}
		}
	}
	return true
}

// TestPlannedWork: the contractions of the kernels are those of the module that they are the plan of, by the closed
// forms, which know no plan: whole, and for a step of one row and of several.
func TestPlannedWork(t *testing.T) {
	compared := 0
	for _, c := range allOracleCases() {
		f := c.read(t)
		m := c.module(t, f)
		behind, err := passes.Run(m.Clone(), false)
		if err != nil {
			t.Fatal(err)
		}
		p, err := plan.Of(behind, plan.Options{})
		if err != nil {
			t.Fatal(err)
		}
		dims := map[string]int{plan.Batch: 1} // a recurrence that starts from zeros starts from as many as the batch
		for k, name := range freeDims(m) {
			dims[name] = 19 + 2*k
		}
		compared += planWork(t, c.name+" "+c.model, behind, p, dims)
		steps, fault, err := passes.StepsOf(m.Clone(), "", false)
		if fault != nil || err != nil {
			continue
		}
		program, err := plan.OfSteps(steps, false)
		if err != nil {
			t.Fatal(err)
		}
		few, err := plan.FewOfSteps(steps, false)
		if err != nil {
			t.Fatal(err)
		}
		if errs := plan.Verify(few); len(errs) > 0 {
			t.Errorf("%s %s, few rows: %v", c.name, c.model, errs)
		}
		for _, rows := range []int{1, 5} {
			at := maps.Clone(dims)
			at[program.Axis], at[program.Past], at[plan.Room] = rows, 23, 40
			compared += planWork(t, c.name+" "+c.model+", a step", steps.Step, program.Step, at)
			if steps.ForOne() == steps.Step {
				compared += planWork(t, c.name+" "+c.model+", few rows", steps.Step, few, at)
				continue
			}
			// The other form slices products of which a stream computes what is read alone.
			got, exact := contractions(t, few, at)
			if want := counted(t, steps.ForOne(), at); exact && want != nil && want.Cmp(big.NewInt(got)) < 0 {
				t.Errorf("%s %s, few rows in the other form: the kernels do %d FLOPs, the module %v", c.name, c.model, got, want)
			}
		}
	}
	t.Log(compared, "plans compared")
	if compared < 120 {
		t.Errorf("%d plans could be compared", compared)
	}
}

func planWork(t *testing.T, name string, m *ir.Module, p *plan.Plan, dims map[string]int) int {
	t.Helper()
	got, exact := contractions(t, p, dims)
	want := counted(t, m, dims)
	if !exact || want == nil {
		return 0
	}
	if want.Cmp(big.NewInt(got)) != 0 {
		t.Errorf("%s: the kernels do %d FLOPs, the module %v", name, got, want)
	}
	return 1
}

// freeDims are the free dims of a module's inputs.
func freeDims(m *ir.Module) []string {
	var out []string
	seen := map[string]bool{}
	for _, in := range m.Inputs {
		for _, a := range in.Type().Axes {
			for _, f := range a.Size.Frees() {
				if !seen[f] {
					seen[f] = true
					out = append(out, f)
				}
			}
		}
	}
	return out
}
