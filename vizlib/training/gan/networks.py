"""The two networks of a DCGAN (Radford, Metz and Chintala 2015, arXiv 1511.06434), for pictures of 28, 32 or 64 px."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from vizlib.weights import Stream

SIZES = (28, 32, 64)  # px a side
_SPREAD = 0.02  # of the first weights, as in the paper
_SLOPE = 0.2  # of the leaky ReLU


@dataclass(frozen=True)
class Design:
    """What the networks are built from.

    Attributes:
        size: of the pictures, px a side.
        channels: 1 for gray, 3 for color.
        latent: the length of a latent vector.
        width: channels of the maps next to the pictures; the maps of half their side have twice as many.
        spectral_norm: whether the discriminator's layers are divided by their largest singular value (Miyato et al.
            2018, arXiv 1802.05957).
    """

    size: int
    channels: int
    latent: int = 64
    width: int = 32
    spectral_norm: bool = False

    @property
    def widths(self) -> list[int]:
        """Channels of the maps, the largest maps first."""
        return [self.width * 2**each for each in range(3 if self.size > 32 else 2)]

    @property
    def side(self) -> int:
        """Of the smallest maps, px."""
        return int(self.size // 2 ** len(self.widths))


class Generator(nn.Module):
    """From latent vectors (N, latent) to pictures (N, channels, size, size) in [-1, 1]."""

    def __init__(self, design: Design) -> None:
        super().__init__()
        first, *others = reversed(design.widths)
        self.project = nn.Linear(design.latent, first * design.side**2, bias=False)
        parts: list[nn.Module] = [nn.Unflatten(1, (first, design.side, design.side)), nn.BatchNorm2d(first), nn.ReLU()]
        for width in others:
            parts += [nn.ConvTranspose2d(first, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            first = width
        self.grow = nn.Sequential(*parts, nn.ConvTranspose2d(first, design.channels, 4, 2, 1), nn.Tanh())

    def forward(self, latents: Tensor) -> Tensor:
        found: Tensor = self.grow(self.project(latents))
        return found


class Discriminator(nn.Module):
    """From pictures (N, channels, size, size) in [-1, 1] to one logit (N, 1): positive for "real".

    Unlike the paper's it has no batch normalization, so that what it says of a picture does not depend on the others,
    and it has a hidden layer that sees the whole picture: one unit of these few convolutions sees 10 or 22 px.
    """

    def __init__(self, design: Design) -> None:
        super().__init__()
        parts, before = list[nn.Module](), design.channels
        for width in design.widths:
            parts += [nn.Conv2d(before, width, 4, 2, 1), nn.LeakyReLU(_SLOPE)]
            before = width
        self.features = nn.Sequential(*parts)
        self.flatten = nn.Flatten()
        self.hidden, self.act = nn.Linear(before * design.side**2, 4 * design.width), nn.LeakyReLU(_SLOPE)
        self.head = nn.Linear(4 * design.width, 1)
        if design.spectral_norm:
            for each in [*self.features, self.hidden, self.head]:
                if hasattr(each, "weight"):
                    spectral_norm(each)

    def forward(self, pictures: Tensor) -> Tensor:
        found: Tensor = self.head(self.act(self.hidden(self.flatten(self.features(pictures)))))
        return found


def built(design: Design, seed: int) -> tuple[Generator, Discriminator]:
    """Both networks, with the first weights of the seed."""
    with Stream(seed).lent():
        networks = Generator(design), Discriminator(design)
        for each in networks:
            each.apply(_begin)
    return networks


@torch.no_grad()
def _begin(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
        parameters = dict(module.named_parameters())
        weight = parameters.get("weight", parameters.get("parametrizations.weight.original"))
        assert weight is not None
        weight.normal_(0.0, _SPREAD)
        if module.bias is not None:
            module.bias.zero_()
    elif isinstance(module, nn.BatchNorm2d):
        module.weight.normal_(1.0, _SPREAD)
