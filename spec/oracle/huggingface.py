"""Cases from Hugging Face transformers: the library's own class, weights under the keys that it saves.

The weights go through a checkpoint on purpose. What a class saves is what published checkpoints look like
(one tensor for each expert, no second copy of a tied tensor), and reading it back is the library's
business.
"""

import json
import tempfile
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors import safe_open
from safetensors.numpy import save_file

import float64
import hashing
from case import Case

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

# Gains and variances around 1, everything else around 0, all of width 1.
RULES = [["*norm*.weight", 1, 1], ["*Norm*.weight", 1, 1], ["*", 0, 1]]


def ids(key: str, shape: tuple, vocab: int, low: int = 0) -> np.ndarray:
    """Token ids low .. vocab-1 from the hash of key."""
    count = int(np.prod(shape))
    unit = hashing.hashed(key, count).reshape(shape) + 0.5
    return low + np.floor(unit * (vocab - low)).astype(np.int64)


def padded(lengths: list[int], total: int) -> np.ndarray:
    """An attention mask: row r has lengths[r] ones and then zeros."""
    return (np.arange(total) < np.array(lengths)[:, None]).astype(np.int64)


def case(name, cls, config, inputs, outputs=("logits",), steps=(), rules=RULES, notes=(),
         call=None, extra=None, prefix=()):
    """Runs cls(config) on inputs in float64 and returns the Case.

    inputs: arrays by the names of the forward's arguments; outputs: fields of its result; steps: paths of
    modules whose (first) result is kept; call(model, **inputs): instead of model(**inputs); extra: shapes
    of tensors that published checkpoints have and the class, made anew, would not save; prefix: (saved,
    published), where the library saves keys that begin otherwise than published ones, which it reads all
    the same.
    """
    with float64.only_float64(), tempfile.TemporaryDirectory() as folder:
        config._attn_implementation = "eager"
        config._experts_implementation = "eager"
        shapes = hashed_checkpoint(cls(config), Path(folder), rules, extra or {}, prefix)
        text = json.loads((Path(folder) / "config.json").read_text())
        model = loaded(cls, folder)
        float64.assert_stored_float64(model)
        kept = {}
        for path in steps:
            model.get_submodule(path).register_forward_hook(keeper(kept, f"step.{path}"))
        given = {k: torch.from_numpy(v) for k, v in inputs.items()}
        result = call(model, **given) if call else model(**given)
    kept |= {f"output.{k}": result[k] for k in outputs}
    tensors = {k: v.numpy() for k, v in kept.items()} | {f"input.{k}": v for k, v in inputs.items()}
    source = {"kind": "library", "class": f"transformers.{cls.__name__}"}
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    return Case(name, source, versions, shapes, tensors, rules, config=text, notes=list(notes))


def hashed_checkpoint(model, folder: Path, rules: list, extra: dict, prefix) -> dict:
    """Saves the model, replaces each stored tensor by its hash, and returns the shapes by key."""
    model.save_pretrained(folder)
    file = folder / "model.safetensors"
    with safe_open(file, "np") as stored:
        shapes = {key: stored.get_slice(key).get_shape() for key in stored.keys()} | extra
    if prefix:
        shapes = {renamed(key, *prefix): shape for key, shape in shapes.items()}
    save_file({k: hashing.tensor(rules, k, s) for k, s in shapes.items()}, file, {"format": "pt"})
    return shapes


def renamed(key: str, old: str, new: str) -> str:
    return new + key.removeprefix(old) if key.startswith(old) else key


def loaded(cls, folder: str):
    """The class with the checkpoint of folder, every tensor of it used and none missing."""
    model, report = cls.from_pretrained(
        folder,
        dtype=torch.float64,
        attn_implementation="eager",
        experts_implementation="eager",
        output_loading_info=True,
    )
    for what in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if report[what]:
            raise AssertionError(f"{what}: {report[what]}")
    return model


def keeper(kept: dict, name: str):
    """A hook that keeps a copy of a module's result: what reads it next may change it in place."""

    def hook(module, args, result):
        kept[name] = (result if isinstance(result, torch.Tensor) else result[0]).clone()

    return hook
