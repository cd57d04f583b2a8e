"""RoBERTa (Liu et al. 2019): BERT whose positions start behind the padding id and skip padding."""

import numpy as np
from transformers import RobertaConfig, RobertaForMaskedLM, RobertaModel

from huggingface import case, ids, padded

SIZES = dict(vocab_size=53, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
             max_position_embeddings=18, type_vocab_size=1, layer_norm_eps=1e-5)
NOTES = ["a token's position is 1 (the padding id) + the tokens up to it that are no padding; padding has 1"]


def cases():
    mask = padded([11, 7], 11)
    tokens = np.where(mask == 1, ids("roberta", (2, 11), 53, low=3), 1)
    inputs = {"input_ids": tokens, "attention_mask": mask}
    outputs = ("last_hidden_state", "pooler_output")
    yield case("roberta", RobertaModel, RobertaConfig(**SIZES), inputs, outputs, ("embeddings",), notes=NOTES)
    yield case("roberta-masked-lm", RobertaForMaskedLM, RobertaConfig(**SIZES), inputs, notes=NOTES)
