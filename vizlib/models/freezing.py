"""A network made ready for the engine: without wrappers, in eval mode, without gradients, on its device."""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import nn

from vizlib.errors import VizError
from vizlib.models._foreign import imprecise, unwrapped
from vizlib.models.devices import memory_format

T = TypeVar("T")


def frozen(network: nn.Module, name: str, device: torch.device) -> nn.Module:
    """The network itself, changed in place. Raises VizError for weights that are not float32."""
    network = unwrapped(network)
    if kinds := imprecise(network):
        what = f"The weights of {name} are {' and '.join(kinds)}, and the engine computes in float32."
        raise VizError(what, "Call its float() first, or let vizlib.wrap make a float32 copy.")
    network = with_gradients(network).eval().requires_grad_(False).to(device)
    layout = memory_format(device)
    return network if layout == torch.preserve_format else network.to(memory_format=layout)


def with_gradients(value: T) -> T:
    """The value; a network that was made in inference mode as a copy, because no gradient could pass its weights."""
    if not isinstance(value, nn.Module):
        return value
    made = any(each.is_inference() for each in (*value.parameters(), *value.buffers()))
    return copy.deepcopy(value) if made else value
