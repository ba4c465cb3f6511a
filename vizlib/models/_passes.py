"""What a pass through a network may be given, and what its errors mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor

from vizlib.errors import NotShowable, VizError
from vizlib.models.devices import device_error
from vizlib.records import Size


class Network(Protocol):
    """What a sentence about a failed pass says of the classifier."""

    name: str
    device: torch.device

    @property
    def input_size(self) -> Size: ...


@contextmanager
def device_problems(classifier: Network, pixels: Tensor) -> Iterator[None]:
    """Turns errors of a pass that the user can fix into a VizError; all others pass unchanged."""
    try:
        yield
    except (AssertionError, RuntimeError, ValueError, MemoryError) as problem:
        asked, own = (" x ".join(map(str, each)) for each in (pixels.shape[2:], classifier.input_size))
        batch = f"{len(pixels)} picture{'s' * (len(pixels) != 1)} of {asked} px"
        known: VizError | None = device_error(problem, f"{classifier.name} with {batch}", classifier.device)
        if known is None and asked != own:
            known = NotShowable(f"{classifier.name} takes no pictures of {asked} px.", f"Give it {own} px.")
        if known is None:
            raise
        raise known from problem


def check_pixels(pixels: Any) -> None:
    if isinstance(pixels, Tensor) and pixels.ndim == 4 and pixels.shape[1] == 3 and pixels.is_floating_point():
        return
    if isinstance(pixels, Tensor):
        given = f"{str(pixels.dtype).removeprefix('torch.')} {tuple(pixels.shape)}"
    else:
        given = type(pixels).__name__
    raise VizError(f"Pixels are float numbers (N, 3, H, W) in [0, 1], not {given}.", "Make them with vizlib.to_pixels.")
