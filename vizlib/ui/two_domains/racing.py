"""The runs of a plan side by side, each with a step in turn; then what they have found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from vizlib.runs import Recipe
from vizlib.training import Adaptation
from vizlib.ui.shared import live, several
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain
from vizlib.ui.two_domains import film, mistake, outcome, pairs, schedules, verdict
from vizlib.ui.two_domains.drawing import Drawing, Found
from vizlib.ui.two_domains.plan import Plan

_LABELS = (
    "The labels of the target were used to measure its accuracy for this chart, and by **labeled targets**, which is "
    "the upper bound. A real user of the method has none, and sees neither of these two lines."
)
_EXPECT = (  # measured by benchmarks.accuracy.domains
    "**What to expect.** On drawn digits over textures (middle shift, three seeds), the schedule gained 0 points in "
    "600 steps (95 % interval: -6 to 6), where labels of the target gained 37. With a network half as wide, averaged "
    "weights and 5,000 steps, about two minutes for each run, it gained 9 (6 to 12, seven seeds). No setting that we "
    "tried gains 10, so the page begins with the paper's schedule."
)


def run(here: Chosen, plan: Plan) -> None:
    """Draws the runs while they go on, and what they have found."""
    plan.pair.need()
    runs = plan.runs(here)
    drawing = Drawing(plan)
    invitation = live.Invitation("Train", partial(_until, here, plan))
    lasting = live.Lasting(f"{plan.pair.name}: {', '.join(each.words for each in plan.ways)}", "two_domains")
    last = live.follow_all(
        plan.place(here), runs, lambda frames: drawing.draw(by_way(plan, frames)), "Training", invitation, lasting
    )
    found = by_way(plan, last)
    if not any(found.values()):
        return
    key = Recipe({"runs": [each.parts for each in runs]}).key
    drawing.finish(found, key)
    st.caption(_LABELS)
    st.caption(_EXPECT)
    verdict.say(plan, found)
    outcome.table(plan, found)
    mistake.draw(plan, found)
    film.draw(here, plan, found)
    schedules.draw(plan, key)
    pairs.strip(plan.pair)
    outcome.take(here, plan, found)


def by_way(plan: Plan, frames: Sequence[Adaptation | None]) -> Found:
    """The frames of the runs, in the order of `Plan.runs`, by their way."""
    return several.by_way(plan.ways, plan.seeds, frames)


def _until(here: Chosen, plan: Plan) -> None:
    st.markdown(announced(here, plan))
    pairs.strip(plan.pair)
    schedules.draw(plan, "before")


def announced(here: Chosen, plan: Plan) -> str:
    """What the button starts, and what goes on where it stands. Markdown."""
    times = f", each with {len(plan.seeds):d} seeds" if len(plan.seeds) > 1 else ""
    steps = standing(here, plan)
    begins = " and ".join(f"**{plain(name)}**" for name, step in steps.items() if not step)
    if not any(steps.values()):
        return f"**Train** runs these side by side{times}, {plan.total:d} steps each: {_listed(list(steps))}."
    goes = ", ".join(f"**{plain(name)}** from step {step:d}" for name, step in steps.items() if step)
    return f"**Train** starts {begins} at step 0. What you have changed is no part of the others, which go on: {goes}."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"**{plain(each)}**" for each in names)


def standing(here: Chosen, plan: Plan) -> dict[str, int]:
    """The step that each way has reached: the lowest of its seeds."""
    place, each = plan.place(here), len(plan.seeds)
    jobs = [live.job_of(place, Recipe(run.parts), run.start) for run in plan.runs(here)]
    steps = [job.latest.step if job.latest is not None else 0 for job in jobs]
    return {way.name: min(steps[at * each : (at + 1) * each]) for at, way in enumerate(plan.ways)}
