"""The Transformer (Vaswani et al. 2017), and the Sparse Transformer (Child et al. 2019)."""

import torch

from equations import case
from huggingface import ids, padded
from layers import attend, causal, heads, joined, layer_norm, linear

V, D, H, F, LAYERS, EPS = 29, 24, 4, 40, 2, 1e-6
BLOCK, SUMMARY, LENGTH = 4, 1, 12
RULES = [["*norm*.weight", 1, 1], ["*", 0, 1]]


def cases():
    inputs = {
        "source": ids("transformer.source", (2, 9), V),
        "source_mask": padded([9, 6], 9),
        "target": ids("transformer.target", (2, 8), V),
    }
    sizes = {"V": V, "d_model": D, "heads": H, "d_ff": F, "layers": LAYERS, "eps": EPS}
    yield case("transformer", "Vaswani et al. 2017", transformer, inputs, sizes, RULES, [
        "post-norm, x = norm(x + f(x)); no norm at the end; attention without biases, feed-forward with",
        "one matrix embeds source and target, times sqrt(d_model), and is the head, without that factor",
        "positions: PE(t, 2i) = sin(t / 10000^(2i/d)), PE(t, 2i + 1) = cos of the same",
        "the paper does not say eps; rows of a padded source are computed and nobody reads them",
    ])
    tokens = {"tokens": ids("sparse-transformer", (2, LENGTH), V)}
    sizes = {"V": V, "d": D, "heads": 2, "layers": LAYERS, "l": BLOCK, "c": SUMMARY, "length": LENGTH}
    for name, patterns, note in (("strided", strided, STRIDED), ("fixed", fixed, FIXED)):
        paper = "Child et al. 2019, sections 4.2, 4.3 and 5.2"
        notes = [*SPARSE, note]
        yield case(f"sparse-transformer-{name}", paper, sparse(patterns), tokens, sizes, RULES, notes)


SPARSE = [
    "a layer adds a = attention(norm(x)) and b = ff(norm(x + a)); the end is norm, then a head of its own;"
    " gelu is x sigmoid(1.702 x); positions are learned",
]
STRIDED = "head 0: 0 <= i - j <= l, head 1: j <= i and (i - j) mod l = 0"
FIXED = (
    "both heads have the union (the paper's merged head) of j <= i in the same block of l, and of j <= i with"
    " j mod l >= l - c: alone the second leaves the first rows without a key"
)


def attention(w, key, x, memory, count, mask, bias=False):
    q = heads(linear(w, f"{key}.q", x, D, bias), count)
    k, v = (heads(linear(w, f"{key}.{m}", memory, D, bias), count) for m in "kv")
    return linear(w, f"{key}.o", joined(attend(q, k, v, mask)), D, bias)


def feed_forward(w, key, x, act=torch.relu):
    return linear(w, f"{key}.1", act(linear(w, f"{key}.0", x, F)), D)


def positions(length):
    angle = torch.arange(length)[:, None] / 10000 ** (torch.arange(0, D, 2) / D)
    return torch.stack([angle.sin(), angle.cos()], -1).flatten(1)


def transformer(w, source, source_mask, target):
    table = w("embedding", V, D)
    read = source_mask.bool()[:, None, None]
    x = table[source] * D**0.5 + positions(source.shape[1])
    for layer in range(LAYERS):
        key = f"encoder.{layer}"
        x = layer_norm(w, f"{key}.norm1", x + attention(w, f"{key}.self", x, x, H, read), EPS)
        x = layer_norm(w, f"{key}.norm2", x + feed_forward(w, f"{key}.ff", x), EPS)
    y = table[target] * D**0.5 + positions(target.shape[1])
    for layer in range(LAYERS):
        key, earlier = f"decoder.{layer}", causal(target.shape[1], target.shape[1])
        y = layer_norm(w, f"{key}.norm1", y + attention(w, f"{key}.self", y, y, H, earlier), EPS)
        y = layer_norm(w, f"{key}.norm2", y + attention(w, f"{key}.cross", y, x, H, read), EPS)
        y = layer_norm(w, f"{key}.norm3", y + feed_forward(w, f"{key}.ff", y), EPS)
    return {"logits": y @ table.T, "step.encoder": x}


def strided(i, j):
    return torch.stack([(j <= i) & (i - j <= BLOCK), (j <= i) & ((i - j) % BLOCK == 0)])


def fixed(i, j):
    return (j <= i) & ((i // BLOCK == j // BLOCK) | (j % BLOCK >= BLOCK - SUMMARY))


def sparse(patterns):
    def run(w, tokens):
        mask = patterns(torch.arange(LENGTH)[:, None], torch.arange(LENGTH))
        x = w("embedding", V, D)[tokens] + w("positions", LENGTH, D)
        for layer in range(LAYERS):
            normed = layer_norm(w, f"{layer}.norm1", x)
            a = attention(w, f"{layer}.attention", normed, normed, 2, mask, True)
            b = feed_forward(w, f"{layer}.ff", layer_norm(w, f"{layer}.norm2", x + a), gelu)
            x = x + a + b
        return {"logits": linear(w, "head", layer_norm(w, "norm", x), V, bias=False)}

    return run


def gelu(x):
    return x * torch.sigmoid(1.702 * x)
