"""The nouns: frozen records, with the shapes and units of their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from torch import Tensor

Size = tuple[int, int]  # (H, W)
Box = tuple[int, int, int, int]  # left, top, right, bottom: px, the last two just outside

_FEW = 4  # values that are shown in full


@runtime_checkable
class Snapshot(Protocol):
    """What every slow function yields: a step and the total, enough for a progress bar."""

    @property
    def step(self) -> int:
        """How far the run is: from 1, or 0 before the first step."""

    @property
    def total(self) -> int:
        """The step of the last frame; 0 if it is not known."""


def brief(record: Any) -> str:
    """A record in one line: shapes in place of arrays and bytes, and nothing that is as by default."""
    values = {each: getattr(record, each.name) for each in fields(record) if each.repr}
    shown = [f"{each.name}={_brief(value)}" for each, value in values.items() if not _usual(value, each.default)]
    return f"{type(record).__name__}({', '.join(shown)})"


def _usual(value: Any, default: Any) -> bool:
    return not isinstance(value, Tensor | np.ndarray) and value in (default, "", (), {})


def _brief(value: Any) -> str:
    match value:
        case Tensor() | np.ndarray() if value.ndim == 1 and len(value) <= _FEW:
            return f"[{', '.join(map(_brief, value.tolist()))}]"
        case Tensor() | np.ndarray():
            return f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"
        case bytes():
            return f"{len(value):,} bytes"
        case float():
            return f"{value:.4g}"
        case tuple() if len(value) > _FEW or any(map(is_dataclass, value)):
            return f"{len(value)} x {type(value[0]).__name__}"
        case tuple():
            return f"({', '.join(map(_brief, value))}{',' * (len(value) == 1)})"
        case Mapping():
            return f"{{{', '.join(f'{key!r}: {_brief(each)}' for key, each in value.items())}}}"
    return repr(value)


@dataclass(frozen=True)
class Preprocessing:
    """The preprocessing in the training of the weights, from their own configuration.

    Attributes:
        size: (H, W) of the network's input, px.
        crop: the share of the resized picture that the crop keeps, (0, 1].
        crop_mode: "center", "squash" or "border", with timm's meaning.
        interpolation: of the resize: PIL's name in lower case.
        mean: per channel, on the [0, 1] scale; subtracted from pixels.
        std: per channel, on the [0, 1] scale; what is left is divided by it.
        channels: what the network takes: 3 (RGB) or 1 (luma). Pixels always have 3.
    """

    size: Size = (224, 224)
    crop: float = 0.875
    crop_mode: str = "center"
    interpolation: str = "bicubic"
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    channels: int = 3


@dataclass(frozen=True)
class Counts:
    """What a layer costs and sees, everything inside it included; see the attributes of `Layer` of the same names."""

    parameters: int
    multiply_adds: int
    receptive_field: Size | None
    stride: Size | None


@dataclass(frozen=True)
class Layer:
    """One layer of a network, as `list_layers` returns it.

    Attributes:
        path: its module path in the network: "layer3.1.conv2".
        kind: "stage", "block", "convolution", "linear", "attention", "pooling", "normalization" or "activation".
        shape: (C, H, W) of its output for one picture; (C, 1, 1) for a vector.
        order: its position in the running order, from 0.
        layout: the axes of the network's own output: "NCHW", "NHWC", "NLC" or "NC".
        prefix: the number of tokens before those of the picture (class token, registers), for "NLC".
        detail: more about it: "3 x 3, stride 2", "BasicBlock".
        parameters: how many belong to it and to what is inside it.
        multiply_adds: of its convolutions, matrix products and attention for one picture; biases, norms, activations
            and pooling are not counted. One multiply-add is one MAC, or two FLOPs.
        receptive_field: (rows, columns) of the picture, px, from which one of its places is computed, by its windows
            alone; it may be more than the picture has. None if sums join the whole picture, as in global pooling,
            attention over all tokens and the gates of squeeze-and-excitation.
        stride: (rows, columns) of the picture, px, from one place to the next; None for a vector.
        counts: how the last four are found. They are counted for all layers together when one of them is first read,
            with one pass, as long as the model is there; not in another process.

    Example:
        >>> import vizlib
        >>> model = vizlib.load_model("bundled/scenes")
        >>> layer = vizlib.list_layers(model)[0]
        >>> layer.path, layer.kind, layer.shape
        ('conv1', 'convolution', (64, 64, 64))
        >>> layer.parameters, layer.multiply_adds, layer.receptive_field, layer.stride
        (9408, 38535168, (7, 7), (2, 2))
    """

    path: str
    kind: str
    shape: tuple[int, int, int]
    order: int
    layout: str = "NCHW"
    prefix: int = 0
    detail: str = ""
    counts: Callable[[], Counts] | None = field(default=None, repr=False, compare=False)

    def _counted(self) -> Counts:
        if self.counts is None:
            raise AttributeError(f"The layer {self.path} was made by hand; those of vizlib.list_layers are counted.")
        return self.counts()

    @property
    def parameters(self) -> int:
        """How many belong to it and to what is inside it."""
        return self._counted().parameters

    @property
    def multiply_adds(self) -> int:
        """For one picture, those of everything inside it included."""
        return self._counted().multiply_adds

    @property
    def receptive_field(self) -> Size | None:
        """(rows, columns) of the picture, px; None where sums join the whole picture."""
        return self._counted().receptive_field

    @property
    def stride(self) -> Size | None:
        """(rows, columns) of the picture, px, from one place to the next; None for a vector."""
        return self._counted().stride

    @property
    def spatial(self) -> bool:
        """Whether the output has rows and columns, so that it can be shown as a map."""
        return self.shape[1] * self.shape[2] > 1


@dataclass(frozen=True, init=False)
class Unit:
    """A channel of a layer as a target: its mean over all positions, or its value at one position.

    Attributes:
        layer: the layer's path.
        channel: its number in the layer, from 0.
        position: (row, column) on the layer's own grid; None for the mean over all positions.

    Example:
        >>> import vizlib
        >>> print(vizlib.Unit("layer2", 5, (3, 4)))
        layer2 channel 5 at 3, 4
    """

    layer: str
    channel: int
    position: tuple[int, int] | None = None

    def __init__(self, layer: str | Layer, channel: int, position: tuple[int, int] | None = None) -> None:
        path = layer.path if isinstance(layer, Layer) else layer
        vars(self).update(layer=path, channel=channel, position=position)

    def __str__(self) -> str:
        place = "" if self.position is None else f" at {self.position[0]}, {self.position[1]}"
        return f"{self.layer} channel {self.channel}{place}"


@dataclass(frozen=True)
class Prediction:
    """One class in a network's answer to a picture.

    Attributes:
        index: the number of the class, from 0.
        label: its name.
        logit: its score before softmax (or sigmoid).
        probability: in [0, 1].
        independent: whether each label has a probability of its own, so that they need not sum to 1.

    Example:
        >>> import vizlib
        >>> from vizlib.synthetic import draw_digit
        >>> model = vizlib.load_model("bundled/digits")
        >>> best = model.top(vizlib.to_pixels(draw_digit(3, 7).image, model))[0]
        >>> best.label, round(best.probability, 1)
        ('7', 1.0)
    """

    index: int
    label: str
    logit: float
    probability: float
    independent: bool = False


@dataclass(frozen=True)
class Progress:
    """A download or a count of something: `step` of `total` units (0 if not known), and a note that says of what."""

    step: int
    total: int
    note: str = ""
