"""The stated pseudo-random numbers that stand for weights too large to commit.

`hashed` is the same function as eval.Hash in ir/eval/hash.go, element by element and bit by bit: FNV-1a
over the name, then the steps of SplitMix64 (Steele, Lea, Flood 2014) for the index. This file knows
nothing of models.
"""

from fnmatch import fnmatchcase
from math import prod

import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX1 = np.uint64(0xBF58476D1CE4E5B9)
MIX2 = np.uint64(0x94D049BB133111EB)
CHUNK = 1 << 22  # elements made at once, so that a layer of 10^8 needs little more memory than its result


def seed(name: str) -> int:
    """FNV-1a of the UTF-8 bytes of name, 64 bits."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h


def hashed(name: str, count: int, first: int = 0) -> np.ndarray:
    """Elements first .. first+count-1 of name: float64 in [-1/2, 1/2), each a multiple of 2^-24."""
    with np.errstate(over="ignore"):  # 64 bits without a sign wrap on purpose
        z = np.arange(first + 1, first + count + 1, dtype=np.uint64)
        z *= GOLDEN
        z += np.uint64(seed(name))
        z ^= z >> np.uint64(30)
        z *= MIX1
        z ^= z >> np.uint64(27)
        z *= MIX2
        z ^= z >> np.uint64(31)
    z >>= np.uint64(40)
    return z.astype(np.float64) / (1 << 24) - 0.5


def affine(rules: list, key: str) -> tuple[float, float]:
    """The (center, scale) of the first rule [pattern, center, scale] that matches the whole key.

    In a pattern `*` stands for any characters, dots too; nothing else is special.
    """
    for pattern, center, scale in rules:
        if fnmatchcase(key, pattern):
            return center, scale
    raise KeyError(f"no rule for {key}")


def tensor(rules: list, key: str, shape: tuple[int, ...]) -> np.ndarray:
    """The stored tensor of key, row-major: element i is center + scale * hashed(key)[i]."""
    center, scale = affine(rules, key)
    out = np.empty(prod(shape))
    for at in range(0, out.size, CHUNK):
        part = out[at : at + CHUNK]
        part[:] = hashed(key, part.size, at)
        part *= scale
        part += center
    return out.reshape(shape)


# Values of eval.Hash times 2^24, printed by the Go function: (name, index, value).
WITNESSES = (
    ("", 0, 4424060),
    ("", 1000000, 2702297),
    ("wte.weight", 0, -5125749),
    ("wte.weight", 1, -8245681),
    ("wte.weight", 1000000, 6634585),
    ("model.layers.0.self_attn.q_proj.weight", 1, -7265525),
)


def verify() -> None:
    """Raises when `hashed` is not eval.Hash, so that a wrong port writes nothing."""
    for name, index, want in WITNESSES:
        if hashed(name, 1, index)[0] * (1 << 24) != want:
            raise AssertionError(f"hashed({name!r}, {index}) is not what eval.Hash gives")
