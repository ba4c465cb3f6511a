"""Which other networks a page asks about a picture: by default those that know the classes in question.

To a network that knows no cat, a picture of a cat is no fair question. Such networks are asked only on request.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import streamlit as st

from vizlib.activation_maximization import FAMILIES, family
from vizlib.errors import VizError
from vizlib.models import Classifier, alike, counterpart
from vizlib.ui.shared import live, networks
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain, short


@dataclass(frozen=True)
class _Known:
    """The class names of the first `step` of `total` networks, each opened once."""

    step: int
    total: int
    classes: Mapping[str, tuple[str, ...]]


def choose(here: Chosen, labels: Sequence[str], place: Any) -> list[str]:
    """Draws the choice in `place`; returns the networks to ask, those that know all of the labels first."""
    names = networks.others(here.model)
    known = _known(here, names)
    fitting = [each for each in names if knows(known.get(each, ()), tuple(labels))]
    strangers = [each for each in names if each not in fitting]
    said = " and ".join(short(each) for each in labels) or "any class"
    with place.container(horizontal=True, vertical_alignment="bottom"):
        picked = linked().multiselect(
            "Networks", [*fitting, *strangers], key="judges", placeholder=_default(len(fitting), said),
        )  # fmt: skip
        words = "Their answer is then the most similar of their own classes."
        more = linked().toggle(
            "Also ask networks with other classes", key="strangers", disabled=bool(picked), help=words
        )
    asked = list(picked) or [*fitting, *(strangers if more else ())]
    if not asked:
        st.info(f"No other network here knows **{plain(said)}**. Those with other classes can be asked above.")
    return asked


def _default(count: int, said: str) -> str:
    return f"The {count} that {'knows' if count == 1 else 'know'} {said}" if count else f"None of them knows {said}"


@lru_cache(maxsize=256)
def knows(classes: tuple[str, ...], labels: tuple[str, ...]) -> bool:
    """Whether each label is one of the classes, by any of its names."""
    return bool(classes) and all(any(alike(each, label) for each in classes) for label in labels)


def one_of_each_family(names: Sequence[str], device: str, label: str) -> list[Classifier]:
    """Of the networks that know the class `label`, the first of each family; one that does not open is passed over."""
    found: dict[str, Classifier] = {}
    for name in names:
        if len(found) < len(FAMILIES) and (model := _knowing(name, device, label)) is not None:
            found.setdefault(family(model), model)
    return list(found.values())


def _knowing(name: str, device: str, label: str) -> Classifier | None:
    try:
        model = networks.load(name, device)
    except VizError:  # the network says why when it is asked by name
        return None
    return model if counterpart(model.class_names, label) is not None else None


def kind(model: Classifier) -> str:
    """The network's family in words: "ConvNeXt", "transformer"."""
    return FAMILIES[family(model)].split(" (")[0]


def _known(here: Chosen, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The classes of the networks. They are in the checkpoints, so each network is opened once."""
    device = here.model.device.type
    parts = {"what": "classes", "networks": [[each, networks.stamp(each)] for each in names], "device": device}
    last = live.follow(here.private, parts, lambda: _opening(names, device), what="Opening the other networks")
    return last.classes if last is not None else {}


def _opening(names: Sequence[str], device: str) -> Generator[_Known, None, None]:
    found: dict[str, tuple[str, ...]] = {}
    for step, name in enumerate(names, 1):
        try:
            found[name] = tuple(networks.load(name, device).class_names)
        except VizError:  # the network says why when it is asked
            found[name] = ()
        yield _Known(step, len(names), dict(found))
