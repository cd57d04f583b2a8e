"""Mixtures of experts before the Transformer: Jacobs et al. 1991, Eigen et al. 2013, Shazeer et al. 2017."""

import math

import torch

from equations import case, reals
from huggingface import ids
from layers import linear, lstm

D, E, OUT, HIDDEN, V, K = 6, 5, 3, 7, 23, 2


def cases():
    x, target = reals("moe-1991", (8, D)), reals("moe-1991.target", (8, OUT))
    yield case("moe-1991", "Jacobs, Jordan, Nowlan, Hinton 1991", adaptive, {"x": x, "target": target},
               {"d": D, "experts": E, "out": OUT}, notes=[
        "experts o_i and the gate are linear with biases, p = softmax(gate): y = sum p_i o_i",
        "squared: sum p_i |d - o_i|^2 (equation 1.2); loss: -log sum p_i exp(-|d - o_i|^2 / 2) (equation"
        " 1.3)"])
    yield case("deep-moe-2013", "Eigen, Ranzato, Sutskever 2013", deep, {"x": reals("deep-moe-2013", (8, D))},
               {"d": D, "experts": [4, 3], "hidden": HIDDEN, "gate_hidden": 5, "classes": OUT}, notes=[
        "z1 = sum g1_i(x) relu(W x + b)_i, z2 = sum g2_j(z1) relu(W z1 + b)_j, softmax(W z2 + b); a gate is"
        " softmax(W relu(W x + b) + b)"])
    tokens = {"x": reals("noisy-top-k", (12, D)), "noise": reals("noisy-top-k.noise", (12, E), -2, 2)}
    yield case("noisy-top-k", "Shazeer et al. 2017, section 2.1, section 4 and appendix A", noisy, tokens,
               {"d": D, "experts": E, "k": K, "hidden": HIDDEN}, notes=NOISY)
    words = {"tokens": ids("moe-lstm", (2, 7), V), "noise": reals("moe-lstm.noise", (2, 7, E), -2, 2)}
    yield case("moe-lstm-2017", "Shazeer et al. 2017, appendix C.1", moe_lstm, words,
               {"V": V, "d": D, "experts": E, "k": K, "hidden": HIDDEN}, notes=[
        "word vectors x; x + lstm(x); x + sigmoid(moe(x)); x + lstm(x); softmax layer. Dropout is left out",
        "LSTMs have one bias a gate, rows input, forget, candidate, output", *NOISY[:2]])


NOISY = [
    "H = x W_g + noise softplus(x W_noise), the noise an input; gates: softmax over the k largest of H, 0"
    " elsewhere",
    "an expert is W2 relu(W1 x), without biases, as the paper counts its parameters; the matrices of gate and"
    " noise have none either and are stored [experts, d]",
    "importance: gates summed over tokens; load: sum of Phi((x W_g - kth largest of the other experts' H)"
    " / softplus(x W_noise)); losses: squared coefficient of variation, the variance that of a population,"
    " weight 1",
]


def adaptive(w, x, target):
    p = torch.softmax(linear(w, "gate", x, E), -1)
    o = torch.stack([linear(w, f"experts.{i}", x, OUT) for i in range(E)], 1)
    squares = ((target[:, None] - o) ** 2).sum(-1)
    loss = -torch.log((p * torch.exp(-squares / 2)).sum(-1))
    return {"y": (p[..., None] * o).sum(1), "squared": (p * squares).sum(-1), "loss": loss, "step.gate": p}


def deep(w, x):
    for layer, experts in enumerate((4, 3)):
        g = linear(w, f"{layer}.gate.1", torch.relu(linear(w, f"{layer}.gate.0", x, 5)), experts)
        g = torch.softmax(g, -1)
        f = [torch.relu(linear(w, f"{layer}.experts.{i}", x, HIDDEN)) for i in range(experts)]
        x = (g[..., None] * torch.stack(f, 1)).sum(1)
    return {"probabilities": torch.softmax(linear(w, "head", x, OUT), -1), "step.z2": x}


def noisy_gates(w, key, x, noise):
    """The gates [.., E], and what the load needs: the clean scores, the noisy ones, and the noise's width."""
    clean = linear(w, f"{key}.gate", x, E, bias=False)
    width = torch.log1p(torch.exp(linear(w, f"{key}.noise", x, E, bias=False)))
    h = clean + noise * width
    least = h.sort(-1, descending=True).values[..., K - 1 : K]
    return torch.softmax(h.masked_fill(h < least, -math.inf), -1), clean, h, width


def experts(w, key, x, gates):
    y = torch.zeros_like(x)
    for i in range(E):
        hidden = torch.relu(linear(w, f"{key}.experts.{i}.0", x, HIDDEN, bias=False))
        y = y + gates[..., i : i + 1] * linear(w, f"{key}.experts.{i}.1", hidden, x.shape[-1], bias=False)
    return y


def noisy(w, x, noise):
    gates, clean, h, width = noisy_gates(w, "moe", x, noise)
    others = h.sort(-1, descending=True).values
    # Without expert i, the k-th largest is the next one when i is among the k largest.
    bound = torch.where(h >= others[:, K - 1 : K], others[:, K : K + 1], others[:, K - 1 : K])
    load = (torch.erf((clean - bound) / width / 2**0.5) + 1) / 2
    importance, load = gates.sum(0), load.sum(0)
    return {
        "y": experts(w, "moe", x, gates),
        "gates": gates,
        "importance": importance,
        "load": load,
        "importance_loss": variation(importance),
        "load_loss": variation(load),
    }


def variation(x):
    return ((x - x.mean()) ** 2).mean() / x.mean() ** 2


def moe_lstm(w, tokens, noise):
    x = w("embedding", V, D)[tokens]
    x = x + lstm(w, "lstm.0", x, D)[0]
    gates = noisy_gates(w, "moe", x, noise)[0]
    x = x + torch.sigmoid(experts(w, "moe", x, gates))
    x = x + lstm(w, "lstm.1", x, D)[0]
    return {"logits": linear(w, "head", x, V), "step.gates": gates}
