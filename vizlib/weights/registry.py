"""All architectures that can be built, by name: timm's, and torchvision's, whose names begin with "torchvision/"."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import timm
from timm.models import PretrainedCfg
from torch import nn

from vizlib.weights import _torchvision_building, torchvision_zoo
from vizlib.weights import architectures as _registered  # noqa: F401  timm learns the bundled architectures


def is_model(name: str) -> bool:
    """Whether there is an architecture of this name, whatever its tag."""
    return bool(timm.is_model(name)) or name.partition(".")[0] in torchvision_zoo.names()


def list_models() -> list[str]:
    """The names of all architectures."""
    return [*timm.list_models(), *torchvision_zoo.names()]


def list_pretrained() -> list[str]:
    """The published weights, each as the name of its architecture, a dot and a tag."""
    return [*timm.list_pretrained(), *torchvision_zoo.tagged()]


def offered() -> list[str]:
    """The published weights under the names that a person chooses from: torchvision's DEFAULT weights have no tag."""
    return [*timm.list_pretrained(), *torchvision_zoo.offered()]


def config(name: str) -> PretrainedCfg | None:
    """The configuration of published weights; of the usual ones for a name without a tag, None if there are none.

    Raises RuntimeError for an unknown tag.
    """
    ours = name.startswith(torchvision_zoo.PREFIX)
    return torchvision_zoo.config(name) if ours else timm.get_pretrained_cfg(name)


def create(name: str, **arguments: Any) -> nn.Module:
    """The network, built as timm.create_model does."""
    ours = name.startswith(torchvision_zoo.PREFIX)
    made: nn.Module = (_torchvision_building.create if ours else timm.create_model)(name, **arguments)
    return made


@lru_cache(maxsize=1)
def tags() -> dict[str, list[str]]:
    """The tags of the published weights, by architecture. To ask timm for those of one takes 3 ms, for all as long."""
    found: dict[str, list[str]] = {}
    for name in list_pretrained():
        architecture, _, tag = name.partition(".")
        found.setdefault(architecture, []).append(tag)
    return found
