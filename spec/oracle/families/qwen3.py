"""Qwen3 (Yang et al. 2025): each head's query and key is normalized before its rotation; no biases."""

from transformers import Qwen3Config, Qwen3ForCausalLM

from huggingface import case, ids

SIZES = dict(vocab_size=53, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
             num_attention_heads=4, num_key_value_heads=2, head_dim=8)
STEPS = ("model.layers.0.self_attn.q_norm", "model.layers.0.self_attn", "model.layers.0")


def cases():
    inputs = {"input_ids": ids("qwen3", (2, 10), 53)}
    yield case("qwen3", Qwen3ForCausalLM, Qwen3Config(**SIZES), inputs, steps=STEPS)
