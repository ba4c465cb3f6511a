"""Runs the courses' exercises and writes published | ours | reproduced, for the page and for RESULTS.md.

    VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.accuracy.exercises      # under 10 minutes on two idle cores
    python -m benchmarks.accuracy.exercises --only cs231n_fooling                 # these again; the others are kept

Each exercise that can be measured runs on a bundled network with drawn pictures. If VIZLIB_WEIGHTS has mobilenetv2_100
and --photographs names a folder of photographs with their labels.csv, those that need ImageNet run on these, too.
The settings are those of the exercise's own link. Figures that need other weights or pictures are not measured: their
rows say in which test our steps equal an implementation from the course's description.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from benchmarks.results import write_section
from vizlib import drawn, exercises, load_model
from vizlib.exercises import EXERCISES, KEPT, NOTHING, Exercise, Measured
from vizlib.models import Classifier
from vizlib.steps import last

TITLE: Final = "Exercises of courses"
COMMAND: Final = "VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.accuracy.exercises"
NETWORK: Final = "mobilenetv2_100"
MOST: Final = {  # photographs, where all of them would take minutes
    "rdfia_fooling": 8, "sutd_fooling": 8, "kolter_madry_untargeted": 12, "kolter_madry_targeted": 8,
    "tensorflow_fgsm": 20,
}  # fmt: skip
ALONE: Final = {"published": NOTHING, "verdict": ""}
HEAD: Final = "| course | exercise | network | pictures | figure | published | ours | reproduced |\n" + "|---" * 8 + "|"


@dataclass(frozen=True)
class Material:
    """A network with pictures and their classes; without pictures, those that the exercise draws."""

    model: Classifier
    name: str = ""
    pictures: Sequence[Any] | None = None
    labels: Sequence[int] | None = None

    def few(self, most: int | None) -> Material:
        """So many of the pictures, from all over the set."""
        if most is None or self.pictures is None or self.labels is None:
            return self
        some = range(0, len(self.pictures), max(1, len(self.pictures) // most))[:most]
        pictures, labels = [self.pictures[each] for each in some], [self.labels[each] for each in some]
        return replace(self, name=f"{len(some)} of them", pictures=pictures, labels=labels)


def photographs(folder: Path) -> Material | None:
    """The photographs with their classes, on mobilenetv2_100; None if they or the weights are not here."""
    weights = os.environ.get("VIZLIB_WEIGHTS")
    if not weights or not (Path(weights) / f"{NETWORK}.safetensors").exists() or not (folder / "labels.csv").exists():
        return None
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    name = f"{len(rows)} photographs"
    return Material(
        load_model(NETWORK), name, [folder / each["file"] for each in rows], [int(e["index"]) for e in rows]
    )


def handwritten() -> Material:
    """scikit-learn's handwritten digits, on the bundled network that learned drawn ones."""
    found = drawn("real_digits", per_class=1, tests=20).tests
    assert found is not None
    model = load_model("bundled/digits")
    return Material(model, f"{len(found)} handwritten digits of scikit-learn", list(found.pictures), list(found.labels))


def materials(exercise: Exercise, real: Material | None) -> Iterator[Material]:
    """On what an exercise is measured."""
    yield Material(load_model(str(exercise.bundled["network"])))
    if exercise.key == "pytorch_fgsm":
        yield handwritten()
    elif real is not None and exercise.bundled["network"] == "bundled/scenes":
        few = real.few(MOST.get(exercise.key))
        yield few if few is real else replace(few, name=f"{few.name.split()[0]} of {real.name}")


def measured(exercise: Exercise, real: Material | None) -> list[Measured]:
    found = []
    for each in materials(exercise, real):
        began = time.perf_counter()
        run = exercises.run(exercise.key, each.model, each.pictures, each.labels, each.name)
        found.append(replace(last(run), step=1, total=1))
        print(f"{exercise.key} on {each.model.name}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
        for row in found[-1].rows:
            print("   ", " | ".join((row.what, row.published, row.ours, row.verdict)), file=sys.stderr, flush=True)
    return found


def everything(only: Sequence[str], real: Material | None) -> list[Measured]:
    """What was measured now and before. Where two courses set one exercise with equal settings, it runs once."""
    found = {key: list(each) for key, each in exercises.kept().items()}
    wanted = {task(each) for each in EXERCISES if each.key in only or not only}
    done: dict[Any, list[Measured]] = {}
    for each in EXERCISES:
        if each.measure and task(each) in wanted:
            if task(each) not in done:
                done[task(each)] = measured(each, real)
            found[each.key] = [told(one, each) for one in done[task(each)]]
            KEPT.write_text(exercises.as_json(in_order(found)), encoding="utf-8")
    return in_order(found)


def task(exercise: Exercise) -> Any:
    """What is measured, which two courses may have in common."""
    return exercise.measure, tuple(exercise.settings.items())


def in_order(found: Mapping[str, Sequence[Measured]]) -> list[Measured]:
    """The exercises as the page lists them, each on photographs first."""
    return [
        one
        for each in EXERCISES
        for one in sorted(found.get(each.key, ()), key=lambda one: one.network.startswith("bundled/"))
    ]


def told(measured: Measured, exercise: Exercise) -> Measured:
    """The same under the exercise's own key; another course's published figure is not its own."""
    rows = measured.rows if exercise.published else tuple(replace(row, **ALONE) for row in measured.rows)
    return replace(measured, key=exercise.key, rows=rows if measured.key != exercise.key else measured.rows)


def lines(found: Sequence[Measured]) -> list[str]:
    """The rows of RESULTS.md: what was measured, then what was not, and why."""
    rows = []
    for each in EXERCISES:
        begin = f"| {each.course} | {each.title} |"
        mine = [one for one in found if one.key == each.key]
        rows += [
            f"{begin} {one.network} | {one.pictures} | {row.what} | {row.published} | {row.ours} | {row.verdict} |"
            for one in mine
            for row in one.rows
        ]
        rows += [f"{begin} {each.network} | | {p.what} | {p.value} | not measured here | {why(each)} |"
                 for p in each.published if not mine or each.theirs != each.bundled]  # fmt: skip
    return rows


def why(exercise: Exercise) -> str:
    """Why a published figure was not measured."""
    steps = f"; the algorithm's steps equal the course's in {exercise.checked}" if exercise.checked else ""
    return f"needs: {exercise.needs[:1].lower()}{exercise.needs[1:].rstrip('.')}{steps}"


def main() -> None:
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photographs", type=Path, default=Path("../shared/images"))
    parser.add_argument("--only", nargs="+", default=[], choices=[each.key for each in EXERCISES if each.measure])
    asked = parser.parse_args()
    found = everything(asked.only, photographs(asked.photographs))
    words = (
        "Ours: with the 95 % interval by Wilson, or the quartiles. Reproduced: the published share is within our "
        "interval. The networks and pictures are not the courses', so a figure that is not reproduced says how far "
        "apart the two are, and not that one of them is wrong. An attack is made on pictures that the network answers "
        "rightly, and counts as the saved file's."
    )
    write_section(TITLE, COMMAND, "\n".join([words, "", HEAD, *lines(found)]))


if __name__ == "__main__":
    main()
