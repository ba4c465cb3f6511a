"""What a domain adaptation shows after each step, and at its end the adapted network."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vizlib.records import brief
from vizlib.render import notebook
from vizlib.render.curves import Axes, curves
from vizlib.training.frames import ClassifierFrame

Curve = NDArray[np.float64]


def _none() -> Curve:
    return np.zeros(0)


@dataclass(frozen=True, eq=False)
class Adaptation(ClassifierFrame):
    """A domain adaptation after `step` of `total` steps, with its curves so far. The last one has the network.

    Attributes:
        step: steps taken, 0 before the first. total: steps in all; a run may stop before.
        source_accuracy: share of the source's held-out pictures that were right when they were asked last, [0, 1].
        target_accuracy: the same of the target. Their labels are used for this number alone.
        domain_accuracy: share of the held-out pictures whose domain was right, the mean of both domains: 0.5 is chance.
        label_loss: the mean cross-entropy of the classes in this step's batch, before the step; NaN at step 0.
        domain_loss: the same of the domain, the mean of both domains.
        label_losses: (step,), the `label_loss` of each step.
        domain_sides: (step, 2), the domain's loss of the source's pictures, and of the target's.
        factors: (step,), the reversal factor of each step. rates: (step,), the rate of learning.
        steps: (E,), the steps at which the held-out pictures were asked: at step 0 those of the clouds, then all.
        source_accuracies, target_accuracies, domain_accuracies: (E,), at these steps.
        kept: (E,), share of the target's training pictures that have a pseudo-label; NaN before there are any.
        right: (E,), share of these that are right, which only the chart knows.
        milestones: (M,), the steps of the clouds.
        features: (M, N, D), float16: what the domain head got for the same held-out pictures at these steps.
        cloud_labels: (N,), the classes of these pictures. cloud_domains: (N,), True for the target.
        counts: the numbers of pictures: of the source and of the target for training, of both held out.
        classes: their names.
        note: sentences about what was loaded, and why training stopped.
        files: in the last frame the adapted network in timm's layout. Empty for a network that timm cannot build.
        name, device: of the adapted network.
        private: whether pictures are a visitor's own.
        done: whether this is the last frame.

    Properties: domain_losses (step,), model (the adapted network: features and classes, without the domain head),
    so_far (this frame as the last one). Methods: checkpoint (the bytes with which `adapt` goes on from here) and save.
    """

    source_accuracy: float = float("nan")
    target_accuracy: float = float("nan")
    domain_accuracy: float = float("nan")
    label_loss: float = float("nan")
    domain_loss: float = float("nan")
    label_losses: Curve = field(default_factory=_none, repr=False)
    domain_sides: Curve = field(default_factory=lambda: np.zeros((0, 2)), repr=False)
    factors: Curve = field(default_factory=_none, repr=False)
    rates: Curve = field(default_factory=_none, repr=False)
    steps: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    source_accuracies: Curve = field(default_factory=_none, repr=False)
    target_accuracies: Curve = field(default_factory=_none)
    domain_accuracies: Curve = field(default_factory=_none, repr=False)
    kept: Curve = field(default_factory=_none, repr=False)
    right: Curve = field(default_factory=_none, repr=False)
    milestones: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64), repr=False)
    features: NDArray[np.float16] = field(default_factory=lambda: np.zeros((0, 0, 0), np.float16))
    cloud_labels: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64), repr=False)
    cloud_domains: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_), repr=False)
    counts: tuple[int, int, int, int] = field(default=(0, 0, 0, 0), repr=False)
    classes: tuple[str, ...] = ()

    __repr__ = brief

    def _repr_html_(self) -> str:
        steps = self.steps.tolist()
        found = {
            "source": self.source_accuracies,
            "target": self.target_accuracies,
            "domain (50 % is chance)": self.domain_accuracies,
        }
        lines = [(name, list(zip(steps, values.tolist()))) for name, values in found.items()]
        shares = f"source {notebook.percent(self.source_accuracy)}, target {notebook.percent(self.target_accuracy)}"
        title = f"Step {self.step} of {self.total}: {shares} of the held-out pictures are right"
        return notebook.shown(title, curves(lines, Axes("step", "held-out accuracy", share=True)), note=self.note)

    @property
    def domain_losses(self) -> Curve:
        """The `domain_loss` of each step, (step,)."""
        found: Curve = self.domain_sides.mean(1)
        return found
