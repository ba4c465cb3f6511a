"""A class becomes a picture before one's eyes: what is asked for, and the run."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from vizlib.activation_maximization import maximize
from vizlib.activation_maximization.film import Reel, film
from vizlib.models import Classifier
from vizlib.render import to_image
from vizlib.runs import limits
from vizlib.ui.class_picture import outcome, settings
from vizlib.ui.shared import curves, live, show
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.sidebar import Bench
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import class_index, class_options, short

STARTS = {"noise": "Noise", "gray": "Gray", "picture": "Current picture"}
_SIDES = 16, 1024  # px
_STEPS = 4, 4000
_SECONDS_PER_CHART = 0.4
_AT_REST = "dream at rest"


@dataclass(frozen=True)
class Wish:
    """What is asked for, with all that makes it again."""

    target: int  # class
    name: str  # of the class
    start: str  # a key of STARTS
    steps: int
    seed: int
    size: tuple[int, int]  # (H, W), px
    settings: dict[str, Any]

    def recipe(self, here: Bench) -> dict[str, Any]:
        """The network, the wish, and the picture where it is the start."""
        network = here.recipe if self.start == "picture" else {k: v for k, v in here.recipe.items() if k != "picture"}
        return network | {"what": "class picture"} | asdict(self) | {"size": list(self.size)}

    def place(self, here: Bench) -> live.Place:
        """Where it computes."""
        return here.place if self.start == "picture" else here.pictureless

    def given(self, here: Bench) -> dict[str, Any]:
        """The words for `maximize` that are not the wish's own."""
        begin = here.pixels if self.start == "picture" else self.start
        return {"start": begin, "size": self.size, **self.settings}


def ask(model: Classifier) -> Wish:
    """Draws the controls."""
    first = st.columns([5, 6, 3, 3, 3], vertical_alignment="top")
    options = class_options(model.class_names)
    option = first[0].selectbox("Class", options, key="class", bind="query-params", help="Type to search.")
    target = class_index(option or options[0])
    start = first[1].segmented_control(
        "Start from",
        list(STARTS),
        default="noise",
        required=True,
        format_func=STARTS.__getitem__,
        key="start",
        bind="query-params",
    )
    steps = int(
        first[2].number_input("Steps", _STEPS[0], *limits.steps(_STEPS[1], 256), key="steps", bind="query-params")
    )
    words = "Another number, another picture."
    seed = int(first[3].number_input("Seed", 0, 999_999, 0, key="seed", bind="query-params", help=words))
    side = _side(first[4], model)
    pull = 0.0
    if start == "picture":
        left, right = st.columns([6, 5], gap="large", vertical_alignment="center")
        left.markdown(
            f"Every step makes the picture a little more **{short(model.class_names[target])}**: the class grows "
            "out of what is there already. The pull keeps it near the picture that it began with."
        )
        with right:
            pull = settings.dial("pull", settings.PULL)
    size = model.input_size if side == max(model.input_size) else (side, side)
    turned = settings.settings(model) | {"pull": pull}
    return Wish(target, short(model.class_names[target]), start, steps, seed, size, turned)


def _side(place: Any, model: Classifier) -> int:
    """The picture's side; another network has another one, unless a person chose it."""
    usual, before = max(model.input_size), st.session_state.get("dream side")
    if before is not None and before != usual and st.session_state.get("size") == before:
        st.session_state["size"] = usual
    st.session_state["dream side"] = usual
    most, usual = limits.side(_SIDES[1], usual)
    return int(place.number_input("Size (px)", _SIDES[0], most, usual, 4, key="size", bind="query-params"))


def run(here: Bench, wish: Wish) -> None:
    """The picture as it forms and its curves; then its film, what can be saved, and whether it holds."""
    recipe = wish.recipe(here)
    stage = _Stage(here.model, wish, recipe)
    with stage.bar:
        reel = live.follow(
            wish.place(here), recipe, lambda: _start(here.model, wish, wish.given(here)), stage.move, "Optimizing"
        )
        if reel is None:
            return
        if reel.step == reel.total:
            st.markdown(f"**{wish.name}**, as {here.model.name} sees it, after {reel.total} steps")
    stage.settle(outcome.Outcome(here.model, wish.target, wish.name, reel, recipe))


def _start(model: Classifier, wish: Wish, given: dict[str, Any]) -> Generator[Reel, None, None]:
    return film(model, wish.target, maximize(model, wish.target, wish.steps, wish.seed, **given))


class _Stage:
    """The part of the page where the picture forms."""

    def __init__(self, model: Classifier, wish: Wish, recipe: dict[str, Any]) -> None:
        self._wish, self._recipe = wish, recipe
        self._title = f"{wish.name}, as {model.name} sees it"
        left, right = st.columns([6, 5], gap="large")
        self._picture, self._saves, self._verdict = Slot(left), Slot(left), Slot(st)
        self.bar = right.container(height=76, border=False, horizontal=True, vertical_alignment="center")
        self._numbers, self._curves, self._notes = right.empty(), Slot(right), right.container()
        self._drawn = 0.0

    def move(self, reel: Reel) -> None:
        """Draws a frame, unless its film is on screen already; the curves not as often as the picture."""
        if reel.step == reel.total or st.session_state.get(_AT_REST) == (self._recipe, reel.step):
            return
        caption = f"{self._title}: step {reel.step} of {reel.total}"
        show.moving(to_image(reel.frame.pixels)[0], caption, self._picture.live())
        if time.monotonic() - self._drawn > _SECONDS_PER_CHART:
            outcome.numbers(reel, self._numbers)
            curves.live(self._charted(reel), reel.total, self._curves.live())
            for slot in (self._saves, self._verdict):
                slot.live()  # what belonged to another picture is gone
            self._drawn = time.monotonic()

    def settle(self, result: outcome.Outcome) -> None:
        """Draws what stays: film, numbers, curves, verdict."""
        reel = result.reel
        with self._picture.rest():
            outcome.show_film(result)
        with self._saves.rest():
            outcome.save(result)
        outcome.numbers(reel, self._numbers)
        curves.chart(self._charted(reel), reel.total, self._curves.rest(), f"curves {result.key}")
        for note in filter(None, reel.frame.notes):
            self._notes.info(note, icon=":material/info:")
        st.session_state[_AT_REST] = self._recipe, reel.step
        with self._verdict.rest(), guard():
            outcome.verdict(result)

    def _charted(self, reel: Reel) -> list[curves.Curve]:
        return outcome.curves_of(reel, self._wish.name, self._wish.settings)
