"""What an attack is: a method that, in typed fields, says what it needs from the engine and from the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vizlib.fooling.batch import Search
from vizlib.fooling.case import Case
from vizlib.fooling.result import Attempt
from vizlib.method import Method
from vizlib.models import Classifier
from vizlib.render import Image8


def _none(_knobs: Any) -> tuple[float, ...]:
    return ()


def _as_the_network(_knobs: Any) -> str:
    return "network"


@dataclass(frozen=True)
class Attack(Method):
    """A method on the menu of attacks: `run(case, knobs)` yields an Attempt per step.

    The other fields are functions of the attack's own knobs (an instance of `knobs`), or say that there is nothing.
    """

    run: Callable[[Case, Any], Iterator[Attempt]]
    begin: Callable[[Classifier, Any, int], Image8] | None = None  # (model, knobs, seed): its own picture
    confidence: Callable[[Any], float] | None = None  # the probability that it always asks for at least
    traced: Callable[[Any], tuple[float, ...]] = _none  # goals that it reaches on the way to the last one
    resolution: Callable[[Any], str] = _as_the_network  # one of RESOLUTIONS: the size of the file
    search: Search | None = None  # of attacks that work on batches
    unrounded: Mapping[str, Any] = field(default_factory=dict)  # knobs with another default where no file is made
    frontier_knob: str = ""  # the knob that makes it trace FRONTIER: the pages turn it on and do not show it
