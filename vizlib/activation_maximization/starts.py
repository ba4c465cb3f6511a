"""Where pictures start, and the cure of dead starts: units whose gradient is zero at the usual start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from vizlib.activation_maximization.passes.scoring import PLAIN, Glance, Scorer
from vizlib.records import Size
from vizlib.render import from_image
from vizlib.synthetic import TRAINING_SEED, draw_scene

_PATIENCE = 16  # steps with Lucid's redirected gradient
_SCENES = 12  # drawn, tried as starts
_WAKING = 6  # noises of growing strength, tried as starts


def noise(seeds: Sequence[int], size: Size, strength: float) -> Tensor:
    """Normal noise (B, 3, H, W), each picture's by its own seed; drawn on the CPU, so that devices agree."""
    draws = [torch.randn(3, *size, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    return torch.stack(draws) * strength


class Cure:
    """Watches for pictures without a gradient, and finds other starts for them."""

    def __init__(self, seeds: Sequence[int], size: Size) -> None:
        self._seeds, self._size = list(seeds), size
        self._asleep: list[int] = []  # rows without a gradient at the first step
        self._dead: list[int] = []  # those of them that have had no true gradient at any step
        self._first = True
        self.notes: tuple[str, ...] = ("",) * len(seeds)

    def look(self, scorer: Scorer, pixels: Tensor, glance: Glance, step: int) -> tuple[Tensor, Tensor]:
        """The scorer's values and gradients; in the first steps dead pictures get the redirected gradient."""
        values, gradient = scorer.look(pixels, glance, range(len(pixels)))
        if not self._first and (not self._asleep or step > _PATIENCE):
            return values, gradient
        alive = gradient.flatten(1).any(1).tolist()
        self._dead = [row for row in (range(len(alive)) if self._first else self._dead) if not alive[row]]
        self._asleep = self._dead if self._first else self._asleep
        self._first = False
        if self._asleep and step <= _PATIENCE:  # also rows that have one now: the slope of a hard swish leads back
            _, gradient[self._asleep] = scorer.look(pixels[self._asleep], glance, self._asleep, redirect=True)
        return values, gradient

    def fresh_starts(self, scorer: Scorer, step: int) -> Iterator[tuple[Tensor, Tensor]]:
        """After the redirected steps: (row, pixels) of other starts for pictures that are still dead; a note tells."""
        if step != _PATIENCE or not self._dead:
            return
        starts = self._starts(scorer.model.device)
        notes = list(self.notes)
        for row in self._dead:
            values, gradient = scorer.look(starts, PLAIN, [row] * len(starts))
            alive = gradient.flatten(1).any(1)
            if alive.any():
                # A picture that starts from noise may remain noise, so noise is taken only where no scene works.
                alive[_SCENES:] &= not bool(alive[:_SCENES].any())
                best = int(values.masked_fill(~alive, float("-inf")).argmax())
                notes[row] = "The usual start gave no gradient: it began from " + (
                    "a drawn scene." if best < _SCENES else "stronger noise."
                )
                yield torch.tensor([row], device=starts.device), starts[best : best + 1]
            else:
                same = bool((values == values[0]).all())
                what = "It gives the same value for" if same else "Its gradient is zero at"
                notes[row] = f"{what} every start that was tried, so there is nothing to climb."
        self.notes = tuple(notes)

    def ended(self, steps: int) -> None:
        """Notes the pictures that had no gradient in a run too short for other starts."""
        if steps < _PATIENCE:
            flat = f"Its gradient was zero in each of the {steps} steps."
            more = f"{flat} With more than {_PATIENCE}, other starts are tried."
            self.notes = tuple(note or more * (row in self._dead) for row, note in enumerate(self.notes))

    def _starts(self, device: torch.device) -> Tensor:
        scenes = from_image(np.stack([draw_scene(TRAINING_SEED + seed).image for seed in range(_SCENES)]))
        pixels = interpolate(scenes, size=self._size, mode="bilinear", antialias=True)
        rough = [noise([self._seeds[0] + 1 + each], self._size, 0.1 * (1 + each)) for each in range(_WAKING)]
        return torch.cat([pixels, *(each.add(0.5).clamp(0, 1) for each in rough)]).to(device)
