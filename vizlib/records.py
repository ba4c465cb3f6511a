"""The nouns: frozen records, with shapes and units beside each field."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

Size = tuple[int, int]  # (H, W)
Box = tuple[int, int, int, int]  # left, top, right, bottom: px, the last two just outside


@runtime_checkable
class Snapshot(Protocol):
    """What every slow function yields: a step and the total, enough for a progress bar."""

    @property
    def step(self) -> int: ...  # from 1 (0 before the first)

    @property
    def total(self) -> int: ...  # 0 if it is not known


@dataclass(frozen=True)
class Preprocessing:
    """The preprocessing in the training of the weights, from their own configuration."""

    size: Size = (224, 224)  # pixels
    crop: float = 0.875  # share of the resized picture that the crop keeps
    crop_mode: str = "center"  # "center", "squash" or "border", as timm means them
    interpolation: str = "bicubic"  # PIL's name, lower case
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)  # per channel, on the [0, 1] scale
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    channels: int = 3  # what the network takes: 3 (RGB) or 1 (luma)


@dataclass(frozen=True)
class Layer:
    """One layer of a network."""

    path: str  # module path in the timm model: "layer3.1.conv2"
    kind: str  # "stage", "block", "convolution", "linear", "attention", "pooling", "normalization", "activation"
    shape: tuple[int, int, int]  # (C, H, W) of its output for one picture; (C, 1, 1) for a vector
    order: int  # position in the running order, from 0
    layout: str = "NCHW"  # the axes of the network's own output: NCHW, NHWC, NLC or NC
    prefix: int = 0  # tokens before those of the picture (class token, registers), for NLC
    detail: str = ""  # "3 x 3, stride 2", "BasicBlock"

    @property
    def spatial(self) -> bool:
        """Whether the output has rows and columns, so that it can be shown as a map."""
        return self.shape[1] * self.shape[2] > 1


@dataclass(frozen=True)
class Unit:
    """A channel of a layer as a target: its mean over positions, or its value at one position."""

    layer: str  # path
    channel: int
    position: tuple[int, int] | None = None  # (row, column) on the layer's own grid; None: mean over all

    def __str__(self) -> str:
        place = "" if self.position is None else f" at {self.position[0]}, {self.position[1]}"
        return f"{self.layer} channel {self.channel}{place}"


@dataclass(frozen=True)
class Prediction:
    index: int  # class
    label: str
    logit: float
    probability: float  # [0, 1]
    independent: bool = False  # the label's own: the probabilities of all labels need not sum to 1


@dataclass(frozen=True)
class Progress:
    """A download or a count of something: `step` of `total` units done, total 0 if unknown."""

    step: int
    total: int
    note: str = ""


@dataclass(frozen=True, eq=False)
class Estimate:
    """A saliency map after `step` of `total` passes."""

    step: int
    total: int
    values: Tensor  # (N, H, W), float32 on the CPU, raw scale, signed where the method is
    note: str = ""  # a sentence for the user about this map: "3 of 5 activation calls were followed"


@dataclass(frozen=True, eq=False)
class Frame:
    """Pictures during optimization, at step `step` of `total`; the last frame holds the best of them.

    The scores of the last frame are those of the pictures themselves; earlier ones, those of the step's transformed
    views.
    """

    step: int  # from 1
    total: int
    pixels: Tensor  # (B, 3, H, W) in [0, 1], on the network's device
    scores: Tensor  # (B,), the objectives' values
    penalties: Mapping[str, Tensor] = field(default_factory=dict)  # (B,) each, before their weights
    notes: tuple[str, ...] = ()  # per picture: a sentence for the user, or ""


@dataclass(frozen=True)
class Recipe:
    """Everything needed to reproduce a result. It is the key of jobs and is stored in PNG files and URLs."""

    parts: Mapping[str, Any] = field(default_factory=dict)  # JSON values only

    @property
    def text(self) -> str:
        """Canonical JSON: equal recipes have equal text."""
        return json.dumps(self.parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @property
    def key(self) -> str:
        """64 hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()
