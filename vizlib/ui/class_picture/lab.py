"""The regularizer lab on screen: two settings vary, and all pictures are optimized at once, side by side."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from vizlib.activation_maximization import lab as engine
from vizlib.pictures import encode_png
from vizlib.render import Words, labeled
from vizlib.ui.class_picture import lab_controls
from vizlib.ui.class_picture.lab_controls import LabRun, written
from vizlib.ui.shared import live, save, show
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, short

_SECONDS_PER_SHEET = 0.5


def run(here: Chosen, asked: LabRun | None) -> None:
    """Runs or continues the experiment that was started last and shows its sheet; draws nothing before the first."""
    started = lab_controls.started()
    if started is None or not _fits(here, started):
        return
    recipe = started.recipe(here)
    if asked is not None and asked.recipe(here) != recipe:
        st.caption("The controls have changed since this experiment was started. Run the lab again to use them.")
    place = st.container(key="lab_sheet").empty()
    drawn = [0.0]

    def draw(frame: engine.LabFrame) -> None:
        if frame.step < frame.total and time.monotonic() - drawn[0] < _SECONDS_PER_SHEET:
            return
        words = _words(here, started, frame)
        file = encode_png(_sheet(words, frame, show.dark()))
        place.image(file, width="stretch", alt=words.title, output_format="PNG")
        drawn[0] = time.monotonic()

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
    return labeled([cell.image for cell in frame.cells], words, dark)


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
        [written(each) for each in frame.columns.values],
        [written(each) for each in frame.rows.values],
        [_beside(cell) for cell in frame.cells],
    )


def _label(axis: engine.Axis) -> str:
    return engine.knob(axis.setting)[1].label


def _beside(cell: engine.Cell) -> list[str]:
    likely = [] if cell.probability is None else [percent(cell.probability)]
    return [*likely, f"logit {cell.logit:.1f}", f"TV {cell.penalties['tv']:.2g}", f"norm {cell.penalties['norm']:.2g}"]


def _table(frame: engine.LabFrame) -> None:
    """The sheet's numbers as a table, which Streamlit lets a visitor download."""
    places = [(row, column) for row in frame.rows.values for column in frame.columns.values]
    rows = [
        {
            _label(frame.rows): written(row),
            _label(frame.columns): written(column),
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
