"""Gemma 2 (Riviere et al. 2024): windows on layers 0, 2, ...; soft caps; norms before and after each part."""

from transformers import Gemma2Config, Gemma2ForCausalLM

from huggingface import case, ids

SIZES = dict(vocab_size=53, hidden_size=24, intermediate_size=40, num_hidden_layers=4,
             num_attention_heads=4, num_key_value_heads=2, head_dim=8, query_pre_attn_scalar=5,
             sliding_window=4, attn_logit_softcapping=2.0, final_logit_softcapping=3.0)
RULES = [["*", 0, 1]]  # gains too: the stored tensor is the gain less 1


def cases():
    yield case(
        "gemma2",
        Gemma2ForCausalLM,
        Gemma2Config(**SIZES),
        {"input_ids": ids("gemma2", (2, 10), 53)},
        steps=("model.layers.0.self_attn", "model.layers.0", "model.layers.1"),
        rules=RULES,
        notes=["caps are small here, so that they matter"],
    )
