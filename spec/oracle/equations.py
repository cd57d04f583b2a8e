"""Cases from equations in PyTorch, and from modules of torch and torchvision."""

import numpy as np
import torch

import float64
import hashing
from case import Case

RULES = [["*", 0, 1]]


class Weights:
    """Tensors from the hash of their keys; remembers the shape of each that was asked for."""

    def __init__(self, rules: list):
        self.rules, self.shapes = rules, {}

    def __call__(self, key: str, *shape: int) -> torch.Tensor:
        if self.shapes.setdefault(key, shape) != shape:
            raise AssertionError(f"{key} is {self.shapes[key]} and {shape}")
        return torch.from_numpy(hashing.tensor(self.rules, key, shape))


def case(name, paper, run, inputs, settings=None, rules=RULES, notes=()):
    """The Case of run(w, **inputs) in float64.

    paper: whose equations; run: takes Weights and the inputs as tensors, and returns results by name,
    where a name with `step.` in front is a step and any other an output; inputs: arrays by name;
    settings: the sizes.
    """
    with float64.only_float64():
        w = Weights(rules)
        results = run(w, **{k: torch.from_numpy(v) for k, v in inputs.items()})
    tensors = named(results) | {f"input.{k}": v for k, v in inputs.items()}
    source = {"kind": "equations", "text": paper}
    versions = {"torch": torch.__version__}
    return Case(name, source, versions, w.shapes, tensors, rules, settings=settings or {}, notes=list(notes))


def module_case(name, make, run, inputs, rules=RULES, notes=(), hashed=None, settings=None, library=torch):
    """The Case of run(make(), **inputs) for a module of a library, its tensors replaced by their hash.

    hashed: shapes of inputs that are too large to store, by name; settings: what the module was made with.
    """
    hashed = {f"input.{k}": shape for k, shape in (hashed or {}).items()}
    made = {k.removeprefix("input."): hashing.tensor(rules, k, shape) for k, shape in hashed.items()}
    with float64.only_float64():
        module = make().eval()
        shapes = fill(module, rules)
        float64.assert_stored_float64(module)
        results = run(module, **{k: torch.from_numpy(v) for k, v in (inputs | made).items()})
    tensors = named(results) | {f"input.{k}": v for k, v in inputs.items()}
    source = {"kind": "library", "class": f"{type(module).__module__}.{type(module).__qualname__}"}
    if type(module) is torch.nn.ModuleDict:
        source["class"] = " + ".join(f"torch.nn.{type(m).__name__}" for m in module.values())
    versions = {"torch": torch.__version__, library.__name__: library.__version__}
    settings, notes = settings or {}, list(notes)
    return Case(name, source, versions, shapes, tensors, rules, hashed, settings=settings, notes=notes)


def named(results: dict) -> dict:
    return {k if k.startswith("step.") else f"output.{k}": v.numpy() for k, v in results.items()}


def fill(module: torch.nn.Module, rules: list) -> dict:
    """Replaces each floating tensor of the module; integers (counts of batches) stay and are not listed."""
    shapes = {}
    for key, t in module.state_dict().items():
        if t.is_floating_point():
            shapes[key] = tuple(t.shape)
            t.copy_(torch.from_numpy(hashing.tensor(rules, key, shapes[key])))
    return shapes


def reals(key: str, shape: tuple, low: float = -1, high: float = 1) -> np.ndarray:
    """Numbers from low to high from the hash of key."""
    unit = hashing.hashed(key, int(np.prod(shape))).reshape(shape) + 0.5
    return low + (high - low) * unit
