"""Switch Transformers (Fedus et al. 2022): T5 with one expert a token, and a capacity for each expert."""

from transformers import SwitchTransformersConfig, SwitchTransformersForConditionalGeneration

from huggingface import case, ids

SIZES = dict(vocab_size=53, d_model=24, d_kv=6, d_ff=20, num_layers=4, num_decoder_layers=4, num_heads=4,
             num_sparse_encoder_layers=2, num_sparse_decoder_layers=2, num_experts=4,
             relative_attention_num_buckets=8, relative_attention_max_distance=9)
RULES = [["*norm*.weight", 1, 1], ["*.q.weight", 0, 0.5], ["*", 0, 1]]
STEPS = ("encoder.block.1.layer.1.mlp", "encoder.block.0", "decoder.block.1.layer.2.mlp")
NOTES = [
    "layers 1 and 3 of both stacks have experts",
    "the capacity is of one expert and one row, in order of position; a token over it gets 0 from its expert,"
    " so only the residual goes on",
]


def cases():
    inputs = {"input_ids": ids("switch", (2, 11), 53), "decoder_input_ids": ids("switch.decoder", (2, 9), 53)}
    for name, capacity in (("switch", 64), ("switch-capacity", 2)):
        yield case(
            name,
            SwitchTransformersForConditionalGeneration,
            SwitchTransformersConfig(**SIZES, expert_capacity=capacity),
            inputs,
            ("logits", "encoder_last_hidden_state"),
            STEPS,
            RULES,
            NOTES,
        )
