"""The networks that this visitor trained here, which stand in the sidebar's box as "trained/<name>".

They stay in the memory of the visitor's session: no other visitor can open them, and they are never written to disk.
One whose pictures a link can give again has a link that trains it to the same weights.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from weakref import WeakSet

import streamlit as st

from vizlib.errors import ModelUnavailable
from vizlib.models import Classifier
from vizlib.runs import Recipe, limits
from vizlib.ui.shared.words import plain

PREFIX = "trained/"
MOST = 12  # networks of one visitor
_SHARE = 4  # one visitor's networks may take this part of the memory for all
_LONGEST = 48  # letters of a name
_MINE = "networks trained here"  # in the session
_GOING = "page to open with a trained network"  # in the session: the page, and values of controls
_MOST_LINKS = 512
_IN_LINK = "**Copy link** gives the link that trains it again."
_IN_ZIP = "A link cannot hold it: download it on the page that trained it."
_NOWHERE = "Neither a link nor a file can hold it: it lasts as long as this visit."
Query = Mapping[str, Sequence[str]]
_count = itertools.count()
_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class Trained:
    """A network that was trained here, ready to be opened on any device.

    Attributes:
        name: "trained/" and words that say what it is.
        recipe: makes it again: equal recipes, equal weights.
        about: a sentence, from what and on which pictures it was trained.
        opening: the network on a device. It may hold numbers, but no network.
        files: of the download, in timm's layout; empty where there are none.
        source: the network from which it was trained; "" for random weights.
        page: the name of the page that trained it.
        controls: the values of that page's controls that train it again; empty where they cannot.
        link: the query of that page that trains it again; empty where no link can.
        private: whether it is made of a visitor's own pictures, so that nothing about it may be kept on disk.
    """

    name: str
    recipe: Mapping[str, Any]
    about: str
    opening: Callable[[str], Classifier]
    files: Mapping[str, bytes]
    source: str
    page: str
    controls: Mapping[str, Any] = field(default_factory=dict)
    link: Query = field(default_factory=dict)
    private: bool = False
    number: int = field(default_factory=lambda: next(_count))  # later ones have larger numbers

    @cached_property
    def key(self) -> str:
        """64 hexadecimal digits of the recipe."""
        return Recipe(self.recipe).key

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(map(len, self.files.values()))


class _Session:
    """The networks of one session, the oldest first."""

    def __init__(self) -> None:
        self.there: dict[str, Trained] = {}

    @property
    def size(self) -> int:
        return sum(each.size for each in self.there.values())


@st.cache_resource(show_spinner=False)
def _sessions() -> WeakSet[_Session]:
    return WeakSet()


@st.cache_resource(show_spinner=False)
def _ways_back() -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Of the networks that no visitor's own pictures went into: the page and the controls that train them again."""
    return {}


def name_of(words: Sequence[str], recipe: Mapping[str, Any]) -> str:
    """A name from words, such as the source and the pictures. Other recipes have other names."""
    said = "-".join(re.sub(r"[^\w]+", "_", each).strip("_") for each in words)
    return f"{PREFIX}{said[:_LONGEST].strip('-_')}-{Recipe(recipe).key[:4]}"


def add(network: Trained) -> None:
    """Keeps the network as the one trained last, and forgets the oldest ones beyond the limits."""
    mine: _Session = st.session_state.setdefault(_MINE, _Session())
    limit = limits.allowed().networks
    with _lock:
        mine.there.pop(network.name, None)
        mine.there[network.name] = network
        while len(mine.there) > 1 and (len(mine.there) > MOST or mine.size > limit / _SHARE):
            mine.there.pop(next(iter(mine.there)))
        _sessions().add(mine)
        _make_room(network, limit)
        if network.link and not network.private:
            _ways_back()[network.name] = network.page, network.controls
            while len(_ways_back()) > _MOST_LINKS:
                _ways_back().pop(next(iter(_ways_back())))


def _make_room(newest: Trained, limit: int) -> None:
    """Forgets the oldest networks of all sessions; what sessions share counts once."""
    held = sorted(((each.number, each, of) for of in _sessions() for each in of.there.values()), key=lambda one: one[0])
    size = sum({each.key: each.size for _, each, _ in held}.values())
    for _, each, of in held:
        if size <= limit or each is newest:
            return
        of.there.pop(each.name)
        size -= 0 if any(each.key == other.key for one in _sessions() for other in one.there.values()) else each.size


def names() -> list[str]:
    """The names of this visitor's networks, the one trained last first."""
    mine: _Session | None = st.session_state.get(_MINE)
    return list(reversed(mine.there)) if mine is not None else []


def find(name: str) -> Trained | None:
    """This visitor's network of that name, if it is here."""
    mine: _Session | None = st.session_state.get(_MINE)
    return mine.there.get(name) if mine is not None else None


def get(name: str) -> Trained:
    """This visitor's network of that name. Raises ModelUnavailable if it is not here."""
    found = find(name)
    if found is None:
        raise ModelUnavailable(
            f"The network {name} is not here: a trained network lasts as long as its visitor's session.",
            "Train it again, or keep it next time: its page has a download that VIZLIB_WEIGHTS opens.",
        )
    return found


def lost(name: str) -> bool:
    """Whether this is the name of a trained network that is not here."""
    return name.startswith(PREFIX) and find(name) is None


def files(name: str) -> Mapping[str, bytes]:
    """The files of the network, in timm's layout. Raises ModelUnavailable if it is not here."""
    return get(name).files


def private(name: str) -> bool:
    """Whether the network of that name is made of a visitor's own pictures, as far as is known."""
    found = find(name)
    return lost(name) or (found is not None and found.private)


def link_to(name: str) -> str:
    """The address, from another page, of the page that trains the network again; "" where there is none."""
    found = find(name)
    return f"{found.page}?{urlencode(found.link, doseq=True)}" if found and found.link else ""


def offer_again(name: str) -> None:
    """Draws the way to the page that trains a network again which is not here, where a link can."""
    page, controls = _ways_back().get(name, ("", {}))
    if page:
        st.button(
            "Train it again", key=f"again {name}", on_click=go, args=(page, controls), icon=":material/model_training:"
        )


def say(name: str) -> None:
    """Says in the sidebar how the network came about and whether a link can hold it, and leads back to its training."""
    found = find(name)
    if found is None:
        return
    keeping = _IN_LINK if found.link else _IN_ZIP if found.files else _NOWHERE
    st.caption(f"{plain(found.about)} {keeping}")
    if found.controls:
        st.button("Its training", key="training", on_click=go, args=(found.page, found.controls), type="tertiary",
                  icon=":material/model_training:")  # fmt: skip


def open_on(name: str, page: str) -> None:
    """Opens the page with this network in the sidebar. A callback: it changes what is drawn next."""
    go(page, {"network": name})


def go(page: str, controls: Mapping[str, Any], asks: bool = True) -> None:
    """Opens the page with these values of controls. A callback: it changes what is drawn next.

    asks: whether its runs are asked for, if there are controls besides the network's; else it shows what is stored.
    """
    st.session_state[_GOING] = page, controls, asks and len(controls) > 1


def going() -> tuple[str, Mapping[str, Any], bool]:
    """The page that a button asked for, once, the values that its controls get, and whether its runs are asked for."""
    page, controls, asks = st.session_state.pop(_GOING, ("", {}, False))
    return page, controls, asks
