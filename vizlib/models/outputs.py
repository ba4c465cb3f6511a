"""What a network's outputs mean: a softmax over exclusive classes, or a sigmoid for each independent label.

A network with one output has the logit z of one class, read by a sigmoid too: as a pair of classes, the class with z
and *not* that class with -z, whose probabilities sum to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any, Final

import torch
from torch import Tensor, nn

from vizlib.errors import UnknownName, VizError
from vizlib.models.class_names import first_of
from vizlib.records import Prediction
from vizlib.weights import class_names

LABELS: Final = ("auto", "exclusive", "independent")
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


def outputs_of(network: nn.Module, labels: str = "auto") -> tuple[Outputs, list[str]]:
    """How the network's logits are read, and the names of its classes.

    labels: "exclusive", "independent", or "auto": independent if the weights' configuration has the `problem_type`
        "multi_label_classification". A network with one output is always a pair of classes. Two names for it are
        those of its absence and its presence, in this order.

    Raises UnknownName for other labels.
    """
    if labels not in LABELS:
        raise UnknownName.among("reading of labels", labels, LABELS)
    names = class_names(network)
    if getattr(network, "num_classes", 0) == 1:
        pair = names if len(names) == 2 else [names[0], f"not {first_of(names[0])}"]
        return Outputs(single=len(names) - 1), pair
    config = getattr(network, "pretrained_cfg", None) or {}
    return Outputs(labels == "independent" or (labels == "auto" and config.get("problem_type") == _INDEPENDENT)), names


def checked_count(count: Any) -> int:
    """The number of classes that are asked for. Raises VizError."""
    if not isinstance(count, Integral) or count < 1:
        raise VizError(f"The number of classes is {count!r}.", "Give a whole number from 1.")
    return int(count)


def predictions(logits: Tensor, outputs: Outputs, names: list[str], count: int) -> list[Prediction]:
    """The `count` most probable classes by the logits (K,) of one picture; equal ones in the order of the classes."""
    shares = outputs.probabilities(logits)
    order = logits.argsort(descending=True, stable=True)[:count].tolist()
    return [Prediction(at, names[at], float(logits[at]), float(shares[at]), outputs.independent) for at in order]
