"""How far generated pictures are from real ones, by their features: Frechet distance, precision and recall."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizlib.errors import VizError

Vectors = NDArray[np.float64]  # (N, D)


def frechet_distance(a: Any, b: Any) -> float:
    """The squared Frechet distance of two normal distributions that have the means and covariances of two sets.

    Heusel et al. 2017, arXiv 1706.08500: |mean a - mean b|^2 + trace(A + B - 2 (A B)^(1/2)). It is "FID" where the
    features are those of Inception. 0 for equal means and covariances; it has the unit of the features, squared. Small
    sets make it larger, so it is read beside that of two sets of real pictures of the same size.

    a, b: features (N, D), arrays or tensors; the two N may differ.

    Raises VizError for other shapes, for fewer than 2 rows and for numbers that are not finite.

    Example:
        >>> import numpy as np
        >>> from vizlib.training import frechet_distance
        >>> a = np.random.default_rng(0).normal(size=(500, 8))
        >>> round(frechet_distance(a, a + 2), 6)
        32.0
    """
    one, other = _checked(a, b, fewest=2)
    gap = one.mean(0) - other.mean(0)
    covariances = [np.atleast_2d(np.cov(each, rowvar=False)) for each in (one, other)]
    root = _root(covariances[0])
    shared = np.linalg.eigvalsh(root @ covariances[1] @ root).clip(0)  # those of the product, which is not symmetric
    return float(gap @ gap + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * np.sqrt(shared).sum())


def _root(matrix: Vectors) -> Vectors:
    """The square root of a symmetric matrix without negative eigenvalues."""
    values, vectors = np.linalg.eigh(matrix)
    found: Vectors = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    return found


def precision_recall(real: Any, fake: Any, k: int = 3) -> tuple[float, float]:
    """How many fakes lie among the real pictures, and how many real ones among the fakes.

    Kynkaanniemi et al. 2019, arXiv 1904.06991. A set covers the balls around each of its members that reach to the
    member's k-th nearest neighbor in the set. Precision is the share of the fakes that the real set covers: it falls
    where fakes look like nothing real. Recall is the share of the real ones that the fakes cover: it falls where kinds
    of pictures are missing.

    real, fake: features (N, D), arrays or tensors. k: the neighbor that a ball reaches to.

    Returns both shares, [0, 1]. Raises VizError for other shapes and for sets of no more than k rows.

    Example:
        >>> import numpy as np
        >>> from vizlib.training import precision_recall
        >>> real = np.random.default_rng(0).normal(size=(200, 2))
        >>> precision_recall(real, real), precision_recall(real, real + 100)
        ((1.0, 1.0), (0.0, 0.0))
    """
    one, other = _checked(real, fake, fewest=k + 1)
    return _covered(one, other, k), _covered(other, one, k)


def _covered(members: Vectors, asked: Vectors, k: int) -> float:
    """The share of those asked that lie in a ball around a member."""
    from scipy.spatial.distance import cdist  # late: it takes a moment

    reach = np.partition(cdist(members, members), k, axis=1)[:, k]  # each is its own nearest one
    return float((cdist(asked, members) <= reach).any(1).mean())


def _checked(*sets: Any, fewest: int) -> list[Vectors]:
    found = [np.asarray(each, dtype=np.float64) for each in sets]
    shapes = [each.shape for each in found]
    if any(len(each) != 2 or each[0] < fewest or not each[1] for each in shapes) or shapes[0][1] != shapes[1][1]:
        what = f"Features are two arrays (N, D) with at least {fewest} rows, not {shapes[0]} and {shapes[1]}."
        raise VizError(what, "Give as many numbers for each picture of both sets.")
    if not all(np.isfinite(each).all() for each in found):
        raise VizError("Some features are not finite numbers.", "Leave out the pictures that they belong to.")
    return found
