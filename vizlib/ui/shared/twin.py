"""The switch *beside its robust twin*: the same request on two networks, one of them trained adversarially.

Pages draw the switch under their controls. What they show of one network they then show of its twin, too: the same
picture, seed and scale. The switch is there only where the network in the sidebar has a twin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import streamlit as st

from vizlib.errors import VizError
from vizlib.models import Classifier
from vizlib.records import Snapshot
from vizlib.ui.shared import live, networks
from vizlib.ui.shared.guard import tell
from vizlib.ui.shared.links import forget_unless, linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain
from vizlib.weights import Twins, twins_of

T = TypeVar("T", bound=Snapshot)
Pair = tuple[Chosen, Chosen]  # the network in the sidebar and its twin, with the same picture
_KEY = "twin"  # in the link


def choose(here: Chosen) -> Chosen | None:
    """Draws the switch; returns the twin with the same picture, or None if there is none or it is not asked for.

    Opens the twin, and downloads it first where it has to be, with progress. Says why where it does not open.
    """
    pair = twins_of(here.model.name)
    if pair is None:
        return None
    name = pair.other(here.model.name)
    words = f"Shows the same on {plain(name)}, too. {plain(pair.how)}"
    forget_unless(_KEY, lambda value: isinstance(value, bool))  # a box of the page What changed has this key, too
    if not linked().toggle(plain(_label(pair, name)), key=_KEY, help=words):
        return None
    st.caption(f"**{plain(pair.robust)}:** {plain(_measured(pair))}")
    try:
        return replace(here, model=networks.open_network(name, str(here.model.device)))
    except VizError as problem:
        tell(problem)
        return None


def robust_one_counts(model: Classifier) -> bool:
    """Whether the switch is on, also where it is not drawn yet, and one of the two withstands attacks."""
    on = st.session_state.get(_KEY, st.query_params.get(_KEY, "").lower() == "true")
    pair = twins_of(model.name)
    return on is True and pair is not None and pair.withstands


def _label(pair: Twins, name: str) -> str:
    if name == pair.plain:
        return "Beside its plain twin"
    return "Beside its robust twin" if pair.withstands else "Beside its twin trained with AdvProp"


def _measured(pair: Twins) -> str:
    """What was measured here, or what is known where nothing was."""
    return pair.measured or f"{pair.how} What it withstands was not measured here: its weights were not at hand."


def columns(pair: Pair) -> list[Any]:
    """Two columns, each headed by the name of its network."""
    places = st.columns(2, gap="medium")
    for place, each in zip(places, pair, strict=True):
        place.subheader(plain(each.model.name))
    return list(places)


def details(here: Chosen) -> None:
    """Says that what follows is of the network in the sidebar alone."""
    st.header(plain(f"{here.model.name} in detail"))


def follow(
    place: live.Place,
    pair: Pair,
    run: Callable[[Chosen], live.Run[T]],
    draw: Callable[[Chosen, T, Any], None],
    what: str,
    invitation: live.Invitation,
) -> list[T] | None:
    """The last frames of the same run on both networks, None until both have one. They share one row of the page.

    draw: draws a network's frame into a place of one element.
    """
    drawn: list[Any] = []

    def both(frames: Sequence[T | None]) -> None:
        if not drawn:
            drawn.extend(each.empty() for each in columns(pair))
        for each, frame, spot in zip(pair, frames, drawn, strict=True):
            if frame is not None:
                draw(each, frame, spot)

    found = live.follow_all(place, [run(each) for each in pair], both, f"{what}, twice", invitation)
    frames = [each for each in found if each is not None]
    return frames if len(frames) == len(pair) else None
