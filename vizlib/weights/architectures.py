"""Three small architectures, registered with timm, so that they load like any other.

`vgg_narrow` is timm's own VGG with a free number of channels; `digit_cnn` is the network of every first lecture;
`dann_cnn` is the one that Ganin and Lempitsky adapted from MNIST to MNIST-M.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from timm.models import build_model_with_cfg, generate_default_cfgs, register_model
from timm.models.vgg import VGG
from torch import Tensor, nn

default_cfgs = generate_default_cfgs(
    {
        "vgg_narrow.untrained": {"first_conv": "features.0", "classifier": "head.fc"},
        "digit_cnn.untrained": {
            "first_conv": "conv1",
            "classifier": "fc",
            "input_size": (1, 28, 28),
            "num_classes": 10,
        },
        "dann_cnn.untrained": {
            "first_conv": "conv1",
            "classifier": "fc",
            "input_size": (3, 28, 28),
            "crop_pct": 1.0,
            "mean": (0.5, 0.5, 0.5),
            "std": (0.5, 0.5, 0.5),
            "num_classes": 10,
        },
    }
)
_CHAIN = (16, "M", 32, "M", 64, 64, "M", 96, 96, "M")


@register_model
def vgg_narrow(
    pretrained: bool = False, cfg: Sequence[Any] = _CHAIN, batch_norm: bool = False, **kwargs: Any
) -> nn.Module:
    """VGG (Simonyan and Zisserman 2014, arXiv 1409.1556) with the channels of `cfg`, "M" for a pooling."""
    kwargs["norm_layer"] = nn.BatchNorm2d if batch_norm else None
    features = {"flatten_sequential": True, "out_indices": tuple(range(list(cfg).count("M") + 1))}
    return build_model_with_cfg(VGG, "vgg_narrow", pretrained, model_cfg=list(cfg), feature_cfg=features, **kwargs)


class _Plain(nn.Module):
    """A network whose classifier is the linear layer `fc`."""

    num_features: int

    def get_classifier(self) -> nn.Module:
        return self.fc

    def reset_classifier(self, num_classes: int) -> None:
        self.num_classes = num_classes
        self.fc = nn.Linear(self.num_features, num_classes) if num_classes else nn.Identity()

    def forward_features(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        return self.forward_head(self.forward_features(x))


class DigitCNN(_Plain):
    """Three convolutions and a linear layer, ReLU between them."""

    def __init__(
        self,
        num_classes: int = 10,
        in_chans: int = 1,
        width: int = 16,
        global_pool: str = "avg",
        drop_rate: float = 0.0,
    ) -> None:
        super().__init__()
        self.num_features, self.in_chans = 4 * width, in_chans
        self.conv1, self.act1 = nn.Conv2d(in_chans, width, 5, padding=2), nn.ReLU(inplace=True)
        self.pool1 = nn.MaxPool2d(2)
        self.conv2, self.act2 = nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(inplace=True)
        self.pool2 = nn.MaxPool2d(2)
        self.conv3, self.act3 = nn.Conv2d(2 * width, 4 * width, 3, padding=1), nn.ReLU(inplace=True)
        self.global_pool = nn.AdaptiveAvgPool2d(1 if global_pool == "avg" else None)
        self.drop = nn.Dropout(drop_rate)
        self.reset_classifier(num_classes)
        names = zip(("act1", "act2", "act3"), (1, 2, 4), strict=True)
        self.feature_info = [{"num_chs": width * step, "reduction": step, "module": name} for name, step in names]

    def forward_features(self, x: Tensor) -> Tensor:
        x = self.pool1(self.act1(self.conv1(x)))
        x = self.pool2(self.act2(self.conv2(x)))
        return self.act3(self.conv3(x))

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        x = self.drop(torch.flatten(self.global_pool(x), 1))
        return x if pre_logits else self.fc(x)


@register_model
def digit_cnn(pretrained: bool = False, **kwargs: Any) -> nn.Module:
    """A convolutional network of four layers for 28 x 28 gray digits."""
    return build_model_with_cfg(DigitCNN, "digit_cnn", pretrained, **kwargs)


class _Places(nn.AdaptiveAvgPool2d):
    """Averages maps to so many places; maps of this size stay as they are, at no cost."""

    def forward(self, x: Tensor) -> Tensor:
        return x if x.shape[-2:] == (self.output_size, self.output_size) else super().forward(x)


class DannCNN(_Plain):
    """Two convolutions and three linear layers: the network for MNIST of Ganin and Lempitsky 2015 (arXiv 1409.7495).

    Its domain head is no part of it. Pictures other than 28 x 28 px are pooled to the same 4 x 4 places.
    """

    domain_at = "places"  # the layer to which the paper attaches the domain head

    def __init__(
        self,
        num_classes: int = 10,
        in_chans: int = 3,
        width: int = 32,
        global_pool: str = "",
        drop_rate: float = 0.0,
    ) -> None:
        super().__init__()
        self.num_features = self.head_hidden_size = 100
        wide = width * 3 // 2  # the paper's 32 and 48
        self.conv1 = nn.Conv2d(in_chans, width, 5)
        self.pool1, self.act1 = nn.MaxPool2d(2), nn.ReLU(inplace=True)  # a ReLU of fewer numbers, with equal results
        self.conv2 = nn.Conv2d(width, wide, 5)
        self.pool2, self.act2 = nn.MaxPool2d(2), nn.ReLU(inplace=True)
        self.places = _Places(4)
        self.fc1, self.act3 = nn.Linear(16 * wide, 100), nn.ReLU(inplace=True)
        self.fc2, self.act4 = nn.Linear(100, self.num_features), nn.ReLU(inplace=True)
        self.drop = nn.Dropout(drop_rate)
        self.reset_classifier(num_classes)
        channels = {"act1": width, "act2": wide}
        self.feature_info = [
            {"num_chs": count, "reduction": 2 << number, "module": name}
            for number, (name, count) in enumerate(channels.items())
        ]

    def forward_features(self, x: Tensor) -> Tensor:
        x = self.act1(self.pool1(self.conv1(x)))
        return self.act2(self.pool2(self.conv2(x)))

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        x = self.act3(self.fc1(self.drop(torch.flatten(self.places(x), 1))))
        x = self.act4(self.fc2(self.drop(x)))
        return x if pre_logits else self.fc(x)


@register_model
def dann_cnn(pretrained: bool = False, **kwargs: Any) -> nn.Module:
    """Ganin and Lempitsky's network for 28 x 28 digits in color."""
    return build_model_with_cfg(DannCNN, "dann_cnn", pretrained, **kwargs)
