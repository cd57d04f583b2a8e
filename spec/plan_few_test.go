package spec_test

import (
	"testing"

	"archc/passes"
	"archc/passes/plan"
)

// TestFewRows: how many kernels a layer of decoding is, its attention one of them.
func TestFewRows(t *testing.T) {
	want := map[string]int{"llama": 5, "gpt2": 7} // gpt2's keys and values are moved to the cache
	for _, c := range decoderCases {
		kernels, ok := want[c.name]
		if !ok {
			continue
		}
		delete(want, c.name)
		steps, fault, err := passes.StepsOf(c.module(t, c.read(t)), "", false)
		if err != nil || fault != nil {
			t.Fatal(err, fault)
		}
		p, err := plan.FewOfSteps(steps, true)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range p.Body.Code {
			if l, ok := i.(*plan.Loop); ok && len(l.Body.Code) != kernels {
				t.Errorf("%s: a layer is %d kernels, want %d", c.name, len(l.Body.Code), kernels)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("no cases for %v", want)
	}
}
