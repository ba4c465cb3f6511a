"""Everything that can be set for a GAN, checked, and settings that are known to fail, each in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from vizlib.errors import UnknownName, VizError
from vizlib.method import key_of
from vizlib.training.gan.losses import LOSSES
from vizlib.training.gan.networks import SIZES
from vizlib.training.settings import (
    EVERY,
    HELD_OUT,
    RATE,
    SEED,
    STEPS,
    Bounds,
    check_switch,
    checked_numbers,
    in_words,
)

ONLY: Final = ("generator", "discriminator")
_MOMENTS: Final = 25  # pictures of the film
_EVALUATIONS: Final = 8  # after the one at step 0
_REDRAWN: Final = 10  # steps, at least
_NUMBERS: Final = {
    "steps": STEPS,
    "rate_g": RATE,
    "rate_d": RATE,
    "seed": SEED,
    "latent": Bounds(1, 1024, whole=True),
    "batch": Bounds(2, 1024, whole=True),
    "d_steps": Bounds(1, 20, whole=True),
    "width": Bounds(4, 256, whole=True),
    "momentum": Bounds(0, 0.99),
    "smoothing": Bounds(0, 0.5),
    "average": Bounds(0, 0.9999),
    "every": EVERY,
    "held_out": HELD_OUT,
}


@dataclass(frozen=True)
class GanSettings:
    """The settings of a GAN; `train_gan` explains each."""

    steps: int = 2000
    rate_g: float = 1e-3
    rate_d: float = 1e-3
    seed: int = 0
    size: int | None = None
    latent: int = 64
    batch: int = 32
    loss: str = "non-saturating"
    d_steps: int = 1
    spectral_norm: bool = False
    only: str | None = None
    width: int = 32
    momentum: float = 0.0
    smoothing: float = 0.0
    average: float = 0.99
    every: int | None = None
    held_out: float = 0.3

    @property
    def evaluated(self) -> frozenset[int]:
        """The steps at which the fakes are compared with real pictures: closer to one another at the beginning."""
        if self.every:
            return frozenset({*range(0, self.steps, self.every), self.steps})
        return frozenset(round(self.steps * (each / _EVALUATIONS) ** 2) for each in range(_EVALUATIONS + 1))

    @property
    def filmed(self) -> frozenset[int]:
        """The steps of the film; all those of the evaluations are among them."""
        others = {round(self.steps * (each / (_MOMENTS - 1)) ** 2) for each in range(_MOMENTS)}
        return self.evaluated | others

    @property
    def redrawn(self) -> int:
        """Steps from one drawing of the film's pictures to the next."""
        return max(_REDRAWN, self.steps // 100)

    def checked(self) -> GanSettings:
        """The settings with plain Python numbers. Raises VizError or UnknownName for those that cannot be."""
        check_switch("spectral_norm", self.spectral_norm)
        if self.only is not None and self.only not in ONLY:
            raise UnknownName.among("network that learns alone", self.only, ONLY)
        if self.size is not None and self.size not in SIZES:
            raise VizError(f"The size is {self.size!r}.", f"Give {', '.join(map(str, SIZES))} (px), or None.")
        loss = key_of("loss", self.loss, dict.fromkeys(LOSSES, ()))
        return replace(self, **checked_numbers(self, _NUMBERS), loss=loss)

    def said(self) -> dict[str, str]:
        """Each setting by its name, in words, for a table."""
        return in_words(self)


@dataclass(frozen=True)
class Preset:
    """Settings with a known outcome.

    Attributes:
        title: what a menu calls it.
        expects: what is seen, and which measures show it, in a sentence.
        settings: those of `train_gan` that differ from its defaults.
        pictures: how many there are to learn from; None for all.
    """

    title: str
    expects: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    pictures: int | None = None


PRESETS: Final[Mapping[str, Preset]] = {
    "default": Preset(
        "It works", "More and more fakes can be read, and after 4,000 steps no class is missing.", {"steps": 4000}
    ),
    "noise": Preset(
        "Noise: rates too low",
        "The rates are fifty times lower, so the fakes are still noise at the end: precision and recall stay near 0.",
        {"steps": 600, "rate_g": 2e-5, "rate_d": 2e-5},
    ),
    "mode collapse": Preset(
        "Mode collapse: a discriminator that lags behind",
        "The generator learns five hundred times as fast as the discriminator, so all fakes become alike: recall stays "
        "near 0, and hardly any class is covered.",
        {"steps": 400, "rate_g": 1e-2, "rate_d": 2e-5},
    ),
    "memorization": Preset(
        "Memorization: too few pictures",
        "There are 500 pictures, which the discriminator learns by heart: it believes in them much more than in real "
        "pictures that it never saw.",
        {"steps": 2000},
        500,
    ),
}
