"""The optimization of a class picture: its controls, the run, and the picture while it forms."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import streamlit as st

from vizlib.activation_maximization import Reel
from vizlib.batch.kinds import class_pictures
from vizlib.models import Classifier
from vizlib.runs import limits
from vizlib.ui.class_picture import outcome, settings
from vizlib.ui.shared import answer, class_choice, curves, live, networks, show
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import plain, short

STARTS = {"noise": "Noise", "gray": "Gray", "picture": "Current picture"}
_SIDES = 16, 1024  # px
_STEPS = 4, 4000
_BOX = 140  # px, of a box for a number
_SECONDS_PER_CHART = 0.4
_FINISHED = "class picture on screen"  # in the session: the recipe and step whose film is drawn


@dataclass(frozen=True)
class Optimization:
    """Everything that reproduces one class picture on a given network."""

    target: int  # class
    name: str  # of the class
    start: str  # a key of STARTS
    steps: int
    seed: int
    size: tuple[int, int]  # (H, W), px
    settings: dict[str, Any]

    def recipe(self, here: Chosen) -> dict[str, Any]:
        """The network and this optimization, with the picture in the sidebar if it is the start."""
        return class_pictures.recipe(here.model, asdict(self), here.subject.key if self.start == "picture" else "")

    def place(self, here: Chosen) -> live.Place:
        """Where the run computes."""
        return here.place if self.start == "picture" else here.without_picture

    def given(self, here: Chosen) -> dict[str, Any]:
        """The remaining arguments of `film`."""
        begin = here.pixels if self.start == "picture" else self.start
        return {"start": begin, "size": self.size, **self.settings}


def ask(model: Classifier) -> Optimization:
    """Draws the controls; returns what they describe."""
    above = st.container(horizontal=True, vertical_alignment="top")
    with st.container(horizontal=True):
        controls = st.expander(
            "Optimization settings: size, learning rate, regularizers, transforms", icon=":material/tune:"
        )
        course = settings.course()  # first, because it sets the number of steps
    with above:
        target = class_choice.number_of(class_choice.choose("Class", model.class_names, "class"))
        start = linked().segmented_control(
            "Start from",
            list(STARTS),
            default="noise",
            required=True,
            format_func=STARTS.__getitem__,
            key="start",
            width="content",
        )
        steps = int(_number("Steps", _STEPS[0], *limits.steps(_STEPS[1], settings.steps_of(course)), key="steps"))
        words = "Another seed starts from other noise and gives another picture."
        seed = int(_number("Seed", 0, 999_999, 0, key="seed", help=words))
    name = short(model.class_names[target])
    pull = _pull(name, 0.0 if course else settings.PULL) if start == "picture" else 0.0
    with controls:
        side = _side(model)
        chosen = settings.settings(model, course) | {"pull": pull}
    size = model.input_size if side == max(model.input_size) else (side, side)
    return Optimization(target, name, start, steps, seed, size, chosen)


def _number(label: str, *words: Any, **more: Any) -> Any:
    """A box for a number, wide enough for its two buttons."""
    return linked().number_input(plain(label), *words, width=_BOX, **more)


def _pull(name: str, usual: float) -> float:
    """Draws how strongly the result is kept close to the current picture, from which the run starts."""
    left, right = st.columns([6, 5], gap="large", vertical_alignment="center")
    left.markdown(
        f"Every step raises the score of **{plain(name)}**, so the class grows out of what the picture already "
        "shows. The pull keeps the result close to that picture."
    )
    with right:
        return float(settings.dial("pull", usual))


def _side(model: Classifier) -> int:
    """The picture's side. It follows the network's input size until a person sets it."""
    usual, before = max(model.input_size), st.session_state.get("usual side")
    if before is not None and before != usual and st.session_state.get("size") == before:
        st.session_state["size"] = usual
    st.session_state["usual side"] = usual
    most, usual = limits.side(_SIDES[1], usual)
    return int(_number("Size (px)", _SIDES[0], most, usual, 4, key="size"))


def run(here: Chosen, asked: Optimization) -> None:
    """Shows the picture and its curves while the run goes on, then the film, the files and the robustness."""
    recipe = asked.recipe(here)
    live_picture = _LivePicture(here.model, asked, recipe)
    start = partial(start_run, here.model, asked, asked.given(here))
    reel = live.follow(
        asked.place(here), recipe, start, live_picture.draw, f"Optimizing {asked.name}", _invitation(here, asked)
    )
    if reel is None:
        return
    live_picture.finish(outcome.Outcome(here.model, asked.target, asked.name, reel, recipe))


def _invitation(here: Chosen, asked: Optimization) -> live.Invitation:
    words = (
        f"**Draw the class** optimizes a picture for **{plain(asked.name)}**, which takes {asked.steps:d} steps. "
        "Choose another class above, for example one that you would recognize."
    )
    return live.Invitation("Draw the class", partial(answer.draw, here, asked.target, markdown=words))


def start_run(model: Classifier, asked: Optimization, given: dict[str, Any]) -> Generator[Reel, None, None]:
    return class_pictures.start(model, asked.target, asked.steps, asked.seed, given)


class _LivePicture:
    """The part of the page that shows the picture, during the run and after it."""

    def __init__(self, model: Classifier, asked: Optimization, recipe: dict[str, Any]) -> None:
        self._asked, self._recipe = asked, recipe
        self._title = f"{asked.name}, as {networks.called(model.name)} sees it"
        left, right = st.columns([6, 5], gap="large")
        self._picture, self._saves, self._robustness = Slot(left), Slot(left), Slot(st)
        self._numbers, self._curves, self._notes = right.empty(), Slot(right), right.container()
        self._drawn = 0.0

    def draw(self, reel: Reel) -> None:
        """Draws a frame, unless its film is on screen already. The curves are drawn less often than the picture."""
        if reel.step == reel.total or st.session_state.get(_FINISHED) == (self._recipe, reel.step):
            return
        caption = f"{self._title}: step {reel.step} of {reel.total}"
        caption += " · stretched from black to white" * reel.frame.stretch
        show.moving(reel.frame.images(1)[0], caption, self._picture.live())
        if time.monotonic() - self._drawn > _SECONDS_PER_CHART:
            outcome.numbers(reel, self._numbers)
            curves.live(self._charted(reel), reel.total, self._curves.live())
            for slot in (self._saves, self._robustness):
                slot.live()  # removes what belonged to another picture
            self._drawn = time.monotonic()

    def finish(self, result: outcome.Outcome) -> None:
        """Draws the finished result: film, numbers, curves, robustness."""
        reel = result.reel
        with self._picture.rest():
            outcome.show_film(result)
        with self._saves.rest():
            outcome.save_files(result)
        outcome.numbers(reel, self._numbers)
        curves.chart(self._charted(reel), reel.total, self._curves.rest(), f"curves {result.key}")
        for note in filter(None, reel.frame.notes):
            self._notes.info(plain(note), icon=":material/info:")
        st.session_state[_FINISHED] = self._recipe, reel.step
        if reel.step == reel.total:
            outcome.verdict(result)
        with self._robustness.rest(), guard():
            outcome.robustness(result)

    def _charted(self, reel: Reel) -> list[curves.Curve]:
        return outcome.curves_of(reel, self._asked.name, self._asked.settings)
