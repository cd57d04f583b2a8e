"""Routing in Transformers where no library has it: GShard (Lepikhin et al. 2021) and DeepSeekMoE (Dai et al.
2024), with the device limit, the three balance losses and the dropping of tokens of DeepSeek-V2 (2024)."""

import torch
import torch.nn.functional as F

from equations import case, reals
from layers import linear

S, D, E, CAPACITY, HIDDEN = 12, 6, 4, 4, 7
ROUTED, DEVICES, LIMIT, TOP = 8, 4, 2, 3


def cases():
    inputs = {"x": reals("gshard", (S, D)), "uniform": reals("gshard.uniform", (S,), 0, 1)}
    sizes = {"tokens": S, "d": D, "experts": E, "capacity": CAPACITY, "hidden": HIDDEN}
    for name, counted, note in (
        ("gshard", True, "a second expert that the draw leaves out still takes a place, as in algorithm 1"),
        ("gshard-places", False, "a second expert that the draw leaves out takes no place, as in the code of"
                                 " Mesh TensorFlow and Lingvo"),
    ):
        notes = [*GSHARD, note]
        yield case(name, "Lepikhin et al. 2021, algorithm 1", gshard(counted), inputs, sizes, notes=notes)
    x = {"x": reals("deepseek-moe", (S, D))}
    sizes = {"tokens": S, "d": D, "experts": ROUTED, "devices": DEVICES, "limit": LIMIT, "top": TOP}
    paper = "DeepSeek-AI 2024 (V2), section 2.2, and Dai et al. 2024"
    yield case("deepseek-moe-routing", paper, device_limited, x, sizes | {"hidden": HIDDEN}, notes=DEEPSEEK)


GSHARD = [
    "one group of tokens in order; g = softmax(W_g x), the best two, their gates made to sum to 1",
    "all first experts take places before any second one; a token over the capacity of its expert loses"
    " that gate",
    "the second expert is kept when 2 g2 > uniform, g2 after it was normalized; uniform is an input",
    "aux_loss: mean over experts of (share of tokens whose first expert it is) (mean gate); an expert is"
    " W_o relu(W_i x) without biases",
]
DEEPSEEK = [
    "device i holds experts 2i and 2i + 1; a token may use the two devices whose best expert scores"
    " highest for it, and takes its three best experts there; s = softmax(W_g x), not normalized again",
    "y = x + shared(x) + sum of g_i expert_i(x), the shared expert first; an expert is W_d (silu(W_g x)"
    " W_u x)",
    "losses have weight 1: f_i = E / (K T) tokens of expert i, P_i = mean s_i; device: mean of f, sum of P"
    " over its experts; communication: f = D / (M T) tokens that have an expert on the device, P as for"
    " devices",
    "kept_gates, and y_kept with them for gates: each device has room for T K / D of its (token, expert) pairs"
    " (capacity factor 1) and drops those of least s",
]


def gshard(counted: bool):
    def run(w, x, uniform):
        combine, loss = top2(w, "gate", x, uniform, counted)
        return {"y": mixture(w, "experts", x, combine), "combine": combine, "aux_loss": loss}

    return run


def top2(w, key, x, uniform, counted: bool = True):
    """The weights [S, E] of one group of tokens x [S, d], and the auxiliary loss."""
    gates = torch.softmax(x @ w(f"{key}.weight", E, D).T, -1)
    (g1, g2), (e1, e2) = (t.unbind(-1) for t in gates.topk(2, -1))
    g1, g2 = g1 / (g1 + g2), g2 / (g1 + g2)
    taken = [0] * E
    combine = torch.zeros(len(x), E)
    for token, expert in enumerate(e1.tolist()):
        if taken[expert] < CAPACITY:
            combine[token, expert] = g1[token]
        taken[expert] += 1
    first = torch.tensor(taken)
    for token, expert in enumerate(e2.tolist()):
        drawn = bool(2 * g2[token] > uniform[token])
        if taken[expert] < CAPACITY and drawn:
            combine[token, expert] = g2[token]
        taken[expert] += int(drawn or counted)
    return combine, (first / len(x) * gates.mean(0)).mean()


def mixture(w, key, x, combine):
    y = torch.zeros_like(x)
    for e in range(E):
        y = y + combine[:, e : e + 1] * feed_forward(w, f"{key}.{e}", x)
    return y


def feed_forward(w, key, x):
    hidden = torch.relu(linear(w, f"{key}.wi", x, HIDDEN, bias=False))
    return linear(w, f"{key}.wo", hidden, D, bias=False)


def device_limited(w, x):
    s = torch.softmax(x @ w("gate.weight", ROUTED, D).T, -1)
    best = s.unflatten(-1, (DEVICES, -1)).max(-1).values
    allowed = F.one_hot(best.topk(LIMIT, -1).indices, DEVICES).sum(1).bool()
    there = s.masked_fill(~allowed.repeat_interleave(ROUTED // DEVICES, -1), 0)
    chosen = F.one_hot(there.topk(TOP, -1).indices, ROUTED).sum(1).bool()
    gates = torch.where(chosen, s, 0)
    kept = dropped(s, chosen)
    y = y_kept = x + expert(w, "shared_experts", x)
    for e in range(ROUTED):
        value = expert(w, f"experts.{e}", x)
        y, y_kept = y + gates[:, e : e + 1] * value, y_kept + kept[:, e : e + 1] * value
    return {"y": y, "gates": gates, "y_kept": y_kept, "kept_gates": kept} | losses(s, chosen)


def expert(w, key, x):
    gate = linear(w, f"{key}.gate_proj", x, HIDDEN, bias=False)
    up = linear(w, f"{key}.up_proj", x, HIDDEN, bias=False)
    return linear(w, f"{key}.down_proj", gate * torch.sigmoid(gate) * up, D, bias=False)


def losses(s, chosen):
    f, p = ROUTED / TOP * chosen.double().mean(0), s.mean(0)
    held = (DEVICES, ROUTED // DEVICES)
    per_device = p.unflatten(0, held).sum(-1)
    sent = chosen.unflatten(-1, held).any(-1).double().mean(0) * DEVICES / LIMIT
    return {
        "expert_loss": (f * p).sum(),
        "device_loss": (f.unflatten(0, held).mean(-1) * per_device).sum(),
        "communication_loss": (sent * per_device).sum(),
    }


def dropped(s, chosen):
    """The gates after dropping: on each device the pairs of highest affinity, as many as it has room for."""
    kept = torch.zeros_like(s)
    room = S * TOP // DEVICES
    for first in range(0, ROUTED, ROUTED // DEVICES):
        block = slice(first, first + ROUTED // DEVICES)
        pairs = torch.where(chosen[:, block], s[:, block], -1).flatten()
        least = pairs.sort(descending=True).values[room - 1].clamp(min=0)
        kept[:, block] = torch.where(pairs >= least, pairs, 0).view(S, -1)
    return kept
