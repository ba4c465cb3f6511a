"""The classifier of a network: where it is, and a new one for other classes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from vizlib.errors import NotShowable
from vizlib.layers import list_layers
from vizlib.models import Classifier, logits_of


class WithHead(nn.Module):
    """A backbone and a linear layer on its vectors."""

    def __init__(self, body: nn.Module, features: int, classes: int) -> None:
        super().__init__()
        self.body, self.fc, self.num_classes = body, nn.Linear(features, classes), classes

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(logits_of(self.body(x)))


def head_paths(network: Any, model: Classifier) -> list[str]:
    """The paths of the network's classifiers, one as a rule. Raises NotShowable where none is found.

    model: the Classifier that it was copied from.
    """
    if isinstance(network, WithHead):
        return ["fc"]
    if not hasattr(network, "get_classifier"):
        return [_last(model)]
    found: Any = network.get_classifier()
    heads = [id(each) for each in (found if isinstance(found, tuple | list) else (found,))]
    return [path for path, each in network.named_modules() if id(each) in heads]


def _last(model: Classifier) -> str:
    """The layer that gives the logits, of a network that does not name it."""
    weighted = [each for each in list_layers(model) if each.kind in ("linear", "convolution")]
    count = 1 if model.outputs.single is not None else len(model.class_names)
    if not weighted or weighted[-1].shape[0] != count:
        what = f"The classifier of {model.name} was not found."
        raise NotShowable(what, "Give vizlib.wrap the network with a last linear layer that gives its logits.")
    return weighted[-1].path


def with_new_head(network: Any, model: Classifier, classes: int) -> nn.Module:
    """The network with a new classifier, whose weights come from torch's global generator."""
    if hasattr(network, "reset_classifier"):
        network.reset_classifier(classes)
    elif not model.has_classes:
        return WithHead(network, _features(model), classes)
    else:
        (path,) = head_paths(network, model)
        network.set_submodule(path, _like(network.get_submodule(path), classes))
    made: nn.Module = network
    return made


@torch.no_grad()
def _features(model: Classifier) -> int:
    """How many features the backbone gives. Raises NotShowable for one that gives more than a vector."""
    answer = model(torch.full((1, 3, *model.input_size), 0.5))
    if answer.ndim != 2:
        what = f"{model.name} gives {' x '.join(map(str, answer.shape[1:]))} numbers for a picture, not a vector."
        raise NotShowable(what, "Wrap a network that pools its features.")
    return answer.shape[1]


def _like(old: Any, classes: int) -> nn.Module:
    """A layer like the old one, with another number of outputs."""
    if isinstance(old, nn.Linear):
        return nn.Linear(old.in_features, classes, bias=old.bias is not None)
    shape = old.kernel_size, old.stride, old.padding, old.dilation
    return nn.Conv2d(old.in_channels, classes, *shape, bias=old.bias is not None)
