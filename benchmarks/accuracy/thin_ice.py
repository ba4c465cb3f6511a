"""How stable is the answer? Fooled pictures, their originals and equally large noise are shaken in the same way.

    VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.accuracy.thin_ice
    python -m benchmarks.accuracy.thin_ice --bundled        # drawn scenes and bundled/scenes, no other files needed

A pair is a picture and a random target, by seed. It makes no difference which class the network gives the picture.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from benchmarks.results import write_section
from vizlib import fool, load_model, open_picture, sweep, synthetic
from vizlib.evaluation import Rate, flipped_control, noise_control, plane, surviving
from vizlib.fooling import Fooling
from vizlib.models import Classifier

PHOTOGRAPHS = Path("../shared/images")


def pairs(model: Classifier, count: int, seed: int, bundled: bool) -> Iterator[tuple[Image.Image, int]]:
    """Pairs (picture, target) by the seed; the target is never the class that the network gives the picture."""
    draw = np.random.default_rng(seed)
    files = [] if bundled else sorted(PHOTOGRAPHS.glob("*.jpg"))
    order = draw.permutation(len(files)) if files else range(count)
    for number in range(count):
        if bundled:
            picture = Image.fromarray(synthetic.draw_scene(synthetic.HELD_OUT_SEED + number).image)
        else:
            picture = open_picture(files[order[number % len(files)]])
        source = model.top(model.prepare(picture), 1)[0].index
        rest = [each for each in range(len(model.class_names)) if each != source]
        yield picture, int(draw.choice(rest))


def label(model: Classifier, image: Any) -> int:
    return model.top(model.prepare(image), 1)[0].index


def kept(model: Classifier, result: Fooling, control: Any) -> np.ndarray[Any, Any]:
    """Whether original, fooled and control (columns) keep their class at each size before the crop: (values, 3)."""
    top = sweep(model, [result.original, result.image, control], "resize").argmax(2)
    return (top == torch.tensor([result.source, result.label, result.source])).numpy()


@dataclass
class Tally:
    """The counts over all pairs."""

    fooled: int = 0
    noises: int = 0  # controls that were classified
    flips: int = 0  # controls whose label changed
    reversed: int = 0  # changes with flipped sign that still give the target
    sizes: list[np.ndarray[Any, Any]] = field(default_factory=list)
    rates: np.ndarray[Any, Any] = field(default_factory=lambda: np.zeros(3, dtype=int))

    def add(self, model: Classifier, result: Fooling, noises: int, views: int) -> None:
        """Shakes one pair and its controls."""
        self.fooled += result.success
        for seed in range(noises):
            self.noises += 1
            self.flips += label(model, noise_control(result.original, result.image, seed)) != result.source
        self.reversed += label(model, flipped_control(result.original, result.image)) == result.target
        control = noise_control(result.original, result.image, 0)
        self.sizes.append(kept(model, result, control))
        labels = [result.source, result.label, result.source]
        *_, last = surviving(model, [result.original, result.image, control], labels, views)
        self.rates += [each.kept for each in last.rates]


def map_seconds(model: Classifier, result: Fooling) -> float:
    before, after = model.prepare(result.original), model.prepare(result.image)
    begun = time.monotonic()
    for _ in plane(model, before, after - before):
        pass
    return time.monotonic() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundled", action="store_true", help="drawn scenes instead of photographs")
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--views", type=int, default=50, help="mild shakes per picture")
    parser.add_argument("--noises", type=int, default=10, help="control noises per pair")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dry", action="store_true", help="do not write benchmarks/RESULTS.md")
    choice = parser.parse_args()
    model = load_model("bundled/scenes" if choice.bundled else "mobilenetv2_100")
    tally = Tally()
    for number, (picture, target) in enumerate(pairs(model, choice.pairs, choice.seed, choice.bundled), 1):
        result = fool(model, picture, target)
        tally.add(model, result, choice.noises, choice.views)
        print(f"{number} of {choice.pairs}", end="\r", flush=True)
    table = report(choice, tally, map_seconds(model, result))
    print("\n".join(table))
    if not choice.dry:
        title = "How thin the ice is, drawn scenes" if choice.bundled else "How thin the ice is, photographs"
        write_section(title, "python -m benchmarks.accuracy.thin_ice" + " --bundled" * choice.bundled, "\n".join(table))


def report(choice: argparse.Namespace, tally: Tally, seconds: float) -> list[str]:
    """The table: how often each picture keeps its class."""
    sizes = np.stack(tally.sizes)
    rows = ["| | original | fooled | noise of the same size |", "|---|---:|---:|---:|"]
    what = f"keeps its class over {sizes.shape[1]} sizes before the crop"
    rows.append(f"| {what} | " + " | ".join(f"{each:.1%}" for each in sizes.mean((0, 1))) + " |")
    found = [Rate(int(each), choice.pairs * choice.views) for each in tally.rates]
    cells = [f"{each.share:.1%} ({each.interval[0]:.1%} to {each.interval[1]:.1%})" for each in found]
    rows.append(f"| survives mild shakes, {choice.views} views each (95 % interval) | " + " | ".join(cells) + " |")
    return [
        *rows,
        "",
        f"{tally.fooled} of {choice.pairs} files fool. Noise of the same size flips {tally.flips} of {tally.noises} "
        f"labels ({tally.flips / tally.noises:.1%}); with its sign flipped the change reaches the target "
        f"{tally.reversed} of {choice.pairs} times. A decision map of 43 x 43 points takes {seconds:.1f} s.",
    ]


if __name__ == "__main__":
    main()
