"""A Llama-shaped decoder beside PyTorch, in alternation and in one run: python spec/bench/pytorch.py [ROUNDS] [--compile]

Needs torch and numpy, and Go. 8 layers, width 2048, 32 heads and 8 key heads of 64, hidden 5632, 32000 tokens, float32,
two threads, equal weights: a prompt of 512 tokens (scores behind the last one), then 32 tokens one by one, greedily,
each the best one behind the one before. A round runs ours, then PyTorch; medians are printed. The last tokens and
their scores have to agree. PyTorch's side uses F.linear, F.rms_norm and scaled_dot_product_attention over a cache that is
allocated once; --compile lets torch.compile make the step of one token.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
import torch.nn.functional as F

D, FF, L, H, G, V, K = 2048, 5632, 8, 32, 8, 32000, 64
PROMPT, NEW = 512, 32


def pattern(key, *shape):
    x = np.arange(int(np.prod(shape)), dtype=np.uint32) * np.uint32(2654435761) + np.uint32(977 * len(key))
    return torch.from_numpy((((x >> 8).astype(np.float32) / (1 << 24) - 0.5) / 20).reshape(shape))


class Model:
    def __init__(self, room):
        self.embed = pattern("model.embed_tokens.weight", V, D)
        self.head = pattern("lm_head.weight", V, D)
        self.norm = pattern("model.norm.weight", D)
        self.layers = []
        for l in range(L):
            p = f"model.layers.{l}."
            self.layers.append([
                pattern(p + "input_layernorm.weight", D), pattern(p + "self_attn.q_proj.weight", D, D),
                pattern(p + "self_attn.k_proj.weight", G * K, D), pattern(p + "self_attn.v_proj.weight", G * K, D),
                pattern(p + "self_attn.o_proj.weight", D, D), pattern(p + "post_attention_layernorm.weight", D),
                pattern(p + "mlp.gate_proj.weight", FF, D), pattern(p + "mlp.up_proj.weight", FF, D),
                pattern(p + "mlp.down_proj.weight", D, FF),
            ])
        angle = torch.arange(room, dtype=torch.float64)[:, None] * 500000.0 ** (-torch.arange(K // 2, dtype=torch.float64) / (K // 2))
        self.cos, self.sin = angle.cos().float(), angle.sin().float()
        self.cache = torch.zeros(L, 2, G, room, K)

    def rope(self, x, past):
        n = x.shape[0]
        cos, sin = self.cos[past:past + n, None], self.sin[past:past + n, None]
        a, b = x.split(K // 2, dim=-1)
        return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)

    def step(self, ids, past):
        x, n = self.embed[ids], len(ids)
        for l, (n1, wq, wk, wv, wo, n2, wg, wu, wd) in enumerate(self.layers):
            h = F.rms_norm(x, (D,), n1, 1e-5)
            q = self.rope(F.linear(h, wq).view(n, H, K), past)
            k = self.rope(F.linear(h, wk).view(n, G, K), past)
            self.cache[l, 0, :, past:past + n] = k.transpose(0, 1)
            self.cache[l, 1, :, past:past + n] = F.linear(h, wv).view(n, G, K).transpose(0, 1)
            keys, values = self.cache[l, :, :, :past + n]
            y = F.scaled_dot_product_attention(q.transpose(0, 1)[None], keys[None], values[None], is_causal=n > 1, enable_gqa=True)[0]
            x = x + F.linear(y.transpose(0, 1).reshape(n, D), wo)
            h = F.rms_norm(x, (D,), n2, 1e-5)
            x = x + F.linear(F.silu(F.linear(h, wg)) * F.linear(h, wu), wd)
        return F.linear(F.rms_norm(x[-1], (D,), self.norm, 1e-5), self.head)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 5
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    ours = os.path.join(tempfile.mkdtemp(), "decoder")
    subprocess.run(["go", "build", "-o", ours, "./spec/bench/decoder"], cwd=root, check=True)
    torch.set_num_threads(2)
    p = subprocess.Popen([ours], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(line):
        p.stdin.write(line + "\n")
        took, token, score = p.stdout.readline().split()
        return float(took), int(token), float(score)

    print("archc:", p.stdout.readline().strip(), "| torch", torch.__version__)
    model = Model(PROMPT + NEW)
    step = torch.compile(model.step, dynamic=True) if "--compile" in sys.argv else model.step
    ids = torch.arange(PROMPT) * 7919 % V
    seconds = {"prompt": ([], []), "new": ([], [])}
    with torch.inference_mode():
        for r in range(rounds + 1):
            a, token, score = ask(f"prompt {PROMPT}")
            b, token2, score2 = ask(f"new {NEW}")
            time.sleep(0.2)
            start = time.perf_counter()
            out = model.step(ids, 0)
            first = int(out.argmax())
            c = time.perf_counter() - start
            last, start = first, time.perf_counter()
            for k in range(NEW):
                out = step(torch.tensor([last]), PROMPT + k)
                last = int(out.argmax())
            d = time.perf_counter() - start
            time.sleep(0.2)
            if first != token or last != token2 or abs(float(out.max()) - score2) > 1e-3 * abs(score2):
                sys.exit(f"results differ: {token} {token2} {score2}, {first} {last} {float(out.max())}")
            if r > 0:
                for name, ours_s, theirs in (("prompt", a, c), ("new", b, d)):
                    seconds[name][0].append(ours_s)
                    seconds[name][1].append(theirs)
    print("test | archc tokens/s | PyTorch tokens/s | archc / PyTorch (median of rounds)")
    for name, n in (("prompt", PROMPT), ("new", NEW)):
        mine, theirs = seconds[name]
        ratio = statistics.median(t / m for m, t in zip(mine, theirs))
        print(f"{name} {n} | {n / statistics.median(mine):.1f} | {n / statistics.median(theirs):.1f} | {ratio:.2f}")


main()
