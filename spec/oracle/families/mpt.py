"""MPT (MosaicML 2023): ALiBi, no bias anywhere, queries, keys and values fused one after the other."""

from transformers import MptConfig, MptForCausalLM

from huggingface import case, ids

SIZES = dict(vocab_size=53, d_model=24, n_layers=2, max_seq_len=16)
STEPS = ("transformer.blocks.0.attn", "transformer.blocks.0")


def cases():
    inputs = {"input_ids": ids("mpt", (2, 10), 53)}
    for name, heads, attention in (("mpt", 4, {}), ("mpt-6-heads", 6, OPTIONS)):
        config = MptConfig(**SIZES, n_heads=heads, attn_config=attention)
        yield case(name, MptForCausalLM, config, inputs, steps=STEPS, notes=NOTES)


OPTIONS = dict(alibi_bias_max=4, clip_qkv=1.5, softmax_scale=0.3)
NOTES = [
    "the class always has ALiBi and never a bias, and takes expansion_ratio to be 4, whatever the config"
    " says; alibi_bias_max is not read either: the slopes are those of 8"
]
