"""BigBird (Zaheer et al. 2020): blocks that are local, global or random.

In evaluation the library's table of random blocks is all zeros, which is no BigBird. So the model is in
training, with dropout 0, and the table that it drew is an input of the case.
"""

import numpy as np
from transformers import BigBirdConfig, BigBirdModel

from huggingface import case, ids, padded

LAYERS, HEADS, BLOCK, RANDOM, LENGTH = 2, 4, 2, 2, 24
SIZES = dict(vocab_size=53, hidden_size=24, intermediate_size=40, num_hidden_layers=LAYERS,
             num_attention_heads=HEADS, max_position_embeddings=LENGTH, block_size=BLOCK,
             num_random_blocks=RANDOM, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
NOTES = [
    "input.random_blocks[l, h, n - 1] are the key blocks that block n of the queries reads at random in layer"
    " l and head h, n from 1 to N - 2; they are never its local or global blocks",
    "block n reads also 0, n - 1, n, n + 1 and N - 1; blocks 0 and N - 1 read all",
    "rows of padding read nobody: their attention is 0; a padded key is read by nobody",
]


def cases():
    drawn = []
    made = case(
        "bigbird",
        BigBirdModel,
        BigBirdConfig(**SIZES),
        {"input_ids": ids("bigbird", (2, LENGTH), 53), "attention_mask": padded([LENGTH, 19], LENGTH)},
        ("last_hidden_state", "pooler_output"),
        ("encoder.layer.0.attention.self",),
        notes=NOTES,
        call=lambda model, **inputs: trained(model, drawn, inputs),
    )
    made.tensors["input.random_blocks"] = distinct(np.stack(drawn).astype(np.int64))
    yield made


def trained(model, drawn: list, inputs: dict):
    """The training pass; appends each layer's table, [head, block, random], to drawn."""
    for layer in model.encoder.layer:
        attention = layer.attention.self
        attention._bigbird_block_rand_mask_with_head = recorder(
            attention._bigbird_block_rand_mask_with_head, drawn
        )
    return model.train()(**inputs)


def recorder(draw, drawn: list):
    def recorded(**sizes):
        table = draw(**sizes)
        drawn.append(np.stack(table))
        return table

    return recorded


def distinct(table: np.ndarray) -> np.ndarray:
    """The table, when no query block would read a key block twice; else it could not be said as a mask."""
    blocks = LENGTH // BLOCK
    for index in np.ndindex(table.shape[:3]):
        n = index[2] + 1
        read = {0, n - 1, n, n + 1, blocks - 1}
        chosen = set(table[index].tolist())
        if len(chosen) != RANDOM or chosen & read:
            raise AssertionError(f"layer, head, block {index}: random {chosen}, others {read}")
    return table
