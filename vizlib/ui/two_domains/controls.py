"""The controls of the page: the two domains, what is compared, the reversal factor, and how the network is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import streamlit as st

from vizlib.models import Classifier
from vizlib.runs import limits
from vizlib.ui.shared import links, networks
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import plain
from vizlib.ui.two_domains import pairs
from vizlib.ui.two_domains.plan import ADAPTED, LABELED, SOURCE_ONLY, Plan, Way, pseudo
from vizlib.ui.widgets.bends import Scale, bends

SCHEDULE, FIXED, CURVE, SEVERAL = "Schedule", "Fixed", "Curve", "Several"
_KINDS: Final = (SCHEDULE, FIXED, CURVE, SEVERAL)
_GAMMAS: Final = (1.0, 2.0, 5.0, 10.0, 20.0)
_FIXED: Final = (-1.0, 0.0, 0.1, 0.3, 1.0, 3.0)
_SIDE_BY_SIDE: Final = (0.1, 0.3, 1.0, 3.0)  # fixed factors that run beside the schedule
_POINTS: Final = ("start", "1/3", "2/3", "end")
_USUAL_POINTS: Final = (0.0, 0.3, 0.7, 1.0)
_RATES: Final = (0.001, 0.003, 0.01, 0.03, 0.1)
_RATE_SCHEDULES: Final = {"ganin": "falls: rate / (1 + 10 p)^0.75", "constant": "constant"}
_WEIGHTS: Final = (0.3, 1.0, 3.0)
_MOMENTA: Final = (0.0, 0.5, 0.9)
_AVERAGES: Final = (0.0, 0.9, 0.99)
_BATCHES: Final = (16, 32, 64, 128)
_THRESHOLDS: Final = (0.5, 0.7, 0.9, 0.95, 0.99)
_SEEDS: Final = {"One": (0,), "Three": (0, 1, 2)}
_MOST_STEPS: Final = 4000
_STEPS_OF_A_CHECK: Final = 10  # that take as long as asking the held-out pictures once
_GANIN, _HALF, _SIDEBAR = "ganin", "half", "sidebar"


def choose(model: Classifier) -> Plan:
    """Draws the controls; returns what they ask for."""
    what, how = (st.container(horizontal=True, vertical_alignment="bottom") for _ in range(2))
    below = st.container()
    with what:
        pair = pairs.choose(below)
        rest = _rest(model)
        guesses = linked().toggle("Pseudo-labels", key="td_pseudo", help=_PSEUDO)
    with how:
        factors = _factors(below, rest.formula)
        mistake = linked().toggle(
            "Probabilities instead of logits (a common mistake)", key="td_mistake", help=_MISTAKE, width="stretch"
        )
    st.caption(_RESTARTS)
    own = {"weight": rest.weight, "mistake": bool(mistake)}
    adapted = [Way(name, {**factor, **own}) for name, factor in factors.items()]
    ways = [SOURCE_ONLY, *adapted, *([pseudo(rest.threshold)] if guesses else []), LABELED]
    return Plan(pair, ways, rest.seeds, rest.settings, rest.network)


_RESTARTS = (
    "Another **factor** or the **mistake** restarts only the adapted run, **pseudo-labels** add a run, and most other "
    "changes restart all."
)
_SEEDS_SAID = "One run may differ from the next by several points. Three seeds draw a band, in three times the time."
_MISTAKE = (
    "A network that ends with a softmax, and a domain classifier that ends with a sigmoid, are trained with losses "
    "that apply these themselves. Both are then applied twice. Only the adapted runs make the mistake."
)
_PSEUDO = "What the network is sure of is taken as a label of the target, without any domain classifier."


def _one_of(label: str, options: Sequence[str], key: str, **more: Any) -> str:
    chosen = linked().segmented_control(
        plain(label), options, default=options[0], required=True, key=key, width="content", **more
    )
    return str(chosen)


def _factors(below: Any, formula: bool) -> dict[str, dict[str, Any]]:
    """Draws how the reversal factor goes over the run; returns the adapted runs, each with its factor as `adapt` takes
    it."""
    kind = _one_of("Reversal factor", _KINDS, "td_factor", help=_FACTOR)
    if kind == SEVERAL:
        fixed = {f"Factor {each:g}": {"factor": each} for each in _SIDE_BY_SIDE}
        return {**fixed, "Schedule": {"factor": "schedule", "gamma": 10.0}}
    factor: dict[str, Any] = {}
    if kind == SCHEDULE:
        factor = {"factor": "schedule", "gamma": _number("Gamma", "td_gamma", _GAMMAS, 10.0, help=_GAMMA, width=95)}
    elif kind == FIXED:
        factor = {"factor": _number("Value", "td_fixed", _FIXED, 1.0, width=95)}
    else:
        with below:
            factor = {"factor": _curve()}
    return {ADAPTED: {"factor": "rate_formula"} if formula else factor}


_FACTOR = (
    "By how much the gradient of the domain classifier is multiplied before its sign is reversed. The practical's -1 "
    "is the fixed factor 1 here. With 0, no gradient comes back: that is the run that sees the source only. With a "
    "negative factor the gradient keeps its sign, as without the reversal."
)
_GAMMA = "The schedule is 2 / (1 + exp(-gamma p)) - 1, where p goes from 0 to 1 over the run: a large gamma rises fast."


def _curve() -> tuple[float, ...]:
    """Draws the curve that is moved at its points, and its points as numbers, which are part of the link."""
    keys = [f"td_at_{number}" for number in range(len(_POINTS))]
    drawn, typed = st.columns([3, 2], gap="large", vertical_alignment="center")
    with typed:
        st.caption("Move the points, or give their numbers: the factor is a line through them.")
        row = st.container(horizontal=True)
        values = tuple(_point(row, *each) for each in zip(_POINTS, keys, _USUAL_POINTS, strict=True))
    with drawn:
        scale = Scale("Reversal factor over the run", [f"Reversal factor, {each}" for each in _POINTS], 3.0, 0.05,
                      "from the first step to the last")  # fmt: skip
        bends(values, scale, "td bends", partial(_bent, keys))
    return values


def _point(row: Any, name: str, key: str, usual: float) -> float:
    return float(linked(row).number_input(plain(name), 0.0, 3.0, usual, 0.05, key=key, width=110))


def _bent(keys: Sequence[str], values: Sequence[float]) -> None:
    links.give(dict(zip(keys, values, strict=True)))


@dataclass(frozen=True)
class _Rest:
    """What is seldom changed."""

    seeds: Sequence[int]
    settings: dict[str, Any]  # of all runs, as `adapt` takes them
    network: Classifier | None
    weight: float  # of the domain's loss
    threshold: float  # of pseudo-labels
    formula: bool  # whether the rate's formula is taken for the factor


def _rest(model: Classifier) -> _Rest:
    most, usual = limits.steps(_MOST_STEPS, 600)
    seeds = _SEEDS[_one_of("Seeds", tuple(_SEEDS), "td_seeds", help=_SEEDS_SAID)]
    steps = int(linked().number_input("Steps", 4, most, usual, 100, key="td_steps", width=130))
    with st.popover("Settings", icon=":material/tune:"):
        left, right = st.columns(2)
        with left:
            (network, narrow), learning = _network(model), _learning()
        with right:
            batch = int(_number("Batch, of each domain", "td_batch", _BATCHES, 64))
            weight = _number("Weight of the domain's loss", "td_weight", _WEIGHTS, 1.0, help=_WEIGHT)
            threshold = _number("Pseudo-labels from this confidence on", "td_threshold", _THRESHOLDS, 0.9)
        formula = linked().toggle("The rate's formula as the factor (another mistake)", key="td_formula", help=_FORMULA)
    settings = {"steps": steps, **narrow, **learning, "batch": batch, "every": max(_STEPS_OF_A_CHECK, steps // 10)}
    return _Rest(seeds, settings, network, weight, threshold, bool(formula))


def _learning() -> dict[str, Any]:
    rate = _number("Learning rate", "td_rate", _RATES, 0.03)
    schedule = linked().selectbox(
        "Schedule of the learning rate", list(_RATE_SCHEDULES), format_func=_RATE_SCHEDULES.__getitem__,
        key="td_rates", help=_RATE,
    )  # fmt: skip
    momentum = _number("Momentum", "td_momentum", _MOMENTA, 0.9)
    average = _number("Running average of the weights", "td_average", _AVERAGES, 0.0, help=_AVERAGE)
    more = {"average": average} if average else {}
    return {"rate": rate, "rate_schedule": str(schedule), "momentum": momentum, **more}


_FORMULA = "0.01 / (1 + 10 p)^0.75 is never above 0.01, so hardly any gradient is reversed."
_RATE = "This is the schedule of the learning rate, where p goes from 0 to 1. It is often taken for that of the factor."
_AVERAGE = (
    "Two opponents circle around each other, and their weights with them. What is measured and kept can be an average "
    "of the weights, of which this share stays at each step."
)
_WEIGHT = "A larger weight trains a stronger domain classifier, and reverses a larger gradient."


def _network(model: Classifier) -> tuple[Classifier | None, dict[str, Any]]:
    """Draws the choice of the network; returns it, None for Ganin and Lempitsky's, and the settings of theirs."""
    said = {
        _GANIN: "Ganin and Lempitsky's",
        _HALF: "theirs, half as wide",
        _SIDEBAR: f"{networks.called(model.name)}, of the sidebar",
    }
    words = "Theirs begins with random weights; of the network in the sidebar, a copy goes on learning."
    chosen = linked().selectbox("Network", list(said), format_func=said.__getitem__, key="td_network", help=words)
    return model if chosen == _SIDEBAR else None, {"width": 16} if chosen == _HALF else {}


def _number(label: str, key: str, values: Sequence[float], usual: float, **more: Any) -> float:
    more = {"width": 130, **more}
    chosen = linked().selectbox(
        plain(label), values, values.index(usual), key=key, format_func=lambda each: f"{each:g}", **more
    )
    return float(chosen)
