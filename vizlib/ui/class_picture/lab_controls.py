"""The controls of the regularizer lab: which two settings vary, and over which values; and its button."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from vizlib.activation_maximization import lab as engine
from vizlib.errors import VizError
from vizlib.runs import Recipe, limits
from vizlib.ui.class_picture.optimization import Optimization
from vizlib.ui.shared import asked as asked_for
from vizlib.ui.shared.guard import tell
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain

_RUN = "lab run"  # in the session: the experiment that was started last
_BEFORE = "class picture before the lab run"  # in the session: its recipe's key, if it had been asked for
_OPEN = "lab open"  # in the session: whether the controls are open at first


@dataclass(frozen=True)
class LabRun:
    """An experiment, with the class picture whose controls it varies."""

    experiment: engine.Experiment
    base: Optimization

    def recipe(self, here: Chosen) -> dict[str, Any]:
        """Reproduces the sheet. The settings leave out what an axis varies."""
        asked = self.experiment
        varied = {asked.rows.setting, asked.columns.setting}
        base = self.base.recipe(here)
        common = {name: value for name, value in base["settings"].items() if name not in varied}
        parts = {key: value for key, value in base.items() if key not in ("settings", "steps")}
        return parts | {"what": "regularizer lab", "settings": common, "experiment": asdict(asked)}


def ask(here: Chosen, base: Optimization) -> LabRun | None:
    """Draws the controls and the button; returns the experiment that they describe, None if a value is not possible."""
    with st.container(horizontal=True):
        title = "The regularizer lab: two settings vary, side by side"
        controls = st.expander(title, icon=":material/grid_view:", expanded=_mistaken())
        button = st.container(width="content")
    with controls:
        asked = _controls(base)
    button.button(
        "Run the lab",
        icon=":material/science:",
        key="lab start",
        disabled=asked is None,
        help="A value of the lab is not possible: see the message under its field." if asked is None else None,
        on_click=_start,
        args=(asked, Recipe(base.recipe(here)).key),
    )
    return asked


def _mistaken() -> bool:
    """Whether the page's link gave a value that is not possible, so that its message must be seen."""
    if _OPEN not in st.session_state:
        given = {each: st.query_params.get(f"lab.{each}") for each in engine.AXES}
        st.session_state[_OPEN] = any(_fails(setting, value) for setting, value in given.items() if value)
    return bool(st.session_state[_OPEN])


def _fails(setting: str, value: str) -> bool:
    try:
        engine.axis(setting, value)
    except VizError:
        return True
    return False


def _start(asked: LabRun, picture: str) -> None:
    """Starts the experiment, and notes whether the class picture with that key had been asked for before."""
    st.session_state[_RUN] = asked
    st.session_state[_BEFORE] = picture if asked_for.includes(picture) else None


def comes_first(here: Chosen, base: Optimization) -> bool:
    """Whether the lab was started later than the class picture that the page's controls describe."""
    picture = Recipe(base.recipe(here)).key
    return _RUN in st.session_state and (st.session_state[_BEFORE] == picture or not asked_for.includes(picture))


def _controls(base: Optimization) -> LabRun | None:
    st.markdown(
        f"The same class, **{plain(base.name)}**, and the same seed, but two settings vary. All other settings are "
        "those above, and all pictures are optimized at the same time."
    )
    left, middle, right = st.columns(3, gap="medium")
    with left:
        across = _setting("From left to right", "lab_x", "tv")
        columns = _axis(across)
    with middle:
        down = _setting("From top to bottom", "lab_y", "norm")
        rows = _axis(down) if down != across else None
        if down == across:
            tell(VizError("Both axes vary the same setting.", "Choose two different ones."))
    varied = "steps" in (across, down)
    most = limits.steps(2000, 64)
    with right:
        steps = int(linked().number_input("Steps per picture", 4, *most, key="lab_steps", disabled=varied))
        if rows is None or columns is None:
            return None
        count = len(rows.values) * len(columns.values)
        st.markdown(f"{count:d} pictures of {base.size[1]:d} x {base.size[0]:d} px")
    asked = LabRun(engine.Experiment(base.target, rows, columns, steps, base.seed), base)
    if "norm_order" in (across, down) and not _has_norm(asked):
        st.info("The order p changes nothing while the norm's weight is 0. Set a weight in the settings above.")
    return asked


def started() -> LabRun | None:
    """The experiment that this visitor started last."""
    run: LabRun | None = st.session_state.get(_RUN)
    return run


def _has_norm(asked: LabRun) -> bool:
    axes = (asked.experiment.rows, asked.experiment.columns)
    return bool(asked.base.settings["norm"]) or any(each.setting == "norm" for each in axes)


def _setting(label: str, key: str, usual: str) -> str:
    names = list(engine.AXES)
    chosen = linked().selectbox(
        plain(label),
        names,
        names.index(usual),
        key=key,
        format_func=lambda name: engine.knob(name)[1].label,
    )
    return chosen or usual


def _axis(setting: str) -> engine.Axis | None:
    """The values of a setting: words to choose from, or numbers to type. A mistake is told under the field."""
    kind, knob = engine.knob(setting)
    usual = engine.AXES[setting]
    given: Any
    if kind is str:
        given = linked().multiselect("Values", knob.choices, list(usual), key=f"lab.{setting}")
    else:
        words = f"Up to {engine.MOST_VALUES:d} numbers from {knob.low:g} to {knob.high:g}, separated by commas."
        given = linked().text_input("Values", ", ".join(map(written, usual)), help=words, key=f"lab.{setting}") or ""
    try:
        axis = engine.axis(setting, given)
        _check_steps(axis)
    except VizError as problem:
        tell(problem)
        return None
    return axis


def _check_steps(axis: engine.Axis) -> None:
    allowed = limits.allowed().steps
    if axis.setting == "steps" and any(value > allowed for value in axis.values):  # type: ignore[operator]
        raise VizError("The operator of this installation does not allow that many steps.", f"Give at most {allowed}.")


def written(value: engine.Value) -> str:
    """A value as a person writes it."""
    return value if isinstance(value, str) else f"{value:g}"
