"""Qwen2 and Qwen2.5 (Yang et al. 2024): biases on queries, keys and values alone.

Both releases are one class. The small ones of Qwen2.5 tie the head, the large ones do not.
"""

from transformers import Qwen2Config, Qwen2ForCausalLM

from huggingface import case, ids

SIZES = dict(vocab_size=53, hidden_size=24, intermediate_size=40, num_hidden_layers=3,
             num_attention_heads=6, num_key_value_heads=2)
STEPS = ("model.layers.0.self_attn", "model.layers.0")


def cases():
    inputs = {"input_ids": ids("qwen2", (2, 10), 53)}

    def one(name, steps=(), notes=(), **fields):
        return case(name, Qwen2ForCausalLM, Qwen2Config(**SIZES, **fields), inputs, steps=steps, notes=notes)

    theta = {"rope_type": "default", "rope_theta": 1000000.0}
    yield one("qwen2", STEPS, rope_parameters=theta)
    yield one("qwen2.5-tied", STEPS, rope_parameters=theta, tie_word_embeddings=True)
    yield one("qwen2-window", use_sliding_window=True, sliding_window=4, max_window_layers=1,
              notes=["layers from max_window_layers on have the window, the first ones have none"])
