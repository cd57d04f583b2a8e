"""DeepSeekMoE 16B (Dai et al. 2024) under its published keys: a Llama whose feed-forward layers, after
the first, have many small experts and some shared ones. The library has no class of its own for it.
"""

import torch

from equations import case
from huggingface import RULES, ids
from layers import attend, causal, heads, joined, linear

V, D, LAYERS, H, K, F, SMALL, E, TOP, SHARED, THETA, EPS = 53, 24, 3, 4, 6, 40, 10, 8, 3, 2, 10000.0, 1e-6
SIZES = {
    "vocab_size": V, "hidden_size": D, "num_hidden_layers": LAYERS, "num_attention_heads": H,
    "intermediate_size": F, "moe_intermediate_size": SMALL, "n_routed_experts": E, "num_experts_per_tok": TOP,
    "n_shared_experts": SHARED, "first_k_dense_replace": 1, "norm_topk_prob": False, "rope_theta": THETA,
    "rms_norm_eps": EPS,
}
NOTES = [
    "weights of the chosen experts are their softmax probabilities over all experts, not normalized again",
    "the shared experts are one SwiGLU of the summed width",
]


def cases():
    inputs = {"input_ids": ids("deepseek_moe", (2, 10), V)}
    paper = "Dai et al. 2024, in the form of the published modeling_deepseek.py"
    yield case("deepseek-moe", paper, run, inputs, SIZES, RULES, NOTES)


def run(w, input_ids):
    x, steps = w("model.embed_tokens.weight", V, D)[input_ids], {}
    for layer in range(LAYERS):
        key = f"model.layers.{layer}"
        x = x + attention(w, f"{key}.self_attn", rms_norm(w, f"{key}.input_layernorm", x))
        normed = rms_norm(w, f"{key}.post_attention_layernorm", x)
        y = moe(w, f"{key}.mlp", normed) if layer > 0 else swiglu(w, f"{key}.mlp", normed, F)
        steps[f"step.{key}.mlp"] = y
        x = x + y
    return {"logits": linear(w, "lm_head", rms_norm(w, "model.norm", x), V, bias=False)} | steps


def rms_norm(w, key, x):
    return x / torch.sqrt((x * x).mean(-1, keepdim=True) + EPS) * w(f"{key}.weight", D)


def rotated(x):
    """Halves: (x[p], x[p + K/2]) turns by t theta^(-2p/K); x is [B, H, T, K]."""
    a, b = x.chunk(2, -1)
    angle = torch.arange(x.shape[-2])[:, None] * THETA ** (-torch.arange(0, K, 2) / K)
    return torch.cat([a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()], -1)


def attention(w, key, x):
    q, k, v = (heads(linear(w, f"{key}.{m}_proj", x, H * K, bias=False), H) for m in "qkv")
    y = attend(rotated(q), rotated(k), v, causal(x.shape[1], x.shape[1]))
    return linear(w, f"{key}.o_proj", joined(y), D, bias=False)


def swiglu(w, key, x, size):
    gate = linear(w, f"{key}.gate_proj", x, size, bias=False)
    up = linear(w, f"{key}.up_proj", x, size, bias=False)
    return linear(w, f"{key}.down_proj", gate * torch.sigmoid(gate) * up, D, bias=False)


def moe(w, key, x):
    s = torch.softmax(x @ w(f"{key}.gate.weight", E, D).T, -1)
    gates = torch.where(s >= s.sort(-1, descending=True).values[..., TOP - 1 : TOP], s, 0)
    y = swiglu(w, f"{key}.shared_experts", x, SHARED * SMALL)
    for e in range(E):
        y = y + gates[..., e : e + 1] * swiglu(w, f"{key}.experts.{e}", x, SMALL)
    return y
