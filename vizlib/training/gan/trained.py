"""A trained GAN: its generator, its discriminator as a Classifier, and the files that both are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cached_property
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from vizlib.errors import CheckpointMismatch, VizError
from vizlib.models import Classifier, Outputs, available_devices, in_own_context
from vizlib.records import Preprocessing
from vizlib.training.gan.networks import Design, Discriminator, Generator

FIXED: Final = 40  # latent vectors of the film
GENERATOR, DISCRIMINATOR, CONFIG, CARD = "generator.safetensors", "discriminator.safetensors", "config.json", "card.md"
_FIXED_SEED: Final = 40_000_000  # of the film's latent vectors, away from the seeds of others
_AT_ONCE: Final = 64  # pictures
_MIDDLE: Final = 0.5  # of [0, 1]: the networks see and make pictures from -1 to 1


def latents_of(seed: int, count: int, length: int) -> Tensor:
    """Latent vectors (count, length) of a seed; more are the same ones and others."""
    generator = torch.Generator().manual_seed(seed)
    found = [torch.randn(length, generator=generator) for _ in range(count)]
    return torch.stack(found) if found else torch.empty(0, length)


def fixed_latents(length: int) -> Tensor:
    """(40, length): the same in every run."""
    return latents_of(_FIXED_SEED, FIXED, length)


def pixels_of(made: Tensor) -> Tensor:
    """What a generator makes, from [-1, 1], as pixels."""
    return (made * _MIDDLE + _MIDDLE).clamp(0, 1)


class Gan:
    """Both networks of a GAN, trained and frozen.

    Attributes: name, device, design (what the networks are built from), generator (the nn.Module, from latent vectors
    to pictures in [-1, 1]), discriminator (a Classifier of "fake" and "real"), fixed (the latent vectors of the film).
    """

    def __init__(self, name: str, design: Design, networks: tuple[Generator, Discriminator], device: str) -> None:
        self.name, self.design, self.device = name, design, torch.device(device)
        self.generator = networks[0].to(self.device).eval().requires_grad_(False)
        self._discriminator = networks[1]
        self.fixed = fixed_latents(design.latent)

    def __repr__(self) -> str:
        size, colors = self.design.size, "gray" if self.design.channels == 1 else "color"
        return f"Gan({self.name!r}, {self.device}, {size} x {size} px, {colors}, latent {self.design.latent})"

    @cached_property
    def discriminator(self) -> Classifier:
        """The discriminator as a Classifier: the logit of "real", and minus that of "fake"."""
        middle, size = (_MIDDLE,) * self.design.channels, (self.design.size,) * 2
        how = Preprocessing(size, 1.0, "center", "bicubic", middle, middle, self.design.channels)
        name, reading = f"{self.name} (discriminator)", (Outputs(single=1), ["fake", "real"])
        return Classifier(self._discriminator, name, self.device, preprocessing=how, reading=reading)

    def made(self, latents: Tensor) -> Tensor:
        """The pictures (N, C, H, W) in [0, 1] of latent vectors, differentiable with respect to these."""
        return pixels_of(self.generator(latents.to(self.device, torch.float32)))

    @in_own_context
    @torch.no_grad()
    def decode(self, latents: Any) -> Tensor:
        """The pictures (N, C, H, W) in [0, 1] of latent vectors (N, latent). Raises VizError for other shapes."""
        given = torch.as_tensor(np.asarray(latents) if not isinstance(latents, Tensor) else latents)
        if given.ndim != 2 or given.shape[1] != self.design.latent or not given.isfinite().all():
            what = f"Latent vectors are finite numbers (N, {self.design.latent}), not {tuple(given.shape)}."
            raise VizError(what, "Give one row for each picture.")
        parts = [self.made(some) for some in given.split(_AT_ONCE)]
        return torch.cat(parts) if len(given) else torch.empty(0, self.design.channels, *[self.design.size] * 2)

    def generate(self, n: int, seed: int = 0) -> Tensor:
        """New pictures (n, C, H, W) in [0, 1], of latent vectors of the seed; more are the same ones and others."""
        _check_count(n)
        return self.decode(latents_of(seed, n, self.design.latent))

    def between(self, a: Any, b: Any, count: int) -> Tensor:
        """Pictures (count, C, H, W) along the great circle from one latent vector to another, both included.

        a, b: latent vectors (latent,), or numbers of the film's 40. On a straight line the vectors in the middle would
        be shorter than those that the generator has learned from.
        """
        _check_count(count)
        one, other = (self._latent(each) for each in (a, b))
        angle = torch.arccos((one @ other / (one.norm() * other.norm())).clamp(-1, 1))
        shares = torch.linspace(0, 1, count, dtype=torch.float64)[:, None]
        if float(angle.sin()) < 1e-6:
            return self.decode(torch.lerp(one, other, shares).float())
        rows = ((1 - shares) * angle).sin() * one + (shares * angle).sin() * other
        return self.decode((rows / angle.sin()).float())

    def _latent(self, given: Any) -> Tensor:
        if isinstance(given, Integral) and not isinstance(given, bool):
            if not 0 <= int(given) < len(self.fixed):
                what = f"There is no latent vector number {given}."
                raise VizError(what, f"Give a number from 0 to {len(self.fixed) - 1}.")
            return self.fixed[int(given)].double()
        return torch.as_tensor(given, dtype=torch.float64)

    def files(self, card: str, said: Mapping[str, Any]) -> dict[str, bytes]:
        """The content of the four files, by name. said: what config.json tells about the training."""
        config = {"name": self.name, **asdict(self.design), "training": dict(said)}
        weights = {GENERATOR: self.generator, DISCRIMINATOR: self._discriminator}
        found = {name: save(_weights(each)) for name, each in weights.items()}
        return {**found, CONFIG: f"{json.dumps(config, indent=2)}\n".encode(), CARD: card.encode()}


def _weights(network: nn.Module) -> dict[str, Tensor]:
    return {name: each.detach().cpu().contiguous().clone() for name, each in network.state_dict().items()}


def _check_count(count: Any) -> None:
    if not isinstance(count, Integral) or isinstance(count, bool) or not 0 <= int(count) <= 10_000:
        raise VizError(f"The number of pictures is {count!r}.", "Give a whole number from 0 to 10,000.")


def opened(files: Mapping[str, bytes], name: str = "", device: str = "cpu") -> Gan:
    """The GAN of these files. Raises CheckpointMismatch for files that lack one, are damaged, or belong to no GAN."""
    lacking = [each for each in (GENERATOR, DISCRIMINATOR, CONFIG) if each not in files]
    if lacking:
        raise CheckpointMismatch(f"{lacking[0]} is missing.", "Give all files that `save` wrote.")
    try:
        config = json.loads(files[CONFIG])
        design = Design(**{each: config[each] for each in Design.__dataclass_fields__})
        networks = Generator(design), Discriminator(design)
        for network, file in zip(networks, (GENERATOR, DISCRIMINATOR), strict=True):
            network.load_state_dict(load(files[file]))
        title = name or str(config["name"])
    except (ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as problem:
        what = "These files are damaged, or of another kind of network."
        raise CheckpointMismatch(what, "Save them again.") from problem
    known = {each.partition(":")[0] for each in available_devices()}
    return Gan(title, design, networks, device if device.partition(":")[0] in known else "cpu")


def open_gan(files: Mapping[str, bytes] | str | PathLike[str], device: str = "cpu") -> Gan:
    """A trained GAN from its files, or from the folder that `save` wrote them into.

    files: their contents by name, or the folder. device: "cpu", "cuda:1" ...; the CPU where there is no such device.

    Returns a `Gan` with `generate`, `decode`, `between` and `discriminator`. Raises CheckpointMismatch for files that
    lack one, are damaged, or belong to no GAN.

    Example:
        >>> import vizlib
        >>> from vizlib.training import open_gan
        >>> last = vizlib.last(vizlib.train_gan(vizlib.drawn("digits", 10), steps=1))
        >>> open_gan(last.save("mine")).generate(3, seed=1).shape
        torch.Size([3, 1, 28, 28])
    """
    if isinstance(files, Mapping):
        return opened(files, "", device)
    folder = Path(files)
    names = [each for each in (GENERATOR, DISCRIMINATOR, CONFIG, CARD) if (folder / each).is_file()]
    return opened({each: (folder / each).read_bytes() for each in names}, "", device)
