"""A run with its history: each frame with the curves so far and some of the earlier pictures, which make a film."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from vizlib.activation_maximization.frame import Frame
from vizlib.activation_maximization.passes.host_device import Due
from vizlib.activation_maximization.passes.scoring import accepted_size
from vizlib.activation_maximization.task import resized
from vizlib.layers import Goal, as_objective, resolved
from vizlib.models import Classifier, in_own_context
from vizlib.records import brief
from vizlib.render import notebook
from vizlib.render.curves import Axes, curves

Point: TypeAlias = tuple[int, Mapping[str, Tensor]]  # a step, and what was measured at it, (B,) each
_POINTS = 1024  # of a curve, about, at most
_SIDE = 256  # px, of a kept picture, at most


@dataclass(frozen=True, eq=False)
class Still:
    """One picture of a film.

    Attributes:
        step: of the run, from 1.
        image: (H, W, 3), at most 256 px a side.
        score: the objective's value, as `Frame` has it.
        probability: [0, 1], of the class that is asked for; None where there is none.
    """

    step: int
    image: NDArray[np.uint8]
    score: float
    probability: float | None = None

    __repr__ = brief

    def _repr_html_(self) -> str:
        return notebook.shown(f"Step {self.step}", notebook.pictures([self.image], [self.caption]))

    @property
    def caption(self) -> str:
        """The step, the score, and the probability where there is one."""
        share = "" if self.probability is None else f"\n{notebook.percent(self.probability)}"
        return f"step {self.step}\nscore {self.score:.4g}{share}"


@dataclass(frozen=True, eq=False)
class Reel:
    """A run of one picture after `step` of `total` steps; the last one holds the best picture and the whole film.

    Attributes:
        step: from 1.
        total: steps in all.
        frame: the frame of `maximize`.
        steps: at which the curves have points; on CUDA the latest follow a little later.
        curves: "score", and each penalty before its weight.
        stills: kept so far; early steps are closer together.
    """

    step: int
    total: int
    frame: Frame
    steps: tuple[int, ...]
    curves: Mapping[str, tuple[float, ...]]
    stills: tuple[Still, ...]

    __repr__ = brief

    def _repr_html_(self) -> str:
        film = self.film
        some = [film[at] for at in sorted({round(share * (len(film) - 1) / 5) for share in range(6)})]
        drawn = notebook.pictures([each.image for each in some], [each.caption for each in some])
        points = list(zip(self.steps, self.curves.get("score", ())))
        title = f"A film of {len(film)} pictures, step {self.step} of {self.total}"
        return notebook.shown(title, drawn, curves([("score", points)], Axes("step", "score")))

    @property
    def film(self) -> tuple[Still, ...]:
        """The kept pictures and this step's, all of one size. A run that was stopped has its film too."""
        now = () if self.stills[-1].step == self.step else (_still(self.frame),)
        stills = (*self.stills, *now)
        size = max(each.image.shape[:2] for each in stills)
        return tuple(_enlarged(each, size) for each in stills)


@in_own_context
def film(model: Classifier, objective: Goal, frames: Iterator[Frame], keep: int = 40) -> Generator[Reel, None, None]:
    """A run with a film of at most `keep` of its pictures: `film(model, 7, maximize(model, 7, steps=256))`.

    frames: of `maximize` for this objective; where they are of a batch, its first picture is filmed.
    Raises UnknownName or VizError for an objective that the model does not have, and what the frames raise.
    """
    return _reels(model, frames, _class_of(model, objective), keep)


def plan(steps: int, keep: int) -> list[int]:
    """The steps whose pictures are kept: the first, the last, and some between them, at growing distances."""
    share = np.linspace(0, 1, max(2, keep)) ** 1.8
    wanted = np.unique(1 + np.rint((steps - 1) * share).astype(int))
    return [int(step) for step in wanted]


@in_own_context
def _reels(model: Classifier, frames: Iterator[Frame], target: int | None, keep: int) -> Generator[Reel, None, None]:
    steps: list[int] = []
    curves: dict[str, list[float]] = {}
    stills: list[Still] = []
    kept: list[int] = []
    waiting: list[Point] = []  # points of the curves that are still on the device
    due = Due(model.device)
    for frame in frames:
        if frame.step == frame.total or (frame.step - 1) % -(-frame.total // _POINTS) == 0:
            waiting.append((frame.step, {"score": frame.scores, **frame.penalties}))
        if waiting and (due() or frame.step == frame.total):
            steps += [step for step, _ in waiting]
            for name, values in _fetched(waiting).items():
                curves.setdefault(name, []).extend(values)
            waiting.clear()
        kept = kept or plan(frame.total, keep)
        if frame.step in kept:
            stills.append(replace(_still(frame), probability=probability(model, frame.pixels, target)))
        frozen = {name: tuple(values) for name, values in curves.items()}
        yield Reel(frame.step, frame.total, frame, tuple(steps), frozen, tuple(stills))


def _fetched(points: Sequence[Point]) -> dict[str, list[float]]:
    """The first picture's numbers, all from the device at once."""
    names = list(points[0][1])
    table = torch.stack([torch.stack([values[name][0] for _, values in points]) for name in names])
    return dict(zip(names, table.tolist(), strict=True))


def _class_of(model: Classifier, objective: Goal) -> int | None:
    terms = resolved(model, as_objective(objective), model.input_size).terms
    return int(terms[0].index) if len(terms) == 1 and terms[0].kind == "logit" else None


@in_own_context
def probability(model: Classifier, pixels: Tensor, target: int | None) -> float | None:
    """The class's probability for a picture (1, 3, H, W) of any size, as it is; None without a class."""
    if target is None:
        return None
    with torch.no_grad():
        height, width = pixels.shape[2:]
        logits = model(
            resized(pixels, accepted_size(model, (height, width)))
        )  # also of values that no picture can have
        return float(model.probabilities(logits)[0, target])


def _still(frame: Frame) -> Still:
    image = frame.images(1)[0]
    height, width = image.shape[:2]
    share = min(1.0, _SIDE / max(height, width))
    return _enlarged(
        Still(frame.step, image, float(frame.scores[0])), (max(1, round(height * share)), max(1, round(width * share)))
    )


def _enlarged(still: Still, size: tuple[int, ...]) -> Still:
    if still.image.shape[:2] == size:
        return still
    picture = Image.fromarray(still.image).resize((size[1], size[0]), Image.Resampling.BICUBIC)
    return replace(still, image=np.asarray(picture))
