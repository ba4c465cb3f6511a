"""The regularizer lab on screen: two settings vary, all pictures run at once and are read side by side."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from vizlib.activation_maximization import lab as engine
from vizlib.errors import VizError
from vizlib.pictures import encode_png
from vizlib.render import Words, labeled, to_image
from vizlib.runs import limits
from vizlib.ui.class_picture.optimization import Wish
from vizlib.ui.shared import live, show
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.sidebar import Bench
from vizlib.ui.shared.words import percent, short

_RUN = "lab run"  # the experiment that was started last, in the session
_SECONDS_PER_SHEET = 0.5


@dataclass(frozen=True)
class Plan:
    """An experiment with the wish that it was made from."""

    experiment: engine.Experiment
    wish: Wish

    def recipe(self, here: Bench) -> dict[str, Any]:
        """What makes the sheet again; what an axis varies is left out of the settings."""
        asked = self.experiment
        varied = {asked.rows.setting, asked.columns.setting}
        common = {name: value for name, value in self.wish.settings.items() if name not in varied}
        parts = {key: value for key, value in self.wish.recipe(here).items() if key not in ("settings", "steps")}
        return parts | {"what": "regularizer lab", "settings": common, "experiment": asdict(asked)}


def ask(wish: Wish) -> Plan | None:
    """Draws the controls; answers the experiment that they describe, None where a value cannot be."""
    st.header("The regularizer lab", anchor="lab")
    st.markdown(
        f"The same class, **{wish.name}**, and the same seed, but two settings vary: one from left to right, one from "
        "top to bottom. All other settings are those above; every picture is optimized at the same time."
    )
    places = st.columns([3, 4, 3, 4])
    with guard():
        across = _setting(places[0], "From left to right", "lab_x", "tv")
        down = _setting(places[2], "From top to bottom", "lab_y", "norm")
        if across == down:
            raise VizError("Both axes vary the same setting.", "Choose two different ones.")
        columns, rows = _axis(places[1], across), _axis(places[3], down)
        _check_steps(rows, columns)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            varied = "steps" in (across, down)
            steps = int(
                st.number_input(
                    "Steps for each picture",
                    4,
                    *limits.steps(2000, 64),
                    key="lab_steps",
                    bind="query-params",
                    width=220,
                    disabled=varied,
                )
            )
            plan = Plan(engine.Experiment(wish.target, rows, columns, steps, wish.seed), wish)
            pressed = st.button("Run the lab", type="primary", icon=":material/science:", key="lab start")
            st.markdown(f"{len(rows.values) * len(columns.values)} pictures of {wish.size[1]} x {wish.size[0]} px")
        if pressed:
            st.session_state[_RUN] = plan
        if "norm_order" in (across, down) and not _has_norm(plan):
            st.info("The order p changes nothing while the norm's weight is 0: give it one in the settings above.")
        return plan
    return None


def _has_norm(plan: Plan) -> bool:
    axes = (plan.experiment.rows, plan.experiment.columns)
    return bool(plan.wish.settings["norm"]) or any(each.setting == "norm" for each in axes)


def _setting(place: Any, label: str, key: str, usual: str) -> str:
    names = list(engine.AXES)
    chosen = place.selectbox(
        label,
        names,
        names.index(usual),
        key=key,
        bind="query-params",
        format_func=lambda name: engine.knob(name)[1].label,
    )
    return chosen or usual


def _axis(place: Any, setting: str) -> engine.Axis:
    """The values of a setting: words to choose from, or numbers to write."""
    kind, knob = engine.knob(setting)
    usual = engine.AXES[setting]
    shared: dict[str, Any] = {"key": f"lab.{setting}", "bind": "query-params"}
    if kind is str:
        return engine.axis(setting, place.multiselect("Values", knob.choices, list(usual), **shared))
    words = f"Up to {engine.MOST_VALUES} numbers from {knob.low:g} to {knob.high:g}, with commas between."
    return engine.axis(setting, place.text_input("Values", ", ".join(map(_value, usual)), help=words, **shared) or "")


def _check_steps(*axes: engine.Axis) -> None:
    allowed = limits.allowed().steps
    if any(value > allowed for axis in axes if axis.setting == "steps" for value in axis.values):  # type: ignore[operator]
        raise VizError("A run here may have no more steps than the operator allows.", f"Give at most {allowed}.")


def run(here: Bench, plan: Plan | None) -> None:
    """Runs the experiment that was started last, or goes on with it, and shows its sheet; nothing before the first."""
    started: Plan | None = st.session_state.get(_RUN)
    if started is None or not _fits(here, started):
        return
    recipe = started.recipe(here)
    if plan is not None and plan.recipe(here) != recipe:
        st.caption("This is the experiment as it was started. The controls say something else now: run the lab anew.")
    bar, place = st.container(), st.empty()
    drawn = [0.0]

    def draw(frame: engine.LabFrame) -> None:
        if frame.step < frame.total and time.monotonic() - drawn[0] < _SECONDS_PER_SHEET:
            return
        words = _words(here, started, frame)
        file = encode_png(_sheet(words, frame, show.dark()))
        place.image(file, width="stretch", alt=words.title, output_format="PNG")
        drawn[0] = time.monotonic()

    with bar:
        last = live.follow(
            started.wish.place(here), recipe, lambda: _start(here, started), draw, "All pictures at once"
        )
    if last is None:
        return
    show.save_png(
        "Sheet (PNG)", _sheet(_words(here, started, last), last), "filterscope_lab", recipe | {"step": last.step}
    )
    _table(last)


def _sheet(words: Words, frame: engine.LabFrame, dark: bool = False) -> Any:
    return labeled([to_image(cell.pixels)[0] for cell in frame.cells], words, dark)


def _fits(here: Bench, plan: Plan) -> bool:
    """Whether this network has the class that the experiment is about."""
    names, target = here.model.class_names, plan.experiment.target
    return target < len(names) and short(names[target]) == plan.wish.name


def _start(here: Bench, plan: Plan) -> Any:
    varied = {plan.experiment.rows.setting, plan.experiment.columns.setting}
    given = {name: value for name, value in plan.wish.given(here).items() if name not in varied}
    return engine.lab(here.model, plan.experiment, **given)


def _words(here: Bench, plan: Plan, frame: engine.LabFrame) -> Words:
    asked = plan.experiment
    varied = "steps" in (asked.rows.setting, asked.columns.setting)
    steps = "" if varied else f", step {frame.step} of {frame.total}"
    return Words(
        f"{plan.wish.name}, as {here.model.name} sees it: seed {asked.seed}{steps}",
        f"{_label(frame.columns)}, from left to right",
        f"{_label(frame.rows)}, from top to bottom",
        [_value(each) for each in frame.columns.values],
        [_value(each) for each in frame.rows.values],
        [_below(cell) for cell in frame.cells],
    )


def _label(axis: engine.Axis) -> str:
    return engine.knob(axis.setting)[1].label


def _value(value: engine.Value) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _below(cell: engine.Cell) -> tuple[str, str]:
    likely = "" if cell.probability is None else f" · {percent(cell.probability)}"
    return f"logit {cell.logit:.1f}{likely}", f"TV {cell.penalties['tv']:.2g} · norm {cell.penalties['norm']:.2g}"


def _table(frame: engine.LabFrame) -> None:
    """The sheet's numbers, to read and to take along."""
    places = [(row, column) for row in frame.rows.values for column in frame.columns.values]
    rows = [
        {
            _label(frame.rows): _value(row),
            _label(frame.columns): _value(column),
            "logit": cell.logit,
            "probability (%)": None if cell.probability is None else 100 * cell.probability,
            "total variation": cell.penalties["tv"],
            "norm": cell.penalties["norm"],
            "steps": cell.step,
            "note": cell.note,
        }
        for (row, column), cell in zip(places, frame.cells, strict=True)
    ]
    with st.expander("The numbers as a table", icon=":material/table:"):
        st.dataframe(rows, hide_index=True, width="stretch")
