"""The numbers behind a picture: what the optimizer moves. Pixels are in [0, 1] by construction.

"pixels": each value by itself, through a sigmoid. "fourier": the spectrum of a picture with decorrelated colors,
high frequencies scaled down (Olah et al. 2017, "Feature Visualization"). "maco": only the phases of the spectrum, its
magnitudes those of natural pictures (Fel et al. 2023, arXiv 2306.06805); here, of the drawn scenes. A window leaves any
of them the middle of the picture alone. The spaces of courses ("raw" and "normalized") are in spaces.py.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from vizlib.activation_maximization.regularizers import GRAY
from vizlib.activation_maximization.spaces import ALL, SPACES, Space
from vizlib.models import Units
from vizlib.records import Size
from vizlib.render import from_image
from vizlib.synthetic import TRAINING_SEED, draw_scene

_SCENES = 64  # drawn for the magnitudes
# Cycles per px: the start has less noise below it, or large pictures would begin with dark and light blotches.
_BLOTCH = 1 / 64
_FAINTEST = 1 / 128  # share of a window, beyond which it holds no gray level
_DARKEST = 1 / 512  # half a gray level: at 0 and 1 the inverse of the sigmoid is infinite
# How the colors of photographs vary together, from Lucid (Apache 2.0). In this basis they vary independently.
_COLORS = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))


class Canvas(Protocol):
    """A parameterization with its numbers."""

    numbers: Tensor  # (B, ...), the optimizer's
    rate: float  # what one unit of learning rate moves
    noise: float  # standard deviation of the start: units that are inactive on plain gray need it for a gradient

    def pixels(self) -> Tensor:
        """(B, 3, H, W) in [0, 1], differentiable with respect to `numbers`."""

    def encode(self, pixels: Tensor, rows: Tensor | slice = ALL) -> None:
        """Sets the numbers of some pictures so that `pixels()` gives these, as nearly as it can."""


class Pixels:
    """Each value by itself: sigmoid(4 z), so that z is in pixel values around gray."""

    rate, noise = 0.4, 0.05

    def __init__(self, noise: Tensor) -> None:
        self.numbers = noise.clone()

    def pixels(self) -> Tensor:
        return (4 * self.numbers).sigmoid()

    def encode(self, pixels: Tensor, rows: Tensor | slice = ALL) -> None:
        self.numbers.data[rows] = _unsquashed(pixels) / 4


class Fourier:
    """A spectrum (B, 3, H, W // 2 + 1, real and imaginary) in decorrelated colors; 1 / frequency evens its effect.

    Frequencies above `cutoff` (cycles per px) are left out: they hold patterns that only one network responds to.
    """

    rate, noise = 1.0, 0.5

    def __init__(self, noise: Tensor, cutoff: float = 1.0) -> None:
        self.size = noise.shape[2], noise.shape[3]
        frequencies = _frequencies(self.size)
        self._scale = ((frequencies <= cutoff) / frequencies).to(noise)[..., None]
        self._colors = _color_basis().to(noise)
        spectrum = torch.fft.rfft2(noise, norm="ortho") * (frequencies / _BLOTCH).clamp(max=1).to(noise)
        self.numbers = torch.view_as_real(spectrum).contiguous()

    def pixels(self) -> Tensor:
        spectrum = torch.view_as_complex(self.numbers * self._scale)
        planes = _planes(spectrum, self.size) / 4
        return _recolored(planes, self._colors).sigmoid()

    def encode(self, pixels: Tensor, rows: Tensor | slice = ALL) -> None:
        planes = _recolored(_unsquashed(pixels), torch.linalg.inv(self._colors))
        spectrum = torch.fft.rfft2(4 * planes, norm="ortho")
        inverse = torch.where(self._scale > 0, 1 / self._scale, 0.0)
        self.numbers.data[rows] = torch.view_as_real(spectrum) * inverse


class Maco:
    """Phases (B, 3, H, W // 2 + 1), in radians; the magnitudes are fixed."""

    rate, noise = 8.0, 1.0

    def __init__(self, noise: Tensor) -> None:
        self.size = noise.shape[2], noise.shape[3]
        self._colors = _color_basis().to(noise)
        magnitude, self._contrast = _natural_spectrum(self.size)
        self._magnitude = magnitude.to(noise).repeat(len(noise), 1, 1, 1)
        self._given = torch.zeros(len(noise), 1, 1, 1, dtype=torch.bool, device=noise.device)  # magnitudes of its own
        self.numbers = torch.fft.rfft2(noise, norm="ortho").angle().contiguous()

    def pixels(self) -> Tensor:
        planes = _planes(torch.polar(self._magnitude, self.numbers), self.size)
        centered = planes - planes.mean((2, 3), keepdim=True)
        even = self._contrast * centered / centered.square().mean((1, 2, 3), keepdim=True).clamp(min=1e-12).sqrt()
        return _recolored(torch.where(self._given, planes, even), self._colors).sigmoid()

    def encode(self, pixels: Tensor, rows: Tensor | slice = ALL) -> None:
        spectrum = torch.fft.rfft2(_recolored(_unsquashed(pixels), torch.linalg.inv(self._colors)), norm="ortho")
        self.numbers.data[rows] = spectrum.angle()
        self._magnitude[rows], self._given[rows] = spectrum.abs(), True


class Windowed:
    """Another parameterization, whose pictures differ from gray in their middle alone, so that one object forms there.

    The difference is multiplied with exp(-ln 2 r^4): a half is left on the ellipse whose axes are `window` times the
    sides, where r is 1, nearly all inside it and nothing far outside.
    """

    def __init__(self, canvas: Canvas, size: Size, window: float) -> None:
        self._canvas, self.numbers, self.rate, self.noise = canvas, canvas.numbers, canvas.rate, canvas.noise
        rows, columns = (torch.linspace(-1, 1, side, device=canvas.numbers.device) for side in size)
        radius = (rows[:, None].square() + columns[None].square()) / window**2  # squared
        self._share = (-math.log(2) * radius.square()).exp()

    def pixels(self) -> Tensor:
        return GRAY + self._share * (self._canvas.pixels() - GRAY)

    def encode(self, pixels: Tensor, rows: Tensor | slice = ALL) -> None:
        self._canvas.encode((GRAY + (pixels - GRAY) / self._share.clamp(min=_FAINTEST)).clamp(0, 1), rows)


PARAMETERIZATIONS: dict[str, type[Pixels] | type[Fourier] | type[Maco]] = {
    "fourier": Fourier,
    "pixels": Pixels,
    "maco": Maco,
}


def make_canvas(name: str, noise: Tensor, cutoff: float, window: float = 0.0, units: Units | None = None) -> Canvas:
    """A parameterization that starts from `noise` (B, 3, H, W), normal with a standard deviation of 1 or so.

    window: see `Windowed`; 0 for the whole picture. units: the network's own, for "normalized".
    """
    if name in SPACES:
        return Space(name, noise, units)
    kind = PARAMETERIZATIONS[name]
    canvas = Fourier(noise * Fourier.noise, cutoff) if kind is Fourier else kind(noise * kind.noise)
    return Windowed(canvas, (noise.shape[2], noise.shape[3]), window) if window else canvas


def _planes(spectrum: Tensor, size: Size) -> Tensor:
    """The inverse Fourier transform (B, 3, H, W). For few pictures, one axis after the other is faster."""
    if len(spectrum) > 2:
        return torch.fft.irfft2(spectrum, s=size, norm="ortho")
    return torch.fft.irfft(torch.fft.ifft(spectrum, dim=2, norm="ortho"), n=size[1], norm="ortho")


def _unsquashed(pixels: Tensor) -> Tensor:
    return pixels.clamp(_DARKEST, 1 - _DARKEST).logit()


def _recolored(planes: Tensor, basis: Tensor) -> Tensor:
    return (basis @ planes.flatten(2)).view_as(planes)  # contiguous, which makes a Fourier transform ten times as fast


def _color_basis() -> Tensor:
    """(3, 3): RGB from the three decorrelated planes, the longest column of length 1."""
    basis = torch.tensor(_COLORS)
    return basis / basis.norm(dim=0).max()


def _frequencies(size: Size) -> Tensor:
    """Cycles per px (H, W // 2 + 1), the constant part counted as one cycle per picture."""
    rows, columns = torch.fft.fftfreq(size[0])[:, None], torch.fft.rfftfreq(size[1])[None]
    return (rows.square() + columns.square()).sqrt().clamp(min=1 / max(size))


@lru_cache(maxsize=8)
def _natural_spectrum(size: Size) -> tuple[Tensor, float]:
    """Drawn scenes of this size in decorrelated colors: mean magnitude (1, 3, H, W // 2 + 1), root mean square."""
    scenes = from_image(np.stack([draw_scene(TRAINING_SEED + seed).image for seed in range(_SCENES)]))
    pixels = interpolate(scenes, size=size, mode="bicubic", antialias=True).clamp(0, 1)
    planes = _recolored(_unsquashed(pixels), torch.linalg.inv(_color_basis()))
    centered = planes - planes.mean((2, 3), keepdim=True)
    magnitude = torch.fft.rfft2(planes, norm="ortho").abs().mean(0, keepdim=True)
    return magnitude, float(centered.square().mean().sqrt())
