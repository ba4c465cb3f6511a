"""Robust fooling: expectation over transformation, Athalye et al. 2018 (arXiv 1707.07397), on the 8-bit grid.

The least visible change works in one exact file, and seldom after that file was resized or saved again. Here the
gradient is the mean over views of the file: resized, cropped and saved as JPEG, as other programs do it. A change that
survives this is larger, and the result says by how much.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate, logsigmoid

from vizlib.fooling import lattice
from vizlib.fooling.attack import Attack
from vizlib.fooling.case import Case
from vizlib.fooling.ray import Ray
from vizlib.fooling.reading import RESOLUTIONS, crop_of
from vizlib.fooling.result import Attempt
from vizlib.fooling.scoring import Criterion, lengths, unit
from vizlib.method import Knob
from vizlib.pictures import recompressed
from vizlib.render import from_image, to_image

_PLAIN_STEPS: Final = 48  # for the least visible change, which the result is compared with
_HELD_OUT: Final = 24  # views that decide; the steps use other ones
_TURN: Final = 0.35  # how far a step turns the direction
_SCALE: Final = (0.12, 0.015)  # by which share a step changes the length, at first and at last
_SIZES: Final = (0.75, 1.4)  # of the picture's side, when it is resized
_WINDOW: Final = (0.86, 1.0)  # of the picture's side, when it is cropped
_QUALITIES: Final = (60, 95)  # when it is saved as JPEG


@dataclass(frozen=True)
class Knobs:
    steps: Annotated[
        int, Knob("steps", 10, 500, 1, "More steps find a smaller change that survives.", limited=True)
    ] = 60
    views: Annotated[
        int, Knob("views per step", 2, 32, 1, "Resized, cropped and recompressed copies that each step looks at.")
    ] = 6
    survival: Annotated[
        float, Knob("share of views that must be fooled", 0.5, 1.0, 0.05, "Measured on views that no step has seen.")
    ] = 0.9
    resolution: Annotated[
        str,
        Knob(
            "file size",
            help="How large the saved file is.",
            choices=RESOLUTIONS,
            meanings=("As large as the network resizes pictures.", "As large as the picture itself."),
        ),
    ] = "network"


class Views:
    """Random views of files of one size, as pixels for the network; the same seed, the same views."""

    def __init__(self, case: Case, count: int, seed: int) -> None:
        self.count, self.random = count, np.random.default_rng([case.seed, seed])
        height, width = case.reading.original.shape[:2]
        model = case.criterion.model
        resized, box = model.before_crop(Image.new("RGB", (width, height)))
        self.size = resized.height, resized.width  # what the network makes of every file of this shape
        self.crop = crop_of(model, box)

    def __call__(self, values: Tensor) -> Tensor:
        """Values (1, 3, H, W) as pixels (views, 3, h, w)."""
        return torch.cat([self._view(values) for _ in range(self.count)])

    def _view(self, values: Tensor) -> Tensor:
        draw = self.random
        if draw.random() < 0.6:
            values = _as_jpeg(values, int(draw.integers(*_QUALITIES, endpoint=True)))
        if draw.random() < 0.7:
            share = draw.uniform(*_SIZES)
            values = _resized(values, (round(values.shape[2] * share), round(values.shape[3] * share)))
        share = draw.uniform(*_WINDOW)
        high, wide = round(values.shape[2] * share), round(values.shape[3] * share)
        top = int(draw.integers(0, values.shape[2] - high, endpoint=True))
        left = int(draw.integers(0, values.shape[3] - wide, endpoint=True))
        return self.crop(_resized(values[:, :, top : top + high, left : left + wide], self.size))


def _resized(values: Tensor, size: tuple[int, int]) -> Tensor:
    return interpolate(values, size, mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)


def _as_jpeg(values: Tensor, quality: int) -> Tensor:
    """Saved as JPEG and opened again; the gradient passes straight through."""
    decoded = from_image(recompressed(Image.fromarray(to_image(values)[0]), quality), values.device)
    return values + (decoded - values).detach()


def run(case: Case, knobs: Knobs) -> Iterator[Attempt]:
    """First the least visible change, then the one that survives; one frame per step."""
    total = _PLAIN_STEPS + knobs.steps
    plain = replace(case, finds={}, criterion=replace(case.criterion, trace=[]))
    for frame in lattice.run(plain, lattice.Knobs(_PLAIN_STEPS)):
        yield replace(frame, total=total)
    search = _Robust(case, plain, knobs)
    for step in range(1, knobs.steps + 1):
        search.step(step)
        yield case.attempt(_PLAIN_STEPS + step, total, search.ray.values())
    search.finish()
    yield case.attempt(total, total, search.ray.values())


class _Robust:
    """A direction and its length, as in `lattice`, with the gradient averaged over views."""

    def __init__(self, case: Case, plain: Case, knobs: Knobs) -> None:
        self.case, self.knobs, self.goal = case, knobs, case.goals[-1]
        self.ray = Ray(case.start())
        self.criterion: Criterion = replace(
            case.criterion, look=Views(case, knobs.views, 0), gradients=plain.criterion.gradients
        )
        self.plain = next(plain.candidates(self.goal), None)
        self.ray.length = 255.0 / 2
        if self.plain is not None:
            case.plain = self.plain
            start = self.ray.to(self.plain)
            self.ray.direction, self.ray.length = unit(start), max(1.0, 2 * float(lengths(start)[0]))
        self.best: tuple[bool, float, float, Tensor] | None = None  # survives enough, share, L2, change
        self.ray.go()

    def step(self, number: int) -> None:
        logits, gradient = self.criterion.pull(
            self.ray.values(), lambda own, z: logsigmoid(own.margin(z, self.goal)).mean(1)
        )
        share = float((self.criterion.margin(logits, self.goal) >= 0).float().mean())
        with torch.no_grad():
            own = self.case.criterion.logits(self.ray.values())
        self.case.criterion.record(number, own, self.ray.l2)
        if share >= self.knobs.survival and bool(self.case.criterion.reached(own, self.goal)[0]) and self._smaller():
            self._judge()
        first, last = _SCALE
        scale = first + (last - first) * number / self.knobs.steps
        self.ray.length *= 1 - scale if share >= self.knobs.survival else 1 + scale
        self.ray.direction = unit(self.ray.direction + _TURN * unit(gradient))
        self.ray.go()

    def _smaller(self) -> bool:
        """Whether the change could be the best so far."""
        return self.best is None or not self.best[0] or self.ray.l2 < self.best[2]

    def _judge(self) -> None:
        share = self.survival(self.ray.values())
        found = share >= self.knobs.survival, share, self.ray.l2, self.ray.change
        if self.best is None or _rank(found) > _rank(self.best):
            self.best = found

    def survival(self, values: Tensor) -> float:
        """The share of the held-out views that reach the goal; the views are the same at every call."""
        with torch.no_grad():
            logits = self.criterion.fast(Views(self.case, _HELD_OUT, 1)(values))[None]
        return float((self.criterion.margin(logits, self.goal) >= 0).float().mean())

    def finish(self) -> None:
        """Offers the best find, and notes by how much the change had to grow to survive."""
        self.case.criterion.gradients = self.criterion.gradients
        if self.best is not None:
            self.ray.change = self.best[3]
        else:
            self._judge()
        with torch.no_grad():
            self.case.offer(self.ray.values(), self.case.criterion.logits(self.ray.values()))
        kept = self.survival(self.ray.values())
        note = f"Fools {round(kept * _HELD_OUT)} of {_HELD_OUT} resized, cropped and recompressed views"
        if self.plain is not None:
            plain = self.ray.to(self.plain)
            ratio = float(lengths(self.ray.change)[0] / lengths(plain)[0].clamp_min(1e-9))
            alone = round(self.survival(self.ray.values(plain)) * _HELD_OUT)
            most, least = (int(each.abs().max()) for each in (self.ray.change, plain))
            note += (
                f"; the least visible change fools {alone} of them. Surviving costs {ratio:.1f} times the change (L2)"
            )
            note += f", and up to {most} gray levels of 255 instead of {least}"
        self.case.note = note + "."


def _rank(found: tuple[bool, float, float, Tensor]) -> tuple[float, ...]:
    """Enough survival first, then the smaller change; without enough, the more survival."""
    enough, share, length, _ = found
    return (1.0, -length) if enough else (0.0, share)


METHOD = Attack(
    key="robust",
    label="Survives handling",
    paper="Athalye et al. 2018, arXiv 1707.07397",
    idea="Asks for a change that still fools after the file was resized, cropped or saved as JPEG, by looking at many "
    "such views at every step. It costs more gray levels than the least visible change.",
    run=run,
    knobs=Knobs,
    unit="pixel values in [0, 1]",
    aliases=("eot", "expectation over transformation"),
    resolution=lambda knobs: str(knobs.resolution),
)
