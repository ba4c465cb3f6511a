"""What does adversarial training buy? bundled/scenes beside bundled/scenes_robust, on scenes that neither has seen.

    python -m benchmarks.accuracy.robust_twin --sheet /tmp/twins.png     # about 12 minutes on two cores

Accuracy without and under L2 PGD; the least visible change that makes a picture another class, for pairs of a picture
and a class; and whether another network recognizes the class pictures. The sheet has both networks' class pictures.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks.results import write_section
from vizlib import fool, last, load_model, maximize, to_image, to_pixels
from vizlib.activation_maximization import class_logit
from vizlib.bundled.train import RESTARTS, TEST
from vizlib.evaluation import Rate
from vizlib.models import Classifier
from vizlib.render import Array, poster
from vizlib.synthetic import HELD_OUT_SEED, draw_scene
from vizlib.training.adversarial import Pgd, withstood

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


def pictures(steps: int) -> tuple[list[str], Image.Image]:
    """The table of the class pictures, and the sheet of all of them: a row of classes, plain above robust."""
    judge = load_model(JUDGE, device="cpu")
    rows = ["| network | recognized by scenes_vgg | p >= 0.99 on its own | gray |", "|---|---|---|---|"]
    panels: list[list[tuple[str, Array]]] = []
    for name in NETWORKS:
        model = load_model(name, device="cpu")
        images = _pictures(model, steps)
        right = sum(judge.top(to_pixels(each, judge))[0].index == at for at, each in enumerate(images))
        sure = sum(float(model.predict(to_pixels(each, model))[0, at]) >= 0.99 for at, each in enumerate(images))
        gray = [model.class_names[at] for at, each in enumerate(images) if (each / 255).std() < GRAY]
        rows.append(f"| {name} | {right} of 14 | {sure} of 14 | {', '.join(gray) or 'none'} |")
        print(rows[-1], flush=True)
        panels.append(
            [(f"{model.class_names[at]}, {name.partition('_')[2] or 'plain'}", each) for at, each in enumerate(images)]
        )
    both = [each for pair in zip(*panels, strict=True) for each in pair]
    return rows, Image.fromarray(poster("Class pictures of both networks", both, 8, 200))


def _pictures(model: Classifier, steps: int) -> list[Array]:
    """The pictures of all classes with the preset for the network's family, each as if it were made alone."""
    goals = [class_logit(target) for target in range(len(model.class_names))]
    return list(to_image(last(maximize(model, goals, steps, seed=[0] * len(goals))).pixels))


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--sheet", type=Path)
    choice = parser.parse_args(given)
    drawn, sheet = pictures(choice.steps)
    if choice.sheet:
        sheet.save(choice.sheet)
    held = accuracies(choice.scenes)
    paid = prices(choice.pairs)
    words = (
        f"Accuracy on {choice.scenes} scenes that neither network has seen, with Wilson's 95 % interval; L2 PGD of "
        f"{TEST.steps} steps with {RESTARTS} restarts, its radius in the head (pixels in [0, 1])."
    )
    least = f"The least visible change (L2) for {choice.pairs} pairs of a scene and another class, drawn by a seed."
    shown = (
        f"Class pictures: {choice.steps} steps from noise, seed 0, the preset of each network. Gray: the pixel values "
        f"deviate by less than {GRAY}."
    )
    text = "\n".join([words, "", *held, "", least, "", *paid, "", shown, "", *drawn])
    write_section("The robust twin", "python -m benchmarks.accuracy.robust_twin", text)


if __name__ == "__main__":
    main()
