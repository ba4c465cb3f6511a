"""Networks on a device: pixels in, logits out, and one door to the inside.

Mean and std come from the weights' own configuration and are used here only. All other rooms use pixels.
"""

from __future__ import annotations

import copy
import hashlib
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, overload

import torch
from PIL import Image
from torch import Tensor, nn

from vizlib.errors import NotShowable, UnknownName
from vizlib.models._checks import check_range, path_of
from vizlib.models._passes import one_pass
from vizlib.models._tap import Seen
from vizlib.models.class_names import class_index
from vizlib.models.context import in_own_context, inside, own_context, usable
from vizlib.models.devices import memory_format
from vizlib.models.given import in_parts, joined, listed
from vizlib.models.outputs import checked_count, outputs_of, predictions
from vizlib.models.preprocessing import before_crop, preprocessing_of, resized
from vizlib.pictures import Picture, Pictures, as_picture
from vizlib.records import Box, Layer, Prediction, Size
from vizlib.render import from_image

P = TypeVar("P", bound=Picture)

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

    def __repr__(self) -> str:
        height, width = self.input_size
        classes = f"{len(self.class_names)} classes" if self.has_classes else "no classes"
        return f"Classifier({self.name!r}, {self.device}, {height} x {width} px, {classes})"

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

        All pixels pass at once; `predict` passes a few after others. A backbone gives its features instead: vectors
        (N, F) or tokens (N, L, F), as timm returns them.

        Raises VizError for pixels outside [0, 1] by more than 0.001 (`as_module()` takes any), NotShowable for a size
        that the network does not take, TooBig when memory runs out, DeviceFailed when the device breaks.
        """
        if not inside():  # methods of the engine ask about noisy pixels too, on purpose
            check_range(pixels)
        with own_context(torch.is_grad_enabled()), one_pass(self, pixels):
            logits = self.network(self.normalize(usable(pixels)))
        return self.outputs.widened(logits[0] if isinstance(logits, (tuple, list)) else logits)

    def probabilities(self, logits: Tensor) -> Tensor:
        """Logits (..., K) as probabilities: of exclusive classes, or of each label on its own."""
        return self.outputs.probabilities(logits)

    @in_own_context
    @torch.no_grad()
    def predict(self, pictures: Pictures) -> Tensor:
        """Probabilities (N, K) of pictures, on the model's device; as many pictures at once as fit into its memory.

        pictures: pixels (N, 3, H, W), one picture of any kind that `vizlib.to_pixels` takes, or a list of them.

        Raises what a call raises, PictureError for what is no picture, and NotShowable for a backbone.

        Example:
            >>> from vizlib import load_model, synthetic
            >>> model = load_model("bundled/digits", device="cpu")
            >>> seven = synthetic.draw_digit(0, 7).image  # uint8 (H, W)
            >>> model.predict(seven).argmax(1), model.predict([seven, seven]).shape
            (tensor([7]), torch.Size([2, 10]))
        """
        self.need_classes()
        return self.probabilities(joined(in_parts(self, pictures, "answers", self)))

    @overload
    def top(self, pictures: list[P] | tuple[P, ...], count: int = 5) -> list[list[Prediction]]: ...
    @overload
    def top(self, pictures: Tensor, count: int = 5) -> list[Any]: ...
    @overload
    def top(self, pictures: Picture, count: int = 5) -> list[Prediction]: ...
    @in_own_context
    @torch.no_grad()
    def top(self, pictures: Pictures, count: int = 5) -> list[Any]:
        """The most probable classes of one picture, or a list of them for each of several; the best one first.

        pictures: as for `predict`. One picture, or pixels (1, 3, H, W), give a list of `Prediction`; a list of
            pictures, or pixels of more than one, give one such list per picture.
        count: how many classes, at most. Raises what `predict` raises.

        Example:
            >>> from vizlib import load_model, synthetic
            >>> model = load_model("bundled/digits", device="cpu")
            >>> three, five = (synthetic.draw_digit(0, digit).image for digit in (3, 5))
            >>> model.top(three)[0].label
            '3'
            >>> [best.label for best, *others in model.top([three, five])]
            ['3', '5']
        """
        self.need_classes()
        count = checked_count(count)
        logits = joined(in_parts(self, pictures, "answers", self)).cpu()
        found = [predictions(each, self.outputs, self.class_names, count) for each in logits]
        return found[0] if len(found) == 1 and not isinstance(pictures, list | tuple) else found

    @in_own_context
    def prepare(self, pictures: Pictures) -> Tensor:
        """Pictures as pixels (N, 3, H, W), resized and cropped as in the training of the weights; see `to_pixels`."""
        seen = [resized(as_picture(each), self.preprocessing) for each in listed(pictures)]
        return joined([from_image(each) for each in seen]).to(self.device)

    def before_crop(self, picture: Picture) -> tuple[Image.Image, Box]:
        """The picture as `prepare` resizes it, and the box that the crop keeps of it."""
        return before_crop(as_picture(picture), self.preprocessing)

    def class_index(self, target: Any) -> int:
        """The index of a class that is given by its index or by one of its names; a text is always a name.

        Raises UnknownName with the closest names, or with the candidates and their numbers for an ambiguous one,
        and NotShowable for a backbone.
        """
        self.need_classes()
        return class_index(self.class_names, target, self.name)

    def module(self, layer: str | Layer) -> nn.Module:
        """The part of the network at a path ("layer3.1.conv2"). Raises UnknownName with the closest paths."""
        path = path_of(layer)
        try:
            found = self.network.get_submodule(path)
        except AttributeError:
            found = self.network
        if found is self.network:
            known = [each for each, _ in self.network.named_modules() if each]
            raise UnknownName.among(f"layer in {self.name}", path, known) from None
        return found

    @contextmanager
    def tap(self, *layers: str | Layer, leaves: bool = False) -> Iterator[Seen]:
        """The one door to the inside: within the block, `seen[path]` is that layer's own output of the last pass.

        The block holds the network's lock; at its end the hooks are removed, the tensors stay. `seen.run(pixels)`
        stops at the deepest layer asked for; calling the classifier computes the logits too. Never yield inside.
        With `leaves` the outputs themselves need gradients, and nothing below them is kept for gradients.
        """
        modules = {path_of(each): self.module(each) for each in layers}
        with self.lock:
            seen = Seen(self, tuple(modules), leaves)
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
