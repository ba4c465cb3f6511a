"""Does the picture still show its class after rounding, after a shift, after saving, and to other networks?

A picture that only one network takes for the class, only at one position, and only before it is saved, shows what the
optimizer found and not what the network has learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vizlib.models import Classifier, counterpart, in_own_context, to_pixels
from vizlib.pictures import encode_png, open_picture
from vizlib.render import from_image, to_image

SHIFT = 5  # px


@dataclass(frozen=True)
class Check:
    """How one network scores the class in one state of the picture.

    Attributes:
        what: the state of the picture, and the network.
        logit: of the class.
        probability: [0, 1].
        rank: 1: no class has a higher logit.
    """

    what: str
    logit: float
    probability: float
    rank: int


@in_own_context
def class_verdict(model: Classifier, pixels: Tensor, target: int, others: Sequence[Classifier] = ()) -> list[Check]:
    """Checks of a picture (1, 3, H, W) for class `target`: as it is, in 8 bits, shifted, saved and opened again.

    Then the checks of other networks that know the class by the same name, which never saw the optimization.
    """
    image = to_image(pixels)[0]
    rounded = from_image(image, pixels.device)
    saved = open_picture(encode_png(image))
    checks = [
        _check("as optimized", model, pixels, target),
        _check("rounded to 8 bits", model, rounded, target),
        _check(f"shifted by {SHIFT} px", model, pixels.roll((SHIFT, SHIFT), (2, 3)), target),
        _check("saved and opened again", model, to_pixels(saved, model), target),
    ]
    name = model.class_names[target]
    for other in others:
        known = counterpart(other.class_names, name)
        if known is not None:
            checks.append(_check(f"on {other.name}", other, to_pixels(saved, other), known))
    return checks


@torch.no_grad()
def _check(what: str, model: Classifier, pixels: Tensor, target: int) -> Check:
    logits = model(pixels)[0]
    rank = int((logits > logits[target]).sum()) + 1
    return Check(what, float(logits[target]), float(model.probabilities(logits)[target]), rank)
