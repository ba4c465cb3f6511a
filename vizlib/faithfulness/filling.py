"""What is put in the place of removed pixels.

"blur" is a Gaussian of a twelfth of the picture's shorter side (19 px of 224). RISE's own, 11 x 11 px with a sigma of
5, leaves a photograph so clear that most networks still recognize it. "neighbors" is the noisy linear imputation of
ROAD, Rong et al. (2022), arXiv 2202.00449: every removed pixel is the weighted mean of its eight neighbors, removed or
not, plus a little noise. Where all pixels are removed, it is the mean color.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from vizlib.errors import UnknownName

Fill = Literal["blur", "gray", "mean", "noise", "neighbors"]
FILLS: Final = {  # what each puts in the place of a removed pixel, as the page says it
    "blur": "the picture, strongly blurred",
    "gray": "medium gray",
    "mean": "the mean color of the picture",
    "noise": "random colors",
    "neighbors": "the weighted mean of the neighboring pixels (ROAD)",
}
BLUR: Final = 12  # the shorter side, divided by the blur's standard deviation
NOISE: Final = 0.01  # of the imputation, in units of pixel value
_NEIGHBORS: Final = {(down, right): 1 / 12 if down and right else 1 / 6 for down in (-1, 0, 1) for right in (-1, 0, 1)}
_NEIGHBORS.pop((0, 0))


def check_fill(fill: str) -> None:
    """Raises UnknownName for another fill."""
    if fill not in FILLS:
        raise UnknownName.among("fill", fill, FILLS)


def filled(picture: Tensor, fill: Fill, seed: int = 0) -> Tensor:
    """The picture (3, H, W) with all pixels removed, on its device."""
    if fill == "blur":
        return _blurred(picture)
    if fill == "noise":
        return torch.rand(picture.shape, generator=torch.Generator().manual_seed(seed)).to(picture)
    if fill == "gray":
        return torch.full_like(picture, 0.5)
    return picture.mean((1, 2), keepdim=True).expand_as(picture)


def imputed(picture: Tensor, removed: NDArray[np.bool_], noise: float = NOISE, seed: int = 0) -> Tensor:
    """The picture (3, H, W) with its removed pixels (H, W) replaced by ROAD's noisy linear imputation, in [0, 1]."""
    if removed.all() or not removed.any():
        return filled(picture, "mean") if removed.any() else picture
    values = picture.cpu().double().numpy()
    solved = torch.from_numpy(_solved(values, removed)).to(picture.dtype)
    grain = torch.randn(solved.shape, generator=torch.Generator().manual_seed(seed))
    result = picture.cpu().clone()
    result[:, torch.from_numpy(removed)] = (solved + noise * grain).clamp(0, 1)
    return result.to(picture.device)


def _solved(values: NDArray[Any], removed: NDArray[np.bool_]) -> NDArray[Any]:
    """The removed pixels (3, R), each of them the weighted mean of its neighbors: a sparse system of equations.

    At the border of the picture the weights of the neighbors that are there count alone.
    """
    from scipy.sparse import csc_matrix, diags  # late: it takes a moment
    from scipy.sparse.linalg import splu

    numbers = np.where(removed, np.cumsum(removed).reshape(removed.shape) - 1, -1)
    rows, columns = np.nonzero(removed)
    total, known = np.zeros(len(rows)), np.zeros((len(rows), len(values)))
    links: list[tuple[Any, Any, float]] = []
    for (down, right), weight in _NEIGHBORS.items():
        y, x = rows + down, columns + right
        inside = (y >= 0) & (x >= 0) & (y < removed.shape[0]) & (x < removed.shape[1])
        total += weight * inside
        own, y, x = np.nonzero(inside)[0], y[inside], x[inside]
        there = ~removed[y, x]
        known[own[there]] += weight * values[:, y[there], x[there]].T
        links.append((own[~there], numbers[y[~there], x[~there]], weight))
    first, second = (np.concatenate([each[side] for each in links]) for side in (0, 1))
    weights = np.concatenate([np.full(len(own), weight) for own, _, weight in links])
    system = diags(total, format="csc") - csc_matrix((weights, (first, second)), shape=(len(rows), len(rows)))
    factors = splu(system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    return np.asarray(factors.solve(known)).T


def _blurred(picture: Tensor) -> Tensor:
    sigma = min(picture.shape[1:]) / BLUR
    reach = int(3 * sigma)
    places = torch.arange(-reach, reach + 1, dtype=torch.float32)
    bell = torch.exp(-((places / sigma) ** 2) / 2)
    kernel = (bell / bell.sum()).to(picture).view(1, 1, 1, -1)
    around = F.pad(picture[:, None], (reach, reach, reach, reach), mode="reflect")
    return F.conv2d(F.conv2d(around, kernel), kernel.transpose(2, 3))[:, 0].clamp(0, 1)
