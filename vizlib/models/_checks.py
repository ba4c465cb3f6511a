"""What a network may be asked: the path of a layer, and pixels of the right shape and range."""

from __future__ import annotations

import math
from typing import Any, Final

import torch
from torch import Tensor
from torch.jit import is_tracing  # type: ignore[attr-defined]

from vizlib.errors import VizError
from vizlib.records import Layer

_ROUNDING: Final = 1e-3  # by which pixels may leave [0, 1]: they are used as they are
_LEVELS: Final = 16.0  # numbers from 0 to more than this can hardly be anything but levels of 255
_STRAY: Final = 10.0  # mean and std put the pixels of no network further from 0

_NORMALIZED: Final = "Undo that, or make the pixels with vizlib.to_pixels: the model itself applies mean and std."


def path_of(layer: Any) -> str:
    """The path of a layer that is given by its path, or as the `Layer` of `vizlib.list_layers`. Raises VizError."""
    path = layer.path if isinstance(layer, Layer) else layer
    if not isinstance(path, str):
        what = f"The path of a layer is a text, not a value of type {type(path).__name__}."
        raise VizError(what, "Give the path of one layer, or the layer itself, as vizlib.list_layers has them.")
    return path


def check_pixels(pixels: Any) -> None:
    """Raises VizError for what cannot be pixels (N, 3, H, W)."""
    if isinstance(pixels, Tensor) and pixels.ndim == 4 and pixels.shape[1] == 3 and pixels.is_floating_point():
        return
    given, remedy = type(pixels).__name__, "Make them with vizlib.to_pixels."
    if isinstance(pixels, Tensor):
        given = f"{str(pixels.dtype).removeprefix('torch.')} {tuple(pixels.shape)}"
        if pixels.ndim == 3:
            remedy = "Make them with vizlib.to_pixels, or give pixels[None]: one picture is a batch of one."
    raise VizError(f"Pixels are float numbers (N, 3, H, W) in [0, 1], not {given}.", remedy)


def check_range(pixels: Any) -> None:
    """Raises VizError for what cannot be pixels (N, 3, H, W), and for values outside [0, 1], NaN and infinity.

    Waits for the device, once. Values that cannot be read, as within torch.vmap or a trace, are not checked.
    """
    check_pixels(pixels)
    if not pixels.numel() or is_tracing() or torch.compiler.is_compiling():
        return
    try:
        low, high = map(float, torch.stack(torch.aminmax(pixels.detach())).tolist())
    except RuntimeError:
        return
    if not math.isfinite(low) or not math.isfinite(high):
        raise VizError("Some pixels are not finite numbers.", "Give floats in [0, 1], as to_pixels makes them.")
    if low < -_ROUNDING or high > 1 + _ROUNDING:
        guess, remedy = _guess(low, high)
        raise VizError(f"The pixels run from {low:.4g} to {high:.4g}, {guess}.", remedy)


def _guess(low: float, high: float) -> tuple[str, str]:
    """What numbers from `low` to `high`, which are no pixels, seem to be; and what to do about it."""
    if low >= -_ROUNDING and _LEVELS < high <= 255 + _ROUNDING:
        return "as if they were levels from 0 to 255", "Divide them by 255."
    if low < -_ROUNDING and low >= -1 - _ROUNDING and high <= 1 + _ROUNDING:
        return "as if they were scaled to [-1, 1] or already normalized", _NORMALIZED
    if low < -_ROUNDING and max(-low, high) < _STRAY:
        return "as if they were already normalized", _NORMALIZED
    return "not from 0 to 1", "Clamp them to [0, 1], or ask model.as_module(), which takes any values."
