"""What does adversarial training buy? bundled/scenes beside bundled/scenes_robust, on scenes that neither has seen.

    python -m benchmarks.accuracy.robust_twin --sheet /tmp/twins.png     # about 12 minutes on two cores

Accuracy without and under L2 PGD; the least visible change that makes a picture another class, for pairs of a picture
and a class; and whether another network recognizes the class pictures. The sheet has both networks' class pictures.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks.results import write_section
from vizlib import fool, last, load_model, maximize, to_image, to_pixels
from vizlib.activation_maximization import class_logit, preset
from vizlib.bundled.train import RESTARTS, TEST
from vizlib.evaluation import Rate
from vizlib.models import Classifier
from vizlib.render import Array, poster
from vizlib.synthetic import HELD_OUT_SEED, draw_scene
from vizlib.training.adversarial import Pgd, withstood

COMMAND = "python -m benchmarks.accuracy.robust_twin"
NETWORKS = ("bundled/scenes", "bundled/scenes_robust")
JUDGE = "bundled/scenes_vgg"
RADII = (0.5, 1.0, 1.5, 3.0)
FIRST = HELD_OUT_SEED + 100_000  # no card was made with these
GRAY = 0.03  # standard deviation of the pixel values, below which a picture shows nothing
BOOTSTRAPS = 10_000


def accuracies(count: int) -> list[str]:
    """The table of the accuracies, without an attack and under PGD."""
    scenes = [draw_scene(seed) for seed in range(FIRST, FIRST + count)]
    labels = torch.tensor([scene.label for scene in scenes])
    rows = ["| network | clean | " + " | ".join(f"PGD {each:g}" for each in RADII) + " |", "|---" * 6 + "|"]
    for name in NETWORKS:
        model = load_model(name, device="cpu")
        pixels = torch.cat([to_pixels(scene.image, model) for scene in scenes])
        cells = [_share(_clean(model, pixels, labels)), *(_share(_kept(model, pixels, labels, each)) for each in RADII)]
        rows.append(f"| {name} | {' | '.join(cells)} |")
        print(rows[-1], flush=True)
    return rows


def _clean(model: Classifier, pixels: Tensor, labels: Tensor) -> Tensor:
    return torch.cat([model(part).argmax(1) for part in pixels.split(50)]) == labels


def _kept(model: Classifier, pixels: Tensor, labels: Tensor, radius: float) -> Tensor:
    parts = zip(pixels.split(50), labels.split(50), strict=True)
    pgd = Pgd(radius, TEST.steps)
    return torch.cat([withstood(model, some, named, pgd, RESTARTS, seed) for seed, (some, named) in enumerate(parts)])


def _share(right: Tensor) -> str:
    low, high = Rate(int(right.sum()), len(right)).interval
    return f"{float(right.float().mean()):.1%} ({low:.1%} to {high:.1%})"


def prices(count: int) -> list[str]:
    """The table of the least visible changes (L2), over pairs of a picture and another class drawn by a seed."""
    draws = np.random.default_rng(0)
    scenes = [draw_scene(FIRST + number) for number in range(count)]
    targets = [int((scene.label + draws.integers(1, 14)) % 14) for scene in scenes]
    found = np.array([[_price(name, *each) for each in zip(scenes, targets, strict=True)] for name in NETWORKS])
    chosen = draws.integers(0, count, (BOOTSTRAPS, count))
    medians = np.median(found[:, chosen], axis=2)  # (networks, bootstraps)
    rows = ["| network | fooled | median L2 | 95 % interval |", "|---|---|---|---|"]
    for name, each, several in zip(NETWORKS, found, medians, strict=True):
        cells = f"{np.isfinite(each).sum()} of {count} | {np.median(each):.2f} | {_spread(several)}"
        rows.append(f"| {name} | {cells} |")
    ratio, own = np.median(found[1]) / np.median(found[0]), np.median(found[1] / found[0])
    words = f"The twin's median is {ratio:.2f} times the plain network's ({_spread(medians[1] / medians[0])})"
    return [*rows, "", f"{words}; the median of the pairs' own ratios is {own:.2f}. Intervals: bootstrap over pairs."]


def _spread(values: Array) -> str:
    """Where 95 % of the values are."""
    low, high = np.percentile(values, (2.5, 97.5))
    return f"{low:.2f} to {high:.2f}"


def _price(name: str, scene: object, target: int) -> float:
    """The L2 of the least visible file that is the target, infinite where there was none."""
    result = fool(load_model(name, device="cpu"), scene.image, target)  # type: ignore[attr-defined]
    print(name, target, f"{result.l2:.2f}", flush=True)
    return result.l2 if result.success else float("inf")


def pictures(steps: int, seeds: int) -> tuple[list[str], Image.Image]:
    """The table of the class pictures, and a sheet of both networks' pictures by the same settings, plain first."""
    judge, plain, robust = (load_model(name, device="cpu") for name in (JUDGE, *NETWORKS))
    same = preset(robust, inside=False)
    asked = (
        (plain, "its family's preset", preset(plain, inside=False)),
        (plain, "the twin's preset", same),
        (robust, "its preset", same),
    )
    rows = ["| network | settings | recognized by scenes_vgg | p >= 0.99 on its own | gray |", "|---|---|---|---|---|"]
    first = []
    for model, words, settings in asked:
        made = [_pictures(model, steps, seed, settings) for seed in range(seeds)]
        first.append(made[0])
        rows.append(f"| {model.name} | {words} | {' | '.join(_cells(model, judge, made))} |")
        print(rows[-1], flush=True)
    panels = [
        (f"{name}, {how}", images[at])
        for at, name in enumerate(robust.class_names)
        for how, images in zip(("plain", "robust"), first[1:], strict=True)
    ]
    return rows, Image.fromarray(poster("Class pictures of both networks, by the same settings", panels, 8, 200))


