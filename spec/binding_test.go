package spec_test

import (
	"fmt"
	"strings"
	"testing"

	"archc/ir"
)

// sizes of small models, one family each; %s is what a test adds.
const (
	llamaConfig = `{"architectures": ["LlamaForCausalLM"], "hidden_size": 24, "intermediate_size": 40, "vocab_size": 53,
		"num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 512, %s}`
	mistralConfig = `{"architectures": ["MistralForCausalLM"], "hidden_size": 24, "intermediate_size": 40, "vocab_size": 53,
		"num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 512, %s}`
	qwen2Config = `{"architectures": ["Qwen2ForCausalLM"], "hidden_size": 24, "intermediate_size": 40, "vocab_size": 53,
		"num_hidden_layers": 3, "num_attention_heads": 4, "max_position_embeddings": 512, %s}`
	qwen3Config = `{"architectures": ["Qwen3ForCausalLM"], "hidden_size": 24, "intermediate_size": 40, "vocab_size": 53,
		"num_hidden_layers": 3, "num_attention_heads": 4, "head_dim": 8, "max_position_embeddings": 512, %s}`
	gemma2Config = `{"architectures": ["Gemma2ForCausalLM"], "hidden_size": 24, "intermediate_size": 40, "vocab_size": 53,
		"num_hidden_layers": 4, "num_attention_heads": 4, "head_dim": 8, "sliding_window": 4, %s}`
	deepseekConfig = `{"architectures": ["DeepseekV3ForCausalLM"], "hidden_size": 24, "intermediate_size": 40,
		"vocab_size": 53, "num_hidden_layers": 3, "num_attention_heads": 4, "kv_lora_rank": 12, "q_lora_rank": 14,
		"qk_nope_head_dim": 8, "qk_rope_head_dim": 16, "v_head_dim": 6, "first_k_dense_replace": 1, "n_group": 4,
		"moe_intermediate_size": 10, "n_routed_experts": 12, "n_shared_experts": 1, "num_experts_per_tok": 4,
		"topk_group": 2, "routed_scaling_factor": 2.5, "max_position_embeddings": 512, %s}`
	longConfig = `{"architectures": ["LongformerModel"], "hidden_size": 24, "intermediate_size": 40, "vocab_size": 53,
		"num_hidden_layers": 3, "num_attention_heads": 4, "max_position_embeddings": 20, "type_vocab_size": 1, %s}`
)

// TestConfigForms: the older form of a configuration (rope_theta, rope_scaling with type or rope_type) and the newer
// (rope_parameters, dtype) are one model.
func TestConfigForms(t *testing.T) {
	for _, c := range []struct{ config, older, newer string }{
		{llamaConfig, `"rope_theta": 5e5, "torch_dtype": "bfloat16"`,
			`"rope_parameters": {"rope_type": "default", "rope_theta": 500000.0}, "dtype": "bfloat16"`},
		{llamaConfig, `"rope_theta": 1e4, "rope_scaling": {"type": "linear", "factor": 4}`,
			`"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 10000.0}`},
		{llamaConfig, `"rope_scaling": {"type": "dynamic", "factor": 2.0}`,
			`"rope_parameters": {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000.0}`},
		{llamaConfig, `"rope_theta": 5e5, "rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
				"original_max_position_embeddings": 64, "rope_type": "llama3"}`,
			`"rope_parameters": {"rope_theta": 500000, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
				"original_max_position_embeddings": 64, "rope_type": "llama3"}`},
		{llamaConfig, `"rope_scaling": {"type": "yarn", "factor": 8.0, "original_max_position_embeddings": 64}`,
			`"rope_parameters": {"rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 64,
				"beta_fast": 32, "beta_slow": 1, "rope_theta": 10000.0}`},
		{mistralConfig, `"sliding_window": 4, "rope_theta": 1e6, "rope_scaling": {"type": "yarn", "factor": 2.0}`,
			`"sliding_window": 4, "rope_parameters": {"rope_theta": 1e6, "rope_type": "yarn", "factor": 2.0}`},
		{qwen2Config, `"rope_theta": 1e6, "rope_scaling": {"type": "yarn", "factor": 4.0,
				"original_max_position_embeddings": 64}`,
			`"rope_parameters": {"rope_theta": 1e6, "rope_type": "yarn", "factor": 4.0,
				"original_max_position_embeddings": 64}, "layer_types": ["full_attention", "full_attention", "full_attention"]`},
		{qwen2Config, `"use_sliding_window": true, "sliding_window": 4, "max_window_layers": 1`,
			`"use_sliding_window": true, "sliding_window": 4, "max_window_layers": 1,
				"layer_types": ["full_attention", "sliding_attention", "sliding_attention"]`},
		{qwen3Config, `"rope_theta": 1e6, "rope_scaling": {"rope_type": "yarn", "factor": 4.0,
				"original_max_position_embeddings": 64}`,
			`"rope_parameters": {"rope_theta": 1e6, "rope_type": "yarn", "factor": 4.0,
				"original_max_position_embeddings": 64}`},
		{gemma2Config, `"sliding_window_size": 4`,
			`"layer_types": ["sliding_attention", "full_attention", "sliding_attention", "full_attention"]`},
		{deepseekConfig, `"rope_theta": 1e4, "rope_scaling": {"beta_fast": 32, "beta_slow": 1, "factor": 40, "mscale": 1.0,
				"mscale_all_dim": 1.0, "original_max_position_embeddings": 4096, "type": "yarn"}`,
			`"rope_parameters": {"rope_theta": 1e4, "beta_fast": 32, "beta_slow": 1, "factor": 40.0, "mscale": 1.0,
				"mscale_all_dim": 1.0, "original_max_position_embeddings": 4096, "rope_type": "yarn"}`},
		{longConfig, `"attention_window": 8`, `"attention_window": [8, 8, 8]`},
	} {
		var forms []*ir.Module
		for _, text := range []string{c.older, c.newer} {
			m, list := configured(t, fmt.Sprintf(c.config, text))
			if m == nil || !list.Empty() {
				t.Fatalf("%s: %v", text, list.Err())
			}
			forms = append(forms, m)
		}
		if err := ir.Equal(forms[0], forms[1]); err != nil {
			t.Errorf("%s and %s differ: %v", c.older, c.newer, err)
		}
	}
}

