"""From a network in memory to a Classifier: what it takes and what its outputs mean, from its weights or as stated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from vizlib.errors import NotShowable, VizError
from vizlib.models._foreign import copied, imprecise, unwrapped
from vizlib.models._stated import names_given, of_torchvision, settled
from vizlib.models.classifier import Classifier
from vizlib.models.context import in_own_context
from vizlib.models.devices import device_error
from vizlib.models.outputs import logits_of, outputs_of
from vizlib.models.preprocessing import Normalize, per_channel, preprocessing_of
from vizlib.records import Preprocessing, Size
from vizlib.weights import fits

_PLAIN: Final = Preprocessing(crop=1.0, mean=(0.0,) * 3, std=(1.0,) * 3)  # of a network that says nothing


@in_own_context
def wrap(  # noqa: PLR0913  each is something that a network in memory does not say itself
    network: nn.Module,
    weights: Any = None,
    *,
    class_names: Sequence[str] | Mapping[Any, Any] | None = None,
    mean: float | Sequence[float] | None = None,
    std: float | Sequence[float] | None = None,
    size: int | Size | None = None,
    crop: float | None = None,
    interpolation: str | None = None,
    name: str | None = None,
    device: str | torch.device | None = None,
    labels: str = "auto",
    copy: bool = True,
) -> Classifier:
    """A network in memory as a Classifier: any nn.Module from input (N, 3 or 1, H, W) to logits (N, K).

    The Classifier takes pixels in [0, 1] and normalizes them with mean and std itself. A network that does this
    already needs neither.

    network: of timm (its `pretrained_cfg` says how it sees pictures), of torchvision, or your own. Its output is a
        tensor (N, K), a tuple or list whose first element is one, or an object or mapping with `logits`. One pass of
        noise tells K. torch.compile and DataParallel around it are taken off.
    weights: the torchvision weights whose preprocessing and class names hold, for example
        `torchvision.models.ResNet18_Weights.IMAGENET1K_V1`. Nothing is loaded from them.
    class_names: one per class, in the order of the logits; or by number, {0: "cat"} or {"cat": 0}. By default those of
        the weights, else "class 0", "class 1", ...; [] for a backbone, which returns features.
    mean, std: on the scale [0, 1], one number or one per channel. By default those of the weights, else 0 and 1: the
        network gets the pixels as they are.
    size: of the pictures, px: (H, W), or one number for both. By default that of the weights, else 224 x 224.
    crop: the share in (0, 1] of the resized picture's side that the crop keeps; by default that of the weights, else 1.
    interpolation: of resizing: "nearest", "box", "bilinear", "hamming", "bicubic" or "lanczos"; by default that of the
        weights, else "bicubic".
    name: what sentences and recipes call the network; by default that of its architecture or class.
    device: "auto", "cpu", "cuda:1" ...; by default where the network is.
    labels: "exclusive" classes, "independent" labels or "auto", as for `vizlib.load_model`.
    copy: True: the Classifier works on a deep copy. Your network, its mode, gradients and hooks stay as they are, and
        what you do to it later changes nothing here. Hooks on it act on the copy too. Weights of other float types
        become float32, and `notice` says so.
        False: the Classifier takes your network itself. It is set to eval(), its weights to requires_grad False, it is
        moved to the device, and each call puts hooks on it for a moment. What you change there changes the answers.

    Raises VizError or NotShowable, with a remedy, for a network that cannot be asked so, and for names, numbers or a
    size that do not fit it.

    Example:
        >>> import torch, vizlib
        >>> mine = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 8), torch.nn.Flatten())
        >>> model = vizlib.wrap(mine, class_names=["cat", "dog"], mean=0.5, std=0.25, size=8)
        >>> model.class_names, model.input_size, model(torch.rand(5, 3, 8, 8)).shape
        (['cat', 'dog'], (8, 8), torch.Size([5, 2]))
        >>> mine.training, mine[0].weight.requires_grad
        (True, True)
    """
    inside = unwrapped(_checked(network))
    own = _copy(inside) if copy else _as_it_is(inside)
    title = name or _title(own)
    known, names = of_torchvision(weights) if weights is not None else (_known(own, title), [])
    wanted = {"mean": mean, "std": std, "size": size, "crop": crop, "interpolation": interpolation}
    how, answers = _asked(own, settled(known or _PLAIN, wanted), title)
    headless = getattr(own, "num_classes", None) == 0 if class_names is None else not len(class_names)
    count = 0 if headless else _classes(answers, title)
    reading = outputs_of(own, labels, _names(class_names, names, count), count)
    notes = [_float_note(inside), "" if known else _plain_note(wanted)]
    place = _place(own) if device is None else device
    try:
        return Classifier(own, title, place, " ".join(filter(None, notes)), preprocessing=how, reading=reading)
    except (RuntimeError, MemoryError) as problem:
        raise device_error(problem, title, torch.device(place)) or problem from problem


def _checked(network: Any) -> nn.Module:
    """The network. Raises VizError for what is none, or has no weights that could be used."""
    if isinstance(network, Classifier):
        raise VizError("This is a Classifier already.", "Use it as it is; its twin() is a copy.")
    if not isinstance(network, nn.Module):
        what = f"A network in memory is an nn.Module, not a value of type {type(network).__name__}."
        raise VizError(what, "Give the module itself; vizlib.load_model opens a network by its name.")
    if isinstance(network, torch.jit.ScriptModule):
        raise NotShowable("Nothing can be seen inside a network of torch.jit.", "Give the module that it was made of.")
    weights = [*network.parameters(), *network.buffers()]
    if any(map(is_lazy, weights)):
        raise NotShowable("Some weights do not exist before the first pass.", "Pass a batch through the network first.")
    if any(each.is_meta for each in weights):
        raise NotShowable("The weights are on torch's device meta, so they have no values.", "Load them first.")
    return network


def _copy(network: nn.Module) -> nn.Module:
    try:
        own = copied(network)
    except Exception as problem:  # whatever its parts raise when they are copied
        what = f"The network cannot be copied ({type(problem).__name__}: {str(problem).rstrip('.')[:200]})."
        raise NotShowable(what, "Give copy=False, so that it is used itself.") from problem
    return own.float() if imprecise(own) else own


def _as_it_is(network: nn.Module) -> nn.Module:
    if kinds := imprecise(network):
        what = f"The network's weights are {' and '.join(kinds)}, and the engine computes in float32."
        raise VizError(what, "Leave copy=False out: a copy becomes float32. Or call the network's float() first.")
    return network


def _title(network: nn.Module) -> str:
    config = getattr(network, "pretrained_cfg", None)
    stated = config.get("architecture") if isinstance(config, Mapping) else None
    return str(stated or type(network).__name__)


def _known(network: nn.Module, name: str) -> Preprocessing | None:
    """The preprocessing in timm's configuration of the network; None if it has none."""
    return preprocessing_of(network, name) if isinstance(getattr(network, "pretrained_cfg", None), Mapping) else None


