"""The twelve alignment functions of Brauwers and Frasincar 2021, "A general survey on attention
mechanisms in deep learning": scores of a query q and a key k, and the weighted mean of values under them.

Where a function has a matrix, queries (5) and keys (4) differ in width, so that no transposition goes unseen.
"""

import torch

from equations import case, reals

PAPER = "Brauwers, Frasincar 2021, the table of alignment functions"
NOTES = [
    "query, key: both of width 5; key4: keys of width 4, read by the functions that have a matrix",
    "similarity: cosine; general: k W q; biased_general: k (W q + b); activated_general: tanh(k W q + b)",
    "generalized_kernel: phi(q) phi(k), phi(x) = exp(omega x - x x / 2) / sqrt(8) (Choromanski et al."
    " 2021), and its weights are score / sum of scores; all others have softmax",
    "concat: w tanh(W [q; k] + b); additive: w tanh(W1 q + W2 k + b)",
    "deep: w E2 + b3, E2 = tanh(W2 E1 + b2), E1 = tanh(W1 k + W0 q + b1)",
    "location_based: (W q)_j, whatever the key; feature_based: w tanh(W1 phi1(k) + W2 phi2(k) + b), where"
    " the maps phi1(k) = k and phi2(k) = k^2 are ours: the survey leaves them open",
]
SIZES = {"queries": 6, "keys": 7, "hidden": 8, "value": 3}
HIDDEN, KEYS = 8, 7


def cases():
    inputs = {
        "query": reals("alignments.query", (6, 5)),
        "key": reals("alignments.key", (7, 5)),
        "key4": reals("alignments.key4", (7, 4)),
        "value": reals("alignments.value", (7, 3)),
    }
    yield case("alignments", PAPER, run, inputs, SIZES, notes=NOTES)


def run(w, query, key, key4, value):
    scores = same_width(w, query, key) | bilinear(w, query, key4) | networks(w, query, key4)
    out = {}
    for name, score in scores.items():
        if name == "generalized_kernel":
            weight = score / score.sum(-1, keepdim=True)
        else:
            weight = torch.softmax(score, -1)
        out |= {f"score.{name}": score, f"mean.{name}": weight @ value}
    return out


def same_width(w, q, k):
    norms = q.norm(dim=-1)[:, None] * k.norm(dim=-1)
    omega = w("generalized_kernel.omega", HIDDEN, 5)
    phi_q, phi_k = (torch.exp(x @ omega.T - (x * x).sum(-1, keepdim=True) / 2) / 8**0.5 for x in (q, k))
    return {
        "similarity": q @ k.T / norms,
        "dot": q @ k.T,
        "scaled_dot": q @ k.T / 5**0.5,
        "generalized_kernel": phi_q @ phi_k.T,
    }


def bilinear(w, q, k):
    biased = q @ w("biased_general.W", 4, 5).T + w("biased_general.b", 4)
    activated = q @ w("activated_general.W", 4, 5).T
    return {
        "general": q @ w("general.W", 4, 5).T @ k.T,
        "biased_general": biased @ k.T,
        "activated_general": torch.tanh(activated @ k.T + w("activated_general.b")),
    }


def networks(w, q, k):
    pairs = torch.cat([q[:, None].expand(-1, len(k), -1), k.expand(len(q), -1, -1)], -1)
    concat = torch.tanh(pairs @ w("concat.W", HIDDEN, 9).T + w("concat.b", HIDDEN))
    additive = hidden_sum(w, "additive.W1", q, "additive.W2", k, "additive.b")
    first = hidden_sum(w, "deep.W0", q, "deep.W1", k, "deep.b1")
    second = torch.tanh(first @ w("deep.W2", HIDDEN, HIDDEN).T + w("deep.b2", HIDDEN))
    features = k @ w("feature_based.W1", HIDDEN, 4).T + k**2 @ w("feature_based.W2", HIDDEN, 4).T
    features = torch.tanh(features + w("feature_based.b", HIDDEN))
    return {
        "concat": concat @ w("concat.w", HIDDEN),
        "additive": additive @ w("additive.w", HIDDEN),
        "deep": second @ w("deep.w", HIDDEN) + w("deep.b3"),
        "location_based": q @ w("location_based.W", KEYS, 5).T,
        "feature_based": (features @ w("feature_based.w", HIDDEN)).expand(len(q), -1),
    }


def hidden_sum(w, left: str, q, right: str, k, bias: str):
    """tanh(L q + R k + b) for each query and key."""
    from_queries, from_keys = q @ w(left, HIDDEN, 5).T, k @ w(right, HIDDEN, 4).T
    return torch.tanh(from_queries[:, None] + from_keys + w(bias, HIDDEN))
