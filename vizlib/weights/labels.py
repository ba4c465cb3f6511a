"""The names of a network's classes, in the many ways in which files write them, and those of ImageNet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from timm.data.imagenet_info import ImageNetInfo, infer_imagenet_subset
from torch import nn

from vizlib.weights import torchvision_zoo

# In the order in which they are believed. The names in _NUMBERS give a number by name, the others names by number.
KEYS = ("label_names", "labels", "id2label", "label2id", "class_names", "classes", "idx_to_class", "class_to_idx")
_NUMBERS = ("label2id", "class_to_idx")
_LONGEST = 100  # characters of a name


def stated_names(config: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The key under which a configuration names its classes, and the names in order; ("", []) if it does not.

    Raises ValueError with what is odd about them ("label_names is 5").
    """
    small = {key.lower(): value for key, value in config.items() if isinstance(key, str)}
    key = next((each for each in KEYS if small.get(each)), "")
    if not key:
        return "", []
    names = _in_order(small[key], key)
    words = small.get("label_descriptions") or {}
    if isinstance(words, list) and len(words) == len(names):
        words = dict(zip(names, words, strict=True))
    if not isinstance(words, dict):
        raise ValueError(f"label_descriptions is {str(words)[:60]}")
    return key, [str(words.get(each, each)) for each in names]


def _in_order(value: Any, key: str) -> list[str]:
    if isinstance(value, Mapping):
        numbered = key in _NUMBERS or all(isinstance(each, int) for each in value.values())
        pairs = [(each, name) if numbered else (name, each) for name, each in value.items()]
        by_number = {_whole(number): name for number, name in pairs}
        if sorted(by_number) != list(range(len(pairs))):
            raise ValueError(f"the numbers in {key} are not those from 0 to {len(pairs) - 1}")
        value = [by_number[number] for number in sorted(by_number)]
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, (str, int, float)) for each in value):
        raise ValueError(f"{key} is {str(value)[:60]}")
    return [str(each) for each in value]


def _whole(number: Any) -> int:
    return int(number) if re.fullmatch(r"\d{1,9}", str(number)) else -1


def class_names(network: nn.Module, count: int | None = None) -> list[str]:
    """The weights' own class names; ImageNet's if their tag says that they are ImageNet's; else "class 17".

    count: how many classes there are; None: what the network says.
    """
    config = getattr(network, "pretrained_cfg", None) or {}
    count = int(getattr(network, "num_classes", 0)) if count is None else count
    try:
        _, names = stated_names(config)
    except ValueError:
        names = []
    if names and fits(names, count):
        return readable(names)
    tag = str(config.get("tag") or "")
    if (published := torchvision_zoo.class_names(str(config.get("architecture") or ""), tag)) and count == len(
        published
    ):
        return published
    subset = _subset(tag, count)
    return list(_imagenet(subset)) if subset else [f"class {index}" for index in range(count)]


def fits(names: list[str], count: int) -> bool:
    """Whether the names are those of a network with `count` outputs; one output may be named on both sides."""
    return len(names) == count or (count == 1 and len(names) == 2)


def _subset(tag: str, count: int) -> str:
    """The part of ImageNet that the last data set in timm's tag names ("in22k_ft_in1k"), if it has so many classes."""
    said = re.findall(r"in(\d+)k(?![a-z0-9])", tag)
    subset = infer_imagenet_subset({"num_classes": count}) or ""
    return subset if said and re.match(rf"imagenet-{said[-1]}k", subset) else ""


def readable(names: Iterable[str]) -> list[str]:
    """The names without characters that cannot be shown (surrogates, control characters), of limited length."""
    shown = ["".join(filter(str.isprintable, each))[:_LONGEST] for each in names]
    return [each or f"class {at}" for at, each in enumerate(shown)]


@lru_cache(maxsize=4)
def _imagenet(subset: str) -> tuple[str, ...]:
    return tuple(ImageNetInfo(subset).label_descriptions())