def _place(network: nn.Module) -> torch.device:
    return next((each.device for each in (*network.parameters(), *network.buffers())), torch.device("cpu"))


def _names(given: Any, known: list[str], count: int) -> list[str] | None:
    """The names of `count` classes: those given, else those of the weights if they fit, else None."""
    if given is not None and count:
        return names_given(given, count)
    return known if known and fits(known, count) else None


def _float_note(network: nn.Module) -> str:
    kinds = " and ".join(imprecise(network))
    return f"The network's weights are {kinds}; this copy computes in float32." if kinds else ""


def _plain_note(wanted: Mapping[str, Any]) -> str:
    """What was assumed about a network that says nothing about its pictures."""
    size = "its pictures are 224 x 224 px" if wanted["size"] is None else ""
    values = "it gets pixels in [0, 1] as they are" if wanted["mean"] is wanted["std"] is None else ""
    said = " and ".join(each for each in (size, values) if each)
    return f"Nothing else was stated about the network, so {said}." if said else ""


def _asked(network: nn.Module, how: Preprocessing, name: str) -> tuple[Preprocessing, list[Any]]:
    """The preprocessing with the channels that the network takes, and what it returns for one picture and for two."""
    color = replace(how, channels=3, mean=per_channel(how.mean, 3), std=per_channel(how.std, 3))
    gray = replace(how, channels=1, mean=per_channel(how.mean, 1), std=per_channel(how.std, 1))
    problems = []
    with _evaluated(network):
        for each in (color, gray) if how.channels == 3 else (gray,):
            try:
                return each, [_answer(network, each, count) for count in (1, 2)]
            except Exception as problem:  # noqa: BLE001  whatever the network's own code raises
                problems.append(problem)
    raise _failed(problems[0], how, name, _place(network)) from problems[0]


@contextmanager
def _evaluated(network: nn.Module) -> Iterator[None]:
    """Within the block all modules are in eval mode; then each has the mode that it had."""
    modes = {each: each.training for each in network.modules()}
    try:
        network.eval()
        yield
    finally:
        for each, mode in modes.items():
            each.training = mode


@torch.no_grad()
def _answer(network: nn.Module, how: Preprocessing, count: int) -> Any:
    place = _place(network)
    noise = torch.rand(count, 3, *how.size, generator=torch.Generator().manual_seed(0))
    return logits_of(network(Normalize(how, place)(noise.to(place))))


def _failed(problem: Exception, how: Preprocessing, name: str, place: torch.device) -> VizError:
    size = f"{how.size[0]} x {how.size[1]} px"
    known = device_error(problem, f"{name} with 2 pictures of {size}", place)
    said = (str(problem).splitlines() or [""])[0].rstrip(".")[:200]
    what = f"{name} fails on noise of {size} ({type(problem).__name__}: {said})."
    return known or NotShowable(what, "State the size that it takes, or correct its forward for float32 (N, 3, H, W).")


def _classes(answers: Sequence[Any], name: str) -> int:
    """The number of classes. Raises NotShowable for answers that are not logits."""
    for count, each in enumerate(answers, 1):
        found = (
            f"a tensor {tuple(each.shape)}" if isinstance(each, Tensor) else f"a value of type {type(each).__name__}"
        )
        if not isinstance(each, Tensor) or each.ndim != 2 or len(each) != count or not each.numel():
            what = f"{name} returns {found} for {count} picture{'s' * (count > 1)}, not logits ({count}, classes)."
            raise NotShowable(what, "Wrap a module that returns logits, or give class_names=[] for a backbone.")
    return int(answers[0].shape[1])
