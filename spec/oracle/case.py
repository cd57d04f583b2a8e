"""A case: what one model computed, as the two files that Go tests read.

case.json says what was run, io.safetensors holds inputs, outputs and a few steps between. Nothing here
knows how the numbers were made.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

FOLDER = Path(__file__).parent / "cases"
WIDTH = 110
TOLERANCE = 1e-12  # of the largest element: BLAS kernels of other processors add in other orders


@dataclass
class Case:
    """One model with one input.

    name: the folder;
    source: who computes (class, or whose equations);
    versions: of the libraries that computed;
    rules, shapes: each stored tensor of a shape in shapes is hashing.tensor(rules, key, shape);
    tensors: input.*, output.* and step.* in float64 or int64;
    hashed: shapes of further inputs, each the tensor of its name by the same rules;
    config: the model's config.json, where a library has one; settings: the sizes, where it has none.
    """

    name: str
    source: dict
    versions: dict
    shapes: dict
    tensors: dict
    rules: list = field(default_factory=list)
    hashed: dict = field(default_factory=dict)
    config: dict | None = None
    settings: dict | None = None
    notes: list = field(default_factory=list)

    def described(self) -> dict:
        text = {"name": self.name, "source": self.source, "versions": self.versions, "notes": self.notes}
        for key in ("settings", "config"):
            if getattr(self, key) is not None:
                text[key] = getattr(self, key)
        if self.hashed:
            text["inputs"] = {k: list(v) for k, v in self.hashed.items()}
        shapes = {k: list(self.shapes[k]) for k in sorted(self.shapes)}
        text["weights"] = {"rules": self.rules, "shapes": shapes}
        return text

    def write(self) -> int:
        """Writes both files, reads them back, and returns their size in bytes."""
        folder = FOLDER / self.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "case.json").write_text(layout(self.described()) + "\n")
        save_file(stored(self.tensors), folder / "io.safetensors")
        if found := self.differences():
            raise AssertionError(f"{self.name} reads back otherwise: {found}")
        return sum(f.stat().st_size for f in folder.iterdir())

    def differences(self) -> list[str]:
        """What the committed files say otherwise; versions may differ, they are the point of checking."""
        folder = FOLDER / self.name
        if not (folder / "io.safetensors").exists():
            return ["is not committed"]
        out = []
        old = json.loads((folder / "case.json").read_text())
        new = json.loads(json.dumps(self.described()))
        for text in (old, new):
            text.pop("versions")
            text.get("config", {}).pop("transformers_version", None)
        out += [f"case.json: {k}" for k in old.keys() | new.keys() if old.get(k) != new.get(k)]
        was, now = load_file(folder / "io.safetensors"), stored(self.tensors)
        for key in sorted(was.keys() | now.keys()):
            if key not in was or key not in now:
                out.append(f"{key}: only in the {'new' if key in now else 'committed'} file")
            elif (far := distance(was[key], now[key])) > TOLERANCE:
                out.append(f"{key}: differs by {far:.3g} of the largest")
        return out


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference over the largest element; infinite when type, shape or an integer differs."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return np.inf
    if a.dtype == np.int64:
        return 0.0 if np.array_equal(a, b) else np.inf
    if np.array_equal(a, b):
        return 0.0
    return float(np.max(np.abs(a - b)) / np.max(np.abs(b)))


def stored(tensors: dict) -> dict:
    """float64 and int64 arrays, in order of name; anything else, or a number that is none, is an error."""
    out = {}
    for key in sorted(tensors):
        array = np.array(tensors[key], order="C")  # safetensors writes memory as it lies
        if array.dtype == np.bool_:
            array = array.astype(np.int64)
        if array.dtype not in (np.float64, np.int64):
            raise TypeError(f"{key} has type {array.dtype}")
        if not np.isfinite(array).all():
            raise ValueError(f"{key} has elements that are not finite")
        out[key] = array
    return out


def layout(value, indent: int = 0, used: int = 0) -> str:
    """JSON with one line for what fits on it; used: the columns that stand before value."""
    line = json.dumps(value)
    if used + len(line) < WIDTH or not isinstance(value, dict | list) or not value:
        return line
    inner = "\n" + " " * (indent + 1)
    if isinstance(value, list):
        rows = [layout(v, indent + 1, indent + 1) for v in value]
        return "[" + inner + ("," + inner).join(rows) + inner[:-1] + "]"
    rows = [f"{json.dumps(k)}: " + layout(v, indent + 1, indent + len(k) + 5) for k, v in value.items()]
    return "{" + inner + ("," + inner).join(rows) + inner[:-1] + "}"