// TestConfigRefused: a field that changes the mathematics and is not understood is refused by name.
func TestConfigRefused(t *testing.T) {
	for _, c := range []struct{ config, fields, want string }{
		{llamaConfig, `"rope_scaling": {"type": "longrope", "factor": 2}`, `scaling is default, linear, dynamic, llama3 or yarn`},
		{llamaConfig, `"rope_scaling": {"type": "longrope", "short_factor": [1, 1.5]}`, "rope_scaling.short_factor = [1, 1.5]"},
		{llamaConfig, `"rope_scaling": {"type": "yarn", "factor": 2, "truncate": false}`, "rope_scaling.truncate = false"},
		{llamaConfig, `"rope_scaling": {"type": "dynamic", "factor": 2, "original_max_position_embeddings": 64}`,
			"the factor grows behind max_position_embeddings"},
		{llamaConfig, `"logit_scale": 0.5`, "logit_scale = 0.5"},
		{llamaConfig, `"hidden_act": "gelu"`, "the feed-forward layer is SwiGLU"},
		{llamaConfig, `"partial_rotary_factor": 0.5`, "partial_rotary_factor"},
		{qwen2Config, `"layer_types": ["full_attention", "full_attention", "sliding_attention"]`, "layer_types[l]"},
		{qwen2Config, `"layer_types": ["full_attention"]`, "layer_types.size == L"},
		{gemma2Config, `"layer_types": ["full_attention", "full_attention", "full_attention", "full_attention"]`,
			"layers 0, 2, ... have windows"},
		{gemma2Config, `"sliding_window_size": 8`, "the window has one width"},
		{deepseekConfig, `"rope_scaling": {"type": "yarn", "factor": 40}`, "scores grow with the factor"},
		{deepseekConfig, `"rope_scaling": {"type": "linear", "factor": 40, "mscale_all_dim": 1}`, "YaRN"},
		{deepseekConfig, `"moe_layer_freq": 2`, "every layer behind the dense ones has experts"},
		{longConfig, `"attention_window": [8, 8, 4]`, "windows grow by as much"},
		{longConfig, `"attention_window": [8, 8]`, "every layer has its window"},
	} {
		_, list := configured(t, fmt.Sprintf(c.config, c.fields))
		if list.Empty() {
			t.Errorf("%s is understood", c.fields)
		} else if text := list.Err().Error(); !strings.Contains(text, c.want) {
			t.Errorf("%s: %s does not say %q", c.fields, text, c.want)
		}
	}
}
