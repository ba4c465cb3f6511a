"""From a name to a network on its device, and from a picture to its pixels."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from numbers import Integral
from os import PathLike
from typing import Any, TypeVar

from torch import Tensor

from vizlib.errors import UnknownName, VizError
from vizlib.models.classifier import Classifier
from vizlib.models.context import in_own_context
from vizlib.models.devices import device_error, pick_device
from vizlib.pictures import Pictures
from vizlib.weights import Source, build, find, from_files, hub

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

    Called with pixels (N, 3, H, W) in [0, 1], as `vizlib.to_pixels` makes them, it gives logits (N, K). It normalizes
    them itself.

    name: a timm name ("resnet18", "resnet18.a1_in1k", "timm/resnet18.a1_in1k"), one of torchvision's classifiers
        ("torchvision/squeezenet1_1", "torchvision/resnet50.IMAGENET1K_V1"), "bundled/<name>" or "local/<stem or
        folder>".
    weights: "default" (pretrained: first the folder in the environment variable VIZLIB_WEIGHTS, then the download),
        "random" (of the seed), the name of published weights of this network ("IMAGENET1K_V1", "a1_in1k"), or the path
        of a checkpoint.
    device: "auto" (CUDA, then MPS, then the CPU), "cpu", "cuda", "cuda:1", "mps"; `vizlib.models.available_devices()`
        lists those of this machine. Where the device that "auto" chose does not work, the CPU is taken, and a
        UserWarning and the model's `notice` say so. A device that is named and does not work raises DeviceFailed.
    labels: "exclusive" classes, whose probabilities sum to 1 (softmax); "independent" labels, each with a probability
        of its own (sigmoid); "auto": what the weights' configuration says (`problem_type`), else exclusive. A network
        with one output is always read by a sigmoid, as the class and its absence.
    model_args: passed to timm, for example output_stride=8, or to torchvision. The number of classes is that of the
        checkpoint; num_classes=0 leaves the classifier out. torchvision's GoogLeNet and Inception scale their input as
        the published weights need it; transform_input=False is for weights that were trained without that.

    While the engine computes, float32 products are exact: it switches the rounding to TF32, which is usual on CUDA, off
    for the process, and gives the caller's setting back afterwards.

    Raises UnknownName for another name or setting, ModelUnavailable for weights that cannot be had, CheckpointMismatch
    for a file that does not fit, DeviceFailed for a named device that does not work, TooBig for too little memory.

    Example:
        >>> import torch, vizlib
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> model
        Classifier('bundled/digits', cpu, 28 x 28 px, 10 classes)
        >>> model(torch.rand(2, 3, *model.input_size)).shape
        torch.Size([2, 10])
    """
    _check(name, weights, seed)
    place, notice = pick_device(device)
    source = find(name, weights)
    file = _drain(hub.fetch(source.name)) if source.kind == "hub" else None
    network, remarks = build(source, file, int(seed), **model_args)
    return _placed(network, source, place, " ".join(each for each in (notice, remarks) if each), labels)


@in_own_context
def opened_files(files: Mapping[str, bytes], name: str, device: str = "auto") -> Classifier:
    """The network in files of timm's layout that are in memory (config.json, model.safetensors), under this name.

    Raises what `load_model` raises for a folder with these files.
    """
    place, notice = pick_device(device)
    source = from_files(files, name)
    network, remarks = build(source)
    return _placed(network, source, place, " ".join(each for each in (notice, remarks) if each), "auto")


def _placed(network: Any, source: Source, place: Any, notice: str, labels: str) -> Classifier:
    try:
        return Classifier(network, source.name, place, notice, labels)
    except (RuntimeError, MemoryError) as problem:
        raise device_error(problem, source.name, place) or problem from problem


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
def to_pixels(picture: Pictures, model: Classifier) -> Tensor:
    """One picture or several as pixels (N, 3, H, W), by the model's own preprocessing: resized and cropped.

    picture: a path, the bytes of a file, an open file, a PIL image, an array (H, W, 3) or a tensor (3, H, W); or a list
        or tuple of them. `vizlib.pictures.as_picture` says what the numbers of arrays and tensors mean.

    Returns float32 in [0, 1], sRGB, of the size `model.input_size`, on the model's device; not normalized, because the
    model does that itself. Raises PictureError for what is no picture, VizError for an empty list.

    Example:
        >>> import vizlib
        >>> from vizlib.pictures import sample_photographs
        >>> model = vizlib.load_model("bundled/scenes", device="cpu")
        >>> cat, coffee = sample_photographs()["cat"], sample_photographs()["coffee"]
        >>> vizlib.to_pixels(cat, model).shape, vizlib.to_pixels([cat, coffee], model).shape
        (torch.Size([1, 3, 128, 128]), torch.Size([2, 3, 128, 128]))
    """
    return model.prepare(picture)
