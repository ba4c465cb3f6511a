"""The story of the sheep: does a network look at the animal once the ground no longer tells its class?

    python -m benchmarks.accuracy.transfer.what_changed

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

from benchmarks.results import write_section
from vizlib import last, load_model
from vizlib.faithfulness import GROUNDS, SETTINGS, Located, held_out, lesson, locating
from vizlib.models import Classifier
from vizlib.training import cka, fine_tune, untrained

SAID = {"both": "half of the grounds swapped", "swapped": "all grounds swapped", "usual": "control: none swapped"}
STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}  # the 97.5 % quantile of Student's t, for so many seeds


def interval(values: Sequence[float]) -> str:
    """The mean and its 95 % interval over seeds, in %."""
    count = len(values)
    if count == 1:
        return f"{100 * values[0]:.1f} (one run)"
    half = STUDENT[count] * float(np.std(values, ddof=1)) / count**0.5
    return f"{100 * float(np.mean(values)):.1f} ± {100 * half:.1f}"


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


def row(name: str, measured: Sequence[dict[bool, Located]]) -> str:
    shares = [interval([float(each[swapped].inside.mean()) for each in measured]) for swapped in (False, True)]
    right = [interval([each[swapped].accuracy for each in measured]) for swapped in (False, True)]
    return f"| {name} | {' | '.join([*shares, *right])} |"


def taught(before: Classifier, grounds: str, seeds: int, settings: dict[str, Any]) -> list[Classifier]:
    """The network after its lesson, for each seed of the pictures and of the training."""
    return [last(fine_tune(before, lesson(grounds, seed=each), seed=each, **settings)).model for each in range(seeds)]


def tables(pictures: int, seeds: int, settings: dict[str, Any]) -> str:
    before, scenes = load_model("bundled/sheep_or_goat"), Scenes(pictures)
    area = float(np.mean([each.mask.mean() for each in scenes.known[True][0]]))
    rows = [row("before", [scenes.located(before)])]
    alike: dict[str, Any] = {}
    layers: tuple[str, ...] = ()
    began = time.process_time()
    for grounds in GROUNDS:
        models = taught(before, grounds, seeds, settings)
        spent = (time.process_time() - began) / seeds
        rows.append(row(SAID[grounds], [scenes.located(each) for each in models]))
        layers, _ = scenes.alike(before, models[0])
        alike[SAID[grounds]] = np.mean([scenes.alike(before, each)[1] for each in models], axis=0)
        print(rows[-1], f"{spent:.1f} s of the processor for each", flush=True)
        began = time.process_time()
    random = [untrained(before, each) for each in range(seeds)]
    alike["control: random weights"] = np.mean([scenes.alike(before, each)[1] for each in random], axis=0)
    head = (
        "| fine-tuned with | inside, usual grounds (%) | inside, swapped (%) | right, usual (%) | right, swapped (%) |"
    )
    similar = [f"| {name} | {' | '.join(f'{each:.2f}' for each in values)} |" for name, values in alike.items()]
    return "\n".join([
        f"Inside: guided saliency on the animal, whose mask is {area:.1%} of the picture. Mean and 95 % interval over",
        f"{seeds} seeds (of the pictures and the training); {pictures} held-out scenes on each kind of ground.\n",
        head, "|---|---|---|---|---|", *rows,
        "\nCKA of each block's features before and after, on the scenes with swapped grounds, mean over the seeds:\n",
        f"| with the network | {' | '.join(layers)} |", "|---" * (len(layers) + 1) + "|", *similar,
    ])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=int(SETTINGS["steps"]))
    asked = parser.parse_args()
    text = tables(asked.pictures, asked.seeds, {**SETTINGS, "steps": asked.steps})
    write_section("What training changed: the sheep", "python -m benchmarks.accuracy.transfer.what_changed", text)


if __name__ == "__main__":
    main()
