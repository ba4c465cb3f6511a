"""Pictures that stand for what else could have been seen, for methods that compare with more than one baseline."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from vizlib.errors import VizError
from vizlib.models import Classifier, pixels_of
from vizlib.pictures import Pictures
from vizlib.records import Size
from vizlib.synthetic import draw_scene

COUNT: Final = 20  # drawn scenes, where no references are given
_FIRST: Final = 5_000_000  # their seeds: no network is trained with these scenes, and none is tested with them


def references_of(classifier: Classifier, given: Pictures | None, size: Size) -> Tensor:
    """The reference pictures (M, 3, H, W) on the network's device: those given, or drawn scenes.

    Raises VizError if they have another size (H, W) than the pictures, and what `pixels_of` raises.
    """
    found = pixels_of(classifier, _drawn() if given is None else given).detach()
    if (found.shape[2], found.shape[3]) != size:
        if given is not None:
            what = f"The pictures are {size[0]} x {size[1]} px and the references {found.shape[2]} x {found.shape[3]}."
            raise VizError(what, "Give references of the same size.")
        found = torch.nn.functional.interpolate(found, size=size, mode="bilinear", antialias=True).clamp(0, 1)
    return found.to(classifier.device, torch.float32)


def _drawn() -> Pictures:
    return [draw_scene(_FIRST + number).image for number in range(COUNT)]
