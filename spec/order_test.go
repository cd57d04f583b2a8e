package spec_test

import (
	"slices"
	"testing"

	"archc/backends/checkpoint"
	"archc/ir"
	"archc/ir/eval"
	"archc/passes/order"
	"archc/passes/simplify"
)

// forms gives both orders of a module, verified.
func forms(t *testing.T, m *ir.Module) map[string]*ir.Module {
	t.Helper()
	c, err := order.Forms(m)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*ir.Module{"long": c.Long}
	if c.Short != nil {
		out["short"] = c.Short
	}
	for name, f := range out {
		if errs := ir.Verify(f); len(errs) > 0 {
			t.Fatalf("the %s form breaks rules: %v", name, errs)
		}
	}
	return out
}

// TestPassesKeepExamples runs every oracle case before and behind the passes: each output stays within 1e-12 of its
// largest element, and simplifying never adds work.
func TestPassesKeepExamples(t *testing.T) {
	for _, c := range slices.Concat(decoderCases, encoderCases, recurrentCases) {
		t.Run(c.name, func(t *testing.T) {
			f := c.read(t)
			m := c.module(t, f)
			io, err := checkpoint.Open("oracle/cases/" + c.name + "/io.safetensors")
			if err != nil {
				t.Fatal(err)
			}
			defer io.Close()
			in := c.feed(t, m, f, io)
			want := run(t, m, hashed{f, c.prefix}, in, eval.Options{})
			simple, err := simplify.Run(m.Clone())
			if err != nil {
				t.Fatal(err)
			}
			all := forms(t, simple)
			all["simple"] = simple
			for form, by := range all {
				got := run(t, by, hashed{f, c.prefix}, in, eval.Options{})
				for name, w := range want.Outputs {
					if got.Outputs[name] == nil {
						t.Errorf("%s form: no output %s", form, name)
					} else if d := relative(got.Outputs[name].Data, w.Data); d > 1e-12 {
						t.Errorf("%s form, output %s: %g of the largest", form, name, d)
					}
				}
				if form == "simple" && (got.Counts.Contraction > want.Counts.Contraction ||
					got.Counts.Elementwise > want.Counts.Elementwise) {
					t.Errorf("simplifying adds work: %v, before %v", got.Counts.Work, want.Counts.Work)
				}
				t.Logf("%s form: %d operations, %d before (%d + %d elementwise, %d + %d before)", form,
					got.Counts.Contraction+got.Counts.Elementwise, want.Counts.Contraction+want.Counts.Elementwise,
					got.Counts.Contraction, got.Counts.Elementwise, want.Counts.Contraction, want.Counts.Elementwise)
			}
		})
	}
}
