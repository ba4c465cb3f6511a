"""The search for a fooling image: the changing picture, its curves, and the result."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import streamlit as st

from vizlib.fooling import Attempt, Fooling
from vizlib.ui.fooling.request import Request
from vizlib.ui.shared import answer, curves, live, show
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import percent, plain


def run(here: Chosen, asked: Request, beside: Callable[[], object] | None = None) -> Fooling | None:
    """Follows the run; returns the result for the goal, None if the run was stopped.

    beside: draws further buttons beside the one that starts the run.
    """
    live_picture = _LivePicture(asked, here)
    start = partial(start_run, here, asked)
    last = live.follow(
        here.place,
        asked.recipe(here),
        start,
        live_picture.draw,
        f"Looking for {asked.name}",
        _invitation(here, asked, beside),
    )
    if last is None or last.result is None:
        return None
    return at_goal(last.result, asked)


def _invitation(here: Chosen, asked: Request, beside: Callable[[], object] | None) -> live.Invitation:
    words = (
        f"**Fool it** looks for a file that looks the same and is **{plain(asked.name)}** to the network. Choose "
        "another class above, for example a toaster."
    )
    until = partial(answer.draw, here, asked.target, markdown=words)
    return live.Invitation("Fool it", until, beside)


def at_goal(result: Fooling, asked: Request) -> Fooling:
    """The image for the goal that was chosen, if one run found an image for each goal."""
    return asked.asked.at_goal(result)


def start_run(here: Chosen, asked: Request) -> Generator[Attempt, None, None]:
    yield from asked.asked.start(here.model, here.subject.picture)


class _LivePicture:
    """The part of the page that shows the changing picture. It is removed when the result is there."""

    def __init__(self, asked: Request, here: Chosen) -> None:
        self._asked, self._model = asked, here.model
        self._place = st.empty()
        self._slots: tuple[Slot, Slot, Slot] | None = None  # picture, numbers, curves; made for the first frame

    def draw(self, attempt: Attempt) -> None:
        if attempt.result is not None:
            self._place.empty()
            return
        picture, numbers, drawn = self._slots = self._slots or self._made()
        words = f"Step {attempt.step} of at most {attempt.total}"
        if attempt.step >= attempt.total:
            words = f"After all {attempt.total} steps, before the saved file was checked"
        image = show.network_view(self._model, attempt.image)
        show.moving(image, words, picture.live())
        trace = attempt.trace
        if not trace:
            return
        with numbers.live().container(horizontal=True):
            st.metric(f"Probability of {plain(self._asked.rising)}", percent(trace[-1].probability))
            st.metric(
                "Change so far (L2)",
                f"{trace[-1].l2:.2f}",
                help="Its length, with pixel values from 0 to 1.",
            )
        curves.live(_charted(trace, self._asked.rising), attempt.total, drawn.live())

    def _made(self) -> tuple[Slot, Slot, Slot]:
        left, right = self._place.container().columns([5, 6], gap="large")
        return Slot(left), Slot(right), Slot(right)


def _charted(trace: Any, name: str) -> list[curves.Curve]:
    steps = [each.step for each in trace]
    return [
        curves.Curve(f"Probability of {name}", "%", steps, [100 * each.probability for each in trace], 100),
        curves.Curve("Lead over the next class", "logits", steps, [each.margin for each in trace]),
        curves.Curve("Change (L2)", "pixel values in [0, 1]", steps, [each.l2 for each in trace]),
    ]
