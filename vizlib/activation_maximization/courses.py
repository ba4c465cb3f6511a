"""The settings with which courses and the libraries that they use make their pictures.

Every setting that a course does not have is off, so that a course is the same on every network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from vizlib.activation_maximization.settings import Settings


@dataclass(frozen=True)
class Course:
    """How a course makes a picture.

    Attributes:
        label: its name on screen and in the address bar.
        source: where the settings are from, and what is different here.
        steps: how many it takes.
        settings: all of `Settings`.
    """

    label: str
    source: str
    steps: int
    settings: Mapping[str, Any]


def _course(label: str, source: str, steps: int, **own: Any) -> Course:
    bare = {**asdict(Settings()), "transforms": "none", "precision": "float32"}
    return Course(label, source, steps, {**bare, **own})


_CS231N: Final = {
    "parameterization": "normalized", "optimizer": "ascent", "l2": 1e-3, "blur": 0.5, "blur_every": 10, "roll": 16
}  # fmt: skip
COURSES: Final[Mapping[str, Course]] = {
    "cs231n": _course(
        "CS231n", "Stanford CS231n, assignment 3, Network Visualization: SqueezeNet 1.1.", 100,
        learning_rate=25.0, **_CS231N,
    ),
    "rdfia": _course(
        "RDFIA", "Sorbonne RDFIA, TP 9: CS231n's algorithm at a smaller rate for more steps.", 200,
        learning_rate=5.0, **_CS231N,
    ),
    "keras_filter": _course(
        "Keras filter",
        "Chollet, Visualizing what convnets learn: the gradient divided by its norm. The example draws its start "
        "evenly from -0.125 to 0.125; here it is normal with the same standard deviation. Its objective is a filter's "
        "mean without 2 px at the border, here the class's score.", 30,
        parameterization="normalized", optimizer="normalized", learning_rate=10.0, start_noise=0.07, clamp=False,
    ),
    "keras_vis": _course(
        "keras-vis",
        "keras-vis, visualize_activation: RMSProp with steps of about one gray level. Its total variation weight of 10 "
        "is that of a picture of 224 px. Its p-norm is left out, because its share is too small to be seen.", 200,
        parameterization="raw", optimizer="rmsprop", learning_rate=0.0039, tv=4.3, clamp=False,
    ),
    "lecture": _course(
        "Plain ascent",
        "The algorithm as lectures write it down: x + rate * gradient from a random picture, without regularizers, "
        "and the result rescaled for display.", 256,
        parameterization="raw", optimizer="ascent", learning_rate=1.0, clamp=False,
    ),
}  # fmt: skip
