package spec_test

import (
	"math/big"
	"testing"

	"archc/passes/cost"
)

// TestPublishedDecoders holds the counts of models that generate text, as their checkpoints have them; a size without
// a file of its own is the family's file with other dims.
func TestPublishedDecoders(t *testing.T) {
	for _, c := range []struct {
		name     string // as published
		file     string
		settings map[string]string
		want     int64
	}{
		{"GPT-2", "gpt2", nil, 124_439_808},
		{"GPT-2 medium", "gpt2-medium", nil, 354_823_168},
		{"GPT-2 large", "gpt2-large", nil, 774_030_080},
		{"GPT-2 XL", "gpt2-xl", nil, 1_557_611_200},
		{"GPT-3", "gpt3", nil, 174_604_259_328},
	} {
		r := report(t, example(t, c.file, c.settings), cost.Exact)
		if r.Parameters.Total.Cmp(big.NewInt(c.want)) != 0 {
			t.Errorf("%s (%s %v): %s parameters, published are %d", c.name, c.file, c.settings, r.Parameters.Total, c.want)
		}
	}
}
