"""What the errors of a pass through a network mean."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from vizlib.errors import NotShowable, VizError
from vizlib.models._checks import check_pixels
from vizlib.models._foreign import imprecise
from vizlib.models._tap import SeenAll
from vizlib.models.context import own_context
from vizlib.models.devices import device_error
from vizlib.records import Size


class Network(Protocol):
    """What passes and batches ask of the classifier."""

    name: str
    device: torch.device
    network: nn.Module
    lock: threading.RLock
    memo: dict[str, Any]

    @property
    def input_size(self) -> Size: ...

    def normalize(self, pixels: Tensor) -> Tensor: ...


# torch's words for a graph of gradients that does not reach the pixels
_CUT = "does not require grad and does not have a grad_fn", "appears to not have been used in the graph"


@contextmanager
def device_problems(classifier: Network, pixels: Tensor) -> Iterator[None]:
    """Turns errors of the device and its memory, and a missing gradient, into a VizError; others pass unchanged."""
    try:
        yield
    except (AssertionError, RuntimeError, ValueError, MemoryError) as problem:
        if any(each in str(problem) for each in _CUT):
            what = f"No gradient leads from the output of {classifier.name} back to the pixels."
            raise NotShowable(what, "Remove the detach(), no_grad() or hook inside it that cuts it off.") from problem
        batch = f"{len(pixels)} picture{'s' * (len(pixels) != 1)} of {_px(pixels.shape[2:])}"
        known = device_error(problem, f"{classifier.name} with {batch}", classifier.device)
        if known is None:
            raise
        raise known from problem


@contextmanager
def one_pass(classifier: Network, pixels: Tensor) -> Iterator[None]:
    """Around one pass: holds the network's lock, and turns errors that the user can fix into a VizError.

    The size of the pictures is the reason if a gray one of this size fails too, and one of the network's own does not.
    """
    check_pixels(pixels)
    try:
        with classifier.lock, device_problems(classifier, pixels):
            yield
    except VizError:
        raise
    except Exception as problem:
        if kinds := imprecise(classifier.network):
            what = f"The weights of {classifier.name} are {' and '.join(kinds)}, and the engine computes in float32."
            raise VizError(what, "Call its network.float(), or bring the network with vizlib.wrap again.") from problem
        own, size = classifier.input_size, (pixels.shape[2], pixels.shape[3])
        if _takes(classifier, size) or not _takes(classifier, own):
            raise
        raise NotShowable(f"{classifier.name} takes no pictures of {_px(size)}.", f"Give it {_px(own)}.") from problem


def _px(size: Sequence[int]) -> str:
    return f"{size[0]} x {size[1]} px"


def _takes(classifier: Network, size: Size) -> bool:
    """Whether the network has an answer to a gray picture of this size."""
    try:
        with own_context(), torch.no_grad(), classifier.lock:
            classifier.network(classifier.normalize(torch.full((1, 3, *size), 0.5)))
    except SeenAll:  # a tap around this pass needs no more of it
        return True
    except Exception:  # noqa: BLE001  whatever it is: this size is not taken
        return False
    return True
