"""The regularizer lab on screen: two settings vary, and all pictures are optimized at once, side by side."""

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
from vizlib.ui.class_picture.optimization import Optimization
from vizlib.ui.shared import live, save, show
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, plain, short

_RUN = "lab run"  # in the session: the experiment that was started last
_SECONDS_PER_SHEET = 0.5


@dataclass(frozen=True)
class LabRun:
    """An experiment, with the class picture whose controls it varies."""

    experiment: engine.Experiment
    base: Optimization

    def recipe(self, here: Chosen) -> dict[str, Any]:
        """Reproduces the sheet. The settings leave out what an axis varies."""
        asked = self.experiment
        varied = {asked.rows.setting, asked.columns.setting}
        common = {name: value for name, value in self.base.settings.items() if name not in varied}
        parts = {key: value for key, value in self.base.recipe(here).items() if key not in ("settings", "steps")}
        return parts | {"what": "regularizer lab", "settings": common, "experiment": asdict(asked)}


def ask(base: Optimization) -> LabRun | None:
    """Draws the controls; returns the experiment that they describe, None if a value is not possible."""
    st.header("The regularizer lab", anchor="lab")
    st.markdown(
        f"The same class, **{plain(base.name)}**, and the same seed, but two settings vary: one from left to "
        "right, one from top to bottom. All other settings are those above, and all pictures are optimized at the "
        "same time."
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
                linked().number_input(
                    "Steps per picture",
                    4,
                    *limits.steps(2000, 64),
                    key="lab_steps",
                    width=220,
                    disabled=varied,
                )
            )
            asked = LabRun(engine.Experiment(base.target, rows, columns, steps, base.seed), base)
            pressed = st.button("Run the lab", type="primary", icon=":material/science:", key="lab start")
            st.markdown(f"{len(rows.values) * len(columns.values)} pictures of {base.size[1]:d} x {base.size[0]:d} px")
        if pressed:
            st.session_state[_RUN] = asked
        if "norm_order" in (across, down) and not _has_norm(asked):
            st.info("The order p changes nothing while the norm's weight is 0. Set a weight in the settings above.")
        return asked
    return None


def _has_norm(asked: LabRun) -> bool:
    axes = (asked.experiment.rows, asked.experiment.columns)
    return bool(asked.base.settings["norm"]) or any(each.setting == "norm" for each in axes)


def _setting(place: Any, label: str, key: str, usual: str) -> str:
    names = list(engine.AXES)
    chosen = linked(place).selectbox(
        plain(label),
        names,
        names.index(usual),
        key=key,
        format_func=lambda name: engine.knob(name)[1].label,
    )
    return chosen or usual


def _axis(place: Any, setting: str) -> engine.Axis:
    """The values of a setting: words to choose from, or numbers to type."""
    kind, knob = engine.knob(setting)
    usual = engine.AXES[setting]
    shared: dict[str, Any] = {"key": f"lab.{setting}"}
    if kind is str:
        return engine.axis(setting, linked(place).multiselect("Values", knob.choices, list(usual), **shared))
    words = f"Up to {engine.MOST_VALUES:d} numbers from {knob.low:g} to {knob.high:g}, separated by commas."
    return engine.axis(
        setting, linked(place).text_input("Values", ", ".join(map(_value, usual)), help=words, **shared) or ""
    )


def _check_steps(*axes: engine.Axis) -> None:
    allowed = limits.allowed().steps
    if any(value > allowed for axis in axes if axis.setting == "steps" for value in axis.values):  # type: ignore[operator]
        raise VizError("The operator of this installation does not allow that many steps.", f"Give at most {allowed}.")


def run(here: Chosen, asked: LabRun | None) -> None:
    """Runs or continues the experiment that was started last and shows its sheet; draws nothing before the first."""
    started: LabRun | None = st.session_state.get(_RUN)
    if started is None or not _fits(here, started):
        return
    recipe = started.recipe(here)
    if asked is not None and asked.recipe(here) != recipe:
        st.caption("The controls have changed since this experiment was started. Run the lab again to use them.")
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
            started.base.place(here), recipe, lambda: _start_run(here, started), draw, "All pictures at once"
        )
    if last is None:
        return
    save.save_png(
        "Sheet (PNG)", _sheet(_words(here, started, last), last), "filterscope_lab", recipe | {"step": last.step}
    )
    _table(last)


def _sheet(words: Words, frame: engine.LabFrame, dark: bool = False) -> Any:
    return labeled([to_image(cell.pixels)[0] for cell in frame.cells], words, dark)


def _fits(here: Chosen, asked: LabRun) -> bool:
    """Whether this network has the class of the experiment."""
    names, target = here.model.class_names, asked.experiment.target
    return target < len(names) and short(names[target]) == asked.base.name


def _start_run(here: Chosen, asked: LabRun) -> Any:
    varied = {asked.experiment.rows.setting, asked.experiment.columns.setting}
    given = {name: value for name, value in asked.base.given(here).items() if name not in varied}
    return engine.lab(here.model, asked.experiment, **given)


def _words(here: Chosen, asked: LabRun, frame: engine.LabFrame) -> Words:
    experiment = asked.experiment
    varied = "steps" in (experiment.rows.setting, experiment.columns.setting)
    steps = "" if varied else f", step {frame.step} of {frame.total}"
    return Words(
        f"{asked.base.name}, as {here.name} sees it: seed {experiment.seed}{steps}",
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
    """The sheet's numbers as a table, which Streamlit lets a visitor download."""
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
