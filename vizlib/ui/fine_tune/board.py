"""The four scenarios of fine-tuning on a board: few or many pictures, of a similar domain or of a different one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from vizlib.training import Tuning
from vizlib.ui.fine_tune import verdict
from vizlib.ui.fine_tune.drawing import Found, accuracies, axes
from vizlib.ui.fine_tune.plan import Plan
from vizlib.ui.fine_tune.racing import by_way
from vizlib.ui.fine_tune.racing import title as title_of_all
from vizlib.ui.shared import lines, live, picture_set
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import plain, share

_RULES = (  # the usual advice, in the order of the cells
    "train only the head",
    "train only a classifier, on an earlier layer",
    "train all layers",
    "train all layers, or from scratch",
)


def run(here: Chosen, plans: Sequence[Plan]) -> None:
    """Draws the four cells while their runs go on, and what they have found."""
    for plan in plans:
        plan.pictures.need()
    runs = [each for plan in plans for each in plan.runs(here)]
    private = any(plan.private(here) for plan in plans)
    cells = [_Cell(plan, number, place) for number, (plan, place) in enumerate(zip(plans, _places(), strict=True))]

    def draw(frames: Sequence[Tuning | None]) -> None:
        for cell, found in zip(cells, divided(plans, frames), strict=True):
            cell.draw(found)

    place = live.Place(str(here.model.device), not private)
    invitation = live.Invitation("Train", partial(_until, plans))
    lasting = live.Lasting(title_of_all(here, plans), "fine_tune")
    last = live.follow_all(place, runs, draw, "Training", invitation, lasting)
    if any(each is not None for each in last):
        for cell, found in zip(cells, divided(plans, last), strict=True):
            cell.finish(found)
        verdict.say_how_sure(plans[0].seeds, divided(plans, last))


def _places() -> list[Any]:
    with st.container(key="board"):
        rows = [st.columns(2, gap="large") for _ in range(2)]
    return [column for row in rows for column in row]


def divided(plans: Sequence[Plan], frames: Sequence[Tuning | None]) -> list[Found]:
    """The frames of all runs, by plan and way."""
    each = len(frames) // len(plans)
    return [by_way(plan, frames[at * each : (at + 1) * each]) for at, plan in enumerate(plans)]


class _Cell:
    """One scenario."""

    def __init__(self, plan: Plan, number: int, place: Any) -> None:
        self._plan, self._number = plan, number
        with place:
            st.subheader(plain(title(plan, number)))
            self._words = st.empty()
        self._slot = Slot(place)
        self._words.markdown(f"The usual advice: {_RULES[number]:s}.")

    def draw(self, found: Found) -> None:
        """Draws the curves so far."""
        lines.live(accuracies(self._plan, found), axes(self._plan), self._slot.live())

    def finish(self, found: Found) -> None:
        """Draws the finished curves, and what was measured beside the usual advice."""
        drawn, said = accuracies(self._plan, found), title(self._plan, self._number)
        lines.chart(drawn, axes(self._plan), self._slot.rest(), f"ft board {self._number}", said)
        self._words.markdown(
            f"The usual advice: {_RULES[self._number]:s}. Best here: **{plain(_best(self._plan, found))}**."
        )


def title(plan: Plan, number: int) -> str:
    """What the scenario is."""
    many, far = divmod(number, 2)
    count = f"{'Many' if many else 'Few'}: {plan.per_class} of each class"
    return f"{count}, {'different' if far else 'similar'}: {plan.pictures.name}"


def _best(plan: Plan, found: Found) -> str:
    reached = {way: verdict.mean(verdict.finals(found[way])) for way in plan.ways if found.get(way)}
    if not reached:
        return "nothing yet"
    best = max(reached, key=lambda way: reached[way])
    return f"{best.words}, {share(reached[best])}"


def _until(plans: Sequence[Plan]) -> None:
    few, many = plans[0].per_class, plans[-1].per_class
    st.markdown(
        f"**Train** runs all three ways in four scenarios: with **{few or 0:d}** and with **{many or 0:d}** pictures "
        f"of each class, of **{plain(plans[0].pictures.name)}** and of **{plain(plans[1].pictures.name)}**."
    )
    picture_set.strip(plans[0].pictures)
    picture_set.strip(plans[1].pictures)
