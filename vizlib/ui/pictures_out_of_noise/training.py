"""The run: the forty pictures while it goes on, and then all that can be asked of what it has learned."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from vizlib.runs import Recipe
from vizlib.training import GanFrame
from vizlib.ui.pictures_out_of_noise import copies, fooling, giveaway, presets, taking, verdict, walking
from vizlib.ui.pictures_out_of_noise.drawing import Drawing
from vizlib.ui.pictures_out_of_noise.plan import Plan
from vizlib.ui.shared import live, picture_set
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.sidebar import Chosen


def run(here: Chosen, plan: Plan) -> None:
    """Draws the run while it goes on, and what it has found."""
    plan.pictures.need()
    drawing = Drawing(plan)
    invitation = live.Invitation("Train", partial(_until, plan))
    runs = [live.Run(plan.recipe, partial(plan.train, here.model.device.type))]
    lasting = live.Lasting(f"A GAN learns {plan.pictures.name}", "pictures_out_of_noise")

    def draw(frames: Sequence[GanFrame | None]) -> None:
        if frames[0] is not None:
            drawing.draw(frames[0])

    [last] = live.follow_all(plan.place(here), runs, draw, "Training", invitation, lasting)
    if last is None:
        return
    drawing.finish(last, Recipe(plan.recipe | {"step": last.step}).key)
    if len(last.steps):
        verdict.say(last)
        _ask(here, plan, last.so_far)


def _ask(here: Chosen, plan: Plan, frame: GanFrame) -> None:
    """Draws what can be asked of the trained networks."""
    recipe = plan.recipe | {"step": frame.step}
    key = Recipe(recipe).key
    with st.container(), guard():
        copies.draw(frame)
    with st.container(), guard():
        walking.draw(frame, key)
    with st.container(), guard():
        giveaway.draw(frame, plan.place(here), recipe)
    with st.container(), guard():
        fooling.draw(frame, plan, plan.place(here), recipe)
    with st.container(), guard():
        taking.draw(frame, recipe, f"gan-{key[:8]}")


def _until(plan: Plan) -> None:
    presets.say(plan.preset)
    picture_set.strip(plan.pictures)
    picture_set.notes(plan.pictures)
