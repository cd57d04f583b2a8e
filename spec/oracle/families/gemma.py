"""Gemma (Mesnard et al. 2024): scaled embeddings, gains stored less 1, GeGLU (tanh form), one key head."""

from transformers import GemmaConfig, GemmaForCausalLM

from huggingface import case, ids

SIZES = dict(vocab_size=53, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
             num_attention_heads=4, num_key_value_heads=1, head_dim=8)
RULES = [["*", 0, 1]]  # gains too: the stored tensor is the gain less 1


def cases():
    yield case(
        "gemma",
        GemmaForCausalLM,
        GemmaConfig(**SIZES),
        {"input_ids": ids("gemma", (2, 10), 53)},
        steps=("model.layers.0.self_attn", "model.layers.0.mlp", "model.layers.0"),
        rules=RULES,
        notes=["published configs say hidden_act gelu; the class takes that for gelu_pytorch_tanh"],
    )
