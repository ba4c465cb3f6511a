"""What a fine-tuning shows after each step, and at its end the trained network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vizlib.records import brief
from vizlib.render import notebook
from vizlib.render.curves import Axes, curves
from vizlib.training.frames import ClassifierFrame

Curve = NDArray[np.float64]
_NONE = np.zeros(0)


@dataclass(frozen=True, eq=False)
class Tuning(ClassifierFrame):
    """A fine-tuning after `step` of `total` steps, with its curves so far. The last one has the trained network.

    Attributes:
        step: steps taken, 0 before the first. total: steps in all; a run may stop before.
        train_loss: the mean cross-entropy of this step's batch, before the step; NaN at step 0.
        accuracy: share of the held-out pictures that were right when they were asked last, [0, 1]; in the last frame
            that of the trained network.
        losses: (step,), the `train_loss` of each step.
        steps: (E,), the steps at which the held-out pictures were asked.
        accuracies: (E,), the held-out accuracy at these steps.
        train_accuracies: (E,), the accuracy of the training batches since the step before; NaN at step 0.
        validation_accuracies: (E,), on the pictures that choose the best weights; empty where none were set aside.
        gradient_norms: for each layer that learns, in running order, the L2 norm of its gradient at each step, (step,).
        best_step: the step whose weights are the best so far; in the last frame those of the trained network.
        note: sentences about what was loaded, and why training stopped.
        counts: the numbers of pictures for training, for validation, and held out.
        classes: their names.
        files: in the last frame the trained network in timm's layout: config.json, model.safetensors and card.md. Empty
            for a network that timm cannot build.
        name, device: of the trained network.
        private: whether the pictures are a visitor's own.
        done: whether this is the last frame.

    Properties: model (the trained network), so_far (this frame as the last one). Methods: checkpoint (the bytes with
    which `fine_tune` goes on from here) and save.
    """

    step: int
    total: int
    train_loss: float
    accuracy: float
    losses: Curve = field(default_factory=lambda: _NONE)
    steps: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    accuracies: Curve = field(default_factory=lambda: _NONE)
    train_accuracies: Curve = field(default_factory=lambda: _NONE)
    validation_accuracies: Curve = field(default_factory=lambda: _NONE)
    gradient_norms: Mapping[str, Curve] = field(default_factory=dict)
    best_step: int = 0
    counts: tuple[int, int, int] = (0, 0, 0)
    classes: tuple[str, ...] = ()

    __repr__ = brief

    def _repr_html_(self) -> str:
        steps = self.steps.tolist()
        lines = [("held out", list(zip(steps, self.accuracies.tolist())))]
        lines += [("training batches", list(zip(steps, self.train_accuracies.tolist())))]
        losses = list(enumerate(self.losses.tolist(), 1))
        drawn = curves(lines, Axes("step", "accuracy", share=True)), curves([("loss", losses)], Axes("step", "loss"))
        title = (
            f"Step {self.step} of {self.total}: {notebook.percent(self.accuracy)} of the held-out pictures are right"
        )
        return notebook.shown(title, *drawn, note=self.note)
