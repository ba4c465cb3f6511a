"""The pictures that a question is about: pixels, a picture of any kind or a list; answered in parts that fit memory."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from vizlib.errors import VizError
from vizlib.models._checks import check_range
from vizlib.models._passes import Network
from vizlib.models.batches import usual_batches
from vizlib.pictures import Picture, Pictures

T = TypeVar("T")


class Preparing(Network, Protocol):
    """What is needed to prepare pictures and to ask about them."""

    def prepare(self, pictures: Pictures) -> Tensor: ...


def listed(pictures: Pictures) -> Sequence[Picture]:
    """One picture or several as a list. Raises VizError for an empty one."""
    several: Any = pictures if isinstance(pictures, list | tuple) else [pictures]
    if not several:
        raise VizError("There is no picture in the list.", "Give at least one.")
    return several


def pixels_of(model: Preparing, given: Pictures) -> Tensor:
    """Pixels (N, 3, H, W), N of at least 1, checked: those given, or those of the pictures given.

    given: a tensor is pixels. Any other picture (a path, a PIL image, an array), or a list of pictures, is prepared;
        but float tensors (N, 3, H, W) in a list are pixels.

    Raises VizError for other tensors and for values outside [0, 1], PictureError for what is no picture.
    """
    if isinstance(given, Tensor):
        check_range(given)
        if not len(given):
            raise VizError(f"There is no picture in pixels {tuple(given.shape)}.", "Give at least one.")
        return given
    return _joined([_of_one(model, each) for each in listed(given)])


def _of_one(model: Preparing, each: Any) -> Tensor:
    if isinstance(each, Tensor) and each.ndim == 4 and each.is_floating_point():
        return pixels_of(model, each).to(model.device, torch.float32)
    return model.prepare([each])


def _joined(parts: list[Tensor]) -> Tensor:
    sizes = list(dict.fromkeys(f"{each.shape[2]} x {each.shape[3]}" for each in parts))
    if len(sizes) > 1:
        raise VizError(f"The list holds pixels of {' and '.join(sizes[:2])} px.", "Give pixels of one size.")
    return joined(parts)


def joined(parts: list[Tensor]) -> Tensor:
    """The parts (B, ...) as one tensor (N, ...); a single one is not copied."""
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def in_parts(model: Preparing, given: Pictures, kind: Hashable, answer: Callable[[Tensor], T]) -> list[T]:
    """The answers to some pixels (B, 3, H, W) after others, as many as fit into memory; pictures of a list are
    prepared when their turn comes.

    given: as for `pixels_of`. kind: what the answers need memory for; as for `Batches`.
    """
    several: Any = pixels_of(model, given) if isinstance(given, Tensor) else listed(given)
    size = (several.shape[2], several.shape[3]) if isinstance(several, Tensor) else model.input_size
    batches = usual_batches(model, kind, size)

    def part(some: slice) -> T:
        return answer(several[some] if isinstance(several, Tensor) else pixels_of(model, several[some]))

    return batches(len(several), part)
