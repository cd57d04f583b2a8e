"""Qwen3-MoE (Yang et al. 2025): Qwen3's attention, many small experts, none shared."""

from transformers import Qwen3MoeConfig, Qwen3MoeForCausalLM

from huggingface import case, ids

SIZES = dict(vocab_size=53, hidden_size=24, intermediate_size=40, num_attention_heads=4,
             num_key_value_heads=2, head_dim=8, moe_intermediate_size=10, num_experts=8,
             num_experts_per_tok=3)
STEPS = ("model.layers.0.self_attn", "model.layers.0.mlp")


def cases():
    inputs = {"input_ids": ids("qwen3_moe", (2, 10), 53)}

    def one(name, notes=(), **fields):
        config = Qwen3MoeConfig(**SIZES, **fields)
        return case(name, Qwen3MoeForCausalLM, config, inputs, steps=STEPS, notes=notes)

    yield one("qwen3-moe", num_hidden_layers=2, norm_topk_prob=True)
    yield one("qwen3-moe-mixed", num_hidden_layers=5, norm_topk_prob=False, decoder_sparse_step=2,
              mlp_only_layers=[3], notes=["layer 1 alone has experts: (l + 1) % 2 = 0 and l is not 3"])
