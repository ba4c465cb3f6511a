"""What was measured of an exercise, beside what the course publishes: reproduced, or by how much not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from vizlib.evaluation import Rate
from vizlib.records import brief

KEPT: Final = Path(__file__).with_name("measured.json")
NOTHING: Final = "no figure"  # what stands in the place of a published one


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        what: what was measured.
        published: the course's figure, or `NOTHING`.
        ours: our figure with its 95 % interval, or its quartiles.
        verdict: "reproduced", by how much it is not, or what can be said without a published figure.
    """

    what: str
    published: str
    ours: str
    verdict: str


@dataclass(frozen=True)
class Measured:
    """An exercise that was measured on one network, as far as `step` of `total`.

    Attributes:
        step: from 1.
        total: the step of the last frame, which is the answer.
        key: of the exercise.
        network: on which network.
        pictures: on which pictures.
        rows: what was found so far; empty at first.
    """

    step: int
    total: int
    key: str
    network: str
    pictures: str
    rows: tuple[Row, ...] = ()

    __repr__ = brief


def shared(what: str, rate: Rate, published: float | None = None, lead: str = "") -> Row:
    """The row of a share. published: the course's share, in [0, 1]. lead: what is said without one."""
    low, high = rate.interval
    ours = f"{rate.share:.1%} ({low:.1%} to {high:.1%}), {rate.kept} of {rate.count}"
    if published is None:
        return Row(what, NOTHING, ours, lead)
    return Row(what, f"{published:.2%}", ours, verdict(published, rate.share, (low, high)))


def verdict(published: float, ours: float, interval: tuple[float, float]) -> str:
    """Whether the published share is within our interval, else by how many points ours is off."""
    if interval[0] <= published <= interval[1]:
        return "reproduced: within our interval"
    side = "higher" if ours > published else "lower"
    return f"not reproduced: {100 * abs(ours - published):.1f} points {side}"


@cache
def kept() -> Mapping[str, Sequence[Measured]]:
    """What `python -m benchmarks.accuracy.exercises` has measured, by the exercises' keys."""
    if not KEPT.exists():
        return {}
    found: dict[str, list[Measured]] = {}
    for each in json.loads(KEPT.read_text(encoding="utf-8")):
        rows = tuple(Row(**row) for row in each["rows"])
        found.setdefault(each["key"], []).append(Measured(**{**each, "rows": rows}))
    return found


def as_json(measured: Sequence[Measured]) -> str:
    """The same as the file keeps it."""
    rows: list[dict[str, Any]] = [asdict(each) for each in measured]
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
