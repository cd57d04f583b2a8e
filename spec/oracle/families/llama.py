"""Llama 1-3 (Touvron et al. 2023, Dubey et al. 2024) and the scalings of its rotary positions.

Where positions are scaled, the base is 100 and the original length 64, so that with 8 frequencies some
are kept, some blended and some divided.
"""

from transformers import LlamaConfig, LlamaForCausalLM

from huggingface import case, ids

SIZES = dict(vocab_size=53, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
             num_attention_heads=4, num_key_value_heads=2, rms_norm_eps=1e-5)
STEPS = ("model.layers.0.self_attn", "model.layers.0")
SCALINGS = {
    "linear": dict(factor=4.0),
    "llama3": dict(factor=8.0, original_max_position_embeddings=64, low_freq_factor=1.0,
                   high_freq_factor=4.0),
    "yarn": dict(factor=8.0, original_max_position_embeddings=64, beta_fast=8, beta_slow=1),
}


def cases():
    inputs = {"input_ids": ids("llama", (2, 10), 53)}

    def one(name, steps=(), notes=(), **fields):
        return case(name, LlamaForCausalLM, LlamaConfig(**SIZES | fields), inputs, steps=steps, notes=notes)

    yield one("llama", STEPS)
    yield one("llama-biases", attention_bias=True, mlp_bias=True, head_dim=8, tie_word_embeddings=True,
              rope_parameters={"rope_type": "default", "rope_theta": 500000.0},
              notes=["heads are wider than hidden_size / num_attention_heads; the head is tied"])
    for kind, scaling in SCALINGS.items():
        rope = {"rope_type": kind, "rope_theta": 100.0, **scaling}
        yield one(f"llama-rope-{kind}", head_dim=16, max_position_embeddings=512, rope_parameters=rope,
                  notes=YARN if kind == "yarn" else [])
    rope = {"rope_type": "dynamic", "rope_theta": 100.0, "factor": 3.0}
    yield one("llama-rope-dynamic", head_dim=16, max_position_embeddings=7, rope_parameters=rope,
              notes=["the text has 10 tokens, 3 more than max_position_embeddings"])


YARN = ["cosines and sines of queries and keys are multiplied by 0.1 ln(factor) + 1, so scores by its square"]
