"""How a network lays its numbers out, and timm's own ways of taking features from it.

An output is placed by the kind of its module where that is certain (a convolution puts channels first, a LayerNorm
last), else by which two of its axes have the proportions of the picture.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from vizlib.errors import NotShowable
from vizlib.models import Classifier, device_problems
from vizlib.records import Layer

OUTER = ("stage", "block", "attention")  # kinds of layers that are made of layers
Place = tuple[str, tuple[int, int, int], int]  # layout, shape (C, H, W), prefix; as in Layer

_CHANNELS_FIRST = (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.GroupNorm, nn.InstanceNorm2d)
_CHANNELS_LAST = re.compile(r"Linear$|LayerNorm|RmsNorm|RMSNorm")


@dataclass(frozen=True)
class Output:
    """What one layer gave in a pass with one picture."""

    path: str
    module: nn.Module
    kind: str
    shape: tuple[int, ...]  # as it came, with the axis of pictures (1)


def places(network: nn.Module, outputs: Sequence[Output], image: tuple[int, int]) -> list[Place]:
    """Where channels and places are in outputs, in running order, of a pass with a picture of `image` (H, W) pixels.

    An output that cannot be placed on the picture is NLC with the shape (C, 1, 1).
    """
    layouts = [_layout(each, image) for each in outputs]
    outer = {layout for each, layout in zip(outputs, layouts) if each.kind in OUTER}
    usual = getattr(network, "output_fmt", "") or ("NHWC" if "NHWC" in outer else "NCHW")
    latest: dict[tuple[int, ...], str] = {}  # by shape: what cannot be told lies as the layer before it did
    found = []
    for each, layout in zip(outputs, layouts):
        if layout == "either":
            layout = usual if each.kind in OUTER else latest.get(each.shape, usual)
        latest[each.shape] = layout
        found.append(_place(network, each, layout, image))
    return found


def _layout(output: Output, image: tuple[int, int]) -> str:
    """What an output's module and shape tell: "either" if both ways are possible, "" if it has no places."""
    if output.shape[0] != 1:  # windows of the picture, counted as if they were pictures
        return ""
    if len(output.shape) < 4:
        return "NLC" if len(output.shape) == 3 else "NC"
    a, b, c = output.shape[1:]
    name = type(output.module).__name__
    if isinstance(output.module, _CHANNELS_FIRST) or (output.kind not in OUTER and "2d" in name):
        return "NCHW"
    first, last = _fits(b, c, image), _fits(a, b, image)
    if _CHANNELS_LAST.search(name):
        return "NHWC" if last else ""
    return "either" if first and last else "NCHW" if first else "NHWC" if last else ""


def _fits(height: int, width: int, image: tuple[int, int]) -> bool:
    """Whether a grid has the proportions of the picture, but for rounding."""
    if image[0] == image[1]:
        return height == width
    return abs(height * image[1] - width * image[0]) <= max(image)


def _place(network: nn.Module, output: Output, layout: str, image: tuple[int, int]) -> Place:
    shape = output.shape
    if layout == "NCHW":
        return layout, (shape[1], shape[2], shape[3]), 0
    if layout == "NHWC":
        return layout, (shape[3], shape[1], shape[2]), 0
    if layout == "NLC":
        prefix, height, width = _grid(network, shape[1], image)
        return layout, (shape[2], height, width), prefix
    return layout or "NLC", (shape[-1], 1, 1), 0


def _grid(network: nn.Module, tokens: int, image: tuple[int, int]) -> tuple[int, int, int]:
    """Leading tokens without a place, rows and columns of `tokens`; (0, 1, 1) if they make no grid."""
    embed = getattr(network, "patch_embed", None) or getattr(network, "stem", None)
    whole = getattr(embed, "grid_size", None) or (math.inf, math.inf)
    if hasattr(network, "reroll"):  # Hiera's tokens are sorted by windows
        return 0, 1, 1
    for prefix in (_prefix(network), 0):
        rest = tokens - prefix
        if math.prod(whole) == rest:
            return prefix, *whole
        height = round(math.sqrt(max(rest, 0) * image[0] / image[1]))
        width = round(height * image[1] / image[0])
        if height and height * width == rest < math.prod(whole):
            return prefix, height, width
    return 0, 1, 1


