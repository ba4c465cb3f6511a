"""Copies between host and device without either waiting for the other, and a limit on how far the host runs ahead.

On the CPU everything is done at once. A CUDA device is asked for a picture now and then only, fetches it into pinned
memory beside its other work, and hands it over when it is there.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vizlib.render import to_image

_SECONDS = 0.12  # between two previews: pages draw about eight a second
_AHEAD = 2  # steps that the host may be ahead of the device: a step is the unit of stopping and of taking turns


def to_device(values: Tensor, device: torch.device) -> Tensor:
    """Copies values from the CPU to the device, without waiting for it."""
    if device.type != "cuda":
        return values.to(device)
    return values.pin_memory().to(device, non_blocking=True)


class Due:
    """Whether it is time to show something: always on the CPU, at intervals on other devices."""

    def __init__(
        self, device: torch.device, seconds: float = _SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._always, self._seconds, self._clock = device.type == "cpu", seconds, clock
        self._next = float("-inf")

    def __call__(self) -> bool:
        now = self._clock()
        if not self._always and now < self._next:
            return False
        self._next = now + self._seconds
        return True


class Copy(Protocol):
    """Pixels on their way to the host."""

    def arrived(self) -> bool: ...

    def pixels(self) -> Tensor:
        """The numbers on the CPU, once they have arrived."""


class PinnedCopy:
    """A copy from a CUDA device into pinned memory, which the device fills while the host goes on."""

    def __init__(self, pixels: Tensor) -> None:
        self._host = torch.empty(pixels.shape, dtype=pixels.dtype, pin_memory=True)
        self._host.copy_(pixels, non_blocking=True)
        self._event = torch.cuda.Event()
        self._event.record(torch.cuda.current_stream(pixels.device))

    def arrived(self) -> bool:
        return bool(self._event.query())

    def pixels(self) -> Tensor:
        return self._host


class Preview:
    """The latest pictures of a run as images, no more often than a person could see."""

    def __init__(
        self, device: torch.device, due: Due | None = None, start: Callable[[Tensor], Copy] = PinnedCopy
    ) -> None:
        self._here = device.type != "cuda"
        self._due, self._start = due or Due(device), start
        self._under_way: Copy | None = None

    def take(self, pixels: Tensor) -> NDArray[np.uint8] | None:
        """Images (N, H, W, 3) of these pixels (N, 3, H, W), or of those offered a little earlier; None: nothing new."""
        if self._here:
            return to_image(pixels) if self._due() else None
        found = None
        if self._under_way is not None and self._under_way.arrived():
            found, self._under_way = to_image(self._under_way.pixels()), None
        if self._under_way is None and self._due():
            self._under_way = self._start(pixels)
        return found


class Pace:
    """Holds the host back where it would run ahead of a CUDA device."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._done: deque[torch.cuda.Event] = deque()

    def step(self) -> None:
        """Has to be called at the end of every step."""
        if self._device.type != "cuda":
            return
        event = torch.cuda.Event(blocking=True)
        event.record(torch.cuda.current_stream(self._device))
        self._done.append(event)
        if len(self._done) > _AHEAD:
            self._done.popleft().synchronize()
