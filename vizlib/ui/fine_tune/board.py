"""The four scenarios of fine-tuning on a board: few or many pictures, of a similar domain or of a different one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from vizlib.training import Tuning
from vizlib.ui.fine_tune import verdict
from vizlib.ui.fine_tune.drawing import Found, accuracies, axes
from vizlib.ui.fine_tune.plan import Plan
from vizlib.ui.fine_tune.racing import by_way
from vizlib.ui.shared import lines, live, picture_set
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import plain, share

_RULES = (  # the usual advice, in the order of the cells
    "train only the head",
    "train the head, and no more than you must",
    "train all layers",
    "train all layers, or from scratch",
)


def run(here: Chosen, plans: Sequence[Plan]) -> None:
    """Draws the four cells while their runs go on, and what they have found."""
    for plan in plans:
        plan.pictures.need()
    runs = [each for plan in plans for each in plan.runs(here)]
    private = any(plan.private(here) for plan in plans)
    cells = [_Cell(plan, place) for plan, place in zip(plans, _places(), strict=True)]

    def draw(frames: Sequence[Tuning | None]) -> None:
        for cell, found in zip(cells, _divided(plans, frames), strict=True):
            cell.draw(found)

    place = live.Place(str(here.model.device), not private)
    last = live.follow_all(place, runs, draw, "Training", live.Invitation("Train", partial(_until, plans)))
    if any(each is not None for each in last):
        for number, (cell, found) in enumerate(zip(cells, _divided(plans, last), strict=True)):
            cell.finish(found, number)
        live.verdict().markdown(_sentence(plans, _divided(plans, last)))


def _places() -> list[object]:
    rows = [st.columns(2, gap="large") for _ in range(2)]
    return [column for row in rows for column in row]


def _divided(plans: Sequence[Plan], frames: Sequence[Tuning | None]) -> list[Found]:
    each = len(frames) // len(plans)
    return [by_way(plan, frames[at * each : (at + 1) * each]) for at, plan in enumerate(plans)]


class _Cell:
    """One scenario."""

    def __init__(self, plan: Plan, place: object) -> None:
        self._plan, self._slot = plan, Slot(place)

    def draw(self, found: Found) -> None:
        lines.live(accuracies(self._plan, found), axes(self._plan), self._slot.live())

    def finish(self, found: Found, number: int) -> None:
        """Draws the curves with what was measured, beside the usual advice."""
        with self._slot.rest():
            st.subheader(plain(title(self._plan, number)))
            drawn, key = accuracies(self._plan, found), f"ft board {number}"
            lines.chart(drawn, axes(self._plan), st.container(), key, title(self._plan, number))
            st.markdown(f"Measured: **{plain(_best(self._plan, found))}**. The usual advice: {_RULES[number]:s}.")


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
    return f"{best.name.lower()} is best, with {share(reached[best])}"


def _sentence(plans: Sequence[Plan], found: Sequence[Found]) -> str:
    held_out = min(verdict.held_out(each) for each in found)
    return (
        f"{verdict.runs(plans[0].seeds)} On {held_out:d} held-out pictures, differences below about "
        f"{verdict.noise(held_out):.0f} points may be due to these pictures alone."
    )


def _until(plans: Sequence[Plan]) -> None:
    few, many = plans[0].per_class, plans[-1].per_class
    st.markdown(
        f"**Train** runs all three ways in four scenarios: with **{few or 0:d}** and with **{many or 0:d}** pictures "
        f"of each class, of **{plain(plans[0].pictures.name)}** and of **{plain(plans[1].pictures.name)}**."
    )
    picture_set.strip(plans[0].pictures)
    picture_set.strip(plans[1].pictures)
