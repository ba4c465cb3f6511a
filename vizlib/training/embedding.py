"""Features as points in the plane, so that one sees which pictures a layer holds together."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vizlib.errors import UnknownName, VizError
from vizlib.training._alone import alone

EMBEDDINGS: Final = ("pca", "tsne")
_FIRST: Final = 50  # principal components that t-SNE is given, as its authors do
_PERPLEXITY: Final = 30.0


def embedding(values: NDArray[np.float32], how: str = "pca", seed: int = 0) -> NDArray[np.float32]:
    """Features (N, D) as points (N, 2): the two first principal components, or t-SNE (van der Maaten, Hinton 2008).

    Each feature is standardized before. t-SNE keeps neighbors together; its distances between groups and the size of
    the groups say nothing. Raises UnknownName for another way, VizError for fewer than 3 pictures or features that are
    not finite.
    """
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    if how not in EMBEDDINGS:
        raise UnknownName.among("embedding", how, EMBEDDINGS)
    if len(values) < 3 or not np.isfinite(values).all():
        raise VizError("At least 3 pictures with finite features are needed.", "Give more pictures or another layer.")
    with alone():
        standard = StandardScaler().fit_transform(values)
        count = min(2 if how == "pca" else _FIRST, *standard.shape)
        points = PCA(count, random_state=seed).fit_transform(standard)
        if how == "tsne":
            points = _neighbors(points, seed)
    wide = np.zeros((len(points), 2), np.float32)
    wide[:, : points.shape[1]] = points  # a single feature has no second component
    return wide


def _neighbors(points: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    from sklearn.manifold import TSNE

    perplexity = min(_PERPLEXITY, (len(points) - 1) / 3)
    start = "pca" if points.shape[1] > 1 else "random"
    found: NDArray[np.float32] = TSNE(perplexity=perplexity, init=start, random_state=seed, n_jobs=1).fit_transform(
        points
    )
    return found