def _cells(model: Classifier, judge: Classifier, made: Sequence[Sequence[Array]]) -> list[str]:
    """Of each seed's pictures: how many the judge names, how many are sure, and the classes of gray ones."""
    right, sure, gray = [], [], set()
    for images in made:
        right.append(sum(judge.top(to_pixels(each, judge))[0].index == at for at, each in enumerate(images)))
        sure.append(sum(float(model.predict(to_pixels(each, model))[0, at]) >= 0.99 for at, each in enumerate(images)))
        gray |= {model.class_names[at] for at, each in enumerate(images) if (each / 255).std() < GRAY}
    counts = [f"{', '.join(map(str, each))} of {len(made[0])}" for each in (right, sure)]
    return [*counts, ", ".join(sorted(gray)) or "none"]


def _pictures(model: Classifier, steps: int, seed: int, settings: Mapping[str, Any]) -> list[Array]:
    """The pictures of all classes, each as if it were made alone."""
    goals = [class_logit(target) for target in range(len(model.class_names))]
    return list(to_image(last(maximize(model, goals, steps, seed=[seed] * len(goals), **settings)).pixels))


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--seeds", type=int, default=3, help="of the class pictures")
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--only", choices=("pictures",), help="without the accuracies and the changes")
    choice = parser.parse_args(given)
    drawn, sheet = pictures(choice.steps, choice.seeds)
    if choice.sheet:
        sheet.save(choice.sheet)
    shown = (
        f"{choice.steps} steps from noise; the counts of the seeds 0 to {choice.seeds - 1} one after the other. Gray: "
        f"the pixel values deviate by less than {GRAY}."
    )
    write_section("The robust twin's class pictures", f"{COMMAND} --only pictures", "\n".join([shown, "", *drawn]))
    if choice.only != "pictures":
        withstanding(choice.scenes, choice.pairs)


def withstanding(scenes: int, pairs: int) -> None:
    """Measures and writes what the networks withstand, and the least change that fools them."""
    held, paid = accuracies(scenes), prices(pairs)
    words = (
        f"Accuracy on {scenes} scenes that neither network has seen, with Wilson's 95 % interval; L2 PGD of "
        f"{TEST.steps} steps with {RESTARTS} restarts, its radius in the head (pixels in [0, 1])."
    )
    least = f"The least visible change (L2) for {pairs} pairs of a scene and another class, drawn by a seed."
    write_section("The robust twin", COMMAND, "\n".join([words, "", *held, "", least, "", *paid]))


if __name__ == "__main__":
    main()
