"""What the run of a GAN has shown and measured so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vizlib.training.gan.evaluation import Found
from vizlib.training.gan.frame import GanFrame
from vizlib.training.gan.judge import Measures

_CURVES = ("distances", "precisions", "recalls", "covered", "confident", "copies")  # in the order of `Measures`


class Record:
    """The curves of a run and its film, as frames show them. Frames share the arrays.

    known: the fields of every frame that do not change.
    """

    def __init__(self, steps: int, known: Mapping[str, Any]) -> None:
        self._total, self._known = steps, known
        self._losses = np.full((steps, 2), np.nan)  # of the generator, of the discriminator
        self._shown = torch.empty(0)
        self._moments, self._film = list[int](), np.zeros((0, 0, 0, 0, 0), np.uint8)
        self._rows: list[tuple[float, ...]] = []  # of each evaluation: step, the measures, what was believed
        self._real: Measures | None = None
        self._nearest = np.zeros((0, 0, 0, 0), np.uint8)

    def learned(self, step: int, loss_g: float, loss_d: float) -> None:
        """After a step: both losses before it."""
        self._losses[step - 1] = loss_g, loss_d

    def drawn(self, step: int, pictures: Tensor, filmed: bool) -> None:
        """The pictures of the fixed latent vectors, and whether the film keeps them."""
        self._shown = pictures
        if filmed:
            levels = (pictures * 255).round().to(torch.uint8).permute(0, 2, 3, 1)[None].numpy()
            self._film = np.concatenate([self._film, levels]) if self._moments else levels.copy()
            self._moments.append(step)

    def evaluated(self, step: int, found: Found, real: Measures | None) -> None:
        """After an evaluation. real: the measures of real pictures."""
        self._rows.append((float(step), *astuple(found.measures), *found.believed))
        self._real, self._nearest = real, found.nearest

    @property
    def last_evaluation(self) -> int:
        """The step of the last evaluation; -1 before the first."""
        return int(self._rows[-1][0]) if self._rows else -1

    def state(self, step: int) -> dict[str, Any]:
        """What was shown and measured up to this step, for a checkpoint."""
        return {
            "losses": self._losses[:step],
            "shown": self._shown,
            "moments": list(self._moments),
            "film": self._film,
            "rows": list(self._rows),
            "real": list(astuple(self._real)) if self._real else [],
            "nearest": self._nearest,
        }

    def restore(self, step: int, state: Mapping[str, Any]) -> None:
        """Goes on from there."""
        self._losses[:step], self._shown = state["losses"].numpy(), state["shown"]
        self._moments, self._film = state["moments"], state["film"].numpy()
        self._rows, self._nearest = state["rows"], state["nearest"].numpy()
        self._real = Measures(*state["real"]) if state["real"] else None

    def frame(self, step: int, note: str) -> GanFrame:
        losses_g, losses_d = self._losses[:step].T
        rows: NDArray[np.float64] = np.array(self._rows, dtype=np.float64).reshape(-1, len(_CURVES) + 4)
        return GanFrame(
            step,
            self._total,
            pictures=self._shown,
            loss_g=float(losses_g[-1]) if step else float("nan"),
            loss_d=float(losses_d[-1]) if step else float("nan"),
            losses_g=losses_g,
            losses_d=losses_d,
            milestones=np.array(self._moments, np.int64),
            film=self._film,
            steps=rows[:, 0].astype(np.int64),
            **dict(zip(_CURVES, rows[:, 1:-3].T, strict=True)),
            believed=rows[:, -3:],
            real=self._real,
            nearest=self._nearest,
            note=note,
            **self._known,
        )
