"""Linear probes: what a linear classifier can read off each layer of a frozen network (Alain and Bengio 2016).

How well each layer's features separate classes that the network was or was not trained on says which of them can be
reused (Yosinski et al. 2014, Razavian et al. 2014). A network with random weights is the control: see `untrained`.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Final

import numpy as np

from vizlib.errors import UnknownName, VizError
from vizlib.models import Classifier, in_own_context, path_of
from vizlib.records import Layer, Size
from vizlib.steps import last
from vizlib.training.data import PictureSet, divided
from vizlib.training.features import Features, extracting
from vizlib.training.linear import Fit, Linear, fitted
from vizlib.training.probe import Probe

C: Final = (0.01,)  # for standardized features; others need about 100 times as much


@in_own_context
def linear_probe(  # noqa: PLR0913  each is a question that the lectures ask
    model: Classifier,
    data: PictureSet,
    layers: Sequence[str | Layer] | None = None,
    c: Sequence[float] = C,
    seed: int = 0,
    *,
    classifier: str = "svm",
    scaling: str = "standardize",
    pca: int | None = None,
    pool: str = "average",
    grid: int | None = 1,
    size: Size | None = None,
    held_out: float = 0.3,
) -> Generator[Probe, None, None]:
    """Fits linear classifiers to the features of a frozen network, layer by layer, and tests them on other pictures.

    model: the network; its weights are not changed. data: a `PictureSet`, as `picture_folder` and `drawn` make it.
    layers: by default the stem, each stage or block, and what follows the last one; they are taken in running order.
    c: values of scikit-learn's C: small ones punish large weights.
    seed: of the division of the pictures and of the fitting.
    classifier: "svm" (LinearSVC, each class against the rest) or "logistic" (LogisticRegression).
    scaling: "standardize" (each feature to mean 0 and variance 1), "l2" (each picture's features to length 1) or
        "none". It is fitted to the training pictures only, as is
    pca: the number of principal components that are kept after scaling; None keeps the features as they are.
    pool: "average" or "maximum" over the places of a map, to
    grid: x grid places: 1, 2 or 4; or None for all places.
    size: (H, W) of the pictures, px; by default the network's own.
    held_out: the share of the pictures that are held out, where the set has no tests of its own.

    Yields a `Probe` for each layer: the last one has all of them. Raises UnknownName for another layer or setting,
    NotShowable for a layer without maps, VizError for pictures that cannot be divided and for too many features.

    Example:
        >>> import vizlib
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> data = vizlib.drawn("real_digits", per_class=5, tests=10)
        >>> probe = vizlib.last(vizlib.linear_probe(model, data, c=[1e-4, 0.01]))
        >>> probe.layers, probe.accuracy.shape
        (('act1', 'act2', 'act3'), (3, 2))
        >>> probe.model("act3", 0.01).class_names[:3]
        ['0', '1', '2']
    """
    how = Linear(classifier, scaling, pca, seed)
    kept, tests = (
        last(extracting(model, some, layers, pool, grid, size=size)) for some in divided(data, held_out, seed)
    )
    yield from probing(kept, tests, c=c, how=how, body=model)


def probing(
    training: Features,
    tests: Features,
    layers: Sequence[str | Layer] | None = None,
    *,
    c: Sequence[float] = C,
    how: Linear = Linear(),  # noqa: B008  it is frozen
    body: Classifier | None = None,
) -> Generator[Probe, None, None]:
    """As `linear_probe`, from features that are there already: of the pictures for training and of the tests.

    layers: some of the features' layers, by default all. Raises VizError for classes without pictures.
    """
    _check(training, tests, c)
    wanted = training.layers if layers is None else [path_of(each) for each in layers]
    for path in wanted:
        if path not in training.values:
            raise UnknownName.among("layer with features", path, training.layers)
    chosen = [path for path in training.layers if path in wanted]
    values = tuple(map(float, c))
    fits: dict[str, list[Fit]] = {}
    for path in chosen:
        fits[path] = fitted(how, values, training.values[path], training.labels, tests.values[path])
        yield _probe(fits, len(chosen), values, tests, how, body)


def _check(training: Features, tests: Features, c: Sequence[float]) -> None:
    counts = np.bincount(training.labels, minlength=len(training.classes))
    if len(counts) < 2 or not counts.all() or not len(tests.labels):
        empty = [name for name, count in zip(training.classes, counts) if not count]
        what = (
            f"There is no training picture of {', '.join(empty)}." if empty else "There are too few classes or tests."
        )
        raise VizError(what, "Give at least two classes with pictures for training, and some that are held out.")
    if not len(c) or not all(each > 0 for each in c):
        raise VizError(f"The values of C are {list(c)}.", "Give at least one, and only positive numbers.")
    for path, each in training.values.items():
        if not (np.isfinite(each).all() and np.isfinite(tests.values[path]).all()):
            raise VizError(f"Some features of {path} are not finite.", "Choose another layer.")


def _probe(
    fits: Mapping[str, list[Fit]],
    total: int,
    c: tuple[float, ...],
    tests: Features,
    how: Linear,
    body: Classifier | None,
) -> Probe:
    decisions = np.stack([[each.decisions for each in row] for row in fits.values()])
    return Probe(
        len(fits),
        total,
        tuple(fits),
        c,
        tests.classes,
        (decisions.argmax(3) == tests.labels).mean(2),
        np.array([[each.training_accuracy for each in row] for row in fits.values()]),
        tests.labels,
        decisions,
        {path: np.stack([each.weights for each in row]) for path, row in fits.items()},
        {path: np.stack([each.bias for each in row]) for path, row in fits.items()},
        tests.pool,
        tests.grid,
        tests.size,
        how.classifier,
        how.scaling,
        _note(fits, c),
        body,
    )


def _note(fits: Mapping[str, list[Fit]], c: tuple[float, ...]) -> str:
    """Which fits ended before they had converged."""
    early = [value for value, column in zip(c, zip(*fits.values())) if not all(each.converged for each in column)]
    if not early:
        return ""
    return f"At C = {', '.join(f'{each:g}' for each in early)} the fitting was ended before it had converged."
