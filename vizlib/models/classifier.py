"""Networks on a device: pixels in, logits out, and one door to the inside.

Mean, std, input size, crop and interpolation come from the weights' own timm configuration and are used here only.
All other rooms use pixels: float32 (N, 3, H, W), sRGB in [0, 1].
"""

from __future__ import annotations

import copy
import hashlib
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any, TypeVar

import torch
from PIL import Image
from torch import Tensor, nn

from vizlib.errors import NotShowable, UnknownName, VizError
from vizlib.models._passes import check_finite, check_path, check_pixels, one_pass
from vizlib.models._tap import Seen
from vizlib.models.class_names import index_of
from vizlib.models.context import in_own_context, own_context, usable
from vizlib.models.devices import memory_format
from vizlib.models.outputs import outputs_of
from vizlib.models.preprocessing import before_crop, preprocessing_of, resized
from vizlib.pictures import Picture, as_picture
from vizlib.records import Box, Prediction, Size
from vizlib.render import from_image

T = TypeVar("T")

_LUMA = (0.299, 0.587, 0.114)  # ITU-R 601, as Pillow makes gray pictures


class Classifier:
    """A network, frozen for life on one device; a classifier, or a backbone without classes.

    Each call takes the network's lock, so that several threads share it step by step; only pixels need gradients.
    """

    @in_own_context
    def __init__(
        self, network: nn.Module, name: str, device: torch.device, notice: str = "", labels: str = "auto"
    ) -> None:
        self.name = name
        self.device = device
        self.notice = notice  # a sentence for the user about how it was loaded, or ""
        self.preprocessing = preprocessing_of(network, name)
        self.network = _laid_out(_usable(network).eval().requires_grad_(False).to(device), memory_format(device))
        self.outputs, self.class_names = outputs_of(network, labels)
        self.lock = threading.RLock()
        self.memo: dict[str, Any] = {}  # facts derived from the frozen network, computed once
        shape = (1, -1, 1, 1)
        self._luma = torch.tensor(_LUMA, device=device).view(shape)
        self._mean = torch.tensor(self.preprocessing.mean, device=device).view(shape)
        self._std = torch.tensor(self.preprocessing.std, device=device).view(shape)
        self._fingerprint = 0, ""  # quick checksum, digest

    @property
    def input_size(self) -> Size:
        """(H, W) in pixels."""
        return self.preprocessing.size

    @property
    def labels(self) -> str:
        """Whether the classes are "exclusive" or "independent"."""
        return "independent" if self.outputs.independent else "exclusive"

    @property
    def has_classes(self) -> bool:
        """False for a backbone, which gives features instead of logits: `class_names` is empty."""
        return bool(self.class_names)

    def need_classes(self) -> None:
        """Raises NotShowable for a backbone. Everything that reads the network's output as logits calls this."""
        if not self.has_classes:
            what = f"{self.name} is a backbone without a classifier, so it has no classes."
            raise NotShowable(what, "Choose a unit of one of its layers, or a network with a classifier.")

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits that change with weights, activations, strides, preprocessing or the reading."""
        design = f"{self.network} {self.preprocessing}{' sigmoid' * self.outputs.sigmoid}".encode()
        state = self.network.state_dict()
        quick = zlib.crc32(design)  # seven times as fast as the digest; tensor versions miss edits through .data
        for value in state.values():
            quick = zlib.crc32(_bytes(value), quick)
        known = self._fingerprint
        if not known[1] or known[0] != quick:
            digest = hashlib.blake2b(design, digest_size=16)
            for key, value in state.items():
                digest.update(f"{key} {tuple(value.shape)} {value.dtype}".encode())
                digest.update(_bytes(value))
            self._fingerprint = known = quick, digest.hexdigest()
        return known[1]

    def normalize(self, pixels: Tensor) -> Tensor:
        """Pixels (N, 3, H, W) in [0, 1] as the network takes them: (N, channels, H, W) on its device."""
        pixels = pixels.to(self.device, torch.float32)
        if self.preprocessing.channels == 1:
            pixels = (pixels * self._luma).sum(1, keepdim=True)
        return (pixels - self._mean) / self._std

    def __call__(self, pixels: Tensor) -> Tensor:
        """Pixels (N, 3, H, W) to logits (N, K), differentiable with respect to the pixels in the caller's grad mode.

        A backbone gives its features instead: vectors (N, F) or tokens (N, L, F), as timm returns them.
        Raises TooBig when memory runs out, DeviceFailed when the device breaks, NotShowable for a size that the
        network does not take.
        """
        with own_context(torch.is_grad_enabled()), one_pass(self, pixels):
            logits = self.network(self.normalize(usable(pixels)))
        return self.outputs.widened(logits[0] if isinstance(logits, (tuple, list)) else logits)

    def probabilities(self, logits: Tensor) -> Tensor:
        """Logits (..., K) as probabilities: of exclusive classes, or of each label on its own."""
        return self.outputs.probabilities(logits)

    @in_own_context
    @torch.no_grad()
    def predict(self, pixels: Tensor) -> Tensor:
        """Probabilities (N, K). Raises what a call raises, and VizError for pixels that are not finite."""
        self.need_classes()
        check_pixels(pixels)
        check_finite(pixels)
        return self.probabilities(self(pixels))

    @in_own_context
    @torch.no_grad()
    def top(self, pixels: Tensor, count: int = 5) -> list[Prediction]:
        """The classes of one picture (1, 3, H, W), the most probable first. Raises what `predict` raises."""
        self.need_classes()
        check_pixels(pixels)
        check_finite(pixels)
        if not isinstance(count, Integral) or count < 1:
            raise VizError(f"The number of classes is {count!r}.", "Give a whole number from 1.")
        logits = self(pixels)[0].cpu()
        shares, alone = self.probabilities(logits), self.outputs.independent
        order = logits.argsort(descending=True, stable=True)[:count].tolist()
        return [Prediction(i, self.class_names[i], float(logits[i]), float(shares[i]), alone) for i in order]

    @in_own_context
    def prepare(self, picture: Picture) -> Tensor:
        """A picture as pixels (1, 3, H, W), resized and cropped as in the training of the weights.

        What a picture may be, `vizlib.pictures.as_picture` says. Raises PictureError for anything else.
        """
        return from_image(resized(as_picture(picture), self.preprocessing), self.device)

    def before_crop(self, picture: Picture) -> tuple[Image.Image, Box]:
        """The picture as `prepare` resizes it, and the box that the crop keeps of it."""
        return before_crop(as_picture(picture), self.preprocessing)

    def class_index(self, target: Any) -> int:
        """The index of a class that is given by its index or by one of its names; a text is always a name.

        Raises UnknownName with the closest names, or with the candidates and their numbers for an ambiguous one,
        and NotShowable for a backbone.
        """
        self.need_classes()
        names = self.class_names
        if isinstance(target, Tensor) and target.numel() == 1:
            target = target.item()
        if isinstance(target, str):
            return index_of(names, target, self.name)
        what = f"{self.name} has no class {target!r}."
        if not isinstance(target, Integral) or isinstance(target, bool):
            raise UnknownName(what, f"Give a whole number from 0 to {len(names) - 1}, or the name of a class.")
        if not 0 <= int(target) < len(names):
            raise UnknownName(what, f"Choose one from 0 to {len(names) - 1}.")
        return int(target)

    def module(self, path: str) -> nn.Module:
        """The part of the network at `path` ("layer3.1.conv2"). Raises UnknownName with the closest paths."""
        check_path(path)
        try:
            found = self.network.get_submodule(path)
        except AttributeError:
            found = self.network
        if found is self.network:
            known = [each for each, _ in self.network.named_modules() if each]
            raise UnknownName.among(f"layer in {self.name}", path, known) from None
        return found

    @contextmanager
    def tap(self, *paths: str, leaves: bool = False) -> Iterator[Seen]:
        """The one door to the inside: within the block, `seen[path]` is that layer's own output of the last pass.

        The block holds the network's lock; at its end the hooks are removed, the tensors stay. `seen.run(pixels)`
        stops at the deepest layer asked for; calling the classifier computes the logits too. Never yield inside.
        With `leaves` the outputs themselves need gradients, and nothing below them is kept for gradients.
        """
        modules = {path: self.module(path) for path in paths}
        with self.lock:
            seen = Seen(self, paths, leaves)
            handles = [self.network.register_forward_pre_hook(seen.begin)]
            try:
                handles += [each.register_forward_hook(seen.keep(path)) for path, each in modules.items()]
                yield seen
            finally:
                for handle in handles:
                    handle.remove()

    @in_own_context
    def twin(self) -> Classifier:
        """A copy whose weights may be changed without touching this one."""
        with self.lock:
            return Classifier(copy.deepcopy(self.network), self.name, self.device, self.notice, self.labels)


def _usable(network: nn.Module) -> nn.Module:
    """The network; one that was made in inference mode as a copy, because no gradient could pass its weights."""
    return copy.deepcopy(network) if any(each.is_inference() for each in network.parameters()) else network


def _laid_out(network: nn.Module, layout: torch.memory_format) -> nn.Module:
    return network if layout == torch.preserve_format else network.to(memory_format=layout)


def _bytes(value: Tensor) -> Any:
    return value.detach().contiguous().cpu().reshape(-1).view(torch.uint8).numpy().data
