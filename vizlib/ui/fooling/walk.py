"""The slider from the original to the fooling image and beyond, and the comparison of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from vizlib.fooling import HIGHEST, Fooling, Walk, walking
from vizlib.render import Array
from vizlib.ui.fooling import example
from vizlib.ui.fooling.fooled import compared
from vizlib.ui.shared import live, show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, short
from vizlib.ui.widgets.walk_slider import Track, slider
from vizlib.ui.widgets.wipe import Wipe, wipe

_VIEWS = ["Slide: original to beyond", "Slide: by confidence", "Compare"]
_STEP, _BEYOND = 0.05, 3.0


@dataclass(frozen=True, eq=False)
class _Path:
    """The files that the slider blends, and where they stand on its axis."""

    corners: Sequence[Array]  # files
    places: Sequence[float]
    stops: Sequence[tuple[float, str]]
    end: float
    start: float = 1.0  # where the thumb stands first


def draw(here: Chosen, result: Fooling) -> None:
    """Draws the view that is chosen; nothing where nothing was changed."""
    if not result.change.any():
        return
    frontier = [each for each in result.frontier if each.success]
    views = _VIEWS if len(frontier) > 1 else [_VIEWS[0], _VIEWS[2]]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.header("How little does it take?", width="content")
        view = linked().segmented_control(
            "View", views, default=views[0], required=True, key="slide", label_visibility="collapsed", wrap=True
        )
    if view == _VIEWS[2]:
        _compare(here, result)
    elif view == _VIEWS[1] and len(frontier) > 1:
        st.markdown(
            "Each stop is the **smallest change found** with which the network is that sure. The picture looks the "
            "same at all of them."
        )
        corners = [result.original, *(each.image for each in frontier)]
        names = ["original", *(_stop(each.goal) for each in frontier)]
        marks = list(zip(map(float, range(len(corners))), names))
        start = next((at for at, each in enumerate(frontier, 1) if each.goal == result.goal), 1)
        _slide(here, result, _Path(corners, [place for place, _ in marks], marks, float(len(frontier)), float(start)))
    else:
        st.markdown("Move the thumb, and watch where the label flips. Beyond 1, the change is exaggerated.")
        stops = [(0.0, "original"), (1.0, "fooled" if result.success else "best attempt")]
        _slide(here, result, _Path([result.original, result.image], [0.0, 1.0], stops, _BEYOND))


def _stop(goal: float) -> str:
    return "on top" if goal == HIGHEST else f"{100 * goal:g} % sure"


def _slide(here: Chosen, result: Fooling, path: _Path) -> None:
    amounts = [float(each) for each in np.round(np.arange(0, path.end + _STEP / 2, _STEP), 4)]
    recipe = {**here.recipe, "what": "walk", "file": result.sha256, "stops": [name for _, name in path.stops]}
    start = partial(walking, here.model, path.corners, path.places, amounts)
    found = live.follow(here.place, recipe, start, what="Computing the slider")
    if found is None or found.step < found.total:
        return
    views = [show.network_view(here.model, each) for each in path.corners]
    slider(views, path.places, _track(here, result, found, path), f"slider {len(path.stops)}")


def _track(here: Chosen, result: Fooling, found: Walk, path: _Path) -> Track:
    names, shares = here.model.class_names, found.probabilities
    target = result.target if result.target is not None else result.label
    shown = compared(result, shares.amax(0))
    return Track(
        id=f"{result.sha256} {len(path.stops)}",
        label=f"From the original to {short(names[target])}",
        names=[short(names[each]) for each in shown],
        source=0,
        target=shown.index(target),
        amounts=found.amounts,
        probabilities=shares[:, shown].tolist(),
        top=[short(names[each]) for each in shares.argmax(1).tolist()],
        flips=found.flips,
        stops=path.stops,
        start=path.start,
        snap=len(path.corners) > 2,
        play=example.plays(),
    )


def _compare(here: Chosen, result: Fooling) -> None:
    names = here.model.class_names
    before, after = result.probabilities_before, result.probabilities_after
    words = [
        f"original: {short(names[result.source])}, {percent(float(before[result.source]))}",
        f"fooled: {short(names[result.label])}, {percent(float(after[result.label]))}",
    ]
    left, right = (show.network_view(here.model, each) for each in (result.original, result.image))
    st.markdown(
        "The line follows the mouse. The original is on its left and the fooling image on its right. "
        "If you cannot find the border, the two look alike to you."
    )
    wipe(left, right, Wipe(f"{result.sha256}", words[0], words[1], "Original and fooled"), "wipe")
