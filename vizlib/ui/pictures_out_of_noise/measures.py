"""What is measured at each evaluation, and the same measure of real pictures, which is the best to hope for."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Final

from vizlib.training import GanFrame
from vizlib.ui.shared.curves import Curve
from vizlib.ui.shared.lines import Line
from vizlib.ui.shared.words import number, share

REAL: Final = "real pictures"  # what the dashed line is called


@dataclass(frozen=True)
class Measure:
    """One of them, with the names of its values in the frame and of that of real pictures."""

    values: str
    real: str
    name: str
    unit: str = "%"
    most: float | None = 100.0  # the end of the axis; None: the largest value

    def of(self, frame: GanFrame) -> list[float]:
        """Its values at the frame's evaluations."""
        return [float(each) for each in getattr(frame, self.values)]

    def of_real(self, frame: GanFrame) -> float:
        """That of real pictures; NaN before the first evaluation."""
        return float(getattr(frame.real, self.real)) if frame.real is not None else float("nan")

    def said(self, frame: GanFrame) -> str:
        """The last value and that of real pictures, in words."""
        return f"{self._written(self.of(frame)[-1])} (real pictures: {self._written(self.of_real(frame))})"

    def _written(self, value: float) -> str:
        return share(value) if self.unit == "%" else number(value)


DISTANCE: Final = Measure("distances", "distance", "Fréchet distance", "", None)
PRECISION: Final = Measure("precisions", "precision", "Precision")
RECALL: Final = Measure("recalls", "recall", "Recall")
COVERED: Final = Measure("covered", "covered", "Classes covered", "", None)
CONFIDENT: Final = Measure("confident", "confident", "Readable")
COPIES: Final = Measure("copies", "copies", "Near copies", most=None)
MEASURES: Final = (DISTANCE, PRECISION, RECALL, COVERED, CONFIDENT, COPIES)
BELIEVED: Final = ("Pictures it learns from", "New real pictures", "Fakes")


def curves(frame: GanFrame) -> list[Curve]:
    """All measures that there are over the steps, each with that of real pictures."""
    return [_curve(each, frame) for each in MEASURES if not _unknown(each, frame)]


def _unknown(measure: Measure, frame: GanFrame) -> bool:
    """Whether the judge cannot tell, because it does not know the classes."""
    return frame.real is not None and not isfinite(measure.of_real(frame))


def _curve(measure: Measure, frame: GanFrame) -> Curve:
    scale = 100.0 if measure.unit == "%" else 1.0
    values, real = [scale * each for each in measure.of(frame)], scale * measure.of_real(frame)
    steps = [int(each) for each in frame.steps]
    level = (REAL, real) if isfinite(real) else None
    return Curve(measure.name, measure.unit, steps, values, measure.most, level, measure is DISTANCE)


def believed(frame: GanFrame) -> list[Line]:
    """What the discriminator says of pictures that it learns from, of new real ones and of fakes: "real", in %."""
    steps = [int(each) for each in frame.steps]
    shares = [[100 * float(each) for each in column] for column in frame.believed.T]
    return [Line(name, steps, values) for name, values in zip(BELIEVED, shares, strict=True)]
