"""The runs of a plan side by side, each with a step in turn; then what they have found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from vizlib.runs import Recipe
from vizlib.training import Tuning
from vizlib.ui.fine_tune import outcome, verdict
from vizlib.ui.fine_tune.drawing import Drawing, Found
from vizlib.ui.fine_tune.plan import Plan
from vizlib.ui.shared import live, picture_set
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain


def run(here: Chosen, plan: Plan) -> None:
    """Draws the runs while they go on, and what they have found."""
    plan.pictures.need()
    runs = plan.runs(here)
    drawing = Drawing(plan, here.model)
    invitation = live.Invitation("Train", partial(_until, plan))
    lasting = live.Lasting(title(here, [plan]), "fine_tune")
    last = live.follow_all(
        plan.place(here), runs, lambda frames: drawing.draw(by_way(plan, frames)), "Training", invitation, lasting
    )
    found = by_way(plan, last)
    if not any(found.values()):
        return
    drawing.finish(found, Recipe({"runs": [each.parts for each in runs]}).key)
    verdict.say(plan, found)
    outcome.draw(here, plan, found)


def title(here: Chosen, plans: Sequence[Plan]) -> str:
    """What the list of runs calls these."""
    pictures = " and ".join(dict.fromkeys(each.pictures.name for each in plans))
    ways = "four scenarios" if len(plans) > 1 else ", ".join(each.words for each in plans[0].ways)
    return f"{here.name} learns {pictures}: {ways}; {plans[0].settings['steps']} steps"


def by_way(plan: Plan, frames: Sequence[Tuning | None]) -> Found:
    """The frames of the runs, in the order of `Plan.runs`, by their way; without those that have none yet."""
    each, count = len(plan.seeds), len(plan.ways)
    rows = [frames[at * each : (at + 1) * each] for at in range(count)]
    return {way: [frame for frame in row if frame is not None] for way, row in zip(plan.ways, rows, strict=True)}


def _until(plan: Plan) -> None:
    names = ", ".join(f"**{plain(each.words)}**" for each in plan.ways)
    times = f", each with {len(plan.seeds):d} seeds" if len(plan.seeds) > 1 else ""
    st.markdown(f"**Train** trains on the same pictures in these ways{times}: {names}.")
    picture_set.strip(plan.pictures)
    picture_set.notes(plan.pictures)