def _prefix(network: nn.Module) -> int:
    token = getattr(network, "cls_token", None)
    return int(getattr(network, "num_prefix_tokens", token.shape[1] if isinstance(token, Tensor) else 0) or 0)


def to_maps(output: Tensor, layer: Layer) -> Tensor:
    """A layer's output, as the network laid it out, as maps (N, C, H, W); differentiable.

    Tokens without a place are dropped; a vector becomes (N, C, 1, 1). Any number of pictures, and of any size where
    the layout is NCHW or NHWC. Raises NotShowable where the output cannot be placed on the picture.
    """
    if layer.layout == "NC" and output.ndim == 2:
        return output[:, :, None, None]
    if layer.layout != "NLC" and output.ndim == 4:
        return output if layer.layout == "NCHW" else output.permute(0, 3, 1, 2)
    height, width = layer.shape[1:]
    if output.ndim != 3 or output.shape[1] - layer.prefix != height * width:
        what = f"The output of {layer.path} cannot be placed on the picture."
        raise NotShowable(what, "Choose the block around it, or another layer.")
    return output[:, layer.prefix :].transpose(1, 2).unflatten(2, (height, width))


@dataclass(frozen=True, eq=False)
class PyramidLevel:
    """One level of the pyramid that timm calls features_only."""

    path: str  # timm's name for it: mostly a layer's path (not in HRNet, whose stages give several tensors)
    reduction: int  # pixels of the picture per place, along one side
    maps: Tensor  # (N, C, H, W)

    @property
    def channels(self) -> int:
        return self.maps.shape[1]


def pyramid(model: Classifier, pixels: Tensor) -> list[PyramidLevel]:
    """The network's features at each scale, for pixels (N, 3, H, W); no gradients. NotShowable without any."""
    info = getattr(model.network, "feature_info", None) or []
    rows = list(getattr(info, "info", info))
    with _timm_way(model, pixels, "feature pyramid") as network:
        maps = network.forward_intermediates(model.normalize(pixels), intermediates_only=True)
    return [PyramidLevel(row["module"], row["reduction"], each) for row, each in zip(rows, maps, strict=True)]


def unpooled_features(model: Classifier, pixels: Tensor) -> Tensor:
    """What the network's trunk hands to its head, as maps (N, C, H, W), for pixels (N, 3, H, W); no gradients.

    Raises NotShowable where that is more than one tensor or has no places.
    """
    with _timm_way(model, pixels, "unpooled features") as network:
        output = network.forward_features(model.normalize(pixels))
    _check_one_tensor(model, output, "trunk")
    trunk = Output("forward_features", model.network, "stage", (1, *output.shape[1:]))
    layout, shape, prefix = places(model.network, [trunk], (pixels.shape[2], pixels.shape[3]))[0]
    return to_maps(output, Layer(f"{model.name}'s trunk", "stage", shape, 0, layout, prefix))


def pooled_features(model: Classifier, pixels: Tensor) -> Tensor:
    """The vectors (N, F) that make the logits, for pixels (N, 3, H, W); no gradients. NotShowable without them."""
    with _timm_way(model, pixels, "pooled features") as network:
        output = network.forward_head(network.forward_features(model.normalize(pixels)), pre_logits=True)
    _check_one_tensor(model, output, "head")
    return output.flatten(1)


def _check_one_tensor(model: Classifier, output: Any, part: str) -> None:
    if not isinstance(output, Tensor):
        raise NotShowable(f"The {part} of {model.name} gives several tensors.", "Choose one of its layers.")


@contextmanager
def _timm_way(model: Classifier, pixels: Tensor, what: str) -> Iterator[Any]:
    try:
        with model.lock, torch.no_grad(), device_problems(model, pixels):
            yield model.network
    except (AttributeError, TypeError, NotImplementedError) as problem:
        raise NotShowable(f"{model.name} has no {what}.", "Look at its layers instead.") from problem
