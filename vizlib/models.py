"""Networks on a device: pixels in, logits out, and one door to the inside.

Mean, std, input size, crop and interpolation come from the weights' own timm configuration and are used here only:
everything outside speaks pixels, float32 (N, 3, H, W), sRGB in [0, 1].
"""

from __future__ import annotations

import copy
import hashlib
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import torch
from PIL import Image
from timm.data import create_transform, resolve_model_data_config
from torch import Tensor, nn

from vizlib import hub
from vizlib.devices import pick_device
from vizlib.errors import DeviceFailed, NotShowable, TooBig, UnknownName
from vizlib.records import Prediction, Preprocessing
from vizlib.weights import build, class_names, find

T = TypeVar("T")

_LUMA = (0.299, 0.587, 0.114)  # ITU-R 601, as Pillow makes gray pictures


class Classifier:
    """A network, frozen for life on one device.

    Calling it takes the network's lock, so that sessions (threads) share it step by step; only pixels need gradients.
    """

    def __init__(self, network: nn.Module, name: str, device: torch.device, notice: str = "") -> None:
        self.name = name
        self.device = device
        self.notice = notice  # what a person should know about how it was loaded, or ""
        self.network = network.eval().requires_grad_(False).to(device)
        self.preprocessing = _preprocessing(network)
        self.class_names = class_names(network)
        self.lock = threading.RLock()
        self.memo: dict[str, Any] = {}  # facts derived from the frozen network, computed once
        shape = (1, -1, 1, 1)
        self._mean = torch.tensor(self.preprocessing.mean, device=device).view(shape)
        self._std = torch.tensor(self.preprocessing.std, device=device).view(shape)
        self._fingerprint: tuple[tuple[int, ...], str] | None = None

    @property
    def input_size(self) -> tuple[int, int]:
        """(H, W) in pixels."""
        return self.preprocessing.size

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits that change when a weight changes."""
        state = self.network.state_dict()
        version = tuple(number for each in state.values() for number in (each.data_ptr(), each._version))
        if self._fingerprint is None or self._fingerprint[0] != version:
            digest = hashlib.blake2b(digest_size=16)
            for key, value in state.items():
                digest.update(f"{key} {tuple(value.shape)} {value.dtype}".encode())
                digest.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
            self._fingerprint = version, digest.hexdigest()
        return self._fingerprint[1]

    def normalize(self, pixels: Tensor) -> Tensor:
        """Pixels (N, 3, H, W) in [0, 1] as the network takes them: (N, channels, H, W) on its device."""
        pixels = pixels.to(self.device, torch.float32)
        if self.preprocessing.channels == 1:
            luma = pixels.new_tensor(_LUMA).view(1, 3, 1, 1)
            pixels = (pixels * luma).sum(1, keepdim=True)
        return (pixels - self._mean) / self._std

    def __call__(self, pixels: Tensor) -> Tensor:
        """Pixels (N, 3, H, W) to logits (N, K), differentiable with respect to the pixels.

        Raises TooBig when memory runs out, DeviceFailed when the device breaks.
        """
        with self.lock, _device_problems(self, pixels):
            logits = self.network(self.normalize(pixels))
        return logits[0] if isinstance(logits, (tuple, list)) else logits  # type: ignore[no-any-return]

    @torch.no_grad()
    def predict(self, pixels: Tensor) -> Tensor:
        """Probabilities (N, K)."""
        return self(pixels).softmax(1)

    @torch.no_grad()
    def top(self, pixels: Tensor, count: int = 5) -> list[Prediction]:
        """The classes of one picture (1, 3, H, W), the most probable first."""
        logits = self(pixels)[0].cpu()
        shares = logits.softmax(0)
        order = logits.argsort(descending=True)[:count].tolist()
        return [Prediction(i, self.class_names[i], float(logits[i]), float(shares[i])) for i in order]

    def prepare(self, picture: Image.Image | np.ndarray[Any, Any]) -> Tensor:
        """A picture as pixels (1, 3, H, W): resized and cropped as the weights were trained."""
        if isinstance(picture, np.ndarray):
            picture = Image.fromarray(picture)
        levels: Tensor = torch.as_tensor(np.array(self._resize(picture.convert("RGB"))))
        return (levels.permute(2, 0, 1)[None].float() / 255).to(self.device)

    def _resize(self, picture: Image.Image) -> Image.Image:
        how = self.preprocessing
        steps = create_transform(
            (3, *how.size),
            interpolation=how.interpolation,
            mean=how.mean if len(how.mean) == 3 else how.mean * 3,  # only the border mode's fill color
            crop_pct=how.crop,
            crop_mode=how.crop_mode,
            normalize=False,
        ).transforms
        for step in steps[:-1]:  # the last one makes a tensor
            picture = step(picture)
        return picture

    def module(self, path: str) -> nn.Module:
        """The part of the network at `path` ("layer3.1.conv2"). Raises UnknownName with the closest paths."""
        modules = dict(self.network.named_modules())
        if not path or path not in modules:
            raise UnknownName.among(f"layer in {self.name}", path, (each for each in modules if each))
        return modules[path]

    @contextmanager
    def tap(self, *paths: str) -> Iterator[Seen]:
        """The one door to the inside: within the block, `seen[path]` is that layer's own output of the last pass.

        The block holds the network's lock; the hooks go with it, the tensors stay. `seen.run(pixels)` goes no
        further than the deepest layer asked for; calling the classifier goes to the logits. Never yield inside.
        """
        modules = {path: self.module(path) for path in paths}
        with self.lock:
            seen = Seen(self, paths)
            handles = [self.network.register_forward_pre_hook(seen.begin)]
            try:
                handles += [each.register_forward_hook(seen.keep(path)) for path, each in modules.items()]
                yield seen
            finally:
                for handle in handles:
                    handle.remove()

    def twin(self) -> Classifier:
        """A copy whose weights may be changed without touching this one."""
        with self.lock:
            return Classifier(copy.deepcopy(self.network), self.name, self.device)


class Seen(dict[str, Tensor]):
    """Layer outputs by path, as the network laid them out, of the last pass within a tap."""

    def __init__(self, classifier: Classifier, paths: tuple[str, ...]) -> None:
        super().__init__()
        self._classifier = classifier
        self._paths = set(paths)
        self._stop = False

    def run(self, pixels: Tensor) -> None:
        """Runs pixels (N, 3, H, W) through the network up to the deepest layer asked for."""
        self._stop = True
        try:
            self._classifier(pixels)
        except _SeenAll:
            pass
        finally:
            self._stop = False

    def begin(self, module: nn.Module, inputs: Any) -> None:
        self.clear()

    def keep(self, path: str) -> Any:
        def hook(module: nn.Module, inputs: Any, output: Any) -> Any:
            if path in self:  # a module that is called again: its first output is the layer's
                return None
            if not isinstance(output, Tensor):
                raise NotShowable(f"{path} gives several tensors at once.", "Choose one of the layers inside it.")
            self[path] = output
            if self._stop and len(self) == len(self._paths):
                raise _SeenAll
            return output.clone()  # a later in-place operation must not overwrite what was kept

        return hook


class _SeenAll(BaseException):
    """Every layer asked for has been seen: the rest of the pass is not needed."""


@contextmanager
def _device_problems(classifier: Classifier, pixels: Tensor) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, MemoryError) as problem:
        text = str(problem).lower()
        if isinstance(problem, MemoryError) or "out of memory" in text or "not enough memory" in text:
            size = " x ".join(str(side) for side in pixels.shape[2:])
            raise TooBig(
                f"{classifier.name} needs more memory for {len(pixels)} pictures of {size} px than {classifier.device} has.",
                "Take smaller or fewer pictures, a smaller network, or another device.",
            ) from problem
        if "cuda error" in text or "mps backend" in text:
            raise DeviceFailed(f"The device {classifier.device} failed.", "Choose cpu as the device.") from problem
        raise


def _preprocessing(network: nn.Module) -> Preprocessing:
    config = resolve_model_data_config(network)
    channels, height, width = config["input_size"]
    return Preprocessing(
        size=(height, width),
        crop=config["crop_pct"],
        crop_mode=config["crop_mode"],
        interpolation=config["interpolation"],
        mean=_per_channel(config["mean"], channels),
        std=_per_channel(config["std"], channels),
        channels=channels,
    )


def _per_channel(values: Any, channels: int) -> tuple[float, ...]:
    values = tuple(float(each) for each in values)
    return values if len(values) == channels else (sum(values) / len(values),) * channels


def load_model(
    name: str, weights: str = "default", device: str = "auto", *, seed: int = 0, **model_args: Any
) -> Classifier:
    """A network by name, frozen, on its device.

    name: a timm name ("resnet18", "resnet18.a1_in1k"), "bundled/<name>" or "local/<stem or folder>".
    weights: "default" (pretrained: first the folder in the environment variable VIZLIB_WEIGHTS, then the hub),
        "random" (of the seed), or the path of a checkpoint.
    device: "auto" (CUDA, then MPS, then CPU), "cpu", "cuda", "cuda:1", "mps".
    model_args: passed to timm, for example output_stride=8.

    Raises ModelUnavailable, CheckpointMismatch, UnknownName, TooBig or DeviceFailed, each with its remedy.
    """
    source = find(name, weights)
    file = _drain(hub.fetch(source.architecture)) if source.kind == "hub" else None
    network = build(source, file, seed, **model_args)
    if not getattr(network, "num_classes", 0):
        raise NotShowable(f"{name} is a backbone without classes.", "Choose a network with a classifier.")
    place, notice = pick_device(device)
    return Classifier(network, name, place, notice)


def _drain(steps: Generator[Any, None, T]) -> T:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def to_pixels(picture: Image.Image | np.ndarray[Any, Any], model: Classifier) -> Tensor:
    """A picture as pixels (1, 3, H, W) in [0, 1], by the model's own preprocessing."""
    return model.prepare(picture)
