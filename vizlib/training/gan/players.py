"""The two players of the game: both networks, their optimizers, and what each does in a step."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from vizlib.training.average import Average
from vizlib.training.gan.losses import LOSSES
from vizlib.training.gan.networks import Design, Discriminator, Generator, built
from vizlib.training.gan.settings import GanSettings
from vizlib.training.gan.trained import pixels_of

_SECOND = 0.99  # Adam's second momentum: quicker than its usual 0.999, for runs of some hundred steps


class Players:
    """A generator, with the average of its weights, and a discriminator."""

    def __init__(self, design: Design, settings: GanSettings, device: torch.device) -> None:
        self._settings, self._device, self._loss = settings, device, LOSSES[settings.loss]
        generator, discriminator = built(design, settings.seed)
        self._generator = generator.to(device).to(memory_format=torch.channels_last)
        self._discriminator = discriminator.to(device).to(memory_format=torch.channels_last)
        self._average = Average(_shown(self._generator), settings.average)
        self._optimizers = [
            torch.optim.Adam(network.parameters(), rate, (settings.momentum, _SECOND))
            for network, rate in ((self._generator, settings.rate_g), (self._discriminator, settings.rate_d))
        ]
        self._random = torch.Generator().manual_seed(settings.seed + 1)

    def step(self, real: Callable[[], Tensor]) -> tuple[float, float]:
        """The discriminator's steps, then the generator's. Returns the losses of the generator and of the other.

        real: gives the levels (N, C, H, W) of the next batch. A loss that is no finite number changes nothing.
        """
        for _ in range(self._settings.d_steps):
            fakes = self._generator(self._latents())
            loss_d = self._judge(real().float() / 127.5 - 1, fakes.detach())
        loss_g = self._deceive(fakes)
        if isfinite(loss_g + loss_d):
            self._average.follow()
        return loss_g, loss_d

    def _judge(self, real: Tensor, fakes: Tensor) -> float:
        """The discriminator's step. The weights see the real pictures and the fakes as two batches."""
        self._discriminator.requires_grad_(True)
        real = real.to(memory_format=torch.channels_last)
        answers = self._discriminator(real), self._discriminator(fakes)
        loss = self._loss.discriminator(*answers, 1 - self._settings.smoothing)
        return self._take(1, loss, self._settings.only != "generator")

    def _deceive(self, fakes: Tensor) -> float:
        """The generator's step, through a discriminator that keeps still."""
        self._discriminator.requires_grad_(False)
        loss = self._loss.generator(self._discriminator(fakes))
        return self._take(0, loss, self._settings.only != "discriminator")

    def _take(self, which: int, loss: Tensor, learns: bool) -> float:
        """A step of one network, if it learns. Returns its loss."""
        found = loss.item()
        if learns and isfinite(found):
            self._optimizers[which].zero_grad()
            loss.backward()
            self._optimizers[which].step()
        return found

    def _latents(self) -> Tensor:
        found = torch.randn(self._settings.batch, self._settings.latent, generator=self._random)
        return found.to(self._device)

    @torch.no_grad()
    def fakes(self, latents: Tensor) -> Tensor:
        """Pixels (N, C, H, W) of latent vectors, by the average of the generator's weights."""
        with self._average.used():
            self._generator.eval()
            found = pixels_of(self._generator(latents.to(self._device)))
            self._generator.train()
        return found

    @torch.no_grad()
    def belief(self, pixels: Tensor) -> Tensor:
        """The probabilities of "real" that the discriminator gives to pixels, (N,)."""
        self._discriminator.eval()
        found: Tensor = self._discriminator(pixels.to(self._device) * 2 - 1).sigmoid().flatten().cpu()
        self._discriminator.train()
        return found

    def copies(self) -> tuple[Generator, Discriminator]:
        """Both networks as they are now, the generator with its average."""
        with self._average.used():
            generator = copy.deepcopy(self._generator).eval()
        return generator, copy.deepcopy(self._discriminator)

    @property
    def _changing(self) -> dict[str, Any]:
        return {
            "generator": self._generator,
            "discriminator": self._discriminator,
            "optimizer_g": self._optimizers[0],
            "optimizer_d": self._optimizers[1],
        }

    def state(self) -> dict[str, Any]:
        """All that changes with the steps, for a checkpoint."""
        return {
            "random": self._random.get_state(),
            "average": self._average.state(),
            **{name: each.state_dict() for name, each in self._changing.items()},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from there."""
        self._random.set_state(state["random"])
        self._average.restore(state["average"])
        for name, each in self._changing.items():
            each.load_state_dict(state[name])


def _shown(network: Generator) -> list[Tensor]:
    """All that decides what it draws: its weights, and the statistics of its batch normalization."""
    return [*network.parameters(), *(each for each in network.buffers() if each.is_floating_point())]
