"""Which class the network shall answer, and by which method: controls of both pages that fool a network."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import streamlit as st

from vizlib.fooling import HIGHEST, MENU, Attack
from vizlib.ui.shared import class_choice, knobs
from vizlib.ui.shared.links import linked, share
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import short

GOALS = {"first": HIGHEST, "50 %": 0.5, "90 %": 0.9, "99 %": 0.99}
_NEAR, _FAR, _CHANCE = "the most similar class", "the least likely class", "surprise me"
_BRIEF = "ice_"  # before the keys on the second page: Streamlit forgets a value whose key two pages use
_KEYS = ("toward", "attack", "goal", "chance")  # of the controls on both pages
_SPECIAL = [_NEAR, _FAR, _CHANCE]


@dataclass(frozen=True)
class Request:
    """Everything that reproduces a fooling image of a given picture on a given network."""

    target: int  # class
    name: str  # of the class
    method: Attack
    goal: str  # a key of GOALS
    seed: int
    settings: dict[str, Any]  # the method's knobs

    @property
    def frontier(self) -> bool:
        """Whether one run finds an image for each goal."""
        return bool(self.settings.get(self.method.frontier_knob))

    def recipe(self, here: Chosen) -> dict[str, Any]:
        """Reproduces the run. If one run finds an image for each goal, all goals share its recipe."""
        goal = "all" if self.frontier else self.goal
        size = list(here.subject.picture.size)
        asked = {"target": self.target, "method": self.method.key, "goal": goal, "seed": self.seed}
        return here.recipe | {"what": "fooling", "size": size, "settings": self.settings} | asked


def ask(here: Chosen, brief: bool = False) -> Request:
    """Draws the controls; returns what they say. `brief` leaves the method's settings out."""
    before = _BRIEF if brief else ""
    share("request", before, _KEYS)
    first = st.columns([5, 4, 6, 3], vertical_alignment="top")
    names = here.model.class_names
    option = class_choice.choose(
        "Make it answer",
        names,
        f"{before}toward",
        _SPECIAL,
        place=first[0],
        help="Type to search; each of a class's names finds it. The most similar class is the network's second choice.",
    )
    key = linked(first[1]).selectbox(
        "Method",
        [method.key for method in MENU if not (brief and method.begin is not None)],
        format_func=lambda each: MENU[each].label,
        key=f"{before}attack",
    )
    method = MENU[key or "lattice"]
    goal = linked(first[2]).segmented_control(
        "Stop when the target is",
        list(GOALS),
        default="90 %",
        required=True,
        key=f"{before}goal",
        disabled=method.confidence is not None,  # it has a goal of its own
        help="first: the target has the highest score of all classes. Otherwise: it has at least this probability too.",
    )
    words = "Chooses the surprise target and the noise that some methods start from."
    seed = int(linked(first[3]).number_input("Seed", 0, 999_999, 0, key=f"{before}chance", help=words))
    settings = asdict(method.knobs()) if brief else _settings(method)
    if method.frontier_knob:
        settings[method.frontier_knob] = True  # its images are the stops of the slider
    target = _target(here, option, seed)
    return Request(target, short(names[target]), method, str(goal), seed, settings)


def onward() -> dict[str, str]:
    """The part of the link that the brief controls on another page read."""
    return {_BRIEF + key: st.query_params[key] for key in _KEYS if key in st.query_params}


def _settings(method: Attack) -> dict[str, Any]:
    with st.expander("Method and settings", icon=":material/tune:"):
        st.markdown(f"**{method.label}** ({method.paper}). {method.idea}")
        shown = [each for each in knobs.names(method) if each != method.frontier_knob]
        return asdict(knobs.settings(method, shown))


def _target(here: Chosen, option: str, seed: int) -> int:
    """The class that the option means for the current picture."""
    if option not in _SPECIAL:
        return class_choice.number_of(option)
    shares = here.model.predict(here.pixels)[0].cpu()
    order = shares.argsort(descending=True, stable=True).tolist()
    if option == _NEAR:
        return int(order[1])
    return int(order[-1] if option == _FAR else order[1 + int(np.random.default_rng(seed).integers(len(order) - 1))])
