"""Mistral 7B (Jiang et al. 2023): grouped heads and a sliding window, 0 <= i - j < w."""

from transformers import MistralConfig, MistralForCausalLM

from huggingface import case, ids

SIZES = dict(vocab_size=53, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
             num_attention_heads=4, num_key_value_heads=2, rms_norm_eps=1e-5)
STEPS = ("model.layers.0.self_attn", "model.layers.1")


def cases():
    inputs = {"input_ids": ids("mistral", (2, 10), 53)}
    for name, window in (("mistral", 4), ("mistral-no-window", None)):
        config = MistralConfig(**SIZES, sliding_window=window)
        yield case(name, MistralForCausalLM, config, inputs, steps=STEPS)
