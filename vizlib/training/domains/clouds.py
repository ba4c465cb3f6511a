"""The features of both domains as points in the plane, milestone after milestone, so that they can be seen moving."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vizlib.errors import NotShowable
from vizlib.method import key_of
from vizlib.models import in_own_context
from vizlib.records import brief
from vizlib.training._alone import alone
from vizlib.training.domains.adaptation import Adaptation
from vizlib.training.embedding import EMBEDDINGS

Points = NDArray[np.float32]
_FIRST: Final = 30  # principal components that t-SNE is given
_PERPLEXITY: Final = 30.0
_AGAIN: Final = 250  # iterations from the points before on, the fewest that scikit-learn takes
_A_WHILE: Final = 0.1  # s between two frames


@dataclass(frozen=True, eq=False)
class Clouds:
    """The clouds of the first milestones of a domain adaptation.

    Attributes:
        step: milestones done. total: milestones in all.
        points: (step, N, 2), one for each of the frame's `cloud_labels` at each milestone.
    """

    step: int
    total: int
    points: Points

    __repr__ = brief


@in_own_context
def clouds(frame: Adaptation, how: str = "pca", seed: int = 0) -> Generator[Clouds, None, None]:
    """The features of an adaptation's milestones as points, aligned from each milestone to the next.

    how: "pca", two principal components of the features of all milestones together; or "tsne" (van der Maaten, Hinton
        2008), which keeps neighbors together and says nothing by its distances between groups. Each t-SNE begins where
        the one before ended, and is turned so that its points are as near to their places before as they can be.

    Yields a frame for each milestone, and more of them while a t-SNE is computed. Raises UnknownName for another way,
    NotShowable for a frame without features.
    """
    how = key_of("embedding", how, dict.fromkeys(EMBEDDINGS, ()))
    features = frame.features.astype(np.float32)
    if not len(features) or features.shape[1] < 3 or not np.isfinite(features).all():
        raise NotShowable("There are no features yet.", "Wait for the first check of the held-out pictures.")
    count, points = len(features), np.zeros((0, features.shape[1], 2), np.float32)
    with ThreadPoolExecutor(1) as pool:  # a page answers while it computes
        first = pool.submit(_components, features, 2 if how == "pca" else _FIRST, seed)
        while not _ready(first):
            yield Clouds(0, count, points)
        for number, values in enumerate(first.result()):
            made = pool.submit(_neighbors, values, points[-1:], seed) if how == "tsne" else None
            while made and not _ready(made):
                yield Clouds(number, count, points)
            points = np.concatenate([points, (made.result() if made else values)[None]])
            yield Clouds(number + 1, count, points)


def _ready(made: Future[Any]) -> bool:
    return bool(wait([made], _A_WHILE).done)


def _components(features: Points, count: int, seed: int) -> Points:
    """The features (M, N, D) by one basis for all milestones, (M, N, count)."""
    from sklearn.decomposition import PCA

    flat = features.reshape(-1, features.shape[-1])
    wide = np.zeros((*features.shape[:2], count), np.float32)
    with alone():
        found = PCA(min(count, *flat.shape), svd_solver="randomized", random_state=seed).fit_transform(flat)
    wide[..., : found.shape[1]] = found.reshape(*features.shape[:2], -1)
    return wide


def _neighbors(values: Points, before: Points, seed: int) -> Points:
    """t-SNE of one milestone. before: the points of the one before it, (1, N, 2), or none of them."""
    from sklearn.manifold import TSNE

    perplexity = min(_PERPLEXITY, (len(values) - 1) / 3)
    how: Any = {"init": before[0], "early_exaggeration": 1.0, "max_iter": _AGAIN} if len(before) else {"init": "pca"}
    with alone():
        found: Points = TSNE(perplexity=perplexity, random_state=seed, n_jobs=1, **how).fit_transform(values)
    return _turned(found, before[0]) if len(before) else found - found.mean(0)


def _turned(points: Points, before: Points) -> Points:
    """The points, centered and turned (or mirrored) so that they are as near to those before as they can be."""
    from scipy.linalg import orthogonal_procrustes

    centered = points - points.mean(0)
    turn, _ = orthogonal_procrustes(centered, before)
    return np.asarray(centered @ turn, np.float32)
