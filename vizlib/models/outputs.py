"""What a network's outputs mean: a softmax over exclusive classes, or a sigmoid for each independent label.

A network with one output has the logit z of one class, read by a sigmoid too: as a pair of classes, the class with z
and *not* that class with -z, whose probabilities sum to 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Final

import torch
from torch import Tensor, nn

from vizlib.errors import NotShowable, UnknownName, VizError
from vizlib.models.class_names import first_of
from vizlib.records import Prediction
from vizlib.render import notebook
from vizlib.weights import class_names

LABELS: Final = ("auto", "exclusive", "independent")
_MATTERS: Final = 0.05  # the probability from which a class is named beside the best one
_INDEPENDENT = "multi_label_classification"  # as Hugging Face writes it into config.json


@dataclass(frozen=True)
class Outputs:
    """How logits are read, of any leading dimensions and the classes last: (..., K)."""

    independent: bool = False  # labels that do not exclude one another: their probabilities need not sum to 1
    single: int | None = None  # of a network with one output: which of its two classes the output is the logit of

    @property
    def sigmoid(self) -> bool:
        """Whether a class's own logit says its probability, whatever the other logits are."""
        return self.independent or self.single is not None

    def widened(self, logits: Tensor) -> Tensor:
        """The network's output (N, K) as logits of all classes: a single one as a pair (N, 2)."""
        if self.single is None:
            return logits
        return torch.cat([logits, -logits] if self.single == 0 else [-logits, logits], 1)

    def probabilities(self, logits: Tensor) -> Tensor:
        """(..., K), each in [0, 1]."""
        return logits.sigmoid() if self.sigmoid else logits.softmax(-1)


class Answers(list[Prediction]):
    """The best classes for one picture, the most probable one first: a list that a notebook shows as a table."""

    def _repr_html_(self) -> str:
        cells = [[each.label, notebook.percent(each.probability), f"{each.logit:.3g}"] for each in self]
        return notebook.rows(["class", "probability", "logit"], cells)


def logits_of(output: Any) -> Any:
    """The logits in what a network returns: a tensor, the first of several, or what is called `logits`."""
    if isinstance(output, Mapping) and "logits" in output:
        return output["logits"]
    if not isinstance(output, Tensor) and hasattr(output, "logits"):
        return output.logits
    return output[0] if isinstance(output, tuple | list) and output else output


def outputs_of(
    network: nn.Module, labels: str = "auto", names: Sequence[str] | None = None, count: int | None = None
) -> tuple[Outputs, list[str]]:
    """How the network's logits are read, and the names of its classes.

    labels: "exclusive", "independent", or "auto": independent if the weights' configuration has the `problem_type`
        "multi_label_classification". A network with one output is always a pair of classes. Two names for it are
        those of its absence and its presence, in this order.
    names, count: of the classes, where they are known better than from the network's own configuration.

    Raises UnknownName for other labels, VizError for a network that does not say how many classes it has.
    """
    if labels not in LABELS:
        raise UnknownName.among("reading of labels", labels, LABELS)
    count = _stated_count(network) if count is None else count
    names = class_names(network, count) if names is None else list(names)
    if count == 1:
        pair = names if len(names) == 2 else [names[0], f"not {first_of(names[0])}"]
        return Outputs(single=len(names) - 1), pair
    config = getattr(network, "pretrained_cfg", None) or {}
    return Outputs(labels == "independent" or (labels == "auto" and config.get("problem_type") == _INDEPENDENT)), names


def check_names(names: list[str], network: str) -> None:
    """Raises NotShowable where there are no classes."""
    if not names:
        what = f"{network} is a backbone without a classifier, so it has no classes."
        raise NotShowable(what, "Choose a unit of one of its layers, or a network with a classifier.")


def checked_count(count: Any) -> int:
    """The number of classes that are asked for. Raises VizError."""
    if not isinstance(count, Integral) or count < 1:
        raise VizError(f"The number of classes is {count!r}.", "Give a whole number from 1.")
    return int(count)


def predictions(logits: Tensor, outputs: Outputs, names: list[str], count: int) -> Answers:
    """The `count` most probable classes by the logits (K,) of one picture; equal ones in the order of the classes."""
    shares = outputs.probabilities(logits)
    order = logits.argsort(descending=True, stable=True)[:count].tolist()
    return Answers(Prediction(at, names[at], float(logits[at]), float(shares[at]), outputs.independent) for at in order)


def best_names(names: Sequence[str], shares: Tensor, also: Iterable[int | None] = ()) -> dict[int, str]:
    """The names of the classes that matter in probabilities (..., K): those that are the best for a picture, and those
    that are among its best three with at least 5 %; at most eight, in the order of the classes.

    names: of all classes; none for a network without them. also: classes that come first in any case; None is left out.
    """
    if not names or not shares.numel():
        return {}
    rows = shares.reshape(-1, shares.shape[-1]).nan_to_num()
    peaks = rows.max(0).values.tolist()
    few = set(rows.topk(min(3, len(names))).indices.flatten().tolist())
    found = {each for each in few if peaks[each] >= _MATTERS} | set(rows.argmax(1).tolist())
    order = sorted(sorted(found, key=lambda each: -peaks[each])[:8])  # by number: a class keeps its color in curves
    return {each: names[each] for each in dict.fromkeys([*also, *order]) if each is not None}


def _stated_count(network: nn.Module) -> int:
    if not hasattr(network, "num_classes"):
        what = f"{type(network).__name__} does not say how many classes it has."
        raise VizError(what, "Bring it with vizlib.wrap, which asks it, or set its num_classes.")
    return int(network.num_classes)  # type: ignore[arg-type]
