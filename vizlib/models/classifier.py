"""Networks on a device: pixels in, logits out, and one door to the inside."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, overload

import torch
from PIL import Image
from torch import Tensor, nn

from vizlib.models._card import card
from vizlib.models._checks import check_range, path_of
from vizlib.models._fingerprint import Fingerprint
from vizlib.models._foreign import copied
from vizlib.models._passes import one_pass
from vizlib.models._tap import Seen, submodule, tapped
from vizlib.models.class_names import class_index
from vizlib.models.context import in_own_context, inside, own_context, usable
from vizlib.models.devices import pick_device
from vizlib.models.freezing import frozen, with_gradients
from vizlib.models.given import in_parts, joined, listed
from vizlib.models.outputs import Outputs, check_names, checked_count, logits_of, outputs_of, predictions
from vizlib.models.pixel_module import PixelModule
from vizlib.models.preprocessing import Normalize, before_crop, preprocessing_of, resized
from vizlib.pictures import Picture, Pictures, as_picture
from vizlib.records import Box, Layer, Prediction, Preprocessing, Size
from vizlib.render import from_image

P = TypeVar("P", bound=Picture)


class Classifier:
    """A network, frozen for life on one device: pixels (N, 3, H, W) in [0, 1] to logits (N, K).

    `vizlib.load_model` makes one from a name, `vizlib.wrap` from a network in memory. The constructor takes the network
    over: it sets it to eval(), its weights to requires_grad False, and moves it to the device. Threads may share a
    Classifier, because each pass takes its lock. It can be copied, pickled and sent to other processes.

    network: from normalized input to logits, in float32. Without `preprocessing` and `reading`, its timm configuration
        (`pretrained_cfg`, `num_classes`) says how pictures become its input and what its classes are called.
    name: what sentences and recipes call it. notice: a sentence for the user about how it was made, or "".
    device: a torch.device, or its name: "auto", "cpu", "cuda:1", "mps".
    labels: "auto", "exclusive" or "independent" classes, as for `vizlib.load_model`.
    preprocessing, reading: instead of the configuration's; `reading` is how the logits are read and the classes' names.

    Attributes: name, device, notice, preprocessing, network (the nn.Module), outputs (how the logits are read),
    class_names (a list, empty for a backbone), input_size (H, W), has_classes, labels, fingerprint.
    Methods: the model itself (pixels to logits, with gradients), predict (probabilities), top (the best classes),
    prepare (pictures to pixels), class_index (a name to its number), tap (layers' outputs), twin (a copy of its own),
    as_module (an nn.Module for other libraries).
    Raises VizError for weights that are not float32, NotShowable for a network that takes neither color nor gray.

    Example:
        >>> import torch, vizlib
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> model.input_size, model.class_names[:3], model(torch.rand(2, 3, 28, 28)).shape
        ((28, 28), ['0', '1', '2'], torch.Size([2, 10]))
    """

    memo: dict[str, Any]  # facts derived from the frozen network, computed once
    _repr_html_ = card

    @in_own_context
    def __init__(  # noqa: PLR0913  two ways to say what the network takes and returns
        self,
        network: nn.Module,
        name: str,
        device: torch.device | str,
        notice: str = "",
        labels: str = "auto",
        *,
        preprocessing: Preprocessing | None = None,
        reading: tuple[Outputs, list[str]] | None = None,
    ) -> None:
        place, remark = (device, "") if isinstance(device, torch.device) else pick_device(device)
        self.name, self.device, self.notice = name, place, " ".join(each for each in (notice, remark) if each)
        self.network = frozen(network, name, place)
        self.preprocessing = preprocessing or preprocessing_of(self.network, name)
        self.outputs, self.class_names = reading or outputs_of(self.network, labels)
        self._normalize = Normalize(self.preprocessing, place)
        self._fingerprint = Fingerprint()
        self.lock, self.memo = threading.RLock(), {}

    def __repr__(self) -> str:
        classes = f"{len(self.class_names)} classes" if self.has_classes else "no classes"
        return f"Classifier({self.name!r}, {self.device}, {' x '.join(map(str, self.input_size))} px, {classes})"

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
        check_names(self.class_names, self.name)

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits; they change with weights, activations, strides, preprocessing, reading and hooks."""
        return self._fingerprint(self.network, f"{self.preprocessing}{' sigmoid' * self.outputs.sigmoid}")

    def normalize(self, pixels: Tensor) -> Tensor:
        """The network's input (N, channels, H, W), on its device, from pixels (N, 3, H, W) in [0, 1]."""
        normalized: Tensor = self._normalize(pixels.to(self.device, torch.float32))
        return normalized

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
        return self.outputs.widened(logits_of(logits))

    def probabilities(self, logits: Tensor) -> Tensor:
        """Probabilities (..., K) from logits (..., K): of exclusive classes, or of each label on its own."""
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
        """Pixels (N, 3, H, W) of pictures, resized and cropped as in the training of the weights; see `to_pixels`."""
        seen = [resized(as_picture(each), self.preprocessing) for each in listed(pictures)]
        return joined([from_image(each) for each in seen]).to(self.device)

    def before_crop(self, picture: Picture) -> tuple[Image.Image, Box]:
        """The picture as `prepare` resizes it, and the box that the crop keeps of it."""
        return before_crop(as_picture(picture), self.preprocessing)

    def class_index(self, target: Any) -> int:
        """The index of the target, an index or a name of a class. Raises UnknownName with the closest names."""
        self.need_classes()
        return class_index(self.class_names, target, self.name)

    def module(self, layer: str | Layer) -> nn.Module:
        """The nn.Module of a layer ("layer3.1.conv2"). Raises UnknownName with the closest paths."""
        return submodule(self.network, path_of(layer), self.name)

    @contextmanager
    def tap(self, *layers: str | Layer, leaves: bool = False) -> Iterator[Seen]:
        """The one door to layers: within the block, `seen[path]` is that layer's own output of the last pass.

        The block holds the network's lock; at its end the hooks are removed, the tensors stay. `seen.run(pixels)`
        stops at the deepest layer asked for; calling the classifier computes the logits too. Never yield inside.
        With `leaves` the outputs themselves need gradients, and nothing below them is kept for gradients.
        """
        with self.lock, tapped(self, {path_of(each): self.module(each) for each in layers}, leaves) as seen:
            yield seen

    @in_own_context
    def twin(self) -> Classifier:
        """A copy whose weights may be changed without touching this one."""
        return copy.deepcopy(self)

    @in_own_context
    def as_module(self) -> PixelModule:
        """An nn.Module from pixels (N, 3, H, W) to logits (N, K), for Captum, foolbox, pytorch-grad-cam or ONNX.

        It is a copy of the network, frozen and in eval mode, that normalizes the pixels itself: hooks and changes there
        do not touch this model. Its layers have their paths inside `network`: "layer4" is `module.network.layer4`. In
        grad mode all layers have gradients, also if the pixels need none. Pixels outside [0, 1] are taken as they are.

        Example:
            >>> import torch, vizlib
            >>> module = vizlib.load_model("bundled/digits", device="cpu").as_module()
            >>> module(torch.rand(2, 3, 28, 28)).shape
            torch.Size([2, 10])
        """
        with self.lock:
            return PixelModule(self.network, self._normalize, self.outputs)

    def __getstate__(self) -> dict[str, Any]:
        """What is copied and pickled: all but the lock and the facts that were computed. The weights are shared."""
        with self.lock:  # another thread's tap has put hooks on the network
            state = {**vars(self), "network": copied(self.network, share=True)}
        return {name: value for name, value in state.items() if name not in ("lock", "memo")}

    @in_own_context
    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update({name: with_gradients(each) for name, each in state.items()})
        self.lock, self.memo = threading.RLock(), {}
