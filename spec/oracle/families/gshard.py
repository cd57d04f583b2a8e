"""GShard (Lepikhin et al. 2021) as a whole: a Transformer with experts in every second layer."""

import torch

from equations import case, reals
from families.routing import CAPACITY, HIDDEN, D, E, feed_forward, mixture, top2
from huggingface import ids, padded
from layers import attend, causal, heads, joined, layer_norm, linear

V, H, K, LAYERS, EPS, BATCH, SOURCE, TARGET = 23, 2, 5, 4, 1e-6, 2, 9, 8
RULES = [["*norm*.weight", 1, 1], ["*", 0, 1]]
NOTES = [
    "the Transformer of Vaswani et al. 2017, post-norm, sinusoidal positions, one table; nothing but norms has"
    " a bias",
    "layers 1 and 3 of both stacks have experts; a group is a sequence; draws are [batch, such layers, length],"
    " losses [batch, such layers]",
]


def cases():
    draws = (LAYERS // 2, BATCH)
    inputs = {
        "source": ids("gshard.source", (BATCH, SOURCE), V),
        "source_mask": padded([9, 6], SOURCE),
        "target": ids("gshard.target", (BATCH, TARGET), V),
        "encoder_draw": reals("gshard.encoder", (*draws, SOURCE), 0, 1).swapaxes(0, 1).copy(),
        "decoder_draw": reals("gshard.decoder", (*draws, TARGET), 0, 1).swapaxes(0, 1).copy(),
    }
    sizes = {"V": V, "d": D, "heads": H, "head_dim": K, "d_ff": HIDDEN, "layers": LAYERS, "experts": E}
    sizes |= {"capacity": CAPACITY, "eps": EPS}
    yield case("gshard-model", "Lepikhin et al. 2021, figure 3 and algorithm 1", run, inputs, sizes, RULES, NOTES)


def run(w, source, source_mask, target, encoder_draw, decoder_draw):
    table, valid = w("embedding.weight", V, D), source_mask.bool()[:, None, None]
    losses = []
    memory = table[source] * D**0.5 + positions(SOURCE)
    for layer in range(LAYERS):
        key = f"encoder.{layer}"
        memory = norm(w, f"{key}.norm1", memory + attention(w, f"{key}.self", memory, memory, valid))
        memory = norm(w, f"{key}.norm2", memory + ff(w, f"{key}.ff", memory, layer, encoder_draw, losses))
    x = table[target] * D**0.5 + positions(TARGET)
    for layer in range(LAYERS):
        key = f"decoder.{layer}"
        x = norm(w, f"{key}.norm1", x + attention(w, f"{key}.self", x, x, causal(TARGET, TARGET)))
        x = norm(w, f"{key}.norm2", x + attention(w, f"{key}.cross", x, memory, valid))
        x = norm(w, f"{key}.norm3", x + ff(w, f"{key}.ff", x, layer, decoder_draw, losses))
    encoder, decoder = torch.stack(losses).unflatten(0, (2, -1))
    losses = {"encoder_losses": encoder.T.contiguous(), "decoder_losses": decoder.T.contiguous()}
    return {"logits": x @ table.T} | losses


def ff(w, key, x, layer, draw, losses):
    if layer % 2 == 0:
        return feed_forward(w, key, x)
    routed = [top2(w, f"{key}.gate", row, u) for row, u in zip(x, draw[:, layer // 2])]
    losses.append(torch.stack([loss for _, loss in routed]))
    return torch.stack([mixture(w, f"{key}.experts", row, c) for row, (c, _) in zip(x, routed)])


def norm(w, key, x):
    return layer_norm(w, key, x, EPS)


def attention(w, key, x, memory, mask):
    q = heads(linear(w, f"{key}.q", x, H * K, bias=False), H)
    k, v = (heads(linear(w, f"{key}.{m}", memory, H * K, bias=False), H) for m in "kv")
    return linear(w, f"{key}.o", joined(attend(q, k, v, mask)), D, bias=False)


def positions(length):
    angle = torch.arange(length)[:, None] / 10000 ** (torch.arange(0, D, 2) / D)
    return torch.stack([angle.sin(), angle.cos()], -1).flatten(1)
