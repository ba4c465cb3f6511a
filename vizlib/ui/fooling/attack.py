"""The run before one's eyes: the picture as it changes, the target's rise, and the result when it is there."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import streamlit as st

from vizlib.fooling import Attempt, Fooling, fooling
from vizlib.ui.fooling.request import GOALS, Wish
from vizlib.ui.shared import curves, live, show
from vizlib.ui.shared.sidebar import Bench
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import percent


def run(here: Bench, wish: Wish) -> Fooling | None:
    """Follows the run, or finds it done; answers the result for the goal, None where the run was stopped."""
    stage = _Stage(wish, here)
    last = live.follow(
        here.place, wish.recipe(here), lambda: _start(here, wish), stage.move, f"Looking for {wish.name}"
    )
    if last is None or last.result is None:
        return None
    return at_goal(last.result, wish)


def at_goal(result: Fooling, wish: Wish) -> Fooling:
    """Of a run that found several, what the wish's goal asks for."""
    if not wish.frontier:
        return result
    chosen = {each.goal: each for each in result.frontier}.get(GOALS[wish.goal], result)
    return replace(chosen, frontier=result.frontier)


def _start(here: Bench, wish: Wish) -> Generator[Attempt, None, None]:
    goal = 0.0 if wish.frontier else GOALS[wish.goal]
    yield from fooling(here.model, here.subject.picture, wish.target, wish.method.key, goal, wish.seed, **wish.settings)


class _Stage:
    """Where the picture changes; nothing stays of it once the result is there."""

    def __init__(self, wish: Wish, here: Bench) -> None:
        self._wish, self._model = wish, here.model
        left, right = st.columns([5, 6], gap="large")
        self._picture, self._numbers, self._curves = Slot(left), Slot(right), Slot(right)

    def move(self, attempt: Attempt) -> None:
        if attempt.result is not None:
            for slot in (self._picture, self._numbers, self._curves):
                slot.clear()
            return
        words = f"As it stands: step {attempt.step} of at most {attempt.total}"
        image = show.network_view(self._model, attempt.image)
        show.moving(image, words, self._picture.live())
        trace = attempt.trace
        if not trace:
            return
        with self._numbers.live().container(horizontal=True):
            st.metric(f"Probability of {self._wish.name}", percent(trace[-1].probability))
            st.metric("Change so far (L2)", f"{trace[-1].l2:.2f}", help="Pixel values from 0 to 1.")
        curves.live(_charted(trace, self._wish.name), attempt.total, self._curves.live())


def _charted(trace: Any, name: str) -> list[curves.Curve]:
    steps = [each.step for each in trace]
    return [
        curves.Curve(f"Probability of {name}", "%", steps, [100 * each.probability for each in trace], 100),
        curves.Curve("Lead over the best other class", "logits", steps, [each.margin for each in trace]),
        curves.Curve("Change (L2)", "pixel values in [0, 1]", steps, [each.l2 for each in trace]),
    ]
