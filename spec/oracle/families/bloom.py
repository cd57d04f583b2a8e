"""BLOOM (Le Scao et al. 2022): ALiBi (Press et al. 2022), normalized embeddings, queries, keys and values
fused head by head.
"""

from transformers import BloomConfig, BloomForCausalLM

from huggingface import case, ids, padded

SIZES = dict(vocab_size=53, hidden_size=24, n_layer=2)
RULES = [["*layernorm*.weight", 1, 1], ["*ln_f.weight", 1, 1], ["*", 0, 1]]
STEPS = ("transformer.word_embeddings_layernorm", "transformer.h.0.self_attention", "transformer.h.0")
NOTES = [
    "the bias is slope * key position, not slope * (key - query) as in the paper: the same to a softmax",
    "rows of query_key_value are ordered head, then query/key/value, then width",
]


def cases():
    inputs = {"input_ids": ids("bloom", (2, 10), 53), "attention_mask": padded([10, 7], 10)}
    for name, heads in (("bloom", 4), ("bloom-6-heads", 6)):
        config = BloomConfig(**SIZES, n_head=heads)
        yield case(name, BloomForCausalLM, config, inputs, steps=STEPS, rules=RULES, notes=NOTES)
