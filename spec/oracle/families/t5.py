"""T5 (Raffel et al. 2020): encoder and decoder, a learned bias for each bucket of distances, RMS norms.

Version 1.0 has a ReLU and a tied, scaled head; version 1.1 a gated GELU and a head of its own.
"""

import numpy as np
import torch
import transformers
from transformers import T5Config, T5ForConditionalGeneration
from transformers.models.t5.modeling_t5 import T5Attention

import float64
from case import Case
from huggingface import case, ids, padded

SIZES = dict(vocab_size=53, d_model=24, d_kv=6, d_ff=40, num_layers=2, num_decoder_layers=3, num_heads=4,
             relative_attention_num_buckets=8, relative_attention_max_distance=9)
RULES = [["*norm*.weight", 1, 1], ["*.q.weight", 0, 0.5], ["*", 0, 1]]
STEPS = ("encoder.block.0.layer.0.SelfAttention", "encoder.block.0",
         "decoder.block.0.layer.1.EncDecAttention", "decoder.block.0")
OUTPUTS = ("logits", "encoder_last_hidden_state")


def cases():
    inputs = {
        "input_ids": ids("t5", (2, 12), 53),
        "attention_mask": padded([12, 8], 12),
        "decoder_input_ids": ids("t5.decoder", (2, 9), 53),
    }
    plain = T5Config(**SIZES)
    yield case("t5", T5ForConditionalGeneration, plain, inputs, OUTPUTS, STEPS, RULES,
               notes=["the decoder's last state is multiplied by d_model^-1/2 before the tied head"])
    gated = T5Config(**SIZES, feed_forward_proj="gated-gelu", tie_word_embeddings=False)
    yield case("t5-v1.1", T5ForConditionalGeneration, gated, inputs, OUTPUTS, STEPS, RULES,
               call=unscaled, extra={"lm_head.weight": [53, 24]}, notes=GATED)
    yield buckets()


def unscaled(model, **inputs):
    """The head must be a tensor of its own, without the factor of version 1.0."""
    if model.config.scale_decoder_outputs or model.lm_head.weight is model.shared.weight:
        raise AssertionError("the head of version 1.1 is tied or scaled")
    return model(**inputs)


GATED = [
    "published configs of version 1.1 say tie_word_embeddings false; the library reads that as"
    " scale_decoder_outputs false, and saves tie_word_embeddings true whatever the checkpoint holds",
    "gated-gelu is the tanh form of GELU",
]


def buckets() -> Case:
    """The bucket of each distance key - query from -140 to 140, at the published sizes."""
    distance = np.arange(-140, 141)
    tables = {}
    with float64.only_float64():
        for name, both in (("bidirectional", True), ("causal", False)):
            tables[name] = T5Attention._relative_position_bucket(torch.from_numpy(distance), both, 32, 128)
    narrow = T5Attention._relative_position_bucket(torch.from_numpy(distance), True, 32, 128)
    if not torch.equal(tables["bidirectional"], narrow):
        raise AssertionError("float32 puts some distance into another bucket: say so in the notes")
    tensors = {"input.distance": distance} | {f"output.{k}": v.numpy() for k, v in tables.items()}
    source = {"kind": "library", "class": "transformers.T5Attention._relative_position_bucket"}
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    settings = {"buckets": 32, "max_distance": 128}
    return Case("t5-buckets", source, versions, {}, tensors, settings=settings)
