"""DeepSeek-V3 (2024): sigmoid scores, a stored bias that only chooses, groups scored by their best two."""

from transformers import DeepseekV3Config, DeepseekV3ForCausalLM

from huggingface import case, ids

SIZES = dict(vocab_size=53, hidden_size=24, intermediate_size=40, num_hidden_layers=3,
             num_attention_heads=4, num_key_value_heads=4, q_lora_rank=14, kv_lora_rank=12,
             qk_nope_head_dim=8, qk_rope_head_dim=16, v_head_dim=6,
             first_k_dense_replace=1, moe_intermediate_size=10, n_routed_experts=12, n_shared_experts=1,
             n_group=4, topk_group=2, num_experts_per_tok=4, routed_scaling_factor=2.5,
             max_position_embeddings=256, num_nextn_predict_layers=0)
ROPE = dict(rope_type="yarn", rope_theta=100.0, factor=4.0, original_max_position_embeddings=64,
            beta_fast=8, beta_slow=1, mscale=1.0, mscale_all_dim=1.0)


def cases():
    inputs = {"input_ids": ids("deepseek_v3", (2, 10), 53)}
    yield case(
        "deepseek-v3",
        DeepseekV3ForCausalLM,
        DeepseekV3Config(**SIZES, rope_parameters=ROPE),
        inputs,
        steps=("model.layers.0.self_attn", "model.layers.1.mlp", "model.layers.1"),
        notes=["experts of groups not chosen score -infinity: none can be chosen, whatever its bias"],
    )
