"""What came out: a table of the runs, and one of the trained networks to open on other pages and to download."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from vizlib.models import opened_files
from vizlib.training import Tuning
from vizlib.ui.fine_tune import verdict
from vizlib.ui.fine_tune.drawing import Found
from vizlib.ui.fine_tune.plan import Plan, Way
from vizlib.ui.shared import reset, save, show, trained
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain

_ONWARD = {  # the pages that look at the trained network, with their symbols
    "what_changed": ("What did training change?", "compare"),
    "filters": ("Its filters", "grid_view"),
    "class_picture": ("Its classes", "auto_awesome"),
    "saliency": ("Which pixels matter to it?", "center_focus_strong"),
    "fooling": ("What fools it?", "theater_comedy"),
}
_HEAD = ["Way", "Held-out accuracy", "Accuracy on training batches", "Weights of step"]


def draw(here: Chosen, plan: Plan, found: Found) -> None:
    """Draws the table, what was loaded, and the way on with one of the networks."""
    ways = {way.name: way for way in plan.ways if found.get(way)}
    report(ways, found)
    if not all(found[way][0].step for way in ways.values()):
        return
    st.header("Take a network with you")
    best = max(ways.values(), key=lambda way: verdict.mean(verdict.finals(found[way])))
    name = linked().segmented_control("Trained by", list(ways), default=best.name, required=True, key="ft_take")
    way = ways.get(str(name), best)
    _take(here, plan, way, found[way][0])


def report(ways: Mapping[str, Way], found: Found) -> None:
    """Draws what each way reached, and what was loaded into it or went wrong."""
    show.table(_HEAD, [verdict.named(way, found[way]) for way in ways.values()], numbers=True)
    for way in ways.values():
        st.caption(f"**{plain(way.name)}.** {plain(found[way][0].note)}")


def _take(here: Chosen, plan: Plan, way: Way, latest: Tuning) -> None:
    """Keeps the network for this visitor, and draws where it can be looked at and how it is saved."""
    frame = latest.so_far
    network = trained_network(here, plan, way, frame, latest.done)
    new = trained.find(network.name) is None
    trained.add(network)
    if new:
        st.rerun()  # the sidebar, which is drawn already, has it in its box
    st.markdown(
        f"**{plain(network.name)}**, with the weights of step {frame.best_step:d}, is in the sidebar's box of networks "
        "now. Every page can open it:"
    )
    _onward(network.name)
    stem = network.name.removeprefix(trained.PREFIX)
    save.save_file(
        "Download the network (ZIP)", partial(zipped, stem, network.files), f"{stem}.zip", "application/zip", "ft zip"
    )
    st.caption(
        "The ZIP file holds a folder in timm's own layout: weights, class names and preprocessing, and a card. In the "
        "folder that `VIZLIB_WEIGHTS` names, it is a network of this dashboard; "
        '`timm.create_model("local-dir:...")` opens it, too.'
    )


def _onward(name: str) -> None:
    with st.container(horizontal=True):
        for page, (label, icon) in _ONWARD.items():
            go, key = partial(trained.open_on, name, page), f"open {page}"
            st.button(plain(label), key=key, icon=f":material/{icon}:", on_click=go)


def trained_network(here: Chosen, plan: Plan, way: Way, frame: Tuning, ended: bool) -> trained.Trained:
    """The network as the session keeps it. ended: whether the run came to its end, so that a link makes it again."""
    seed = plan.seeds[0]
    recipe = plan.recipe(here, way, seed) | {"device": here.model.device.type, "step": frame.step}
    data = "own" if plan.private(here) else str(plan.pictures.parts.get("set", plan.pictures.name))
    name = trained.name_of([here.name, data, way.what, str(seed)], recipe)
    again = ended and not plan.private(here) and not here.model.name.startswith(trained.PREFIX)
    whose = "your own pictures" if plan.pictures.private else plan.pictures.name
    return trained.Trained(
        name, recipe, f"Trained here from {here.model.name} on {whose}: {way.words}, seed {seed}.",
        partial(opened_files, frame.files, name), frame.files, here.model.name, "fine_tune",
        _controls(here) if again else {}, _link(here) if again else {}, plan.private(here),
    )  # fmt: skip


def _controls(here: Chosen) -> dict[str, Any]:
    return {"network": here.model.name, **reset.controls()}


def _link(here: Chosen) -> Mapping[str, list[str]]:
    """The query of this page as it stands, which trains the network again."""
    now: Any = {key: st.query_params.get_all(key) for key in st.query_params if key.startswith("ft_")}
    return {**now, "network": [here.model.name], "run": ["1"]}


def zipped(stem: str, files: Mapping[str, bytes]) -> bytes:
    """The files in a folder of that name. Weights hardly get smaller, so nothing is compressed."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as box:
        for name, content in files.items():
            box.writestr(f"{stem}/{name}", content)
    return archive.getvalue()
