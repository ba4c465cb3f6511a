"""The ways from a card to the page with the exercise's settings: on the course's network, and on one that is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vizlib.errors import VizError
from vizlib.exercises import Exercise
from vizlib.models import Classifier, called
from vizlib.ui.shared import asked, networks, sidebar
from vizlib.weights import bundled_models, hub

_CLASSES = ("class", "toward")  # the parts of a link that name a class
_ANY = "any other class"


@dataclass(frozen=True)
class Way:
    """One button of a card."""

    words: str
    query: Mapping[str, Sequence[str]]
    here: bool  # whether the network's weights are here, so that it opens without a download

    @property
    def icon(self) -> str:
        return ":material/open_in_new:" if self.here else ":material/download:"


def ways(exercise: Exercise, model: Classifier) -> list[Way]:
    """The ways of a card, those that need no download first: on the course's network, and on another one.

    The other one is the sidebar's where it knows the class that the course asks for; else it is a bundled one.
    """
    own, near = exercise.query(own=True), exercise.query()
    network = "".join(own.get("network", ""))
    if model.name not in (network, *bundled_models()) and _knows(model, own):
        near = {**own, "network": [model.name]}
    found = [_way(each) for each in ([near] if own == near else [own, near])]
    return sorted(found, key=lambda each: not each.here)


def _way(query: Mapping[str, Sequence[str]]) -> Way:
    network = "".join(query.get("network", ""))
    if not network:
        return Way("Open it", query, True)
    here, name = is_here(network), networks.called(network)
    return Way(f"Open it on {name}" if here else f"Download {name} and open it", query, here)


def open_way(exercise: Exercise, way: Way) -> None:
    """A callback: opens the page with these settings. It computes when the visitor asks for it."""
    asked.wait()
    sidebar.open_link(exercise.page, way.query)


def is_here(network: str) -> bool:
    """Whether the server has the network's weights."""
    try:
        return network in networks.stored() or hub.is_downloaded(network)
    except VizError:  # no network of this version of timm or torchvision has that name
        return False


def _knows(model: Classifier, query: Mapping[str, Sequence[str]]) -> bool:
    """Whether the network takes color and has the class that the link names, if it names one."""
    wanted = [each for key in _CLASSES for each in query.get(key, ()) if each != _ANY]
    color = model.has_classes and model.preprocessing.channels == 3
    return color and all(len(called(model.class_names, each)) == 1 for each in wanted)
