"""What a domain adaptation has measured so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizlib.training.domains.adaptation import Adaptation

_NAN = float("nan")
_CURVES = ("label_losses", "domain_sides", "factors", "rates")
_CHECKS = ("source_accuracies", "target_accuracies", "domain_accuracies", "kept", "right")


class Check(NamedTuple):
    """The answers to the held-out pictures after a step; kept and right are of the pseudo-labels."""

    step: int
    source: float
    target: float
    domain: float
    kept: float = _NAN
    right: float = _NAN


class Record:
    """The curves and clouds of a run, as frames show them. Frames share the arrays.

    known: the fields of every frame that do not change.
    """

    def __init__(self, steps: int, known: Mapping[str, Any]) -> None:
        self._total, self._known = steps, known
        shapes = {name: (steps, 2) if name == "domain_sides" else (steps,) for name in _CURVES}
        self._curves = {name: np.full(shape, _NAN) for name, shape in shapes.items()}
        self._checks: list[Check] = []
        self._milestones: list[int] = []
        self._features = np.zeros((0, 0, 0), np.float16)

    @property
    def last_check(self) -> int:
        """The step of the last check; -1 before the first."""
        return self._checks[-1].step if self._checks else -1

    def learned(self, step: int, label: float, sides: Sequence[float], factor: float, rate: float) -> None:
        """After a step: the losses before it, its factor and its rate."""
        for name, each in zip(_CURVES, (label, sides, factor, rate), strict=True):
            self._curves[name][step - 1] = each

    def checked(self, check: Check, features: NDArray[np.float16]) -> None:
        """After a check. The features are kept about ten times in a run."""
        self._checks.append(check)
        if check.step < self._next_milestone and check.step != self._total:
            return
        self._milestones.append(check.step)
        self._features = np.concatenate([self._features.reshape(-1, *features.shape), features[None]])

    @property
    def _next_milestone(self) -> int:
        return self._milestones[-1] + max(1, self._total // 10) if self._milestones else 0

    def state(self, step: int) -> dict[str, Any]:
        """What was measured up to this step, for a checkpoint."""
        curves = {name: each[:step] for name, each in self._curves.items()}
        clouds = {"milestones": list(self._milestones), "features": self._features}
        return {"curves": curves, "checks": [tuple(each) for each in self._checks], **clouds}

    def restore(self, step: int, state: Mapping[str, Any]) -> None:
        """Goes on from there."""
        for name, each in state["curves"].items():
            self._curves[name][:step] = each.numpy()
        self._checks = [Check(*each) for each in state["checks"]]
        self._milestones, self._features = state["milestones"], state["features"].numpy()

    def frame(self, step: int, note: str) -> Adaptation:
        steps, *checks = np.array(self._checks, dtype=np.float64).reshape(-1, len(Check._fields)).T
        last = self._checks[-1] if self._checks else Check(0, _NAN, _NAN, _NAN)
        curves = {name: each[:step] for name, each in self._curves.items()}
        found: dict[str, Any] = {**curves, **dict(zip(_CHECKS, checks, strict=True)), **self._known}
        return Adaptation(
            step,
            self._total,
            source_accuracy=last.source,
            target_accuracy=last.target,
            domain_accuracy=last.domain,
            label_loss=float(curves["label_losses"][-1]) if step else _NAN,
            domain_loss=float(curves["domain_sides"][-1].mean()) if step else _NAN,
            steps=steps.astype(np.int64),
            milestones=np.array(self._milestones, np.int64),
            features=self._features,
            note=note,
            **found,
        )
