"""Mixtral (Jiang et al. 2024): two of the experts for each token, their probabilities made to sum to 1."""

from transformers import MixtralConfig, MixtralForCausalLM

from huggingface import case, ids

SIZES = dict(vocab_size=53, hidden_size=24, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, num_local_experts=5, num_experts_per_tok=2)
STEPS = ("model.layers.0.self_attn", "model.layers.0.mlp", "model.layers.0")


def cases():
    inputs = {"input_ids": ids("mixtral", (2, 10), 53)}
    config = MixtralConfig(**SIZES, output_router_logits=True)
    yield case("mixtral", MixtralForCausalLM, config, inputs, ("logits", "aux_loss"), STEPS, notes=NOTES)


NOTES = [
    "aux_loss is E sum over experts of f p: f the share of tokens that chose the expert, counted for each of"
    " the two choices (so f sums to 2), p its mean probability, both over all tokens of all rows and layers"
]
