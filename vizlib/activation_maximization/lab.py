"""The regularizer lab: one class, one seed, and a grid over two settings, all pictures side by side.

Cells that differ only in weights and rates are one batch; steps, parameterizations and transforms each need a batch
of their own. All batches advance together, so that the whole grid forms at once.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from torch import Tensor

from vizlib.activation_maximization.film import probability
from vizlib.activation_maximization.frame import Frame
from vizlib.activation_maximization.given import PER_PICTURE
from vizlib.activation_maximization.loop import maximize
from vizlib.activation_maximization.passes.host_device import Due
from vizlib.activation_maximization.settings import Settings
from vizlib.activation_maximization.task import Start
from vizlib.errors import UnknownName, VizError
from vizlib.method import Knob, knob_fields, turn
from vizlib.models import Classifier, in_own_context
from vizlib.records import Size, brief
from vizlib.render import Image8, notebook, stretched, to_image

Value = float | int | str
MOST_VALUES: Final = 5  # along an axis
STEPS: Final = Knob("Steps", 1, 2000, 1, "How long each picture is optimized.")
# The settings that can be varied, each with values that show its effect.
AXES: Final[Mapping[str, tuple[Value, ...]]] = {
    "tv": (0.0, 2.0, 10.0),
    "norm": (0.0, 1.0, 10.0),
    "norm_order": (2.0, 4.0, 6.0),
    "learning_rate": (0.02, 0.07, 0.2),
    "steps": (16, 64, 128),
    "l2": (0.0, 0.001, 0.01),
    "decay": (0.0, 0.02, 0.1),
    "blur": (0.0, 0.5, 1.0),
    "cutoff": (0.1, 0.25, 0.5),
    "parameterization": ("fourier", "pixels", "maco"),
    "transforms": ("none", "standard", "strong"),
}


@dataclass(frozen=True)
class Axis:
    """One side of the grid.

    Attributes:
        setting: a key of AXES.
        values: what it is set to, in order.
    """

    setting: str
    values: tuple[Value, ...]


@dataclass(frozen=True, eq=False)
class Cell:
    """One picture of the grid.

    Attributes:
        step: of this cell; on CUDA cells are read only a few times a second.
        total: steps of this cell.
        pixels: (1, 3, H, W) in [0, 1].
        logit: of the class.
        probability: [0, 1]; None until the cell is done.
        penalties: before their weights.
        note: a sentence that the reader should know, or "".
        stretch: as for `Frame`.
    """

    step: int
    total: int
    pixels: Tensor
    logit: float
    probability: float | None
    penalties: Mapping[str, float]
    note: str = ""
    stretch: bool = False

    __repr__ = brief

    @property
    def image(self) -> Image8:
        """The picture as it is shown, uint8 (H, W, 3)."""
        return to_image(stretched(self.pixels) if self.stretch else self.pixels)[0]


@dataclass(frozen=True, eq=False)
class LabFrame:
    """The grid after `step` of `total` steps.

    Attributes:
        step: of all cells together.
        total: steps in all.
        rows: the setting that differs from row to row, and its values.
        columns: the setting that differs from column to column, and its values.
        cells: row by row.
    """

    step: int
    total: int
    rows: Axis
    columns: Axis
    cells: tuple[Cell, ...]

    __repr__ = brief

    def _repr_html_(self) -> str:
        places = [(row, column) for row in self.rows.values for column in self.columns.values]
        captions = [
            f"{self.rows.setting} {row}, {self.columns.setting} {column}\nlogit {cell.logit:.4g}"
            for (row, column), cell in zip(places, self.cells, strict=True)
        ]
        drawn = notebook.pictures([cell.image for cell in self.cells], captions, len(self.columns.values))
        return notebook.shown(f"Step {self.step} of {self.total} of all pictures", drawn)


@dataclass(frozen=True)
class Experiment:
    """What all cells have in common, and what they differ in.

    Attributes:
        target: a class's number.
        rows: the first setting and its values.
        columns: the second setting and its values.
        steps: where no axis says otherwise.
        seed: of the noise and the transforms.
    """

    target: int
    rows: Axis
    columns: Axis
    steps: int = 64
    seed: int = 0


def knob(setting: str) -> tuple[type[Any], Knob]:
    """The type and the knob of a setting that can be an axis. Raises UnknownName."""
    if setting not in AXES:
        raise UnknownName.among("setting of the lab", setting, AXES)
    if setting == "steps":
        return int, STEPS
    kind, its_knob, _ = knob_fields(Settings)[setting]
    return kind, its_knob


def axis(setting: str, values: str | Iterable[Value]) -> Axis:
    """An axis from what a person wrote ("0, 1, 10") or chose. Raises VizError or UnknownName, saying what is wrong."""
    kind, its_knob = knob(setting)
    given = (
        [each for each in values.replace(";", ",").split(",") if each.strip()] if isinstance(values, str) else values
    )
    read = tuple(dict.fromkeys(_value(its_knob.label, kind, each) for each in given))
    if not 1 <= len(read) <= MOST_VALUES:
        raise VizError(f"{its_knob.label} has {len(read)} values.", f"Give 1 to {MOST_VALUES}, with commas between.")
    for each in read:
        _check(setting, its_knob, each)
    return Axis(setting, read)


def _value(label: str, kind: type[Any], given: Value) -> Value:
    if kind is str:
        return str(given).strip()
    try:
        number = float(given)
    except ValueError as problem:
        what = f"{label}: {str(given).strip()!r} is not a number."
        raise VizError(what, "Give numbers like 0, 0.5, 10.") from problem
    return int(number) if kind is int and number.is_integer() else number


def _check(setting: str, its_knob: Knob, value: Value) -> None:
    if setting != "steps":
        turn(Settings, **{setting: value})
    elif not isinstance(value, int) or not its_knob.low <= value <= its_knob.high:
        raise VizError(f"steps is {value!r}.", f"Give a whole number from {its_knob.low:g} to {its_knob.high:g}.")


@in_own_context
def lab(
    model: Classifier, experiment: Experiment, start: Start = None, size: int | Size | None = None, **settings: Any
) -> Generator[LabFrame, None, None]:
    """All cells of the grid as they form, one snapshot a step; each cell's last picture is its best.

    start, size: as for `maximize`. settings: those of `Settings` that no axis varies.
    A cell is what `maximize` gives with the cell's settings and the experiment's seed. Raises what `maximize` raises.
    """
    if experiment.rows.setting == experiment.columns.setting:
        raise VizError("Both axes vary the same setting.", "Choose two different ones.")
    own = _own_settings(experiment)
    batches = []
    for apart, places in _groups(own).items():
        common = {**settings, **dict(apart), "diversity": 0.0}
        steps = common.pop("steps", experiment.steps)
        together: dict[str, Any] = {
            name: [own[place][name] for place in places] for name in own[places[0]] if name in PER_PICTURE
        }
        seeds = [experiment.seed] * len(places)
        goals = [experiment.target] * len(places)
        frames = maximize(model, goals, steps, seeds, start, size, **common, **together)
        batches.append((places, frames))
    most = max(each.get("steps", experiment.steps) for each in own)
    return _lab_frames(model, experiment, batches, most)


def _own_settings(experiment: Experiment) -> list[dict[str, Any]]:
    rows, columns = experiment.rows, experiment.columns
    return [{rows.setting: down, columns.setting: across} for down in rows.values for across in columns.values]


def _groups(own: list[dict[str, Any]]) -> dict[tuple[tuple[str, Any], ...], list[int]]:
    """The places of the cells, by the settings that a batch has in common."""
    groups: dict[tuple[tuple[str, Any], ...], list[int]] = {}
    for place, settings in enumerate(own):
        apart = tuple((name, value) for name, value in settings.items() if name not in PER_PICTURE)
        groups.setdefault(apart, []).append(place)
    return groups


@in_own_context
def _lab_frames(
    model: Classifier, experiment: Experiment, batches: list[tuple[list[int], Generator[Frame, None, None]]], most: int
) -> Generator[LabFrame, None, None]:
    cells: dict[int, Cell] = {}
    due = Due(model.device)
    for step in range(1, most + 1):
        now = due()
        for places, frames in batches:
            frame = next(frames, None)
            if frame is not None and (now or frame.step in (1, frame.total)):
                cells |= dict(zip(places, _cells(model, frame, experiment.target), strict=True))
        ordered = tuple(cells[place] for place in sorted(cells))
        yield LabFrame(step, most, experiment.rows, experiment.columns, ordered)


def _cells(model: Classifier, frame: Frame, target: int) -> list[Cell]:
    notes = frame.notes or ("",) * len(frame.pixels)
    cells = []
    measured = {name: values.tolist() for name, values in frame.penalties.items()}
    for row, logit in enumerate(frame.scores.tolist()):
        penalties = {name: values[row] for name, values in measured.items()}
        found = frame.pixels[row : row + 1], logit, None, penalties, notes[row], frame.stretch
        cells.append(Cell(frame.step, frame.total, *found))
    if frame.step == frame.total:
        cells = [replace(each, probability=probability(model, each.pixels, target)) for each in cells]
    return cells
