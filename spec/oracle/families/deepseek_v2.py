"""DeepSeek-V2 and V2-Lite (2024): latent attention, experts of limited groups, YaRN."""

from transformers import DeepseekV2Config, DeepseekV2ForCausalLM

from huggingface import case, ids

SIZES = dict(vocab_size=53, hidden_size=24, intermediate_size=40, num_hidden_layers=3, num_attention_heads=4,
             kv_lora_rank=12, qk_nope_head_dim=8, qk_rope_head_dim=16, v_head_dim=6, first_k_dense_replace=1,
             moe_intermediate_size=10, n_routed_experts=8, n_shared_experts=2,
             max_position_embeddings=256)
ROPE = dict(rope_type="yarn", rope_theta=100.0, factor=4.0, original_max_position_embeddings=64,
            beta_fast=8, beta_slow=1)
STEPS = ("model.layers.0.self_attn", "model.layers.1.mlp")
NOTES = [
    "queries and keys are rotated in neighbouring pairs and stay in that order",
    "the weights of the chosen experts do not sum to 1: norm_topk_prob has no effect in this class",
]


def cases():
    inputs = {"input_ids": ids("deepseek_v2", (2, 10), 53)}

    def one(name, **fields):
        config = DeepseekV2Config(**SIZES, **fields)
        return case(name, DeepseekV2ForCausalLM, config, inputs, steps=STEPS, notes=NOTES)

    yield one("deepseek-v2", q_lora_rank=14, topk_method="group_limited_greedy", n_group=4, topk_group=2,
              num_experts_per_tok=3, routed_scaling_factor=4.0,
              rope_parameters=ROPE | dict(mscale=1.0, mscale_all_dim=1.0))
    yield one("deepseek-v2-lite", q_lora_rank=None, topk_method="greedy", num_experts_per_tok=3,
              rope_parameters=ROPE | dict(mscale=0.707, mscale_all_dim=0.707))
