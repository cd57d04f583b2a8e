"""What pytorch.py and onnx_runtime.py share: the model, its weights, our side, and the rounds.

The model has the shape of Llama: 8 layers, width 2048, 32 heads and 8 key heads of 64, hidden 5632, 32000 tokens, float32.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

D, FF, L, H, G, V, K = 2048, 5632, 8, 32, 8, 32000, 64
BASE, EPS = 500000.0, 1e-5
PROMPT, NEW = 512, 32
THREADS = 2


def pattern(key, *shape):
    """The tensor called key, as spec/bench/decoder makes it."""
    x = np.arange(int(np.prod(shape)), dtype=np.uint32) * np.uint32(2654435761) + np.uint32(977 * len(key))
    return (((x >> 8).astype(np.float32) / (1 << 24) - 0.5) / 20).reshape(shape)


def rotations():
    """Cosines and sines of the angles, a row for each position."""
    angle = np.arange(PROMPT + NEW)[:, None] * BASE ** (-np.arange(K // 2) / (K // 2))
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def layer(l):
    """The weights of a layer: norm, query, key, value, output, norm, gate, up, down; a matrix has a row an output."""
    shapes = {
        "input_layernorm": (D,), "self_attn.q_proj": (D, D), "self_attn.k_proj": (G * K, D), "self_attn.v_proj": (G * K, D),
        "self_attn.o_proj": (D, D), "post_attention_layernorm": (D,), "mlp.gate_proj": (FF, D), "mlp.up_proj": (FF, D),
        "mlp.down_proj": (D, FF),
    }
    return [pattern(f"model.layers.{l}.{name}.weight", *shape) for name, shape in shapes.items()]


def embedding():
    return pattern("model.embed_tokens.weight", V, D)


def last_norm():
    return pattern("model.norm.weight", D)


def head():
    return pattern("lm_head.weight", V, D)


def tokens():
    return np.arange(PROMPT) * 7919 % V


def measure(name, step):
    """Rounds of ours and then theirs, the first of them not counted: a prompt, then tokens one by one, greedily.

    step(ids, past) gives the scores behind the last of the ids, a numpy array. The last tokens and their scores have to agree.
    """
    rounds = next((int(a) for a in sys.argv[1:] if a.isdigit()), 5)
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    ours = os.path.join(tempfile.mkdtemp(), "decoder")
    subprocess.run(["go", "build", "-o", ours, "./spec/bench/decoder"], cwd=root, check=True)
    p = subprocess.Popen([ours, f"-threads={THREADS}", f"-layers={L}"], cwd=root, stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(line):
        p.stdin.write(line + "\n")
        took, token, score = p.stdout.readline().split()
        return float(took), int(token), float(score)

    print("archc:", p.stdout.readline().strip(), "|", name, "| load", *os.getloadavg())
    seconds = {"prompt": ([], []), "new": ([], [])}
    for r in range(rounds + 1):
        a, token, score = ask(f"prompt {PROMPT}")
        b, token2, score2 = ask(f"new {NEW}")
        time.sleep(0.2)
        start = time.perf_counter()
        out = step(tokens(), 0)
        first = int(out.argmax())
        c = time.perf_counter() - start
        last, start = first, time.perf_counter()
        for k in range(NEW):
            out = step(np.array([last]), PROMPT + k)
            last = int(out.argmax())
        d = time.perf_counter() - start
        time.sleep(0.2)
        if first != token or last != token2 or abs(float(out.max()) - score2) > 1e-3 * abs(score2):
            sys.exit(f"results differ: {token} {token2} {score2}, {first} {last} {float(out.max())}")
        if r > 0:
            for test, mine, theirs in (("prompt", a, c), ("new", b, d)):
                seconds[test][0].append(mine)
                seconds[test][1].append(theirs)
    print(f"test | archc tokens/s | {name} tokens/s | archc / {name} (median of rounds; least, most) | load", *os.getloadavg())
    for test, n in (("prompt", PROMPT), ("new", NEW)):
        mine, theirs = seconds[test]
        ratios = [t / m for m, t in zip(mine, theirs)]
        print(f"{test} {n} | {n / statistics.median(mine):.1f} | {n / statistics.median(theirs):.1f} | "
              f"{statistics.median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f})")
