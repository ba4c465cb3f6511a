"""How alike two maps of one picture are, by the three measures of Adebayo et al. (2018), arXiv 1810.03292.

All three compare absolute values, so that a map and its negative are the same. A map that is the same everywhere says
nothing, so nothing is like it: each measure is 0 if one of the two is constant, or not finite, even if both are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_WINDOW: Final = 7  # px, of the structural similarity
_CELLS: Final = 14  # of the histograms of gradients along a side: 16 px each in a map of 224
_LEAST_CELL: Final = 4  # px

Map = NDArray[Any]


def rank_correlation(one: Map, other: Map) -> float:
    """Spearman's rank correlation of the absolute values of two maps (H, W), in [-1, 1]; equal values share a rank."""
    return _measured(one, other, lambda first, second: correlation(_ranks(first), _ranks(second)))


def structural_similarity(one: Map, other: Map) -> float:
    """SSIM (Wang et al. 2004) of the absolute values of two maps (H, W), each divided by its largest, in [-1, 1]."""
    return _measured(one, other, _ssim)


def gradient_similarity(one: Map, other: Map) -> float:
    """The correlation of the histograms of oriented gradients (HOG) of the absolute values of two maps, in [-1, 1].

    The maps (H, W) are divided into 14 x 14 cells or fewer, none smaller than 4 px, with 9 directions each.
    """
    return _measured(one, other, lambda first, second: correlation(_histograms(first), _histograms(second)))


def similarities(one: Map, other: Map) -> tuple[float, float, float]:
    """Rank correlation, SSIM and similarity of the gradients: in the order of `SIMILARITIES`."""
    return rank_correlation(one, other), structural_similarity(one, other), gradient_similarity(one, other)


def correlation(one: Map, other: Map) -> float:
    """Pearson's correlation of two arrays of one shape, in [-1, 1]; 0 if one of them is constant."""
    first, second = (each.astype(np.float64).ravel() - each.mean(dtype=np.float64) for each in (one, other))
    size = np.sqrt((first**2).sum() * (second**2).sum())
    return float(np.clip((first * second).sum() / size, -1, 1)) if size > 0 else 0.0


def rank_order(one: Map, other: Map) -> float:
    """Spearman's rank correlation of two lists of signed numbers, in [-1, 1]; 0 if one of them is constant."""
    return correlation(_ranks(one), _ranks(other))


def _measured(one: Map, other: Map, measure: Callable[[Map, Map], float]) -> float:
    first, second = (np.abs(each.astype(np.float64)) for each in (one, other))
    told = all(np.isfinite(each).all() and np.ptp(each) > 0 for each in (first, second))
    return measure(first / first.max(), second / second.max()) if told else 0.0


def _ranks(values: Map) -> Map:
    from scipy.stats import rankdata  # late: it takes a moment

    ranks: Map = rankdata(values)
    return ranks


def _ssim(first: Map, second: Map) -> float:
    from skimage.metrics import structural_similarity as ssim  # late: it takes a moment

    side = min(_WINDOW, *first.shape)
    return float(ssim(first, second, win_size=side - (side % 2 == 0), data_range=1.0))


def _histograms(values: Map) -> Map:
    from skimage.feature import hog  # late: it takes a moment

    cell = min(max(_LEAST_CELL, min(values.shape) // _CELLS), *values.shape)
    found: Map = hog(values, orientations=9, pixels_per_cell=(cell, cell), cells_per_block=(1, 1))
    return found
