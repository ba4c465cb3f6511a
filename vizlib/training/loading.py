"""Which weights a network starts with: those of another network layer by layer from below, and random ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from vizlib.errors import NotShowable, VizError
from vizlib.weights import Source, Stream, build


@dataclass(frozen=True)
class Loading:
    """What was loaded.

    Attributes:
        loaded: the layers whose weights were, in running order.
        stopped: the first layer that did not fit, at which loading stopped, or "".
        why: what did not fit there, or "".
    """

    loaded: tuple[str, ...]
    stopped: str = ""
    why: str = ""

    def __str__(self) -> str:
        count = f"{len(self.loaded)} layer{'s' * (len(self.loaded) != 1)}"
        up_to = (
            f"The weights of {count} were loaded, up to {self.loaded[-1]}." if self.loaded else "No layer was loaded."
        )
        return f"{up_to} The first one that does not fit is {self.stopped}: {self.why}." if self.stopped else up_to


def within(path: str, outer: str) -> bool:
    """Whether a path is the outer one or inside it."""
    return path == outer or path.startswith(f"{outer}.")


def owners(names: Iterable[str], layers: Sequence[str]) -> dict[str, int]:
    """The number of the layer, in running order, that each weight belongs to: the first one that it is inside of.

    A weight outside of all layers (a class token, a position bias) belongs to the layer of the weight before it.
    """
    found: dict[str, int] = {}
    before = 0
    for name in names:
        before = next((number for number, path in enumerate(layers) if within(name, path)), before)
        found[name] = before
    return found


@torch.no_grad()
def load_partly(
    network: nn.Module,
    state: Mapping[str, Tensor],
    layers: Sequence[str],
    up_to: str = "",
    without: Collection[str] = (),
) -> Loading:
    """Loads weights into the network from its lowest layer upwards, up to the first layer that does not fit.

    state: the weights, by the network's own names. layers: the paths of its layers in running order, as
    `vizlib.list_layers` gives them. up_to: the last layer that is loaded. without: layers that are left as they are.
    Where everything fits and nothing is left out, this is `network.load_state_dict(state)`.
    """
    own = network.state_dict()
    owner = owners(own, layers)
    loaded: list[str] = []
    for number, path in enumerate(layers):
        names = [name for name in own if owner[name] == number and not any(within(name, each) for each in without)]
        misfits = {name: odd for name in names if (odd := _misfit(name, own[name], state.get(name)))}
        if why := next((odd for name, odd in misfits.items() if within(name, path)), ""):
            return Loading(tuple(loaded), path, why)
        for name in names:
            if name not in misfits:
                own[name].copy_(state[name])
        loaded += [path] * bool(names)
        if path == up_to:
            break
    return Loading(tuple(loaded))


def _misfit(name: str, here: Tensor, there: Tensor | None) -> str:
    """Why a tensor cannot be loaded, "" if it can."""
    part = name.rpartition(".")[2]
    if there is None:
        return f"its {part} is missing"
    if there.shape != here.shape:
        return f"its {part} is {_by(there)} there and {_by(here)} here"
    if there.dtype != here.dtype:
        return f"its {part} is {str(there.dtype)[6:]} there and {str(here.dtype)[6:]} here"
    return ""


def _by(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "one number"


def randomize(network: nn.Module, name: str, seed: int) -> None:
    """Gives all weights random values: those of timm for its architectures, else those of each of torch's layers.

    Raises NotShowable for a network with weights that say nothing about their first values.
    """
    state = _of_timm(network, name, seed)
    if state is not None:
        network.load_state_dict(state)
        return
    with Stream(seed).lent():
        for path, module in network.named_modules():
            reset: Any = getattr(module, "reset_parameters", None)
            if reset is not None:
                reset()
            elif [*module.parameters(recurse=False)]:
                what = f"{path or name} does not say how its weights begin."
                raise NotShowable(what, "Load everything, or bring the network with random weights.")


def _of_timm(network: Any, name: str, seed: int) -> Mapping[str, Tensor] | None:
    """The random weights that timm gives to this architecture; None for a network that is not as timm builds it."""
    known = getattr(network, "pretrained_cfg", None) or {}
    architecture, arguments = known.get("architecture"), getattr(network, "_model_args", None)
    if not architecture or arguments is None:
        return None
    with suppress(VizError):
        source = Source(name, "random", architecture)
        made = build(source, seed=seed, **{**arguments, "num_classes": network.num_classes}).network.state_dict()
        ours = network.state_dict()
        if made.keys() == ours.keys() and all(made[each].shape == ours[each].shape for each in ours):
            return made
    return None
