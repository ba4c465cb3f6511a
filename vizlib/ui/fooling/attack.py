"""The search for a fooling image: the changing picture, its curves, and the result."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from vizlib.fooling import Attempt, Fooling, fooling
from vizlib.ui.fooling.request import GOALS, Request
from vizlib.ui.shared import answer, curves, live, show
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import percent, plain


def run(here: Chosen, asked: Request) -> Fooling | None:
    """Follows the run; returns the result for the goal, None if the run was stopped."""
    live_picture = _LivePicture(asked, here)
    start = partial(start_run, here, asked)
    last = live.follow(
        here.place, asked.recipe(here), start, live_picture.draw, f"Looking for {asked.name}", _invitation(here, asked)
    )
    if last is None or last.result is None:
        return None
    return at_goal(last.result, asked)


def _invitation(here: Chosen, asked: Request) -> live.Invitation:
    words = (
        f"**Fool it** looks for a file that looks the same and is **{plain(asked.name)}** to the network. Choose "
        "another class above, for example a toaster."
    )
    return live.Invitation("Fool it", partial(answer.draw, here, asked.target, markdown=words))


def at_goal(result: Fooling, asked: Request) -> Fooling:
    """The image for the goal that was chosen, if one run found an image for each goal."""
    if not asked.frontier:
        return result
    chosen = {each.goal: each for each in result.frontier}.get(GOALS[asked.goal], result)
    return replace(chosen, frontier=result.frontier)


def start_run(here: Chosen, asked: Request) -> Generator[Attempt, None, None]:
    goal = 0.0 if asked.frontier else GOALS[asked.goal]
    kind, picture = asked.method.key, here.subject.picture
    yield from fooling(here.model, picture, asked.target, kind, goal, asked.seed, **asked.settings)


class _LivePicture:
    """The part of the page that shows the changing picture. It is removed when the result is there."""

    def __init__(self, asked: Request, here: Chosen) -> None:
        self._asked, self._model = asked, here.model
        left, right = st.columns([5, 6], gap="large")
        self._picture, self._numbers, self._curves = Slot(left), Slot(right), Slot(right)

    def draw(self, attempt: Attempt) -> None:
        if attempt.result is not None:
            for slot in (self._picture, self._numbers, self._curves):
                slot.clear()
            return
        words = f"Step {attempt.step} of at most {attempt.total}"
        image = show.network_view(self._model, attempt.image)
        show.moving(image, words, self._picture.live())
        trace = attempt.trace
        if not trace:
            return
        with self._numbers.live().container(horizontal=True):
            st.metric(f"Probability of {plain(self._asked.name)}", percent(trace[-1].probability))
            st.metric(
                "Change so far (L2)",
                f"{trace[-1].l2:.2f}",
                help="Its length, with pixel values from 0 to 1.",
            )
        curves.live(_charted(trace, self._asked.name), attempt.total, self._curves.live())


def _charted(trace: Any, name: str) -> list[curves.Curve]:
    steps = [each.step for each in trace]
    return [
        curves.Curve(f"Probability of {name}", "%", steps, [100 * each.probability for each in trace], 100),
        curves.Curve("Lead over the next class", "logits", steps, [each.margin for each in trace]),
        curves.Curve("Change (L2)", "pixel values in [0, 1]", steps, [each.l2 for each in trace]),
    ]
