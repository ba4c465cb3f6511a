"""What a GAN shows after each step, and at its end both networks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from vizlib.errors import NotShowable
from vizlib.models import Classifier
from vizlib.records import brief
from vizlib.render import notebook
from vizlib.render.curves import Axes, curves
from vizlib.training.frames import TrainingFrame
from vizlib.training.gan.judge import Measures
from vizlib.training.gan.trained import Gan, opened

Curve = NDArray[np.float64]
Levels = NDArray[np.uint8]
_NONE = np.zeros(0)
_STEPS = np.zeros(0, np.int64)
_PICTURES = np.zeros((0, 0, 0, 0), np.uint8)


@dataclass(frozen=True, eq=False)
class GanFrame(TrainingFrame):
    """A GAN after `step` of `total` steps, with its film, its curves and its measures so far.

    Attributes:
        step: steps taken, 0 before the first. total: steps in all; a run may stop before.
        pictures: (40, C, H, W), pixels in [0, 1]: what the generator makes of the same 40 latent vectors. C is 1 for
            gray. They are made again a hundred times in a run, or every tenth step, and at each step of the film.
        loss_g, loss_d: of the generator and of the discriminator at this step; NaN at step 0.
        losses_g, losses_d: (step,), those of each step.
        milestones: (M,), the steps of the film.
        film: (M, 40, H, W, C), uint8: the 40 pictures at these steps.
        steps: (E,), the steps at which as many fakes as held-out pictures were compared with these. What follows is of
            these steps, and `Measures` says what each is.
        distances, precisions, recalls, covered, confident, copies: (E,) each.
        believed: (E, 3), the mean probability of "real" that the discriminator gives to pictures that it learns from,
            to real ones that it never saw, and to fakes.
        real: the same measures of as many real pictures, those for training: the best that fakes can reach. Its
            `copies` are those of the held-out pictures. None before the first evaluation.
        nearest: (40, H, W, C), uint8: the training picture nearest to each of the 40, at the last evaluation.
        judge: the network by which the fakes are measured. layer: whose features, averaged over all places.
        counts: the numbers of pictures for training, held out, and of fakes in an evaluation.
        classes: of the pictures. The networks do not see them.
        note: sentences about the judge, and why training stopped.
        files: in the last frame generator.safetensors, discriminator.safetensors, config.json and card.md.
        name, device: of the networks. private: whether the pictures are a visitor's own.
        done: whether this is the last frame.

    The last frame has `generate`, `decode`, `between`, `latents` and `discriminator` of its `gan`, and `save`; `so_far`
    makes any frame a last one, `checkpoint` what a run goes on from.
    """

    pictures: Tensor
    loss_g: float
    loss_d: float
    losses_g: Curve = field(default_factory=lambda: _NONE)
    losses_d: Curve = field(default_factory=lambda: _NONE)
    milestones: NDArray[np.int64] = field(default_factory=lambda: _STEPS)
    film: Levels = field(default_factory=lambda: _PICTURES[None])
    steps: NDArray[np.int64] = field(default_factory=lambda: _STEPS)
    distances: Curve = field(default_factory=lambda: _NONE)
    precisions: Curve = field(default_factory=lambda: _NONE)
    recalls: Curve = field(default_factory=lambda: _NONE)
    covered: Curve = field(default_factory=lambda: _NONE)
    confident: Curve = field(default_factory=lambda: _NONE)
    copies: Curve = field(default_factory=lambda: _NONE)
    believed: Curve = field(default_factory=lambda: _NONE.reshape(0, 3))
    real: Measures | None = None
    nearest: Levels = field(default_factory=lambda: _PICTURES)
    judge: str = ""
    layer: str = ""
    counts: tuple[int, int, int] = (0, 0, 0)
    classes: tuple[str, ...] = ()

    __repr__ = brief

    def _repr_html_(self) -> str:
        levels = (self.pictures.detach().float().cpu().clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()
        found = {"generator": self.losses_g, "discriminator": self.losses_d}
        lines = [(name, list(enumerate(values.tolist(), 1))) for name, values in found.items()]
        drawn = notebook.pictures(levels, columns=10), curves(lines, Axes("step", "loss"))
        return notebook.shown(f"Step {self.step} of {self.total}", *drawn, note=self.note)

    @cached_property
    def gan(self) -> Gan:
        """Both networks, opened from `files`. Raises NotShowable before the last frame."""
        if not self.files:
            remedy = "Take vizlib.last(run), or so_far of the frame at which you stop."
            raise NotShowable("The trained networks are in the last frame.", remedy)
        return opened(self.files, self.name, self.device)

    @property
    def latents(self) -> Tensor:
        """(40, latent): those that the film shows."""
        return self.gan.fixed

    @property
    def discriminator(self) -> Classifier:
        """The discriminator, whose classes are "fake" and "real"; all that a Classifier is asked can be asked of it."""
        return self.gan.discriminator

    def generate(self, n: int, seed: int = 0) -> Tensor:
        """New pictures (n, C, H, W) in [0, 1], of latent vectors of the seed; more are the same ones and others."""
        return self.gan.generate(n, seed)

    def decode(self, latents: Any) -> Tensor:
        """The pictures (N, C, H, W) in [0, 1] of latent vectors (N, latent)."""
        return self.gan.decode(latents)

    def between(self, a: Any, b: Any, count: int) -> Tensor:
        """Pictures (count, C, H, W) along the great circle from one latent vector to another.

        a, b: latent vectors (latent,), or numbers of the film's 40.
        """
        return self.gan.between(a, b, count)
