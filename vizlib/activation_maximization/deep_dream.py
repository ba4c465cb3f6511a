"""DeepDream: what a layer responds to in a picture, amplified at growing sizes (Mordvintsev, Olah, Tyka 2015).

Each size, called an octave, begins with the picture at that size and the detail that the octaves before it have added.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from vizlib.activation_maximization.frame import Frame
from vizlib.activation_maximization.passes.scoring import PLAIN, Scorer, accepted_size
from vizlib.activation_maximization.spaces import rolled
from vizlib.activation_maximization.task import SIDES, Specification, Start, Task, checked, resized
from vizlib.errors import VizError
from vizlib.layers import Target, at_size, find_layer, goals_of, whole_layer
from vizlib.method import Knob, turn
from vizlib.models import Classifier, device_problems, in_own_context
from vizlib.records import Layer, Size
from vizlib.steps import shown

_LEVELS = 255


@dataclass(frozen=True)
class Dream:
    """What can be set for `deep_dream`, with ranges."""

    octaves: Annotated[int, Knob("Octaves", 1, 12, 1, "How many sizes the picture is worked on at.")] = 4
    scale: Annotated[
        float, Knob("Scale of an octave", 1.05, 2.0, 0.05, "How many times as large each octave is as the last.")
    ] = 1.4
    steps: Annotated[int, Knob("Steps per octave", 1, 1000, 1, limited=True)] = 10
    rate: Annotated[
        float, Knob("Rate (levels of 255)", 0.05, 32.0, 0.05, "How far a value moves in a step, on average.")
    ] = 1.5
    jitter: Annotated[
        float, Knob("Jitter (share of the side)", 0.0, 0.5, 0.01, "Each step sees the picture rolled by up to this.")
    ] = 0.06


@in_own_context
def deep_dream(  # noqa: PLR0913  the settings of a run, as notebooks name them
    model: Classifier,
    picture: Start,
    layer: Layer | Target,
    *,
    octaves: int = Dream.octaves,
    scale: float = Dream.scale,
    steps: int = Dream.steps,
    rate: float = Dream.rate,
    jitter: float = Dream.jitter,
    seed: int = 0,
    size: int | Size | None = None,
    progress: bool = False,
) -> Generator[Frame, None, None]:
    """What a layer sees in a picture, amplified: a generator with one `Frame` per step, the result last.

    Mordvintsev, Olah and Tyka 2015, "Inceptionism". A step moves each pixel by `rate` times its gradient, which is
    divided by the mean of its magnitudes. The picture is worked on at `octaves` sizes, each `scale` times the last.

    picture: PIL, an array, or pixels (B, 3, h, w) in [0, 1]; it is resized to `size`.
    layer: its path or its `Layer`, for the mean square of all its values; or any objective.
    octaves: 1 to 12 sizes, the smallest first. scale: 1.05 to 2. No side becomes smaller than 16 px.
    steps: per octave, 1 to 1,000.
    rate: in levels of 255, 0.05 to 32. jitter: share of the side, 0 to 0.5.
    seed: of the jitter.
    size: of the result in px, one side or (H, W); by default the network's own. Where the network does not take the
        size of an octave, it is asked about the picture resized to its own.
    progress: whether a bar shows the steps.

    Each frame has `pixels` (B, 3, H, W) in [0, 1] after its step, at the full size, and `scores` (B,): of the picture
    before the step, rolled, at the octave's size; the last frame's are those of its own pictures.

    Raises VizError, UnknownName or NotShowable at once, TooBig or DeviceFailed at a step.

    Example:
        >>> import vizlib
        >>> from vizlib.activation_maximization import deep_dream
        >>> from vizlib.synthetic import draw_scene
        >>> model = vizlib.load_model("bundled/scenes", device="cpu")
        >>> *_, frame = deep_dream(model, draw_scene(7).image, "layer2", octaves=2, steps=2)
        >>> frame.step, frame.total, tuple(frame.pixels.shape)
        (4, 4, (1, 3, 128, 128))
    """
    dream = turn(Dream, octaves=octaves, scale=scale, steps=steps, rate=rate, jitter=jitter)
    goals = _goals(model, layer, len(picture) if isinstance(picture, Tensor) and picture.ndim == 4 else 1)
    task = checked(model, Specification(goals, dream.octaves * dream.steps, seed, picture, size, {}))
    if task.start is None or isinstance(picture, str):
        raise VizError("A dream begins with a picture, and there is none.", "Give a picture or pixels.")
    return shown(_frames(task, task.start, dream), progress, "deep dream")


def _goals(model: Classifier, layer: Layer | Target, count: int) -> list[Any]:
    goal = whole_layer(find_layer(model, layer)) if isinstance(layer, str | Layer) else layer
    found = goals_of(goal)
    return found if isinstance(found, list) else [found] * max(1, count)


def octave_sizes(size: Size, octaves: int, scale: float) -> list[Size]:
    """The sizes (H, W) in px, the smallest first and `size` last."""
    shares = [scale**-back for back in reversed(range(octaves))]
    return [(max(SIDES[0], round(size[0] * share)), max(SIDES[0], round(size[1] * share))) for share in shares]


@in_own_context
def _frames(task: Task, start: Tensor, dream: Dream) -> Generator[Frame, None, None]:
    generator = torch.Generator().manual_seed(task.seeds[0])
    detail, step = torch.zeros_like(start), 0
    for size in octave_sizes(task.size, dream.octaves, dream.scale):
        base = resized(start, size)
        pixels = (base + _enlarged(detail, size)).clamp(0, 1)
        scorer = _scorer(task, size)
        for _ in range(dream.steps):
            step += 1
            shift = _shift(size, dream.jitter, generator)
            scores, pixels = _ascend(scorer, pixels, shift, dream.rate / _LEVELS)
            if step == task.steps:
                scores = scorer.measure(pixels)
            yield Frame(step, task.steps, resized(pixels, task.size), scores)
        detail = pixels - base


def _scorer(task: Task, size: Size) -> Scorer:
    asked = accepted_size(task.model, size)
    return Scorer(task.model, [at_size(task.model, each, task.asked, asked) for each in task.objectives], asked)


def _shift(size: Size, jitter: float, generator: torch.Generator) -> tuple[int, int]:
    """How far the picture is rolled, (rows, columns) in px."""
    most = [int(jitter * side) for side in size]
    drawn = [int(torch.randint(-each, each + 1, (), generator=generator)) for each in most]
    return drawn[0], drawn[1]


def _ascend(scorer: Scorer, pixels: Tensor, shift: tuple[int, int], rate: float) -> tuple[Tensor, Tensor]:
    """The scores (B,) of the rolled picture, and the picture after a step uphill."""
    scores, gradient = scorer.look(rolled(pixels, shift), PLAIN, range(len(pixels)))
    gradient = rolled(gradient, (-shift[0], -shift[1]))
    mean = gradient.abs().mean((1, 2, 3), keepdim=True).clamp(min=torch.finfo(gradient.dtype).tiny)
    with device_problems(scorer.model, pixels):
        return scores, (pixels + rate * gradient / mean).clamp(0, 1)


def _enlarged(detail: Tensor, size: Size) -> Tensor:
    return interpolate(detail, size=size, mode="bicubic", antialias=True, align_corners=False)
