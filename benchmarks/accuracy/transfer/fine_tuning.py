"""What fine-tuning gives: with how many pictures, how much of the network, in which domain, with which weights.

    python -m benchmarks.accuracy.transfer fine_tuning
    python -m benchmarks.accuracy.transfer fine_tuning --quick     # a few steps and one seed, to try it out

A seed draws other training pictures, another order and other new weights; the held-out pictures are always the same.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from benchmarks.accuracy.transfer.sets import SIZE, said, table
from benchmarks.results import write_section
from vizlib import fine_tune, last, list_layers, load_model
from vizlib.models import Classifier
from vizlib.synthetic import SCENE_CLASSES
from vizlib.training import PictureSet, drawn
from vizlib.weights import local_models

SOURCE = "bundled/scenes_half"
MOBILE = "mobilenetv2_100"
COUNTS = {1: 40, 5: 60, 20: 100, 100: 200}  # pictures per class: steps
RUNS: Mapping[str, dict[str, Any]] = {
    "scratch": {"what": "scratch", "rate": 3e-3, "body_rate": 1.0},
    "head": {"what": "head"},
    "all": {"what": "all"},
}
UNITS = ("conv1", *(f"layer{stage}.{block}" for stage in (1, 2, 3, 4) for block in (0, 1)))
SKIPPED = (0, 1, 3, 5)
GENTLE = {"what": "all", "rate": 5e-3, "body_rate": 0.06}  # for the comparison of batch normalization


KNOWN: dict[str, str] = {}  # what was measured, by its pictures and settings


class Choice(NamedTuple):
    """How thorough the measurement is."""

    seeds: int = 3
    tests: int = 70  # held-out pictures per class
    most: int = 100  # pictures per class
    share: float = 1.0  # of the steps


QUICK = Choice(1, 2, 5, 0.05)


def sets(name: str, choice: Choice, classes: list[str] | None = None) -> list[PictureSet]:
    """The pictures of each seed."""
    return [drawn(name, choice.most, seed, tests=choice.tests, classes=classes) for seed in range(choice.seeds)]


def accuracy(model: Classifier, data: PictureSet, per_class: int, seed: int, choice: Choice, **settings: Any) -> float:
    """Of one run on so many pictures of each class."""
    steps = max(2, round(settings.pop("steps", COUNTS.get(per_class, 100)) * choice.share))
    run = fine_tune(model, data.few(per_class, seed), steps=steps, seed=seed, every=steps, **settings)
    return last(run).accuracy


def measured(model: Classifier, data: list[PictureSet], per_class: int, choice: Choice, **settings: Any) -> str:
    key = f"{data[0].name} {per_class} {sorted(settings.items(), key=str)}"
    if key in KNOWN:  # several tables have this run
        return KNOWN[key]
    values = [accuracy(model, each, per_class, seed, choice, **settings) for seed, each in enumerate(data)]
    found = KNOWN[key] = said(values)
    print(per_class, settings, found, flush=True)
    return found


def learning_curves(model: Classifier, data: list[PictureSet], choice: Choice) -> str:
    counts = [each for each in COUNTS if each <= choice.most]
    rows = [
        [name, *(measured(model, data, each, choice, **settings) for each in counts)] for name, settings in RUNS.items()
    ]
    return table(["what learns", *(f"{each} per class" for each in counts)], rows)


def board(model: Classifier, scenes: list[PictureSet], choice: Choice) -> str:
    """Few or many pictures, of a similar or a different domain."""
    rows = []
    for domain, data in (("similar: scenes", scenes), ("different: textures", sets("textures", choice))):
        for count in (5, choice.most):
            answers = [measured(model, data, count, choice, **settings) for settings in RUNS.values()]
            rows.append([domain, f"{count}", *answers])
    return table(["pictures", "per class", *RUNS], rows)


def bottom_up(model: Classifier, data: list[PictureSet], choice: Choice) -> str:
    """The lowest k parts are loaded; all learns, or only what was not loaded."""
    some = {"steps": 70, "rate": 3e-3, "body_rate": 1.0}
    count = min(20, choice.most)
    rows = []
    for learns in ("all", "rest"):
        none = measured(model, data, count, choice, what="scratch", **some)
        loads = [("up to", each) for each in UNITS]
        rows.append(
            [learns, none, *(measured(model, data, count, choice, what=learns, load=each, **some) for each in loads)]
        )
    return table(["what learns", *(f"{k} loaded" for k in range(len(UNITS) + 1))], rows)


def skipped(model: Classifier, data: list[PictureSet], choice: Choice) -> str:
    """One part is left out, against loading all, and against stopping below it; what is loaded learns or not."""
    some = {"steps": 70, "rate": 3e-3, "body_rate": 1.0}
    count = min(20, choice.most)
    rows = []
    for learns in ("all", "rest"):
        every = measured(model, data, count, choice, what=learns, **some)
        for number in SKIPPED:
            gap = measured(model, data, count, choice, what=learns, load=("without", UNITS[number]), **some)
            stop = {"what": "scratch"} if not number else {"what": learns, "load": ("up to", UNITS[number - 1])}
            below = measured(model, data, count, choice, **stop, **some)
            rows.append([learns, UNITS[number], gap, every, below])
    return table(["what learns", "left out", "all but that one", "all loaded", "only what is below it"], rows)


def norms(model: Classifier, data: list[PictureSet], choice: Choice) -> str:
    count = min(20, choice.most)
    rows = []
    for frozen in (False, True):
        settings = {**GENTLE, "steps": 150, "freeze_norm": frozen}
        answers = [measured(model, data, count, choice, batch=each, **settings) for each in (2, 4, 16)]
        rows.append(["frozen" if frozen else "learns", *answers])
    return table(["batch normalization", *(f"batches of {each}" for each in (2, 4, 16))], rows)


def mobile(choice: Choice) -> str:
    """The last block of MobileNetV2 on 200 pictures, with the time that it takes."""
    model = load_model(MOBILE)
    data = drawn("insects", 34, tests=min(20, choice.tests))
    block = [each.path for each in list_layers(model) if each.kind == "block"][-1]
    begin, steps = time.monotonic(), max(2, round(40 * choice.share))
    frame = last(fine_tune(model, data, block, steps, size=SIZE, every=steps))
    seconds = time.monotonic() - begin
    trained, _, held = frame.counts
    what = f"{MOBILE} (ImageNet), from {block} upwards, {trained} drawn insects of {SIZE[0]} x {SIZE[1]} px"
    return f"{what}, {steps} steps of 32: accuracy {frame.accuracy:.2f} on {held} held-out ones, {seconds:.0f} s."


def report(choice: Choice) -> str:
    """All figures, as Markdown."""
    model = load_model(SOURCE)
    scenes = sets("scenes", choice, [each for each in SCENE_CLASSES if each not in model.class_names])
    parts = [
        (f"{SOURCE} on the 7 classes of scenes that it has not seen:", learning_curves(model, scenes, choice)),
        (f"{SOURCE} on drawn insects:", learning_curves(model, sets("insects", choice), choice)),
        ("Few or many pictures, similar or different domain:", board(model, scenes, choice)),
        ("Loaded from below, 20 pictures per class; all learns, or the rest:", bottom_up(model, scenes, choice)),
        ("One part left out, 20 pictures per class; all learns, or the rest:", skipped(model, scenes, choice)),
        ("Batch normalization in small batches, 20 pictures per class:", norms(model, scenes, choice)),
    ]
    if any(each.startswith(f"local/{MOBILE}") for each in local_models()):
        parts.append(("A network of ImageNet:", mobile(choice)))
    return "\n\n".join(each for part in parts for each in part)


def main() -> None:
    parser = argparse.ArgumentParser(description="What fine-tuning gives.")
    parser.add_argument("--quick", action="store_true", help="tiny settings, nothing is written")
    choice, _ = parser.parse_known_args()
    how = QUICK if choice.quick else Choice()
    text = (
        f"Accuracy in %, the mean over {how.seeds} seeds with its 95 % interval (Student's t); {how.tests} pictures of "
        f"each class are held out. Steps: {', '.join(f'{steps} with {count}' for count, steps in COUNTS.items())} per "
        f"class.\n\n{report(how)}"
    )
    print(text)
    if not choice.quick:
        write_section(
            "Fine-tuning: how much, of what, from where", "python -m benchmarks.accuracy.transfer fine_tuning", text
        )


if __name__ == "__main__":
    main()
