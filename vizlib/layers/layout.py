"""Which axes of a layer's output are channels, rows and columns, and its output as maps (N, C, H, W).

The kind of the module decides where it is certain (a convolution puts channels first, a LayerNorm last), else the two
axes that have the proportions of the picture.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from vizlib.errors import NotShowable
from vizlib.records import Layer, Size

OUTER = ("stage", "block", "attention")  # kinds of layers that contain layers
Layout = tuple[str, tuple[int, int, int], int]  # layout, shape (C, H, W), prefix; as in Layer

_CHANNELS_FIRST = (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.GroupNorm, nn.InstanceNorm2d)
_CHANNELS_LAST = re.compile(r"Linear$|LayerNorm|RmsNorm|RMSNorm")


@dataclass(frozen=True)
class Output:
    """What one layer gave in a pass with one picture."""

    path: str
    module: nn.Module
    kind: str
    shape: tuple[int, ...]  # as the network returns it, batch axis (1) included


def places(network: nn.Module, outputs: Sequence[Output], image: Size) -> list[Layout]:
    """The layout of each output, in running order, of a pass with one picture of `image` (H, W) pixels.

    An output that cannot be placed on the picture gets the layout NLC and the shape (C, 1, 1).
    """
    layouts = [_layout(each, image) for each in outputs]
    outer = {layout for each, layout in zip(outputs, layouts) if each.kind in OUTER}
    usual = getattr(network, "output_fmt", "") or ("NHWC" if "NHWC" in outer else "NCHW")
    latest: dict[tuple[int, ...], str] = {}  # by shape: an ambiguous output gets the last layout of its shape
    found = []
    for each, layout in zip(outputs, layouts):
        if layout == "either":
            layout = usual if each.kind in OUTER else latest.get(each.shape, usual)
        latest[each.shape] = layout
        found.append(_place(network, each, layout, image))
    return found


def _layout(output: Output, image: Size) -> str:
    """The layout by module and shape alone: "either" if both are possible, "" if the output has no places."""
    if output.shape[0] != 1:  # the batch axis counts windows of the picture
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


def _fits(height: int, width: int, image: Size) -> bool:
    """Whether a grid has the proportions of the picture, up to rounding."""
    if image[0] == image[1]:
        return height == width
    return abs(height * image[1] - width * image[0]) <= max(image)


def _place(network: nn.Module, output: Output, layout: str, image: Size) -> Layout:
    shape = output.shape
    if layout == "NCHW":
        return layout, (shape[1], shape[2], shape[3]), 0
    if layout == "NHWC":
        return layout, (shape[3], shape[1], shape[2]), 0
    if layout == "NLC":
        prefix, height, width = _grid(network, shape[1], image)
        return layout, (shape[2], height, width), prefix
    return layout or "NLC", (shape[-1], 1, 1), 0


def _grid(network: nn.Module, tokens: int, image: Size) -> tuple[int, int, int]:
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
    token = getattr(network, "cls_token", getattr(network, "class_token", None))  # timm's name for it, torchvision's
    return int(getattr(network, "num_prefix_tokens", token.shape[1] if isinstance(token, Tensor) else 0) or 0)


def to_maps(output: Tensor, layer: Layer) -> Tensor:
    """A layer's output, as the network returns it, as maps (N, C, H, W); differentiable.

    Tokens without a place are dropped; a vector becomes (N, C, 1, 1). The batch may have any length, and
    pictures any size where the layout is NCHW or NHWC. Raises NotShowable for an output that cannot be placed on the
    picture.
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
