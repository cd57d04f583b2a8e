"""A forward pass in float64 alone.

`model.double()` does not reach the casts inside modules (RMSNorm, softmax, rotary tables, routers). Two
modes do: `Widened` replaces every request for a narrower type before PyTorch sees it, and `OnlyFloat64`
then looks at each operator that really runs and stops at the first narrower tensor. So the first may be
incomplete, never silently.
"""

from contextlib import contextmanager

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

WIDER = {
    torch.float32: torch.float64,
    torch.float16: torch.float64,
    torch.bfloat16: torch.float64,
    torch.complex64: torch.complex128,
}
CASTS = (torch.Tensor.float, torch.Tensor.half, torch.Tensor.bfloat16)


def widened(value):
    return WIDER.get(value, value) if isinstance(value, torch.dtype) else value


class Widened(TorchFunctionMode):
    """Turns each dtype argument, and .float() and its like, into the 64-bit type."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in CASTS:
            func = torch.Tensor.double
        args = tuple(widened(a) for a in args)
        return func(*args, **{k: widened(v) for k, v in (kwargs or {}).items()})


class OnlyFloat64(TorchDispatchMode):
    """Raises when an operator reads or makes a floating tensor narrower than 64 bits; counts what it saw."""

    def __init__(self):
        super().__init__()
        self.seen = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for t in tree_leaves((args, kwargs, out)):
            if not isinstance(t, torch.Tensor):
                continue
            self.seen += 1
            narrow = t.is_floating_point() and t.dtype != torch.float64
            if narrow or (t.is_complex() and t.dtype != torch.complex128):
                raise AssertionError(f"{func} works on a tensor of {t.dtype} {tuple(t.shape)}")
        return out


@contextmanager
def only_float64():
    """Everything inside is computed in float64, without gradients; else an AssertionError."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with torch.no_grad(), OnlyFloat64() as checked, Widened():
            yield checked
        if checked.seen == 0:
            raise AssertionError("no tensor was seen: the check did not run")
    finally:
        torch.set_default_dtype(before)


def assert_stored_float64(module: torch.nn.Module) -> None:
    """Parameters and buffers too; a table widened after it was made would have been seen being made."""
    for name, t in [*module.named_parameters(), *module.named_buffers()]:
        if t.is_floating_point() and t.dtype != torch.float64:
            raise AssertionError(f"{name} is stored as {t.dtype}")
