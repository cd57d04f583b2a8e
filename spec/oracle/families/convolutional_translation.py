"""Translation by convolution: ByteNet (Kalchbrenner et al. 2016) and ConvS2S (Gehring et al. 2017)."""

import torch
import torch.nn.functional as F

from equations import case
from huggingface import ids
from layers import layer_norm, linear

V, D, K = 23, 4, 3
DILATIONS = (1, 2, 4)
F_SIZE, H_SIZE = 5, 6
RULES = [["*norm*.weight", 1, 1], ["*", 0, 1]]
READS = "target holds y_0 ... y_{T-1}; logits[:, t] are those of y_{t+1}"


def cases():
    same = {"source": ids("bytenet.source", (2, 9), V), "target": ids("bytenet.target", (2, 9), V)}
    sizes = {"V": V, "d": D, "kernel": K, "dilations": DILATIONS}
    paper = "Kalchbrenner et al. 2016, with the residual block of ReLUs"
    yield case("bytenet", paper, bytenet, same, sizes, RULES, BYTENET)
    other = {"source": ids("convs2s.source", (2, 8), V), "target": ids("convs2s.target", (2, 6), V)}
    sizes = {"V": V, "f": F_SIZE, "d": H_SIZE, "kernel": K, "layers": 2, "positions": 10}
    yield case("convs2s", "Gehring et al. 2017, section 3", convs2s, other, sizes, notes=CONVS2S)


BYTENET = [
    READS,
    "a block is x + conv3(relu(norm3(conv2(relu(norm2(conv1(relu(norm1(x)))))))): conv1 is 1 x 1 from 2d"
    " to d, conv2 of k taps from d to d, conv3 1 x 1 from d to 2d; the middle one is dilated, in the"
    " decoder shifted so that it reads nothing later",
    "the norm is over the channels of one position (eps 1e-5), so the decoder stays causal",
    "the source is already padded to the target's length; the decoder reads the sum of the target's embedding"
    " and the encoder's column at the same position: the paper stacks them, and leaves the operation open",
    "after the decoder: conv1x1, ReLU, conv1x1 to the vocabulary",
]
CONVS2S = [
    READS,
    "gated unit: [A B] = conv(h), A sigmoid(B); residual sums are multiplied by sqrt(1/2)",
    "in a decoder layer, after the residual sum h: d = W_d h + b_d + g, weights softmax_j(d z_j), c = sqrt(S)"
    " times the weighted sum of z_j + e_j, and h + W_c c + b_c goes on; g, e: embeddings with positions",
    "z is the encoder's output mapped back to width f; W_c is ours: the paper adds c, of width f, to h, of"
    " width d",
]


def convolution(w, key, x, out, dilation=1, future=True):
    """A convolution of K taps over x [B, T, C]; stored [out, C, K]; future: taps on both sides, else the
    past.
    """
    reach = dilation * (K - 1)
    left = reach // 2 if future else reach
    padded = F.pad(x.mT, (left, reach - left))
    weight, bias = w(f"{key}.weight", out, x.shape[-1], K), w(f"{key}.bias", out)
    return F.conv1d(padded, weight, bias, dilation=dilation).mT


def bytenet_block(w, key, x, dilation, future):
    inner = linear(w, f"{key}.conv1", torch.relu(layer_norm(w, f"{key}.norm1", x)), D)
    inner = torch.relu(layer_norm(w, f"{key}.norm2", inner))
    inner = convolution(w, f"{key}.conv2", inner, D, dilation, future)
    return x + linear(w, f"{key}.conv3", torch.relu(layer_norm(w, f"{key}.norm3", inner)), 2 * D)


def bytenet(w, source, target):
    x = w("encoder.embedding", V, 2 * D)[source]
    for n, dilation in enumerate(DILATIONS):
        x = bytenet_block(w, f"encoder.{n}", x, dilation, True)
    y = x + w("decoder.embedding", V, 2 * D)[target]
    for n, dilation in enumerate(DILATIONS):
        y = bytenet_block(w, f"decoder.{n}", y, dilation, False)
    logits = linear(w, "head.1", torch.relu(linear(w, "head.0", y, 2 * D)), V)
    return {"logits": logits, "step.encoder": x}


def gated(w, key, h, future):
    a, b = convolution(w, key, h, 2 * H_SIZE, 1, future).chunk(2, -1)
    return (a * torch.sigmoid(b) + h) * 0.5**0.5


def convs2s(w, source, target):
    e = w("encoder.words", V, F_SIZE)[source] + w("encoder.positions", 10, F_SIZE)[: source.shape[1]]
    z = linear(w, "encoder.in", e, H_SIZE)
    for n in range(2):
        z = gated(w, f"encoder.{n}.conv", z, True)
    z = linear(w, "encoder.out", z, F_SIZE)
    g = w("decoder.words", V, F_SIZE)[target] + w("decoder.positions", 10, F_SIZE)[: target.shape[1]]
    h = linear(w, "decoder.in", g, H_SIZE)
    for n in range(2):
        h = gated(w, f"decoder.{n}.conv", h, False)
        d = linear(w, f"decoder.{n}.state", h, F_SIZE) + g
        c = torch.softmax(d @ z.mT, -1) @ (z + e) * source.shape[1] ** 0.5
        h = h + linear(w, f"decoder.{n}.context", c, H_SIZE)
    out = linear(w, "head", linear(w, "decoder.out", h, F_SIZE), V)
    return {"logits": out, "step.encoder": z, "step.decoder": h}
