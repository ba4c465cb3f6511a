"""What came out: a table of the runs, and one of the trained networks to open on other pages and to download."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from vizlib.models import opened_files
from vizlib.training import Tuning
from vizlib.ui.fine_tune import verdict
from vizlib.ui.fine_tune.drawing import Found
from vizlib.ui.fine_tune.plan import Plan, Way
from vizlib.ui.shared import several, show, taken, trained
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain

_HEAD = ["Way", "Held-out accuracy", "Accuracy on training batches", "Weights of step"]


def draw(here: Chosen, plan: Plan, found: Found) -> None:
    """Draws the table, what was loaded, and the way on with one of the networks."""
    ways = {way.name: way for way in plan.ways if found.get(way)}
    report(ways, found)
    if not all(found[way][0].step for way in ways.values()):
        return
    st.header("Take a network with you")
    best = max(ways.values(), key=lambda way: several.mean(verdict.finals(found[way])))
    name = linked().segmented_control("Trained by", list(ways), default=best.name, required=True, key="ft_take")
    way = ways.get(str(name), best)
    latest = found[way][0]
    frame = latest.so_far
    taken.offer(trained_network(here, plan, way, frame, latest.done), frame.best_step)


def report(ways: Mapping[str, Way], found: Found) -> None:
    """Draws what each way reached, and what was loaded into it or went wrong."""
    show.table(_HEAD, [verdict.named(way, found[way]) for way in ways.values()], numbers=True)
    for way in ways.values():
        st.caption(f"**{plain(way.name)}.** {plain(found[way][0].note)}")


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
        taken.controls(here.model.name) if again else {}, taken.link(here.model.name, "ft_") if again else {},
        plan.private(here),
    )  # fmt: skip
