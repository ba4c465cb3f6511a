"""The two clouds: what the domain classifier sees of the same pictures, from milestone to milestone, as a film."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vizlib.render import page_colors
from vizlib.training import Adaptation, Clouds, clouds
from vizlib.ui.shared import live, save, show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain, share, short
from vizlib.ui.two_domains.drawing import Found
from vizlib.ui.two_domains.plan import SOURCE, Plan, Way
from vizlib.ui.widgets import clouds as widget
from vizlib.ui.widgets.clouds import Cloud, Marks, Milestones

_HOW = {"pca": "PCA", "tsne": "t-SNE"}
_SAID = {
    "pca": "PCA shows the two directions in which the features vary most, the same ones at all milestones.",
    "tsne": "t-SNE keeps neighbors together; distances between groups, and their sizes, mean nothing. Each milestone "
    "begins with the map of the one before, and is turned to fit it.",
}


def draw(here: Chosen, plan: Plan, found: Found) -> None:
    """Draws the clouds of the source-only run beside those of an adapted one, of the first seed."""
    measured = [way for way in plan.ways if found.get(way) and len(found[way][0].milestones)]
    if not measured:
        return
    st.header("Do the two domains become one cloud?")
    adapted = [way.name for way in measured if way.name != SOURCE]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        how = str(
            linked().segmented_control(
                "Map", list(_HOW), default="pca", required=True, format_func=_HOW.__getitem__, key="td_map"
            )
        )
        if len(adapted) > 1:
            name = linked().segmented_control(
                "Beside the source-only run", adapted, default=adapted[0], required=True, key="td_beside"
            )
            adapted = [str(name)]
    shown = [way for way in measured if way.name in (SOURCE, *adapted)]
    _film(here, plan, shown, [found[way][0] for way in shown], how)


def _film(here: Chosen, plan: Plan, shown: Sequence[Way], frames: Sequence[Adaptation], how: str) -> None:
    mapped = _mapped(here, plan, shown, frames, how)
    if mapped is None:
        return
    fields = [_cloud(*each) for each in zip(shown, frames, mapped, strict=True)]
    steps = min((each.milestones.tolist() for each in frames), key=len)
    label = f"Features of {len(frames[0].cloud_labels)} held-out pictures"
    ident = f"{how} {[each.step for each in frames]} {[plan.recipe(way, plan.seeds[0]) for way in shown]}"
    about = Milestones(ident, label, [f"step {each:,d}" for each in steps])
    widget.clouds([_cut(each, len(steps)) for each in fields], _marks(frames[0]), about, "td clouds")
    st.caption(
        f"Each point is a held-out picture, placed by its features alone: its class only colors it. {_SAID[how]} A "
        "class in the key shows its points alone."
    )
    _keep(shown, frames, mapped, how)


def _mapped(
    here: Chosen, plan: Plan, shown: Sequence[Way], frames: Sequence[Adaptation], how: str
) -> list[NDArray[np.float32]] | None:
    """Where the points of each run are, (M, N, 2); None until they were asked for."""
    runs = [
        live.Run({"what": "clouds", "how": how, "step": frame.step, "of": plan.recipe(way, plan.seeds[0])},
                 partial(clouds, frame, how, plan.seeds[0]))
        for way, frame in zip(shown, frames, strict=True)
    ]  # fmt: skip
    invitation = live.Invitation("Draw the t-SNE maps") if how == "tsne" else None
    last: list[Clouds | None] = live.follow_all(plan.place(here), runs, _nothing, "Drawing the maps", invitation)
    found = [each.points for each in last if each is not None and each.step == each.total]
    return found if len(found) == len(runs) else None


def _nothing(frames: Sequence[Clouds | None]) -> None:
    """The maps are shown when all of them are there."""


def _cloud(way: Way, frame: Adaptation, places: NDArray[np.float32]) -> Cloud:
    low, high = places.min((0, 1)), places.max((0, 1))
    within = (places - low) / np.maximum(high - low, 1e-9)
    checks = {int(step): at for at, step in enumerate(frame.steps)}
    return Cloud(way.name, within, [_reading(frame, checks.get(int(step))) for step in frame.milestones])


def _reading(frame: Adaptation, at: int | None) -> str:
    if at is None:
        return ""
    domain, target = float(frame.domain_accuracies[at]), float(frame.target_accuracies[at])
    return f"domain accuracy {share(domain)}, target accuracy {share(target)}"


def _cut(cloud: Cloud, count: int) -> Cloud:
    """The first milestones only: a run that was stopped may have fewer than its neighbor."""
    return Cloud(cloud.title, cloud.places[:count], cloud.readings[:count])


def _marks(frame: Adaptation) -> Marks:
    names = [short(each) for each in frame.classes]
    key = list(zip(names, _colors(len(names)), strict=True))
    return Marks(frame.cloud_labels.tolist(), frame.cloud_domains.tolist(), key, ("source", "target"))


def _colors(count: int) -> list[str]:
    """A color for each class: those of all charts, or as many different hues."""
    series = page_colors(show.dark()).series[:-1]
    if count <= len(series):
        return list(series[:count])
    light = 0.66 if show.dark() else 0.4
    hues = [colorsys.hls_to_rgb(at / count, light + 0.1 * (at % 2), 0.75) for at in range(count)]
    return ["#" + "".join(f"{round(255 * each):02x}" for each in color) for color in hues]


def _keep(shown: Sequence[Way], frames: Sequence[Adaptation], mapped: Sequence[NDArray[np.float32]], how: str) -> None:
    """Offers the points as a table."""
    head = ["run", "step", "class", "domain", "horizontal", "vertical"]
    rows: list[Sequence[Any]] = [
        [way.name, int(step), frame.classes[label], "target" if target else "source", *map(float, place)]
        for way, frame, places in zip(shown, frames, mapped, strict=True)
        for step, cloud in zip(frame.milestones, places)
        for label, target, place in zip(frame.cloud_labels.tolist(), frame.cloud_domains.tolist(), cloud)
    ]
    save.save_csv(plain(f"Save the points ({_HOW[how]}, CSV)"), head, rows, f"clouds_{how}")
