"""From a name to a network on its device, and from a picture to its pixels."""

from __future__ import annotations

from collections.abc import Generator
from numbers import Integral
from os import PathLike
from typing import Any, TypeVar

from torch import Tensor

from vizlib.errors import UnknownName, VizError
from vizlib.models.classifier import Classifier
from vizlib.models.context import in_own_context
from vizlib.models.devices import device_error, pick_device
from vizlib.pictures import Picture
from vizlib.weights import build, find, hub

T = TypeVar("T")


@in_own_context
def load_model(
    name: str,
    weights: str = "default",
    device: str = "auto",
    *,
    seed: int = 0,
    labels: str = "auto",
    **model_args: Any,
) -> Classifier:
    """A network by name, frozen, on its device: a classifier, or a backbone with an empty `class_names`.

    name: a timm name ("resnet18", "resnet18.a1_in1k", "timm/resnet18.a1_in1k"), "bundled/<name>" or
        "local/<stem or folder>".
    weights: "default" (pretrained: first the folder in the environment variable VIZLIB_WEIGHTS, then the hub),
        "random" (of the seed), or the path of a checkpoint.
    device: "auto" (CUDA, then MPS, then CPU), "cpu", "cuda", "cuda:1", "mps".
    labels: "exclusive" classes, whose probabilities sum to 1 (softmax); "independent" labels, each with a probability
        of its own (sigmoid); "auto": what the weights' configuration says (`problem_type`), else exclusive. A network
        with one output is always read by a sigmoid, as the class and its absence.
    model_args: passed to timm, for example output_stride=8. The number of classes is that of the checkpoint;
        num_classes=0 leaves the classifier out.

    Raises ModelUnavailable, CheckpointMismatch, UnknownName, TooBig or DeviceFailed, each with its remedy.
    """
    _check(name, weights, seed)
    source = find(name, weights)
    file = _drain(hub.fetch(source.architecture)) if source.kind == "hub" else None
    network, remarks = build(source, file, int(seed), **model_args)
    place, notice = pick_device(device)
    try:
        return Classifier(network, source.name, place, " ".join(each for each in (notice, remarks) if each), labels)
    except (RuntimeError, MemoryError) as problem:
        raise device_error(problem, name, place) or problem from problem


def _check(name: Any, weights: Any, seed: Any) -> None:
    if not isinstance(name, str):
        raise UnknownName(f"A network's name is a text, not a value of type {type(name).__name__}.", "Give its name.")
    if not isinstance(weights, str | PathLike):
        raise UnknownName(f"The weights are {weights!r}.", 'Give "default", "random", or the path of a checkpoint.')
    if not isinstance(seed, Integral):
        raise VizError(f"The seed is {seed!r}.", "Give a whole number.")


def _drain(steps: Generator[Any, None, T]) -> T:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@in_own_context
def to_pixels(picture: Picture, model: Classifier) -> Tensor:
    """A picture as pixels (1, 3, H, W) in [0, 1], by the model's own preprocessing.

    picture: a path, the bytes of a file, a PIL image, an array or a tensor; `vizlib.pictures.as_picture` says which.
    Raises PictureError for anything else.
    """
    return model.prepare(picture)
