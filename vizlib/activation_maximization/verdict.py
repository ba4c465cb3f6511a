"""Does the picture hold? What the network, and others, say to it after all that happens to a picture in life.

A picture that only its own network takes for the class, only at this very place, only before it is saved, shows what
the optimizer found and not what the network has learnt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vizlib.models import Classifier, to_pixels
from vizlib.pictures import encode_png, open_picture
from vizlib.render import from_image, to_image

SHIFT = 5  # px


@dataclass(frozen=True)
class Reading:
    """What one network says to one state of the picture about the class."""

    what: str
    logit: float
    probability: float  # [0, 1]
    rank: int  # 1: no class has a higher logit


def class_verdict(model: Classifier, pixels: Tensor, target: int, others: Sequence[Classifier] = ()) -> list[Reading]:
    """Readings of a picture (1, 3, H, W) for class `target`: as it is, in 8 bits, shifted, saved and opened again.

    Then the readings of other networks that know the class by the same name, which never saw the optimization.
    """
    image = to_image(pixels)[0]
    rounded = from_image(image, pixels.device)
    saved = open_picture(encode_png(image))
    readings = [
        _reading("as optimized", model, pixels, target),
        _reading("rounded to 8 bits", model, rounded, target),
        _reading(f"shifted by {SHIFT} px", model, pixels.roll((SHIFT, SHIFT), (2, 3)), target),
        _reading("saved and opened again", model, to_pixels(saved, model), target),
    ]
    name = model.class_names[target]
    for other in others:
        if name in other.class_names:
            known = other.class_names.index(name)
            readings.append(_reading(f"on {other.name}", other, to_pixels(saved, other), known))
    return readings


@torch.no_grad()
def _reading(what: str, model: Classifier, pixels: Tensor, target: int) -> Reading:
    logits = model(pixels)[0]
    rank = int((logits > logits[target]).sum()) + 1
    return Reading(what, float(logits[target]), float(logits.softmax(0)[target]), rank)
