"""Functions from scores to weights, each from its definition, along the last axis."""

import torch

from equations import case, reals

PAPER = (
    "softmax; sparsemax (Martins, Astudillo 2016); entmax (Peters, Niculae, Martins 2019); softmax with a"
    " one in the denominator; softmax with a learned sink; softmax of the largest k; sigmoid; soft cap; s /"
    " sum(s)"
)
ALPHAS = (1.25, 1.5, 1.75, 3.0)
NOTES = [
    "softmax1: exp(s) / (1 + sum exp(s)); sink: exp(s) / (exp(sink) + sum exp(s)), one sink a row",
    "top3: softmax over the three largest scores of a row, 0 elsewhere",
    "softcap: 2 tanh(s / 2)",
    "entmax: p = max(0, (alpha - 1) s - tau)^(1 / (alpha - 1)) with the tau that makes them sum to 1;"
    " sparsemax is alpha 2",
]


def cases():
    inputs = {"scores": reals("distributions", (4, 9), -2, 2), "sink": reals("distributions.sink", (4,))}
    inputs["positive"] = reals("distributions.positive", (4, 9), 0, 1)
    yield case("distributions", PAPER, run, inputs, {"alphas": ALPHAS, "top": 3, "cap": 2}, notes=NOTES)


def run(w, scores, sink, positive):
    e = torch.exp(scores - scores.max(-1, keepdim=True).values)
    total = e.sum(-1, keepdim=True)
    plain = torch.exp(scores)
    chosen = scores >= scores.sort(-1, descending=True).values[:, 2:3]
    return {
        "softmax": e / total,
        "sparsemax": sparsemax(scores),
        "softmax1": plain / (1 + plain.sum(-1, keepdim=True)),
        "sink": plain / (torch.exp(sink)[:, None] + plain.sum(-1, keepdim=True)),
        "top3": torch.where(chosen, plain, 0) / torch.where(chosen, plain, 0).sum(-1, keepdim=True),
        "sigmoid": 1 / (1 + torch.exp(-scores)),
        "softcap": 2 * torch.tanh(scores / 2),
        "linear": positive / positive.sum(-1, keepdim=True),
    } | {f"entmax_{alpha}": entmax(scores, alpha) for alpha in ALPHAS}


def sparsemax(s):
    """The Euclidean projection on the simplex: tau from the largest k whose k s_(k) + 1 exceeds their sum."""
    ordered = s.sort(-1, descending=True).values
    sums = ordered.cumsum(-1)
    count = torch.arange(1, s.shape[-1] + 1)
    k = (count * ordered + 1 > sums).sum(-1, keepdim=True)
    tau = (sums.gather(-1, k - 1) - 1) / k
    return (s - tau).clamp(min=0)


def entmax(s, alpha: float):
    """tau by bisection: the sum of p falls from at least 1 at max - 1 to 0 at max."""
    z = (alpha - 1) * s
    high = z.max(-1, keepdim=True).values
    low = high - 1
    for _ in range(80):
        tau = (low + high) / 2
        over = ((z - tau).clamp(min=0) ** (1 / (alpha - 1))).sum(-1, keepdim=True) > 1
        low, high = torch.where(over, tau, low), torch.where(over, high, tau)
    p = (z - high).clamp(min=0) ** (1 / (alpha - 1))
    if (p.sum(-1) - 1).abs().max() > 1e-12:
        raise AssertionError("entmax does not sum to 1")
    return p
