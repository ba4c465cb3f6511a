"""The precision of the steps: bfloat16 where the device is fast at it and the network's gradients stay the same.

Only the gradients of the steps use it: every reported number is measured in float32. Autocast acts on its own thread
alone, so other sessions' numbers do not change.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from vizlib.errors import VizError
from vizlib.models import Classifier, device_problems, own_context

PRECISIONS = ("auto", "float32", "bfloat16")
_FIRST = 8, 0  # from this compute capability, CUDA devices multiply bfloat16 at full speed
_ALIKE = 0.9  # cosine between a gradient in bfloat16 and in float32, at least


def effective(model: Classifier, asked: str = "auto") -> str:
    """The precision to use: what is asked for, or for "auto" bfloat16 where it is fast and the gradient stays the same.

    The answer is "float32" or "bfloat16".
    """
    if asked != "auto":
        return asked
    if not _offered(model.device):
        return "float32"
    with model.lock:
        known = model.memo.get("precision", ("", ""))
        if known[0] != model.fingerprint:
            try:
                known = model.memo["precision"] = model.fingerprint, "bfloat16" if _bears_bfloat16(model) else "float32"
            except VizError:  # memory or the device fails: the run itself will report it
                return "float32"
    found: str = known[1]
    return found


@contextmanager
def computed_in(precision: str, device: torch.device) -> Iterator[None]:
    """Within this block and thread, convolutions and matrix products use this precision."""
    if precision != "bfloat16":
        yield
        return
    lower = torch.autocast(device.type, torch.bfloat16, cache_enabled=False)  # frozen weights are not cached anyway
    with own_context(torch.is_grad_enabled()), lower:
        yield


def _offered(device: torch.device) -> bool:
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= _FIRST


def _bears_bfloat16(model: Classifier) -> bool:
    """Whether the network runs in bfloat16 at all, and its gradient for a picture of noise is nearly the same."""
    noise = torch.rand(1, 3, *model.input_size, generator=torch.Generator().manual_seed(0)).to(model.device)
    try:
        exact, rough = (_gradient(model, noise, each) for each in ("float32", "bfloat16"))
    except RuntimeError:  # raised by modules that are written for float32 alone
        return False
    return bool(torch.cosine_similarity(exact, rough, 0) >= _ALIKE)


def _gradient(model: Classifier, pixels: Tensor, precision: str) -> Tensor:
    leaf = pixels.detach().requires_grad_()
    with torch.enable_grad():
        with computed_in(precision, model.device):
            logits = model(leaf).float()
        with device_problems(model, leaf):
            (gradient,) = torch.autograd.grad(logits.square().sum(), leaf)
    return gradient.flatten()
