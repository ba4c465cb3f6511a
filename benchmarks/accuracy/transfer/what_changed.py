"""The story of the sheep: does a network look at the animal once the ground no longer tells its class?

    python -m benchmarks.accuracy.transfer what_changed
    python -m benchmarks.accuracy.transfer what_changed --quick     # a few scenes and steps, to try it out

bundled/sheep_or_goat is fine-tuned on 80 pictures with half of the grounds swapped, with all of them swapped, and, as
the control, with none of them swapped. Measured on 200 held-out scenes with their usual grounds and 200 with swapped
ones: the share of guided saliency inside the animal's mask, right answers, and how alike the features still are (CKA).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.accuracy.transfer.sets import said, table
from benchmarks.results import write_section
from vizlib import last, load_model
from vizlib.faithfulness import GROUNDS, SETTINGS, Located, held_out, lesson, locating
from vizlib.models import Classifier
from vizlib.training import cka, fine_tune, untrained

HEAD = [
    "fine-tuned with", "inside, usual grounds", "inside, swapped grounds", "right, usual grounds",
    "right, swapped grounds",
]  # fmt: skip
SAID = {"both": "half of the grounds swapped", "swapped": "all grounds swapped", "usual": "control: none swapped"}


class Scenes:
    """Held-out scenes on both kinds of grounds."""

    def __init__(self, count: int) -> None:
        self.known = {swapped: held_out(count, swapped) for swapped in (False, True)}

    def located(self, model: Classifier) -> dict[bool, Located]:
        return {swapped: last(locating(model, *each)) for swapped, each in self.known.items()}

    def alike(self, before: Classifier, after: Classifier) -> tuple[tuple[str, ...], Any]:
        """The blocks and their CKA on the scenes with swapped grounds."""
        found = last(cka(before, after, [each.image for each in self.known[True][0]]))
        return found.layers, found.values


def row(name: str, measured: Sequence[dict[bool, Located]]) -> list[str]:
    shares = [said([each[swapped].inside.mean() for each in measured]) for swapped in (False, True)]
    return [name, *shares, *(said([each[swapped].accuracy for each in measured]) for swapped in (False, True))]


def taught(before: Classifier, grounds: str, seeds: int, settings: dict[str, Any]) -> list[Classifier]:
    """The network after its lesson, for each seed of the pictures and of the training."""
    return [last(fine_tune(before, lesson(grounds, seed=each), seed=each, **settings)).model for each in range(seeds)]


def report(pictures: int, seeds: int, settings: dict[str, Any]) -> str:
    before, scenes = load_model("bundled/sheep_or_goat"), Scenes(pictures)
    rows, alike = [row("nothing (before)", [scenes.located(before)])], []
    layers: tuple[str, ...] = ()
    for grounds in GROUNDS:
        began = time.process_time()
        models = taught(before, grounds, seeds, settings)
        print(f"{grounds}: {(time.process_time() - began) / seeds:.1f} s of the processor for each", flush=True)
        rows.append(row(SAID[grounds], [scenes.located(each) for each in models]))
        alike.append(similar(SAID[grounds], scenes, before, models))
        layers = scenes.alike(before, models[0])[0]
    alike.append(similar("control: random weights", scenes, before, [untrained(before, each) for each in range(seeds)]))
    area = np.mean([each.mask.mean() for each in scenes.known[True][0]])
    return (
        f"Mean in % with 95 % interval (Student's t) over {seeds} seeds of the pictures and the training; {pictures} "
        f"held-out scenes on each kind of ground. Inside: guided saliency on the animal, which is {area:.1%} of the "
        f"picture.\n\n{table(HEAD, rows)}\n\nCKA of each block's features before and after, on the scenes with "
        f"swapped grounds, mean over the seeds:\n\n{table(['fine-tuned with', *layers], alike)}"
    )


def similar(name: str, scenes: Scenes, before: Classifier, models: Sequence[Classifier]) -> list[str]:
    values = np.mean([scenes.alike(before, each)[1] for each in models], axis=0)
    return [name, *(f"{each:.2f}" for each in values)]


def main() -> None:
    parser = argparse.ArgumentParser(description="The story of the sheep.")
    parser.add_argument("--quick", action="store_true", help="tiny settings, nothing is written")
    quick = parser.parse_known_args()[0].quick
    text = report(8, 1, {**SETTINGS, "steps": 4}) if quick else report(200, 3, SETTINGS)
    print(text)
    if not quick:
        write_section("What training changed: the sheep", "python -m benchmarks.accuracy.transfer what_changed", text)


if __name__ == "__main__":
    main()
