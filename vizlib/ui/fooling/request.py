"""Which class the network shall say, and by which method: controls of both pages that fool a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from vizlib.batch.kinds import fooling
from vizlib.batch.kinds.fooling import GOALS as GOALS
from vizlib.fooling import HIGHEST, MENU, Attack
from vizlib.method import settings_of
from vizlib.ui.shared import class_choice, knobs
from vizlib.ui.shared.links import linked, share
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import short

_NEAR, FAR, _CHANCE, ANY = fooling.NEAR, fooling.FAR, "surprise me", fooling.ANY
_BRIEF = "ice_"  # before the keys on the second page: Streamlit forgets a value whose key two pages use
_KEYS = ("toward", "attack", "goal", "chance")  # of the controls on both pages
_ON_TOP = "on top"  # what the first goal is called on screen; links and recipes call it "first"
_SPECIAL = [_NEAR, FAR, _CHANCE, ANY]


@dataclass(frozen=True)
class Request:
    """Everything that reproduces a fooling image of a given picture on a given network."""

    target: int | None  # class; None: any but the original's
    name: str  # of the class
    method: Attack
    goal: str  # a key of GOALS
    seed: int
    settings: dict[str, Any]  # the method's knobs

    @property
    def frontier(self) -> bool:
        """Whether one run finds an image for each goal."""
        return self.asked.frontier

    @property
    def rising(self) -> str:
        """The class whose probability is watched."""
        return "the best other class" if self.target is None else self.name

    @property
    def asked(self) -> fooling.Asked:
        """The same without the name of the class."""
        return fooling.Asked(self.target, self.method, self.goal, self.seed, self.settings)

    def recipe(self, here: Chosen) -> dict[str, Any]:
        """Reproduces the run. If one run finds an image for each goal, all goals share its recipe."""
        return self.asked.recipe(here.recipe, here.subject.picture)


def ask(here: Chosen, brief: bool = False) -> Request:
    """Draws the controls in a row that breaks where it is too wide; returns what they say.

    brief: leaves out the methods that begin with noise, and the settings of all methods.
    """
    before = _BRIEF if brief else ""
    share("request", before, _KEYS)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    names = here.model.class_names
    option = class_choice.choose(
        "Make it say",
        names,
        f"{before}toward",
        _SPECIAL,
        place=row,
        help="Type to search; each of a class's names finds it. The most similar class is the network's second choice. "
        "Any other class: an untargeted attack, which only leaves the original's class.",
    )
    key = linked(row).selectbox(
        "Method",
        [method.key for method in MENU if method.begin is None or not (brief or option == ANY)],
        format_func=lambda each: MENU[each].label,
        key=f"{before}attack",
    )
    method = MENU[key or "lattice"]
    goal = _no_goal(row, f"{before}goal") if option == ANY else _goal(row, f"{before}goal", method)
    seed, settings = _details(row, method, f"{before}chance", brief)
    target = _target(here, option, seed)
    return Request(target, ANY if target is None else short(names[target]), method, goal, seed, settings)


def _goal(place: Any, key: str, method: Attack) -> str:
    return str(
        linked(place).segmented_control(
            "Stop when the target is",
            list(GOALS),
            default="90 %",
            required=True,
            format_func=lambda each: _ON_TOP if GOALS[each] == HIGHEST else each,
            key=key,
            disabled=method.confidence is not None,  # it has a goal of its own
            help="On top: the target has the highest score of all classes. Otherwise: it has at least this probability "
            "too.",
        )
    )


def _no_goal(place: Any, key: str) -> str:
    """Draws what stands in the goal's place without a target; returns the only goal that there is then."""
    only = "another class is on top"
    words = "A probability can be asked for only with a target: away from a class, any other one may come."
    place.segmented_control("Stop when", [only], default=only, disabled=True, key=f"{key} away", help=words)
    return fooling.FIRST


def onward() -> dict[str, str]:
    """The part of the link that the brief controls on another page read."""
    return {_BRIEF + key: st.query_params[key] for key in _KEYS if key in st.query_params}


def _details(row: Any, method: Attack, key: str, brief: bool) -> tuple[int, dict[str, Any]]:
    """Draws what is seldom changed, if brief at the end of the row; returns the seed and the method's settings."""
    icon = ":material/tune:"
    with row.popover("Seed", icon=icon) if brief else st.expander("Settings and seed", icon=icon):
        settings = settings_of(method.knobs()) if brief else _settings(method)
        words = "It chooses the surprise target and the noise that some methods start from."
        seed = int(linked().number_input("Seed", 0, 999_999, 0, key=key, help=words, width=220))
    return seed, fooling.as_asked(method, settings)  # the images for each goal are the stops of the slider


def _settings(method: Attack) -> dict[str, Any]:
    st.markdown(f"**{method.label}** ({method.paper}). {method.idea}")
    shown = [each for each in knobs.names(method) if each != method.frontier_knob]
    return settings_of(knobs.settings(method, shown))


def _target(here: Chosen, option: str, seed: int) -> int | None:
    """The class that the option means for the current picture; None for any but the network's answer."""
    if option == ANY:
        return None
    if option not in _SPECIAL:
        return class_choice.number_of(option)
    order = fooling.ranked(here.model, here.pixels)
    if option == _NEAR:
        return int(order[1])
    return int(order[-1] if option == FAR else order[1 + int(np.random.default_rng(seed).integers(len(order) - 1))])
