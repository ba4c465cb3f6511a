"""The two networks of the page: the one in the sidebar, and one of the same architecture before or after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import streamlit as st

from vizlib.errors import VizError
from vizlib.models import Classifier
from vizlib.training import check_pair, untrained
from vizlib.ui.shared import asked, links, live, networks, server, trained
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain
from vizlib.ui.what_changed import lesson
from vizlib.weights import find as find_weights
from vizlib.weights import twins_of

RANDOM: Final = "random"
SHEEP: Final = "bundled/sheep_or_goat"
STORY: Final = "Where it looks"  # the view in which the story of the sheep is told
_BOX, _VIEW = "twin", "change"  # in the link
_SAID = {RANDOM: "the same network with random weights", **lesson.SAID}


@dataclass(frozen=True, eq=False)
class Twins:
    """Two networks of one architecture."""

    before: Classifier
    after: Classifier
    grounds: str = ""  # of the lesson that made the second one here, "" for another

    @property
    def private(self) -> bool:
        """Whether one of them was made of a visitor's own pictures, so that nothing about it may be kept."""
        return any(trained.private(each.name) for each in self.both)

    @property
    def both(self) -> tuple[Classifier, Classifier]:
        return self.before, self.after

    @property
    def names(self) -> tuple[str, str]:
        """What headings and captions call them."""
        return f"before: {self.before.name}", f"after: {self.after.name}"

    def place(self, private: bool = False) -> live.Place:
        """Where runs about them compute. private: whether they are also about a visitor's own pictures."""
        return live.Place(str(self.before.device), keep=not (private or self.private))

    def recipe(self, what: str, **more: Any) -> dict[str, Any]:
        return {"what": what, "networks": [[each.name, each.fingerprint] for each in self.both], **more}


Show: TypeAlias = Callable[[Twins, Choice], None]


def choose(here: Chosen) -> str:
    """Draws the box for the other network; returns what was chosen."""
    options = _options(here.model)
    words = (
        "Another network of the same architecture. One that was trained here, or in the folder that `VIZLIB_WEIGHTS` "
        "names, came after the network in the sidebar; random weights came before it."
    )
    links.forget_unless(_BOX, lambda value: isinstance(value, str))  # the switch of other pages has this key, too
    return str(
        linked().selectbox(
            "Compare it with", options, key=_BOX, format_func=lambda each: _SAID.get(each, each), help=words
        )
    )


def _options(model: Classifier) -> list[str]:
    source = _before(model.name)
    mine = [each for each in trained.names() if each != model.name and _source(each) in (source, model.name)]
    first = [source] if source != model.name else []
    lessons = list(lesson.SAID) if model.name == SHEEP else []
    alike = _alike(source, model.name)
    own = [each for each in alike if each.startswith("local/")]
    return list(dict.fromkeys([*first, *mine, *lessons, *own, RANDOM, *(each for each in alike if each not in own)]))


def _before(name: str) -> str:
    """The network from which one began: its plain twin, if it was trained adversarially, else its source."""
    pair = twins_of(name)
    return pair.plain if pair is not None and pair.alike and name == pair.robust else _source(name)


def _source(name: str) -> str:
    """The network from which a trained one began, through all its trainings, or random weights."""
    found = trained.find(name)
    return name if found is None else _source(found.source) if found.source else RANDOM


def _alike(source: str, but: str) -> list[str]:
    """The bundled and local networks of the same architecture, as far as their names and configurations tell."""
    design = _design(source)
    rest = [each for each in networks.stored() if each not in (source, but)]
    return [each for each in rest if design and _design(each) == design]


def _design(name: str) -> tuple[str, str]:
    try:
        source = find_weights(name)
    except VizError:
        return "", ""
    arguments = source.config.arguments if source.config else {}
    kept = {key: each for key, each in arguments.items() if key != "num_classes"}
    return source.architecture.partition(".")[0], repr(sorted(kept.items()))


def find(here: Chosen, option: str, place: Any) -> Twins | None:
    """The two networks; None until a lesson has been given. Says in `place` which is which.

    Raises VizError if the other network does not open, or is of another architecture.
    """
    grounds = option if option in lesson.SAID else ""
    other = lesson.taught(here, grounds) if grounds else _open(here.model, option)
    if other is None:
        return None
    first = option in (RANDOM, _before(here.model.name))
    pair = Twins(other, here.model, grounds) if first else Twins(here.model, other, grounds)
    check_pair(*pair.both)
    place.caption(f"**Before:** {plain(pair.before.name)}. **After:** {plain(_said_of(pair, option))}.")
    return pair


def _said_of(pair: Twins, option: str) -> str:
    """What the second network is."""
    return f"{pair.before.name}, {_SAID[option].removeprefix('itself, ')}" if pair.grounds else pair.after.name


def _open(model: Classifier, option: str) -> Classifier:
    if option == RANDOM:
        return at_random(model, 0)
    return networks.open_network(option, str(model.device))


def at_random(model: Classifier, seed: int) -> Classifier:
    """The same architecture with random weights."""
    stamp = f"{model.fingerprint} {seed}"
    return server.runs().shelf.get(
        f"{model.name} untrained", str(model.device), stamp, "auto", lambda *_: untrained(model, seed)
    )


def usual_pictures(here: Chosen) -> str:
    """The drawn set that suits the network."""
    if here.model.preprocessing.channels == 1:
        return "digits"
    return "swapped" if here.model.name == SHEEP else "scenes"


def choose_view(views: Sequence[str]) -> str:
    """Draws what can be looked at; returns what was chosen."""
    return str(
        linked().segmented_control(
            "Look at", list(views), default=views[0], required=True, key=_VIEW, label_visibility="collapsed"
        )
    )


def offer_story(here: Chosen) -> None:
    """Draws the button that plays the story of the sheep."""
    words = (
        "A network that tells sheep from goats by the ground is trained on a few pictures in which the ground does not "
        "tell. Does it look at the animal then?"
    )
    st.button("Play: the sheep", key="sheep", on_click=_play, help=words, icon=":material/play_circle:")


def _play() -> None:
    """Chooses the networks and the view of the story, and starts it. A callback."""
    links.give({"network": SHEEP, _BOX: next(iter(lesson.SAID)), _VIEW: STORY})
    asked.next_runs()
