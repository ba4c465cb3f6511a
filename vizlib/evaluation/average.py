"""Test-time augmentation: the network's mean answer over many mildly shaken views of one picture.

An answer averaged over a neighborhood of the picture is harder to fool than the answer at one point.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from vizlib.evaluation.inputs import answers, one_picture
from vizlib.evaluation.shaking import Setting, shaken
from vizlib.evaluation.survival import mild_settings
from vizlib.models import Classifier, in_own_context
from vizlib.pictures import Picture
from vizlib.records import brief


@dataclass(frozen=True, eq=False)
class Average:
    """The mean answer over the first `step` of `total` views; the last frame is the answer.

    Attributes:
        step: views so far, from 1.
        total: views in all.
        probabilities: (step, K), float32 on the CPU: row i is the mean over the views 0 ... i.
        unshaken: (K,): the network's answer to the picture itself, which is none of the views.
    """

    step: int
    total: int
    probabilities: Tensor
    unshaken: Tensor

    __repr__ = brief


@in_own_context
def averaging(model: Classifier, image: Picture, count: int = 50, seed: int = 0) -> Generator[Average, None, None]:
    """The running mean of the probabilities over `mild_settings(model, count, seed)`; a frame every few views.

    image: one PIL image or uint8 array (H, W, 3), as decoded from its file, or pixels (1, 3, H, W).

    Raises VizError with a remedy, at the first step.
    """
    picture = one_picture(image)
    settings = mild_settings(model, count, seed)
    unshaken = next(answers(model, iter([shaken(picture, Setting(), model)])))[0]
    found = torch.zeros(0, len(unshaken))
    for some in answers(model, (shaken(picture, how, model) for how in settings)):
        found = torch.cat([found, some])
        means = found.double().cumsum(0) / torch.arange(1, len(found) + 1)[:, None]
        yield Average(len(found), len(settings), means.float(), unshaken)
