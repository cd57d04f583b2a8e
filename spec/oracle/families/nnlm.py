"""The neural probabilistic language model of Bengio et al. 2003."""

import torch

from equations import case
from huggingface import ids

V, M, H, CONTEXT = 29, 6, 10, 3
NOTES = [
    "y = b + W x + U tanh(d + H x), x = [C(w_{t-1}); C(w_{t-2}); C(w_{t-3})]: the newest word first, as in"
    " the paper",
    "context[:, 0] is w_{t-1}",
]


def cases():
    sizes = {"V": V, "m": M, "h": H, "n": CONTEXT + 1}
    inputs = {"context": ids("nnlm", (4, CONTEXT), V)}
    yield case("nnlm", "Bengio, Ducharme, Vincent, Jauvin 2003, equation 1", run, inputs, sizes, notes=NOTES)


def run(w, context):
    x = w("C", V, M)[context].flatten(1)
    hidden = torch.tanh(w("d", H) + x @ w("H", H, CONTEXT * M).T)
    y = w("b", V) + x @ w("W", V, CONTEXT * M).T + hidden @ w("U", V, H).T
    return {"logits": y, "log_probabilities": y.log_softmax(-1), "step.hidden": hidden}
