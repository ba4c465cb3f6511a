"""What a saliency method is on the menu: a `Method` that says to which group it belongs and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

from vizlib.method import Method

Group = Literal["gradients", "class activation", "perturbation", "relevance"]
GROUPS: Final = MappingProxyType(
    {  # in the order of the screen: how the methods of the group find what matters
        "gradients": "How fast does the score change with each pixel?",
        "class activation": "Which places of a layer are evidence for the class?",
        "perturbation": "What does the score lose when a part of the picture is hidden or replaced?",
        "relevance": "How is the score itself shared out over the pixels?",
    }
)


@dataclass(frozen=True)
class Passes:
    """What a map costs: how often one picture, or a changed copy of it, goes through the network.

    Attributes:
        forward: passes that give the score.
        backward: passes back to the layer or to the pixels; each needs one of the forward passes before it.
    """

    forward: int
    backward: int = 0

    @property
    def total(self) -> int:
        """Forward and backward passes together."""
        return self.forward + self.backward


def one_pass(knobs: Any, maps: int) -> Passes:
    """The cost of most methods: once forward and once back."""
    return Passes(1, 1)


def never(knobs: Any) -> bool:
    """The answer of most methods to whether their settings ask for other pictures."""
    return False


@dataclass(frozen=True)
class MapMethod(Method):
    """A saliency method, as an entry of `MENU`.

    Attributes:
        group: one of `GROUPS`.
        shows: one line on what its map shows.
        passes: what a map costs with these knobs, by the number of maps in the layer that is read (1 where none is).
        against: whether it asks why the score is high and not that of a second class.
        references: whether it compares with other pictures, if its knobs are these.
    """

    group: Group = "gradients"
    shows: str = ""
    passes: Callable[[Any, int], Passes] = one_pass
    against: bool = False
    references: Callable[[Any], bool] = never
