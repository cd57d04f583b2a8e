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
		{"Llama 2 7B", "llama", map[string]string{"G": "32", "F": "11008", "V": "32000"}, 6_738_415_616},
		{"Llama 2 70B", "llama",
			map[string]string{"D": "8192", "L": "80", "H": "64", "F": "28672", "V": "32000"}, 68_976_648_192},
		{"Llama 3 8B", "llama3-8b", nil, 8_030_261_248},
		{"Llama 3 70B", "llama3-70b", nil, 70_553_706_496},
		{"Llama 3.1 405B", "llama",
			map[string]string{"D": "16384", "L": "126", "H": "128", "F": "53248"}, 405_853_388_800},
		{"Llama 3.2 1B", "llama",
			map[string]string{"D": "2048", "L": "16", "H": "32", "F": "8192", "tied": "true"}, 1_235_814_400},
		{"TinyLlama 1.1B", "llama",
			map[string]string{"D": "2048", "L": "22", "G": "4", "F": "5632", "V": "32000"}, 1_100_048_384},
		{"Mistral 7B", "mistral-7b", nil, 7_241_732_096},
		{"Qwen2.5 0.5B", "qwen2.5-7b",
			map[string]string{"D": "896", "L": "24", "H": "14", "G": "2", "F": "4864", "V": "151936", "tied": "true"}, 494_032_768},
		{"Qwen2.5 1.5B", "qwen2.5-7b",
			map[string]string{"D": "1536", "L": "28", "H": "12", "G": "2", "F": "8960", "V": "151936", "tied": "true"}, 1_543_714_304},
		{"Qwen2.5 7B", "qwen2.5-7b", nil, 7_615_616_512},
		{"Qwen2.5 14B", "qwen2.5-7b",
			map[string]string{"D": "5120", "L": "48", "H": "40", "G": "8", "F": "13824"}, 14_770_033_664},
		{"Qwen2.5 32B", "qwen2.5-7b",
			map[string]string{"D": "5120", "L": "64", "H": "40", "G": "8", "F": "27648"}, 32_763_876_352},
		{"Qwen2.5 72B", "qwen2.5-7b",
			map[string]string{"D": "8192", "L": "80", "H": "64", "G": "8", "F": "29568"}, 72_706_203_648},
		{"Qwen3 0.6B", "qwen3-8b",
			map[string]string{"D": "1024", "L": "28", "H": "16", "F": "3072", "tied": "true"}, 596_049_920},
		{"Qwen3 8B", "qwen3-8b", nil, 8_190_735_360},
		{"Gemma 2B", "gemma-2b", nil, 2_506_172_416},
		{"Gemma 2 9B", "gemma-2-9b", nil, 9_241_705_984},
		{"BLOOM 560M", "bloom-560m", nil, 559_214_592},
		{"BLOOM 176B", "bloom-176b", nil, 176_247_271_424},
		{"MPT-7B", "mpt-7b", nil, 6_649_286_656},
	} {
		r := report(t, example(t, c.file, c.settings), cost.Exact)
		if r.Parameters.Total.Cmp(big.NewInt(c.want)) != 0 {
			t.Errorf("%s (%s %v): %s parameters, published are %d", c.name, c.file, c.settings, r.Parameters.Total, c.want)
		}
	}
}
