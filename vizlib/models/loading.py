"""From a name to a network on its device, and from a picture to its pixels."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

import numpy as np
from PIL import Image
from torch import Tensor

from vizlib.models.classifier import Classifier
from vizlib.models.devices import device_error, pick_device
from vizlib.weights import build, find, hub

T = TypeVar("T")


def load_model(
    name: str, weights: str = "default", device: str = "auto", *, seed: int = 0, **model_args: Any
) -> Classifier:
    """A network by name, frozen, on its device.

    name: a timm name ("resnet18", "resnet18.a1_in1k", "timm/resnet18.a1_in1k"), "bundled/<name>" or
        "local/<stem or folder>".
    weights: "default" (pretrained: first the folder in the environment variable VIZLIB_WEIGHTS, then the hub),
        "random" (of the seed), or the path of a checkpoint.
    device: "auto" (CUDA, then MPS, then CPU), "cpu", "cuda", "cuda:1", "mps".
    model_args: passed to timm, for example output_stride=8. The number of classes is that of the checkpoint;
        num_classes=0 leaves the classifier out.

    Raises ModelUnavailable, CheckpointMismatch, UnknownName, TooBig or DeviceFailed, each with its remedy.
    """
    source = find(name, weights)
    file = _drain(hub.fetch(source.architecture)) if source.kind == "hub" else None
    network, remarks = build(source, file, seed, **model_args)
    place, notice = pick_device(device)
    try:
        return Classifier(network, source.name, place, " ".join(each for each in (notice, remarks) if each))
    except (RuntimeError, MemoryError) as problem:
        raise device_error(problem, name, place) or problem from problem


def _drain(steps: Generator[Any, None, T]) -> T:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def to_pixels(picture: Image.Image | np.ndarray[Any, Any], model: Classifier) -> Tensor:
    """A picture as pixels (1, 3, H, W) in [0, 1], by the model's own preprocessing."""
    return model.prepare(picture)
