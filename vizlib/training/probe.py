"""Linear classifiers on the features of some layers: how many pictures each recognizes, and each as a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vizlib.errors import UnknownName, VizError
from vizlib.layers import find_layer
from vizlib.models import Classifier, Outputs, path_of
from vizlib.records import Layer, Size, brief
from vizlib.render import notebook
from vizlib.training.data import Numbers
from vizlib.training.linear import Floats
from vizlib.training.probe_network import ProbeNetwork


@dataclass(frozen=True, eq=False)
class Probe:
    """Linear classifiers on the features of the first `step` of `total` layers.

    Attributes:
        step: layers done.
        total: layers in all.
        layers: the paths of those that are done, in running order.
        c: the values of C, the inverse of how strongly large weights are penalized.
        classes: the names of the classes.
        accuracy: (layers, C), the share of held-out pictures that are recognized.
        training_accuracy: (layers, C), of the pictures that the classifiers were fitted to.
        truth: (T,), the labels of the held-out pictures.
        decisions: (layers, C, T, K): the scores of the classes for each held-out picture.
        weights, biases: by the layer's path, (C, K, D) and (C, K), with scaling and principal components folded in;
            for two classes there is one row, of the second class.
        pool, grid, size: how the features were taken, as for `linear_probe`.
        classifier, scaling: as for `linear_probe`.
        note: sentences that the reader should know, or "".
        body: the network whose features were taken; it is not a part of the record, so that one that was stored comes
            back without it.
    """

    step: int
    total: int
    layers: tuple[str, ...]
    c: tuple[float, ...]
    classes: tuple[str, ...]
    accuracy: NDArray[np.float64]
    training_accuracy: NDArray[np.float64]
    truth: Numbers
    decisions: Floats
    weights: Mapping[str, Floats]
    biases: Mapping[str, Floats]
    pool: str = "average"
    grid: int | None = 1
    size: Size | None = None
    classifier: str = "svm"
    scaling: str = "standardize"
    note: str = ""
    body: InitVar[Classifier | None] = None

    __repr__ = brief

    def _repr_html_(self) -> str:
        place = np.unravel_index(int(self.accuracy.argmax()), self.accuracy.shape)
        head = ["layer", *(f"C = {each:g}" for each in self.c)]
        cells = [[path, *map(notebook.percent, row)] for path, row in zip(self.layers, self.accuracy.tolist())]
        title = f"Held-out accuracy of linear classifiers, {self.step} of {self.total} layers"
        table = notebook.rows(head, cells, (int(place[0]), int(place[1]) + 1))
        fewest = f"{len(self.truth)} held-out pictures of {len(self.classes)} classes."
        return notebook.shown(title, table, note=f"{fewest} {self.note}".strip())

    def __post_init__(self, body: Classifier | None) -> None:
        vars(self)["body"] = body

    @property
    def predictions(self) -> Numbers:
        """The most probable class of each held-out picture, (layers, C, T)."""
        return self.decisions.argmax(3)

    @property
    def margins(self) -> Floats:
        """How much higher the best class scores than the second, (layers, C, T): how sure the answers are."""
        two = np.partition(self.decisions, -2, axis=3)
        return two[..., -1] - two[..., -2]

    def confusion(self, layer: str | Layer, c: float | None = None) -> Numbers:
        """How many held-out pictures of each class (row) were given to each class (column), (K, K).

        layer: its path or `Layer`. c: one of the probe's C, by default its first. Raises UnknownName for another one.
        """
        from sklearn.metrics import confusion_matrix

        row, column = self._place(layer, c)
        found = self.predictions[row, column]
        counts: Numbers = confusion_matrix(self.truth, found, labels=range(len(self.classes)))
        return counts

    def wrong(self, layer: str | Layer, c: float | None = None) -> list[int]:
        """The numbers of the held-out pictures that are not recognized, the surest mistakes first.

        layer: its path or `Layer`. c: one of the probe's C, by default its first. Raises UnknownName for another one.
        """
        row, column = self._place(layer, c)
        order = np.argsort(-self.margins[row, column], kind="stable")
        return [int(each) for each in order if self.predictions[row, column, each] != self.truth[each]]

    def best(self) -> tuple[str, float]:
        """The layer and the C with the highest accuracy; of equal ones the first."""
        row, column = np.unravel_index(int(self.accuracy.argmax()), self.accuracy.shape)
        return self.layers[int(row)], self.c[int(column)]

    def model(self, layer: str | Layer, c: float | None = None, body: Classifier | None = None) -> Classifier:
        """The frozen network up to a layer, with its linear classifier on top, as a Classifier of the probe's classes.

        Its logits are scikit-learn's `decision_function`. The body's layers have their paths inside `body`: "layer2" is
        "body.layer2". The probabilities are those of logistic regression; for a support vector machine they are a
        softmax (of two classes a sigmoid) of its scores, whose scale is arbitrary, and a notice says so.

        layer: its path or `Layer`. c: one of the probe's C, by default its first. body: the network, for a probe that
        was read from a file or the store. Raises UnknownName for another layer or C, VizError without a body.
        """
        row, column = self._place(layer, c)
        model = body or vars(self).get("body")
        if model is None:
            raise VizError("The network of these probes is not there.", "Give it: probe.model(layer, c, body=model).")
        return _classifier(self, model, self.layers[row], column)

    def _place(self, layer: str | Layer, c: float | None) -> tuple[int, int]:
        path, value = path_of(layer), self.c[0] if c is None else float(c)
        if path not in self.layers:
            raise UnknownName.among("probed layer", path, self.layers)
        if value not in self.c:
            raise UnknownName(f"There is no probe with C = {value:g}.", f"Choose one of {', '.join(map(str, self.c))}.")
        return self.layers.index(path), self.c.index(value)


def _classifier(probe: Probe, model: Classifier, path: str, column: int) -> Classifier:
    how = model.preprocessing if probe.size is None else replace(model.preprocessing, size=probe.size)
    layer = find_layer(model, path, how.size)
    taken = probe.pool, probe.grid, probe.scaling == "l2"
    weights, bias = probe.weights[path][column], probe.biases[path][column]
    network = ProbeNetwork(model.twin().network, layer, taken, weights, bias)
    outputs = Outputs(single=1 if len(bias) == 1 else None)
    name = f"{model.name} probed at {path}"
    reading = outputs, list(probe.classes)
    return Classifier(network, name, model.device, _notice(probe), preprocessing=how, reading=reading)


def _notice(probe: Probe) -> str:
    if probe.classifier != "svm":
        return ""
    return "Its probabilities are made of the scores of a support vector machine, whose scale is arbitrary."
