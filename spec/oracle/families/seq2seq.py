"""Recurrent translation: RNNsearch and RNNencdec (Bahdanau et al. 2015), and the models of Cho et al. 2014
and Sutskever et al. 2014. All but the last have gated units and no biases, as their papers print them.
"""

import torch

from equations import case
from huggingface import ids
from layers import linear, lstm, rolled, unrolled

V, M, N, L = 23, 6, 8, 5
GATED = "h' = (1 - z) h + z tanh(W x + U (r h)): the reset gate is applied before the product"
READS = "target holds y_0 ... y_{T-1}; logits[:, t] are those of y_{t+1}"
SIZES = {"V": V, "m": M, "n": N, "l": L}


def cases():
    inputs = {"source": ids("seq2seq.source", (2, 7), V), "target": ids("seq2seq.target", (2, 6), V)}
    for name, paper, run, notes in (
        ("rnnsearch-50", "Bahdanau, Cho, Bengio 2015, appendix A", rnnsearch, SEARCH),
        ("seq2seq", "Bahdanau, Cho, Bengio 2015, section 2.1 and appendix A", encdec, FIXED),
        ("seq2seq-cho", "Cho et al. 2014, appendix A", cho, CHO),
        ("seq2seq-sutskever", "Sutskever, Vinyals, Le 2014", sutskever, SUTSKEVER),
    ):
        yield case(name, paper, run, inputs, SIZES, notes=[READS, *notes])


SEARCH = [
    GATED,
    "the output layer reads s_{i-1}, not s_i, as appendix A.2.2 prints it; maxout is over neighbouring pairs",
    "C_*: from the context; the attention's hidden layer has n units",
]
FIXED = [
    GATED,
    "RNNencdec: c is the last state of a forward encoder, s_0 = tanh(W_s c), and the decoder is that of"
    " RNNsearch with this one context",
]
CHO = [
    "encoder h' = z h + (1 - z) tanh(W x + U (r h)); c = tanh(V h_N); s_0 = tanh(V' c); decoder candidate"
    " tanh(W x + r (U h + C c))",
    "the output layer reads the new state; its matrix is a product G_l G_r of inner width 4",
]
SUTSKEVER = [
    "two layers of width n, words too; the source is read backwards; each decoder layer starts from the last"
    " state of its encoder layer",
    "one bias a gate, as torch.nn.LSTMCell names its first; rows input, forget, candidate, output",
]


def gates(w, name: str, parts: list, count: int):
    """For each gate the sum of matrix products: parts is [(matrix letter, vector)], keys name.W_z and so
    on.
    """
    return [sum(x @ w(f"{name}.{m}{g}", N, x.shape[-1]).T for m, x in parts) for g in ("_z", "_r")[:count]]


def unit(w, name: str, parts: list, h):
    """The gated unit of Bahdanau et al.: parts are inputs other than h, as in gates."""
    z, r = (torch.sigmoid(g) for g in gates(w, name, [*parts, ("U", h)], 2))
    new = sum(x @ w(f"{name}.{m}", N, x.shape[-1]).T for m, x in parts)
    return (1 - z) * h + z * torch.tanh(new + (r * h) @ w(f"{name}.U", N, N).T)


def encoder(w, name: str, words, reverse=False):
    h, states = torch.zeros(words.shape[0], N), []
    for x in unrolled(words, reverse):
        h = unit(w, name, [("W", x)], h)
        states.append(h)
    return rolled(states, reverse)


def maxout(t):
    return t.unflatten(-1, (-1, 2)).max(-1).values


def decode(w, words, s, context):
    """The decoder of RNNsearch: context(s) gives c_i from the state before; returns the logits."""
    logits = []
    for y in unrolled(words):
        c = context(s)
        t = s @ w("decoder.U_o", 2 * L, N).T + y @ w("decoder.V_o", 2 * L, M).T
        t = maxout(t + c @ w("decoder.C_o", 2 * L, c.shape[-1]).T)
        logits.append(t @ w("decoder.W_o", V, L).T)
        s = unit(w, "decoder", [("W", y), ("C", c)], s)
    return rolled(logits)


def rnnsearch(w, source, target):
    words = w("E_x", V, M)[source]
    forward, backward = encoder(w, "forward", words), encoder(w, "backward", words, True)
    h = torch.cat([forward, backward], -1)
    keys = h @ w("attention.U_a", N, 2 * N).T

    def context(s):
        e = torch.tanh((s @ w("attention.W_a", N, N).T)[:, None] + keys) @ w("attention.v_a", N)
        return (torch.softmax(e, -1)[..., None] * h).sum(1)

    s = torch.tanh(backward[:, 0] @ w("decoder.W_s", N, N).T)
    return {"logits": decode(w, w("E_y", V, M)[target], s, context), "step.annotations": h, "step.s_0": s}


def encdec(w, source, target):
    c = encoder(w, "forward", w("E_x", V, M)[source])[:, -1]
    s = torch.tanh(c @ w("decoder.W_s", N, N).T)
    return {"logits": decode(w, w("E_y", V, M)[target], s, lambda _: c), "step.c": c}


def cho(w, source, target):
    h = torch.zeros(source.shape[0], N)
    for x in unrolled(w("E_x", V, M)[source]):
        z, r = (torch.sigmoid(g) for g in gates(w, "encoder", [("W", x), ("U", h)], 2))
        new = torch.tanh(x @ w("encoder.W", N, M).T + (r * h) @ w("encoder.U", N, N).T)
        h = z * h + (1 - z) * new
    c = torch.tanh(h @ w("encoder.V", N, N).T)
    s, logits = torch.tanh(c @ w("decoder.V", N, N).T), []
    for y in unrolled(w("E_y", V, M)[target]):
        z, r = (torch.sigmoid(g) for g in gates(w, "decoder", [("W", y), ("U", s), ("C", c)], 2))
        read = s @ w("decoder.U", N, N).T + c @ w("decoder.C", N, N).T
        s = z * s + (1 - z) * torch.tanh(y @ w("decoder.W", N, M).T + r * read)
        t = s @ w("O_h", 2 * L, N).T + y @ w("O_y", 2 * L, M).T + c @ w("O_c", 2 * L, N).T
        logits.append(maxout(t) @ w("G_r", 4, L).T @ w("G_l", V, 4).T)
    return {"logits": rolled(logits), "step.c": c}


def sutskever(w, source, target):
    xs, ys = w("encoder.embedding", V, N)[source], w("decoder.embedding", V, N)[target]
    for layer in range(2):
        xs, state = lstm(w, f"encoder.{layer}", xs, N, reverse=True, bias="bias_ih")
        ys, _ = lstm(w, f"decoder.{layer}", ys, N, state, bias="bias_ih")
    return {"logits": linear(w, "head", ys, V), "step.encoder": xs}
