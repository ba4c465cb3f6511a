"""What a picture may be when a program gives it: one function, used wherever the engine takes a picture."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, Final, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFile
from torch import Tensor

from vizlib.errors import PictureError
from vizlib.pictures import _ifd
from vizlib.pictures.opening import open_picture
from vizlib.pictures.srgb import upright_srgb

Picture: TypeAlias = (
    str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Image.Image | NDArray[Any] | Tensor
)
Pictures: TypeAlias = Picture | Sequence[Picture]  # one, or a list or tuple of them

_ADVICE: Final = "Give a path, the bytes of a file, a PIL image, an array (H, W, 3) or a tensor (3, H, W)."
_ROUNDING: Final = 0.5 / 255  # by which floats may leave [0, 1], half a level: they are clipped
_MODES: Final = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def as_picture(given: Any) -> Image.Image:
    """The picture, in any of these forms, as a PIL image: upright, RGB, 8 bits, sRGB, on white.

    given: one of the following.

    A path, the bytes of a file or a file opened in binary mode: as `open_picture`, with its limits. A file object is
        read from its beginning, and its position stays as it was.
    A PIL image, loaded or not: of any mode. The orientation in its EXIF, its color profile and its transparency are
        treated as `open_picture` treats the same file. (PIL.ImageOps.exif_transpose removes the orientation.)
    An array (H, W), (H, W, C) or a batch of one, its channels last; a tensor (H, W), (C, H, W) or a batch of one, its
        channels first, on any device. C is 1 (gray), 2 (gray, opacity), 3 (RGB) or 4 (RGB, opacity). The type says
        what its numbers mean:
        bool            False is black, True is white
        uint8           levels of 255
        uint16          levels of 65535
        floats          in [0, 1], rounded to the nearest of 256 levels
        other integers  levels of 255; they must lie from 0 to 255, and not be 0 and 1 only, which may mean a mask

    Raises PictureError for anything else: other ranges, numbers that are not finite, several pictures, other shapes.

    Example:
        >>> import numpy as np, vizlib
        >>> vizlib.as_picture(np.zeros((20, 30), bool)).size
        (30, 20)
    """
    if isinstance(given, Image.Image):
        return _of_pil(given)
    if isinstance(given, Tensor):
        return _of_numbers(*_of_tensor(given))
    if isinstance(given, str | os.PathLike | bytes | bytearray | memoryview) or hasattr(given, "read"):
        return open_picture(given)
    if hasattr(given, "__array__"):
        return _of_numbers(_hwc(np.asarray(given), given), given)
    raise PictureError(f"A picture is given as {type(given).__name__}.", _ADVICE)


def _of_pil(image: Image.Image) -> Image.Image:
    if not image.width or not image.height:
        raise _empty(f"{image.width} x {image.height} px")
    if image.mode == "RGB" and not image.info and not isinstance(image, ImageFile.ImageFile):
        return image
    with _explained():
        return upright_srgb(image, _ifd.orientation(image.info.get("exif") or b""))


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except Exception as problem:  # of any type: Pillow's decoders raise unrelated ones, also for a file that was closed
        raise PictureError(
            "This PIL image cannot be decoded: its file is damaged, or was closed before it was loaded.",
            "Give the path of the file instead, or its bytes.",
        ) from problem


def _of_tensor(given: Tensor) -> tuple[NDArray[Any], Tensor]:
    """The numbers, channels last, and the tensor itself."""
    values = given.detach().cpu()
    if values.dtype == torch.bfloat16:
        values = values.float()
    while values.ndim > 3:
        values = _only(values, given)
    if values.ndim == 3:
        if values.shape[0] not in _MODES:
            raise _shapeless(given, "Give (3, H, W): a tensor has its channels first.")
        values = values.permute(1, 2, 0)
    return values.numpy(), given


def _hwc(values: NDArray[Any], given: Any) -> NDArray[Any]:
    """The numbers of an array, channels last, without the axis of a batch of one."""
    while values.ndim > 3:
        values = _only(values, given)
    if values.ndim == 3 and values.shape[2] not in _MODES:
        if values.shape[0] in (3, 4):
            raise _shapeless(given, "Give (H, W, 3): an array has its channels last, which np.moveaxis(a, 0, -1) does.")
        values = _only(values, given)
    return values


def _only(values: Any, given: Any) -> Any:
    """The one picture of a batch."""
    if values.shape[0] > 1:
        raise PictureError(f"There are {values.shape[0]} pictures in {_named(given)}.", "Give one of them.")
    if values.shape[0] == 0:
        raise _empty(_named(given))
    return values[0]


def _of_numbers(values: NDArray[Any], given: Any) -> Image.Image:
    """The picture of numbers (H, W) or (H, W, C)."""
    if not values.size:
        raise _empty(_named(given))
    if values.ndim == 1 or values.ndim == 0:
        raise _shapeless(given, "Give (H, W) for gray, or (H, W, 3) for color.")
    levels = _levels(values)
    channels = levels.shape[2] if levels.ndim == 3 else 1
    image = Image.fromarray(np.ascontiguousarray(levels.squeeze(2) if levels.ndim == 3 and channels == 1 else levels))
    return image if channels == 3 else upright_srgb(image, 1)


def _levels(values: NDArray[Any]) -> NDArray[np.uint8]:
    """The numbers as levels of 255, by what their type means."""
    if values.dtype == np.uint8:
        return values
    if values.dtype == np.bool_:
        return values.astype(np.uint8) * 255
    if values.dtype.newbyteorder("=") == np.uint16:
        return np.rint(values * (255 / 65535)).astype(np.uint8)
    if values.dtype.kind == "f":
        return _of_floats(values)
    if values.dtype.kind in "iu":
        return _of_integers(values)
    raise PictureError(f"The numbers of this picture are {values.dtype}.", "Give uint8, or floats in [0, 1].")


def _of_floats(values: NDArray[Any]) -> NDArray[np.uint8]:
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise PictureError("Some numbers of this picture are not finite.", "Give floats in [0, 1].")
    if low < -_ROUNDING or high > 1 + _ROUNDING:
        remedy = (
            "Divide them by 255, or convert them to uint8." if low >= 0 and high <= 255 else "Scale them to [0, 1]."
        )
        raise PictureError(f"The floats of this picture reach from {low:g} to {high:g}, not from 0 to 1.", remedy)
    return np.rint(values.clip(0, 1).astype(np.float32) * 255).astype(np.uint8)


def _of_integers(values: NDArray[Any]) -> NDArray[np.uint8]:
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 255:
        what = f"The whole numbers of this picture reach from {low} to {high}, and {values.dtype} has no usual range."
        raise PictureError(what, "Give levels from 0 to 255, uint16 for levels up to 65535, or floats in [0, 1].")
    if high == 1:
        what = f"This picture has no numbers but 0 and 1, of the type {values.dtype}."
        raise PictureError(what, "Give bool if 1 is white, or uint8 if it is the first of 255 levels.")
    return values.astype(np.uint8)


def _named(given: Any) -> str:
    dtype, shape = getattr(given, "dtype", ""), tuple(getattr(given, "shape", ()))
    return f"{str(dtype).removeprefix('torch.')} {shape}".strip()


def _shapeless(given: Any, remedy: str) -> PictureError:
    return PictureError(f"A picture cannot have the shape of {_named(given)}.", remedy)


def _empty(what: str) -> PictureError:
    return PictureError(f"This picture has no pixels ({what}).", "Give one with at least one pixel.")
