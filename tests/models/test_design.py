"""The words about a network's design are written again if, and only if, something of it has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules import module as everywhere

from vizlib.models import Design
from vizlib.models.design import design_of


class Shown(nn.Module):
    """A layer that shows what it holds, and counts how often it is asked."""

    asked = 0

    def __init__(self) -> None:
        super().__init__()
        self.sizes, self.rate, self.names = [1, 2], 0.5, ("a", ["b"])
        self.shift: Any = torch.zeros(2)
        self.table: Any = np.zeros(3)

    def extra_repr(self) -> str:
        Shown.asked += 1
        return f"{self.sizes}, {self.rate}, {self.names}, {self.shift}, {self.table}"

    def forward(self, x: Tensor) -> Tensor:
        return x


class Other(Shown):
    """The same under another name."""


def network() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(Shown(), nn.ReLU()), nn.Identity()).eval()


def set_(path: str, name: str, value: object) -> Callable[[nn.Module], object]:
    return lambda net: setattr(net.get_submodule(path), name, value)


CHANGES: dict[str, Callable[[Any], object]] = {
    "an attribute": set_("0", "stride", (2, 2)),
    "an attribute inside": set_("1.0", "rate", 0.25),
    "a list, in place": lambda net: net[1][0].sizes.append(3),
    "a list in a tuple, in place": lambda net: net[1][0].names[1].append("c"),
    "a tensor": set_("1.0", "shift", torch.ones(2)),
    "an array": set_("1.0", "table", np.ones(3)),
    "a part": lambda net: net.set_submodule("1.1", nn.GELU()),
    "one more part": lambda net: net[1].add_module("more", nn.Tanh()),
    "one part less": lambda net: net.__delitem__(2),
    "the class of a part": set_("1.0", "__class__", Other),
    "a hook": lambda net: net[0].register_forward_hook(lambda *_: None),
    "a forward of its own": set_("1.1", "forward", lambda x: x),
    "training mode": lambda net: net[1][1].train(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_written(change: str) -> None:
    net, design = network(), Design()
    before = design(net)
    assert before == design_of(net)
    CHANGES[change](net)
    assert design(net) == design_of(net) != before


def test_a_hook_for_all_modules_is_written() -> None:
    net, design = network(), Design()
    before = design(net)
    handle = everywhere.register_module_forward_hook(lambda *_: None)
    try:
        assert design(net) == design_of(net) != before
    finally:
        handle.remove()
    assert design(net) == before


def test_another_network_is_another_design() -> None:
    design = Design()
    assert design(network()) != design(nn.Sequential(nn.ReLU()).eval()) == design_of(nn.Sequential(nn.ReLU()).eval())


def test_what_has_not_changed_is_not_written_again() -> None:
    net, design = network(), Design()
    design(net)
    asked = Shown.asked
    net[0].weight.data += 1
    net[1][0].rate = float("0.5")  # an equal number
    assert design(net) == design(net)
    assert Shown.asked == asked
