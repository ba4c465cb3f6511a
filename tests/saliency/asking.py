"""What the contract tests ask of every method on the menu, and what a method costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

from vizlib.models import Classifier
from vizlib.saliency import MENU


def compared(method: str) -> dict[str, Any]:
    """The second class, 0, for methods that compare with one: a unit has no most likely other class."""
    return {"against": 0} if MENU[method].against else {}


@dataclass
class Spent:
    """How many pictures went through a network, and how many gradients came back."""

    forward: int = 0
    backward: int = 0


@contextmanager
def passes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spent]:
    """Within the block, the passes of every `Classifier` are counted, picture by picture."""
    spent = Spent()
    within: list[None] = []
    call, grad = Classifier.__call__, torch.autograd.grad

    def forward(model: Classifier, pixels: Tensor) -> Tensor:
        spent.forward += len(pixels)
        return call(model, pixels)

    def backward(*args: Any, **kwargs: Any) -> Any:
        within.append(None)
        found = grad(*args, **kwargs)  # which calls itself where a TorchFunctionMode is on
        within.pop()
        spent.backward += 0 if within else len(found[0])
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Classifier, "__call__", forward)
        patched.setattr(torch.autograd, "grad", backward)
        yield spent
