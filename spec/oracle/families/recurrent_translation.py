"""Deep recurrent translation with attention: GNMT (Wu et al. 2016) and Deep-Att (Zhou et al. 2016)."""

import torch

from equations import case
from huggingface import ids
from layers import linear, lstm, rolled, unrolled

V, N, LAYERS = 23, 6, 4
ENCODER, DECODER, WORDS = 3, 2, 5
READS = "target holds y_0 ... y_{T-1}; logits[:, t] are those of y_{t+1}"


def cases():
    inputs = {"source": ids("gnmt.source", (2, 7), V), "target": ids("gnmt.target", (2, 5), V)}
    sizes = {"V": V, "n": N, "layers": LAYERS}
    yield case("gnmt", "Wu et al. 2016, section 3", gnmt, inputs, sizes, notes=GNMT)
    sizes = {"V": V, "words": WORDS, "n": N, "encoder_layers": ENCODER, "decoder_layers": DECODER}
    yield case("deep-att", "Zhou et al. 2016, section 3", deep_att, inputs, sizes, notes=DEEP_ATT)


GNMT = [
    READS,
    "encoder: layer 0 reads both ways, the others forward; layers from 2 on add what they read to what they"
    " give",
    "decoder at step i: a_i by v tanh(W_q q + W_k x) with q the bottom layer's output at step i - 1 (zero at"
    " first); every layer reads [what is below; a_i]; layers from 2 on add what is below, without a_i",
    "decoder states start at zero; one bias a gate, rows input, forget, candidate, output",
]
DEEP_ATT = [
    READS,
    "f block: f^1 = W_f x, f^k = W_f [first half of f^{k-1}; h^{k-1}], linear, of width 4n; r block, of the"
    " four parts z, rho, phi, pi of f_t + W_r h_{t-1}: c_t = tanh(z) s(rho + c_{t-1} p_rho) + c_{t-1}"
    " s(phi + c_{t-1} p_phi), h_t = tanh(c_t) s(pi + c_t p_pi), s the sigmoid",
    "two columns of the encoder: a reads forward in layers 0, 2, ..., else backward; b the other way round",
    "e_t = [h^a; f^a; h^b; f^b] of the top; the context is the mean of W_c e (a quarter as wide) under"
    " softmax(v tanh(W_p e + W_h h)), h the bottom decoder layer's output one step before",
    "the bottom decoder layer reads [word; context]; the head reads [h; f] of the top layer. What e_t and the"
    " head take of f is our reading of the paper",
]


def cell(w, key, x, state, size=N):
    """One step of layers.lstm."""
    _, state = lstm(w, key, x[:, None], size, state, bias="bias_ih")
    return state


def gnmt(w, source, target):
    words = w("encoder.embedding", V, N)[source]
    forward, _ = lstm(w, "encoder.0", words, N, bias="bias_ih")
    backward, _ = lstm(w, "encoder.0", words, N, reverse=True, bias="bias_ih", tail="_reverse")
    x, _ = lstm(w, "encoder.1", torch.cat([forward, backward], -1), N, bias="bias_ih")
    for layer in range(2, LAYERS):
        x = x + lstm(w, f"encoder.{layer}", x, N, bias="bias_ih")[0]
    keys = linear(w, "attention.key", x, N, bias=False)
    zero = torch.zeros(len(target), N)
    states, q, logits = [(zero, zero)] * LAYERS, zero, []
    for y in unrolled(w("decoder.embedding", V, N)[target]):
        e = torch.tanh(linear(w, "attention.query", q, N, bias=False)[:, None] + keys) @ w("attention.v", N)
        a = (torch.softmax(e, -1)[..., None] * x).sum(1)
        for layer in range(LAYERS):
            states[layer] = cell(w, f"decoder.{layer}", torch.cat([y, a], -1), states[layer])
            y = states[layer][0] + (y if layer >= 2 else 0)
        q = states[0][0]
        logits.append(linear(w, "head", y, V))
    return {"logits": rolled(logits), "step.encoder": x}


def fast_forward(w, key, f, h):
    """The f block of one layer: f is None at the bottom, where h is the layer's input."""
    x = h if f is None else torch.cat([f[..., : 2 * N], h], -1)
    return x @ w(f"{key}.W_f", 4 * N, x.shape[-1]).T


def recurrence(w, key, f, h, c):
    z, rho, phi, pi = (f + h @ w(f"{key}.W_r", 4 * N, N).T).split(N, -1)
    kept = c * torch.sigmoid(phi + c * w(f"{key}.p_phi", N))
    c = torch.tanh(z) * torch.sigmoid(rho + c * w(f"{key}.p_rho", N)) + kept
    return torch.tanh(c) * torch.sigmoid(pi + c * w(f"{key}.p_pi", N)), c


def column(w, name, words, backward_first: bool):
    f, h = None, words
    for layer in range(ENCODER):
        key, reverse = f"encoder.{name}.{layer}", (layer % 2 == 1) != backward_first
        f = fast_forward(w, key, f, h)
        state, steps = (torch.zeros(len(words), N), torch.zeros(len(words), N)), []
        for part in unrolled(f, reverse):
            state = recurrence(w, key, part, *state)
            steps.append(state[0])
        h = rolled(steps, reverse)
    return [h, f]


def deep_att(w, source, target):
    words = w("encoder.embedding", V, WORDS)[source]
    e = torch.cat(column(w, "a", words, False) + column(w, "b", words, True), -1)
    values = e @ w("attention.W_c", e.shape[-1] // 4, e.shape[-1]).T
    keys = e @ w("attention.W_p", N, e.shape[-1]).T
    zero = torch.zeros(len(target), N)
    states, logits = [(zero, zero)] * DECODER, []
    for y in unrolled(w("decoder.embedding", V, WORDS)[target]):
        query = states[0][0] @ w("attention.W_h", N, N).T
        scores = torch.tanh(query[:, None] + keys) @ w("attention.v", N)
        f, h = None, torch.cat([y, (torch.softmax(scores, -1)[..., None] * values).sum(1)], -1)
        for layer in range(DECODER):
            f = fast_forward(w, f"decoder.{layer}", f, h)
            states[layer] = recurrence(w, f"decoder.{layer}", f, *states[layer])
            h = states[layer][0]
        logits.append(linear(w, "head", torch.cat([h, f], -1), V))
    return {"logits": rolled(logits), "step.encoder": e}
