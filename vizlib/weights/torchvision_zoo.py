"""torchvision's classifiers: their names, their published weights, and what these say about pictures and classes.

A name is "torchvision/resnet50" for torchvision's DEFAULT weights, "torchvision/resnet50.IMAGENET1K_V1" for others, as
timm writes the tags of its own. torchvision's quantized networks are left out, because no gradient passes their whole
numbers, and so are weights without a classifier.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlparse

from timm.models import PretrainedCfg
from torchvision import models

PREFIX: Final = "torchvision/"
# By the first letters of a name, the longest that fit: the paths of the first convolution and of the classifier.
_PARTS: Final = {
    "alexnet": ("features.0", "classifier.6"),
    "convnext": ("features.0.0", "classifier.2"),
    "densenet": ("features.conv0", "classifier"),
    "efficientnet": ("features.0.0", "classifier.1"),
    "googlenet": ("conv1.conv", "fc"),
    "inception": ("Conv2d_1a_3x3.conv", "fc"),
    "maxvit": ("stem.0.0", "classifier.5"),
    "mnasnet": ("layers.0", "classifier.1"),
    "mobilenet_v2": ("features.0.0", "classifier.1"),
    "mobilenet_v3": ("features.0.0", "classifier.3"),
    "regnet": ("stem.0", "fc"),
    "resnet": ("conv1", "fc"),
    "resnext": ("conv1", "fc"),
    "shufflenet": ("conv1.0", "fc"),
    "squeezenet": ("features.0", "classifier.1"),
    "swin": ("features.0.0", "head"),
    "vgg": ("features.0", "classifier.6"),
    "vit": ("conv_proj", "heads.head"),
    "wide_resnet": ("conv1", "fc"),
}


@cache
def names() -> tuple[str, ...]:
    """All classifiers: "torchvision/alexnet" and so on."""
    return tuple(f"{PREFIX}{each}" for each in models.list_models(module=models))


@cache
def published(name: str) -> dict[str, Any]:
    """The weights of an architecture, by torchvision's names for them; DEFAULT comes first."""
    known = models.get_model_weights(name.removeprefix(PREFIX))
    usual: Any = known.DEFAULT
    found = {each.name: each for each in (usual, *known)}
    return {tag: each for tag, each in found.items() if each.meta.get("categories")}


@cache
def tagged() -> tuple[str, ...]:
    """Every architecture with each of its weights: "torchvision/resnet50.IMAGENET1K_V2"."""
    return tuple(f"{name}.{tag}" for name in names() for tag in published(name))


def offered() -> list[str]:
    """The same, without the tag where the weights are the DEFAULT ones: "torchvision/resnet50"."""
    pairs = [(name, at, tag) for name in names() for at, tag in enumerate(published(name))]
    return [f"{name}.{tag}" if at else name for name, at, tag in pairs]


@cache
def config(name: str) -> PretrainedCfg:
    """What the weights `name` say, in the terms of timm; those of DEFAULT for a name without a tag.

    Raises RuntimeError for an unknown tag, as timm does.
    """
    architecture, _, tag = name.partition(".")
    known = published(architecture)
    if tag and tag not in known:
        raise RuntimeError(f"Invalid pretrained tag ({tag}) for {architecture}.")
    weights = known[tag] if tag else next(iter(known.values()))
    how = weights.transforms()
    first, last = parts(architecture)
    return PretrainedCfg(
        url=weights.url,
        architecture=architecture,
        tag=weights.name,
        num_classes=len(weights.meta["categories"]),
        input_size=(3, how.crop_size[0], how.crop_size[0]),
        crop_pct=how.crop_size[0] / how.resize_size[0],
        crop_mode="center",
        interpolation=how.interpolation.value,
        mean=tuple(how.mean),
        std=tuple(how.std),
        first_conv=first,
        classifier=last,
    )


def parts(name: str) -> tuple[str, str]:
    """The paths of an architecture's first convolution and of its classifier."""
    bare = name.removeprefix(PREFIX)
    return _PARTS[max((each for each in _PARTS if bare.startswith(each)), key=len)]


def class_names(architecture: str, tag: str) -> list[str]:
    """The names of the classes in the metadata of published weights; [] for all other networks."""
    weights = published(architecture).get(tag) if architecture in names() else None
    return list(weights.meta["categories"]) if weights else []


@cache
def imagenet() -> tuple[str, ...]:
    """torchvision's names of ImageNet's 1000 classes."""
    return tuple(class_names(f"{PREFIX}alexnet", "IMAGENET1K_V1"))


def file_stems(name: str) -> tuple[str, ...]:
    """The names without ending of files that may hold these weights, the most certain first.

    They are torchvision's own ("resnet50-0676ba61"), and, with the tag or for the DEFAULT weights without it, that of
    the network ("torchvision_resnet50.IMAGENET1K_V1", "resnet50").
    """
    architecture, _, tag = name.partition(".")
    known = published(architecture)
    usual = next(iter(known))
    if tag and tag not in known:
        return ()
    weights = known[tag or usual]
    bare = architecture.removeprefix(PREFIX)
    endings = (f".{weights.name}", *([""] if weights.name == usual else []))
    return (_stem(weights), *(f"{start}{bare}{end}" for end in endings for start in ("torchvision_", "")))


@cache
def _files() -> dict[str, tuple[str, str]]:
    """The architecture and the tag by the name of torchvision's published file, without its ending."""
    return {_stem(each): (name, tag) for name in names() for tag, each in published(name).items()}


def of_published(stem: str) -> tuple[str, str]:
    """The architecture and the tag of a file with torchvision's own name ("squeezenet1_1-b8a52dc0"), or ("", "")."""
    return _files().get(stem, ("", ""))


def _stem(weights: Any) -> str:
    return Path(urlparse(weights.url).path).stem
