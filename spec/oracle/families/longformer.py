"""Longformer (Beltagy et al. 2020): a band, and tokens that everybody reads and that read everybody."""

import numpy as np
from transformers import LongformerConfig, LongformerModel

from huggingface import case, ids, padded

SIZES = dict(vocab_size=53, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
             max_position_embeddings=20, type_vocab_size=1, layer_norm_eps=1e-5, attention_window=[4, 6])
NOTES = [
    "attention_window w is a band of w/2 on either side",
    "a global token is read with the plain projections and reads with query_global, key_global, value_global",
    "rows of padding read nobody: their attention is 0",
]


def cases():
    mask = padded([12, 9], 12)
    tokens = np.where(mask == 1, ids("longformer", (2, 12), 53, low=3), 1)
    global_tokens = np.zeros((2, 12), np.int64)
    global_tokens[:, 0] = 1
    global_tokens[0, 7] = 1
    yield case(
        "longformer",
        LongformerModel,
        LongformerConfig(**SIZES),
        {"input_ids": tokens, "attention_mask": mask, "global_attention_mask": global_tokens},
        ("last_hidden_state", "pooler_output"),
        ("encoder.layer.0.attention.self", "encoder.layer.0"),
        notes=NOTES,
    )
    local = {"input_ids": tokens, "attention_mask": mask}
    yield case("longformer-local", LongformerModel, LongformerConfig(**SIZES), local, ("last_hidden_state",),
               notes=NOTES[:1] + NOTES[2:])
