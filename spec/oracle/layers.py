"""Layers that several papers share, each written out. Matrices are stored [out, in], as in PyTorch."""

import math

import torch
import torch.nn.functional as F


def linear(w, key: str, x: torch.Tensor, out: int, bias: bool = True) -> torch.Tensor:
    """W x + b, with `key.weight` [out, in] and `key.bias` [out]."""
    y = x @ w(f"{key}.weight", out, x.shape[-1]).T
    return y + w(f"{key}.bias", out) if bias else y


def layer_norm(w, key: str, x: torch.Tensor, eps: float = 1e-5) -> torch.Tensor:
    """Ba et al. 2016: (x - mean) / sqrt(variance + eps) * gain + bias, with `key.weight` and `key.bias`."""
    centered = x - x.mean(-1, keepdim=True)
    variance = (centered**2).mean(-1, keepdim=True)
    gain, bias = w(f"{key}.weight", x.shape[-1]), w(f"{key}.bias", x.shape[-1])
    return centered / torch.sqrt(variance + eps) * gain + bias


def lstm(w, key: str, xs: torch.Tensor, size: int, state=None, reverse: bool = False, bias="bias", tail=""):
    """An LSTM with one bias for each gate over xs [B, T, D]: all h [B, T, size], and the last (h, c).

    `key.weight_ih` [4 size, D], `key.weight_hh` [4 size, size], `key.bias` [4 size], rows ordered input gate,
    forget gate, candidate, output gate: c' = f c + i tanh(g), h' = o tanh(c'). bias is the last word of the
    bias's key, and tail follows all three.
    """
    batch = xs.shape[0]
    h, c = state or (torch.zeros(batch, size), torch.zeros(batch, size))
    steps = []
    for x in unrolled(xs, reverse):
        gates = x @ w(f"{key}.weight_ih{tail}", 4 * size, x.shape[-1]).T + w(f"{key}.{bias}{tail}", 4 * size)
        i, f, g, o = (gates + h @ w(f"{key}.weight_hh{tail}", 4 * size, size).T).split(size, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        steps.append(h)
    return rolled(steps, reverse), (h, c)


def unrolled(xs: torch.Tensor, reverse: bool = False):
    """The steps of [B, T, D] in the order in which they are read."""
    steps = xs.unbind(1)
    return reversed(steps) if reverse else iter(steps)


def rolled(steps: list, reverse: bool = False) -> torch.Tensor:
    """Back to [B, T, D], each step at its place."""
    return torch.stack(steps[::-1] if reverse else steps, 1)


def heads(x: torch.Tensor, count: int) -> torch.Tensor:
    """[B, T, H K] to [B, H, T, K], H outer."""
    return x.unflatten(-1, (count, -1)).transpose(1, 2)


def joined(x: torch.Tensor) -> torch.Tensor:
    """[B, H, T, K] to [B, T, H K]."""
    return x.transpose(1, 2).flatten(2)


def attend(q, k, v, mask=None) -> torch.Tensor:
    """softmax(q k / sqrt(K)) v over [B, H, T, K]; mask is true where a query may read a key."""
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return F.softmax(scores, -1) @ v


def causal(queries: int, keys: int) -> torch.Tensor:
    """True where key j is no later than query i, the last query standing at the last key."""
    return torch.arange(keys) <= torch.arange(queries)[:, None] + keys - queries
