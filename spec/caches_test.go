package spec_test

import (
	"testing"

	"archc/ir"
)

// TestCaches holds what the derived steps keep. Numbers a token are those of the published caches (reference:
// models.csv): keys and values of each layer, of the key heads alone where they are grouped; latents and the rotated
// part for latent attention. What does not grow with the tokens: carries of recurrences, and what is made of a source.
func TestCaches(t *testing.T) {
	for _, c := range []struct {
		file     string
		perToken int64
		fixed    string
	}{
		{"gpt2", 18_432, "0"},
		{"gpt2-medium", 49_152, "0"},
		{"gpt2-xl", 153_600, "0"},
		{"gpt3", 2_359_296, "0"},
		{"llama", 65_536, "0"},
		{"llama3-8b", 65_536, "0"},
		{"llama3-70b", 163_840, "0"},
		{"mistral-7b", 65_536, "0"},
		{"mixtral-8x7b", 65_536, "0"},
		{"mpt-7b", 262_144, "0"},
		{"qwen2.5-7b", 28_672, "0"},
		{"qwen3-8b", 73_728, "0"},
		{"gemma-2b", 9_216, "0"},
		{"gemma-2-9b", 172_032, "0"},
		{"bloom-560m", 49_152 + 1, "0"}, // and which tokens are padding
		{"bloom-176b", 2_007_040 + 1, "0"},
		{"deepseek-v2-lite", 15_552, "0"},
		{"deepseek-v2", 34_560, "0"},
		{"deepseek-v3", 35_136, "0"}, // 61 layers of 512 + 64
		{"deepseek-r1", 35_136, "0"},
		{"t5-small", 6_144, "6145*S"}, // cross attention's keys and values, and which are padding
		{"t5-11b", 786_432, "786433*S"},
		{"transformer-base", 6_144, "6145*S"},
		{"transformer-big", 12_288, "12289*S"},
		{"ptb-lstm-small", 0, "800"}, // 2 layers of two carries
		{"ptb-lstm-large", 0, "6000"},
		{"rnnsearch-50", 0, "3000*S + 1000"},
		{"sparse-transformer", 30_720, "0"},
	} {
		m := example(t, c.file, nil)
		p, fault := derive(t, m)
		if fault != nil {
			t.Errorf("%s: %v", c.file, fault)
			continue
		}
		if got := p.PerToken(); !got.Equal(ir.Const(c.perToken)) {
			t.Errorf("%s keeps %s numbers a token, published are %d", c.file, got, c.perToken)
		}
		if got := p.Fixed().String(); got != c.fixed {
			t.Errorf("%s keeps %s numbers beside, not %s", c.file, got, c.fixed)
		}
	}
}
