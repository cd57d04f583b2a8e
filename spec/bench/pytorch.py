"""A Llama-shaped decoder beside PyTorch, in alternation and in one run: python spec/bench/pytorch.py [ROUNDS] [--compile]

Needs torch and numpy, and Go. The model, its weights and the rounds are those of beside.py. PyTorch's side uses F.linear,
F.rms_norm and scaled_dot_product_attention over a cache that is allocated once; --compile lets torch.compile make the
step of one token and that of the prompt, which needs a C++ compiler.
"""

import sys

import numpy as np
import torch
import torch.nn.functional as F

import beside
from beside import D, EPS, G, H, K, L


class Model:
    def __init__(self, room):
        t = torch.from_numpy
        self.embed, self.head, self.norm = t(beside.embedding()), t(beside.head()), t(beside.last_norm())
        self.layers = [[t(w) for w in beside.layer(l)] for l in range(L)]
        self.cos, self.sin = map(t, beside.rotations())
        self.cache = torch.zeros(L, 2, G, room, K)

    def rope(self, x, past):
        n = x.shape[0]
        cos, sin = self.cos[past:past + n, None], self.sin[past:past + n, None]
        a, b = x.split(K // 2, dim=-1)
        return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)

    def step(self, ids, past):
        x, n = self.embed[ids], len(ids)
        for l, (n1, wq, wk, wv, wo, n2, wg, wu, wd) in enumerate(self.layers):
            h = F.rms_norm(x, (D,), n1, EPS)
            q = self.rope(F.linear(h, wq).view(n, H, K), past)
            k = self.rope(F.linear(h, wk).view(n, G, K), past)
            self.cache[l, 0, :, past:past + n] = k.transpose(0, 1)
            self.cache[l, 1, :, past:past + n] = F.linear(h, wv).view(n, G, K).transpose(0, 1)
            keys, values = self.cache[l, :, :, :past + n]
            y = F.scaled_dot_product_attention(q.transpose(0, 1)[None], keys[None], values[None], is_causal=n > 1, enable_gqa=True)[0]
            x = x + F.linear(y.transpose(0, 1).reshape(n, D), wo)
            h = F.rms_norm(x, (D,), n2, EPS)
            x = x + F.linear(F.silu(F.linear(h, wg)) * F.linear(h, wu), wd)
        return F.linear(F.rms_norm(x[-1], (D,), self.norm, EPS), self.head)


def main():
    torch.set_num_threads(beside.THREADS)
    model = Model(beside.PROMPT + beside.NEW)
    name, one, many = f"PyTorch {torch.__version__}", model.step, model.step
    if "--compile" in sys.argv:
        name += " compiled"
        one, many = torch.compile(model.step, dynamic=True), torch.compile(model.step, dynamic=False)

    def step(ids: np.ndarray, past):
        with torch.inference_mode():
            return (many if past == 0 else one)(torch.from_numpy(ids), past).numpy()

    beside.measure(name, step)


main()
