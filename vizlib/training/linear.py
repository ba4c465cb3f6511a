"""Linear classifiers of scikit-learn on features, and the same as weights of one linear layer.

Scaling and principal components are fitted on the training pictures only, and their pipeline is what one would write
by hand: `pipeline(how, c)` returns it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vizlib.errors import UnknownName, VizError
from vizlib.training._alone import alone
from vizlib.training.data import Numbers

Floats = NDArray[np.float32]

CLASSIFIERS: Final = ("svm", "logistic")
SCALINGS: Final = ("standardize", "l2", "none")
MOST_STEPS: Final = {"svm": 1000, "logistic": 500}


@dataclass(frozen=True)
class Linear:
    """How a linear classifier is fitted to features."""

    classifier: str = "svm"  # LinearSVC, one class against the rest; or LogisticRegression
    scaling: str = "standardize"  # each feature to mean 0 and variance 1; each picture's features to length 1; none
    pca: int | None = None  # principal components that are kept, after scaling
    seed: int = 0

    def __post_init__(self) -> None:
        if self.classifier not in CLASSIFIERS:
            raise UnknownName.among("classifier", self.classifier, CLASSIFIERS)
        if self.scaling not in SCALINGS:
            raise UnknownName.among("scaling", self.scaling, SCALINGS)
        if self.pca is not None and self.pca < 1:
            raise VizError(f"{self.pca} principal components are asked for.", "Give at least 1, or None.")


@dataclass(frozen=True, eq=False)
class Fit:
    """One linear classifier after its training."""

    decisions: Floats  # (T, K), of the tests; of two classes -d and d
    training_accuracy: float
    weights: Floats  # (K, D), or (1, D) for two classes: on the features themselves, or on those of length 1 ("l2")
    bias: Floats  # (K,) or (1,)
    converged: bool


def pipeline(how: Linear, c: float, most: int | None = None) -> Any:
    """scikit-learn's pipeline; `most` is the largest number of components that the training pictures allow."""
    from sklearn.pipeline import make_pipeline

    return make_pipeline(*_preparation(how, most), _classifier(how, c))


def _preparation(how: Linear, most: int | None) -> list[Any]:
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import Normalizer, StandardScaler

    scaler = {"standardize": StandardScaler, "l2": Normalizer}.get(how.scaling)
    count = how.pca if how.pca is None or most is None else min(how.pca, most)
    parts = [scaler()] if scaler else []
    return parts if count is None else [*parts, PCA(count, random_state=how.seed)]


def _classifier(how: Linear, c: float) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    if how.classifier == "svm":
        return LinearSVC(C=c, dual="auto", random_state=how.seed, max_iter=MOST_STEPS["svm"])
    return LogisticRegression(C=c, random_state=how.seed, max_iter=MOST_STEPS["logistic"])


def fitted(how: Linear, c: Sequence[float], features: Floats, labels: Numbers, tests: Floats) -> list[Fit]:
    """A classifier for each C, fitted to features (N, D) with labels (N,); and its decisions for tests (T, D)."""
    from sklearn.pipeline import make_pipeline

    with alone():
        steps = _preparation(how, min(features.shape))
        ready = make_pipeline(*steps).fit(features) if steps else None
        inputs, others = (ready.transform(each) if ready else each for each in (features, tests))
    return [_fit(how, each, steps, inputs, labels, others) for each in c]


def _fit(how: Linear, c: float, steps: list[Any], features: Floats, labels: Numbers, tests: Floats) -> Fit:
    with alone():
        found = _classifier(how, c).fit(features, labels)
        accuracy, decided = found.score(features, labels), found.decision_function(tests)
    decisions = np.stack([-decided, decided], 1) if decided.ndim == 1 else decided
    weights, bias = _folded(found.coef_.astype(np.float64), found.intercept_.astype(np.float64), steps)
    converged = bool(np.max(found.n_iter_) < MOST_STEPS[how.classifier])
    return Fit(decisions.astype(np.float32), float(accuracy), weights, bias, converged)


def _folded(weights: NDArray[np.float64], bias: NDArray[np.float64], steps: Sequence[Any]) -> tuple[Floats, Floats]:
    """The classifier's weights and bias before scaling and principal components, which are linear too."""
    for step in reversed(steps):
        if hasattr(step, "components_"):
            weights = weights @ step.components_.astype(np.float64)
            bias = bias - weights @ step.mean_
        elif hasattr(step, "scale_"):
            weights = weights / step.scale_
            bias = bias - weights @ step.mean_
    return weights.astype(np.float32), bias.astype(np.float32)
