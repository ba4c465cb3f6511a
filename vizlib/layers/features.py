"""timm's own ways of taking features from a network: the pyramid, unpooled and pooled features."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vizlib.errors import NotShowable
from vizlib.layers.layout import Output, places, to_maps
from vizlib.models import Classifier, check_range, in_own_context, one_pass
from vizlib.records import Layer, brief


@dataclass(frozen=True, eq=False)
class PyramidLevel:
    """One level of the pyramid that timm calls features_only.

    Attributes:
        path: timm's name for it: mostly a layer's path (not in HRNet, whose stages give several tensors).
        reduction: pixels of the picture per place, along one side.
        maps: (N, C, H, W).
    """

    path: str
    reduction: int
    maps: Tensor

    __repr__ = brief

    @property
    def channels(self) -> int:
        return self.maps.shape[1]


@in_own_context
def pyramid(model: Classifier, pixels: Tensor) -> list[PyramidLevel]:
    """The network's features at each scale, for pixels (N, 3, H, W); no gradients.

    Raises NotShowable for a network that offers no pyramid.
    """
    info = getattr(model.network, "feature_info", None) or []
    rows = list(getattr(info, "info", info))
    with _timm_way(model, pixels, "feature pyramid") as network:
        maps = network.forward_intermediates(model.normalize(pixels), intermediates_only=True)
    return [PyramidLevel(row["module"], row["reduction"], each) for row, each in zip(rows, maps, strict=True)]


@in_own_context
def unpooled_features(model: Classifier, pixels: Tensor) -> Tensor:
    """What the network's trunk passes to its head, as maps (N, C, H, W), for pixels (N, 3, H, W); no gradients.

    Raises NotShowable where that is more than one tensor, or one without places.
    """
    with _timm_way(model, pixels, "unpooled features") as network:
        output = network.forward_features(model.normalize(pixels))
    _check_one_tensor(model, output, "trunk")
    trunk = Output("forward_features", model.network, "stage", (1, *output.shape[1:]))
    layout, shape, prefix = places(model.network, [trunk], (pixels.shape[2], pixels.shape[3]))[0]
    return to_maps(output, Layer(f"{model.name}'s trunk", "stage", shape, 0, layout, prefix))


@in_own_context
def pooled_features(model: Classifier, pixels: Tensor) -> Tensor:
    """The vectors (N, F) from which the last layer computes the logits, for pixels (N, 3, H, W); no gradients.

    Raises NotShowable for a network that offers no such vectors.
    """
    with _timm_way(model, pixels, "pooled features") as network:
        output = network.forward_head(network.forward_features(model.normalize(pixels)), pre_logits=True)
    _check_one_tensor(model, output, "head")
    return output.flatten(1)


def _check_one_tensor(model: Classifier, output: Any, part: str) -> None:
    if not isinstance(output, Tensor):
        raise NotShowable(f"The {part} of {model.name} gives several tensors.", "Choose one of its layers.")


@contextmanager
def _timm_way(model: Classifier, pixels: Tensor, what: str) -> Iterator[Any]:
    check_range(pixels)
    try:
        with torch.no_grad(), one_pass(model, pixels):
            yield model.network
    except (AttributeError, TypeError, NotImplementedError) as problem:
        raise NotShowable(f"{model.name} has no {what}.", "Look at its layers instead.") from problem
