"""GPT-2 (Radford et al. 2019): learned positions, pre-norm, fused and transposed projections, tied head.

GPT-3 (Brown et al. 2020) is the same with dense and banded layers by turns. The paper does not say which
come first nor how wide the band is; here the layers 1, 3, ... are banded.
"""

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from huggingface import case, ids

SIZES = dict(vocab_size=61, n_positions=16, n_embd=24, n_layer=3, n_head=4)
RULES = [["*ln_*.weight", 1, 1], ["*", 0, 1]]
BAND = 4
STEPS = ("transformer.h.0.attn", "transformer.h.0")


def cases():
    inputs = {"input_ids": ids("gpt2", (2, 11), 61)}
    yield case("gpt2", GPT2LMHeadModel, GPT2Config(**SIZES), inputs, steps=STEPS, rules=RULES)
    yield case("gpt3", GPT2LMHeadModel, GPT2Config(**SIZES), inputs, steps=STEPS, rules=RULES, call=banded,
               notes=[f"in layer 1 a query reads the {BAND} latest keys only, 0 <= i - j < {BAND}"])
    other = GPT2Config(**SIZES, n_inner=40, activation_function="gelu", layer_norm_epsilon=1e-3,
                       scale_attn_by_inverse_layer_idx=True, tie_word_embeddings=False)
    yield case(
        "gpt2-options",
        GPT2LMHeadModel,
        other,
        inputs,
        rules=RULES,
        notes=["scores are divided by layer index + 1 too; the head is not tied; GELU is exact"],
    )


def banded(model, input_ids):
    """The forward pass with the mask of every other layer narrowed to a band."""
    length = input_ids.shape[1]
    distance = torch.arange(length)[:, None] - torch.arange(length)
    lowest = torch.finfo(torch.float64).min
    band = torch.where((distance >= 0) & (distance < BAND), 0, lowest)

    def narrow(module, args, fields):
        if fields.get("attention_mask") is None:
            raise AssertionError("the layer got no mask to narrow")
        return args, fields | {"attention_mask": torch.minimum(fields["attention_mask"], band)}

    for block in model.transformer.h[1::2]:
        block.attn.register_forward_pre_hook(narrow, with_kwargs=True)
    return model(input_ids=input_ids)
