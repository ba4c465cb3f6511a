"""What a fine-tuning shows after each step, and at its end the trained network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any
from weakref import WeakMethod

import numpy as np
from numpy.typing import NDArray

from vizlib.errors import DeviceFailed, NotShowable
from vizlib.models import Classifier, opened_files
from vizlib.records import brief
from vizlib.weights import write

Curve = NDArray[np.float64]
_NONE = np.zeros(0)


@dataclass(frozen=True, eq=False)
class Tuning:
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

    Properties: done, model (the trained network), so_far (this frame as the last one). Method: save.
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
    note: str = ""
    counts: tuple[int, int, int] = (0, 0, 0)
    classes: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    name: str = ""
    device: str = "cpu"
    private: bool = False
    done: bool = False  # whether this is the last frame
    _opened: list[Any] = field(default_factory=list, init=False, repr=False)
    _ending: list[Callable[[], Callable[[Tuning], Tuning] | None]] = field(default_factory=list, init=False, repr=False)

    __repr__ = brief

    @property
    def model(self) -> Classifier:
        """The trained network, opened from `files`. Raises NotShowable before the last frame."""
        if not self._opened:
            if not self.files:
                what = "The trained network is in the last frame." if not self.done else "The network is gone."
                raise NotShowable(what, "Take vizlib.last(run).model, in the process that trained it.")
            self._opened.append(self._open())
        found: Classifier = self._opened[0]
        return found

    @cached_property
    def so_far(self) -> Tuning:
        """This frame as the last one, with the best weights so far: for a run that is left before its end.

        The run can still go on. Raises NotShowable before the first check, and when the run is gone.
        """
        if self.done:
            return self
        ending = self._ending[0]() if self._ending else None
        if ending is None:
            raise NotShowable("The run of this frame is gone.", "Run it again, and stop it where you want to.")
        return ending(self)

    def ends_by(self, ending: Callable[[Tuning], Tuning]) -> None:
        """Gives the frame the method that makes it the last one. The frame does not keep the method's run alive."""
        self._ending[:] = [WeakMethod(ending)]

    def hold(self, model: Classifier) -> None:
        """Gives the frame the trained network of this process, so that it need not be opened again."""
        self._opened[:] = [model]

    def _open(self) -> Classifier:
        try:
            return opened_files(self.files, self.name, self.device)
        except DeviceFailed:  # the run was read from the store of a machine with another device
            return opened_files(self.files, self.name, "auto")

    def save(self, folder: str | PathLike[str]) -> Path:
        """Writes the trained network into a folder, which `load_model`, VIZLIB_WEIGHTS and timm open.

        folder: made if it does not exist. Returns its path.

        Raises NotShowable before the last frame, and for a network that timm cannot build.
        """
        if not self.done:
            raise NotShowable("The trained network is in the last frame.", "Take vizlib.last(run).save(folder).")
        if not self.files:
            what = f"timm cannot build {self.name}, so its files cannot be written."
            raise NotShowable(what, "Save the weights yourself: torch.save(run.model.network.state_dict(), ...).")
        write(self.files, Path(folder))
        return Path(folder)
