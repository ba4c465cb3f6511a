"""What a fine-tuning has measured so far, and the weights that are the best so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.errors import NotShowable
from vizlib.training.tuning import Tuning


class Record:
    """The curves of a run, as frames show them. Frames share the arrays, of which only later steps are still written.

    known: the fields of every frame that do not change.
    """

    def __init__(self, steps: int, layers: Sequence[str], known: Mapping[str, Any]) -> None:
        self._total, self._layers, self._known = steps, tuple(layers), known
        self._losses, self._norms = np.full(steps, np.nan), np.zeros((steps, len(layers)))
        self._right: list[float] = []  # the accuracy of each batch since the last check
        self._checks: list[tuple[int, float, float, float]] = []  # step, held out, training, validation

    def learned(self, step: int, loss: float, norms: Sequence[float], right: float) -> None:
        """After a step: the loss before it, the norms of its gradients, the accuracy of its batch."""
        self._losses[step - 1], self._norms[step - 1] = loss, norms
        self._right.append(right)

    def checked(self, step: int, held_out: float, validation: float) -> None:
        """After a check; the validation accuracy is NaN where no pictures were set aside."""
        training = float(np.mean(self._right)) if self._right else float("nan")
        self._checks.append((step, held_out, training, validation))
        self._right = []

    @property
    def last_check(self) -> int:
        """The step of the last check; -1 before the first."""
        return self._checks[-1][0] if self._checks else -1

    def state(self, step: int) -> dict[str, Any]:
        """What was measured up to this step, for a checkpoint."""
        curves = {"losses": self._losses[:step], "norms": self._norms[:step]}
        return {**curves, "right": list(self._right), "checks": list(self._checks)}

    def restore(self, step: int, state: Mapping[str, Any]) -> None:
        """Goes on from there."""
        self._losses[:step], self._norms[:step] = state["losses"].numpy(), state["norms"].numpy()
        self._right, self._checks = state["right"], state["checks"]

    def frame(self, step: int, best_step: int, note: str) -> Tuning:
        steps, held_out, training, validation = np.array(self._checks, dtype=np.float64).reshape(-1, 4).T
        return Tuning(
            step,
            self._total,
            train_loss=float(self._losses[step - 1]) if step else float("nan"),
            accuracy=float(held_out[-1]) if len(held_out) else float("nan"),
            losses=self._losses[:step],
            steps=steps.astype(np.int64),
            accuracies=held_out,
            train_accuracies=training,
            validation_accuracies=validation if self._known["counts"][1] else validation[:0],
            gradient_norms=dict(zip(self._layers, self._norms[:step].T, strict=True)),
            best_step=best_step,
            note=note,
            **self._known,
        )


class Best:
    """The weights of the best check so far: by the validation pictures, or without any those of the last check."""

    def __init__(self, network: nn.Module) -> None:
        self._network, self._state, self._goodness = network, dict[str, Tensor](), (-1.0, 0.0)
        self.step, self.accuracy, self.waited = 0, float("nan"), 0  # waited: checks since then

    def offer(self, step: int, held_out: float, validation: tuple[float, float] | None) -> None:
        """Keeps the present weights if they are better. validation: accuracy and negative loss; None without pictures.

        held_out: the accuracy of these weights, which does not decide.
        """
        goodness = validation or (float(step), 0.0)
        self.waited += 1
        if not self._state or (goodness > self._goodness and _finite(self._network)):
            self.step, self.accuracy, self.waited, self._goodness = step, held_out, 0, goodness
            self._state = {name: each.clone() for name, each in self._network.state_dict().items()}

    def state(self) -> dict[str, Any]:
        """For a checkpoint."""
        numbers = {"step": self.step, "accuracy": self.accuracy, "waited": self.waited}
        return {**numbers, "goodness": self._goodness, "weights": self._state}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from there."""
        self.step, self.accuracy, self.waited = state["step"], state["accuracy"], state["waited"]
        self._goodness, self._state = state["goodness"], state["weights"]

    def give(self, network: nn.Module) -> None:
        """Gives these weights to the network, or to a copy of it. Raises NotShowable before the first check."""
        if not self._state:
            raise NotShowable("Nothing is trained yet.", "Wait for the first check of the held-out pictures.")
        network.load_state_dict(self._state)


def _finite(network: nn.Module) -> bool:
    return all(bool(torch.isfinite(each).all()) for each in network.state_dict().values())
