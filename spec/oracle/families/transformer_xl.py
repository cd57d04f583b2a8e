"""Transformer-XL (Dai et al. 2019), adaptive embedding (Baevski, Auli 2019) and softmax (Grave et al. 2017).

The library had a class for it until it was removed; keys are those of its checkpoint transfo-xl-wt103,
whose count of 285,205,322 these shapes give at the published sizes.
"""

import torch
import torch.nn.functional as F

from equations import case, reals
from huggingface import ids
from layers import layer_norm, linear

V, D, H, K, FF, LAYERS, MEMORY, EPS = 40, 16, 2, 6, 20, 2, 5, 1e-5
CUTOFFS, DIVISOR = (0, 10, 24, V), 2
SEGMENTS = [6, 3, 5]  # longer than the memory, shorter, and as long
RULES = [["*norm*.weight", 1, 1], ["*", 0, 1]]
SIZES = {
    "vocab_size": V, "d_model": D, "d_embed": D, "n_head": H, "d_head": K, "d_inner": FF, "n_layer": LAYERS,
    "mem_len": MEMORY, "cutoffs": CUTOFFS[1:-1], "div_val": DIVISOR, "layer_norm_epsilon": EPS,
    "tie_projs": [False, True, True], "untie_r": True,
}
NOTES = [
    "score = ((q + r_w_bias) k + (q + r_r_bias) (W_r R_{i-j})) / sqrt(d_head), R_n = [sin(n f); cos(n f)]"
    " with the sines first, f = 10000^(-2p/d); a query reads all of the memory and the segment up to"
    " itself",
    "input.mems[l] is what layer l read in the segment before: it is not normalized and not computed"
    " again; the first call's output.mems are the last mem_len of memory and segment, per layer, the"
    " embeddings first",
    "post-norm: norm(x + attention), norm(x + ff); ff has biases, attention has none but the two",
    "word c of cluster n has an embedding of width d / div_val^n, projected to d, times sqrt(d)",
    "log p of a word of cluster 0 is in the softmax over [words of cluster 0; cluster 1; cluster 2]; of a"
    " word of cluster n it is log p(cluster) + log p(word | cluster). Output embeddings are the input's,"
    " and so are the projections but that of cluster 0",
    "the published config also has same_length, which hides the oldest keys of the memory from later"
    " queries, and clamp_len 1000: neither is in the paper's equations, and neither is here",
]


def cases():
    inputs = {
        "input_ids": ids("transformer-xl", (2, 6), V),
        "mems": reals("transformer-xl.mems", (LAYERS, 2, MEMORY, D)),
    }
    paper = "Dai et al. 2019, sections 3.2 and 3.3"
    yield case("transformer-xl", paper, run, inputs, SIZES, RULES, NOTES)
    inputs = {"input_ids": ids("transformer-xl.segments", (2, sum(SEGMENTS)), V)}
    notes = [
        f"read in segments of {SEGMENTS}: each call's mems are the next one's, and the first memory is zeros",
        *NOTES,
    ]
    yield case("transformer-xl-segments", paper, segments, inputs, SIZES, RULES, notes)


def segments(w, input_ids):
    """log p of every word, the segments one behind another, and the last memory."""
    mems, parts = torch.zeros(LAYERS, input_ids.shape[0], MEMORY, D, dtype=torch.float64), []
    for tokens in input_ids.split(SEGMENTS, 1):
        out = run(w, tokens, mems)
        parts, mems = [*parts, out["log_probabilities"]], out["mems"]
    return {"log_probabilities": torch.cat(parts, 1), "mems": mems}


def run(w, input_ids, mems):
    x, read, steps = embedded(w, input_ids), [], {}
    for layer in range(LAYERS):
        key = f"transformer.layers.{layer}"
        both = torch.cat([mems[layer], x], 1)
        read.append(both[:, -MEMORY:])
        x = layer_norm(w, f"{key}.dec_attn.layer_norm", x + attention(w, f"{key}.dec_attn", x, both), EPS)
        hidden = torch.relu(linear(w, f"{key}.pos_ff.CoreNet.0", x, FF))
        ff = linear(w, f"{key}.pos_ff.CoreNet.3", hidden, D)
        x = layer_norm(w, f"{key}.pos_ff.layer_norm", x + ff, EPS)
        steps[f"step.{key}"] = x
    return {"log_probabilities": adaptive(w, x), "mems": torch.stack(read)} | steps


def clusters():
    """(first word, one past the last, width) of each cluster."""
    return [(a, b, D // DIVISOR**n) for n, (a, b) in enumerate(zip(CUTOFFS, CUTOFFS[1:], strict=False))]


def embedded(w, tokens):
    rows, key = [], "transformer.word_emb"
    for n, (a, b, width) in enumerate(clusters()):
        table = w(f"{key}.emb_layers.{n}.weight", b - a, width)
        rows.append(table @ w(f"{key}.emb_projs.{n}", D, width).T)
    return torch.cat(rows)[tokens] * D**0.5


def attention(w, key, x, both):
    q, k, v = linear(w, f"{key}.qkv_net", both, 3 * H * K, False).unflatten(-1, (3, H, K)).unbind(2)
    q = q[:, MEMORY:]
    i, j = torch.arange(x.shape[1])[:, None] + MEMORY, torch.arange(both.shape[1])
    angle = j[:, None] * 10000 ** (-torch.arange(0, D, 2) / D)
    r = linear(w, f"{key}.r_net", torch.cat([angle.sin(), angle.cos()], -1), H * K, False)
    r = r.unflatten(-1, (H, K))[(i - j).clamp(min=0)]  # a distance for each pair; later keys are masked below
    content = torch.einsum("bihk,bjhk->bhij", q + w(f"{key}.r_w_bias", H, K), k)
    position = torch.einsum("bihk,ijhk->bhij", q + w(f"{key}.r_r_bias", H, K), r)
    scores = ((content + position) / K**0.5).masked_fill(j > i, -torch.inf)
    mean = torch.einsum("bhij,bjhk->bihk", torch.softmax(scores, -1), v).flatten(2)
    return mean @ w(f"{key}.o_net.weight", D, H * K).T


def adaptive(w, x):
    """log p of every word, [B, T, V]."""
    tails, first = len(clusters()) - 1, CUTOFFS[1]
    table = w("transformer.word_emb.emb_layers.0.weight", first, D)
    table = torch.cat([table, w("crit.cluster_weight", tails, D)])
    bias = torch.cat([w("crit.out_layers.0.bias", first), w("crit.cluster_bias", tails)])
    head = F.log_softmax(x @ w("crit.out_projs.0", D, D) @ table.T + bias, -1)
    parts = [head[..., :first]]
    for n, (a, b, width) in list(enumerate(clusters()))[1:]:
        table = w(f"transformer.word_emb.emb_layers.{n}.weight", b - a, width)
        tail = x @ w(f"transformer.word_emb.emb_projs.{n}", D, width) @ table.T
        tail = F.log_softmax(tail + w(f"crit.out_layers.{n}.bias", b - a), -1)
        parts.append(head[..., first + n - 1, None] + tail)
    return torch.cat(parts, -1)
