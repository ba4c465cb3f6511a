"""Weights are loaded layer by layer, from the lowest one upwards, and the first layer that does not fit is named."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


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
