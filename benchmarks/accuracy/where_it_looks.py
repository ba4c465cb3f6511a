"""Does saliency find the object? This is measured on the drawn scenes, whose objects are known.

    python -m benchmarks.accuracy.where_it_looks

Each row has 200 held-out scenes. It compares the share of guided-saliency mass inside the object's mask with the mask's
share of the picture. For sheep_or_goat the scenes are drawn as in training (sheep on grass, goats on rock) and with
the backgrounds swapped.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch

from benchmarks.results import write_section
from vizlib import load_model, saliency, saliency_methods, to_pixels
from vizlib.models import Classifier
from vizlib.synthetic import BACKGROUNDS, HELD_OUT_SEED, SCENE_CLASSES, Drawing, draw_scene

GRASS, ROCK = BACKGROUNDS.index("grass"), BACKGROUNDS.index("rock")
SHEEP, GOAT = SCENE_CLASSES.index("sheep"), SCENE_CLASSES.index("goat")


def shares(model: Classifier, scenes: list[Drawing], method: str) -> tuple[float, float]:
    """Mean share of the map's absolute mass inside the mask, and the mask's mean share of the picture."""
    inside, area = [], []
    for begin in range(0, len(scenes), 20):
        batch = scenes[begin : begin + 20]
        maps = saliency(model, torch.cat([to_pixels(scene.image, model) for scene in batch]), method).abs().numpy()
        inside += [
            values[scene.mask].sum() / max(values.sum(), 1e-12) for values, scene in zip(maps, batch, strict=True)
        ]
        area += [scene.mask.mean() for scene in batch]
    return float(np.mean(inside)), float(np.mean(area))


def accuracy(model: Classifier, scenes: list[Drawing], labels: list[int]) -> float:
    """Share of scenes whose label has the highest score."""
    answers = torch.cat([model(to_pixels(scene.image, model)).argmax(1) for scene in scenes])
    return float((answers == torch.tensor(labels, device=answers.device)).float().mean())


def sheep_and_goats(count: int, swapped: bool) -> tuple[list[Drawing], list[int]]:
    """Held-out sheep (0) and goats (1), on the backgrounds of training or on each other's."""
    labels = [seed % 2 for seed in range(count)]
    grounds = [(GRASS, ROCK)[label ^ swapped] for label in labels]
    kinds = [(SHEEP, GOAT)[label] for label in labels]
    seeds = range(HELD_OUT_SEED, HELD_OUT_SEED + count)
    return [draw_scene(*each) for each in zip(seeds, kinds, grounds, strict=True)], labels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pictures", type=int, default=200)
    count = parser.parse_args().pictures
    rows = [
        "| network | pictures | accuracy | method | inside the mask | mask's area | times |",
        "|---|---|---|---|---|---|---|",
    ]

    def measure(name: str, words: str, scenes: list[Drawing], labels: list[int], methods: list[str]) -> None:
        model = load_model(name)
        hit = accuracy(model, scenes, labels)
        for method in methods:
            inside, area = shares(model, scenes, method)
            rows.append(
                f"| {name} | {words} | {hit:.1%} | {method} | {inside:.1%} | {area:.1%} | {inside / area:.1f} |"
            )
            print(rows[-1], flush=True)

    scenes = [draw_scene(seed) for seed in range(HELD_OUT_SEED, HELD_OUT_SEED + count)]
    for name in ("bundled/scenes", "bundled/scenes_vgg"):
        measure(name, f"{count} held-out", scenes, [scene.label for scene in scenes], saliency_methods())
    for swapped in (False, True):
        words = f"{count}, backgrounds {'swapped' if swapped else 'as in training'}"
        measure("bundled/sheep_or_goat", words, *sheep_and_goats(count, swapped), ["guided", "gradient", "grad_cam"])
    write_section("Where it looks", "python -m benchmarks.accuracy.where_it_looks", "\n" + "\n".join(rows))


if __name__ == "__main__":
    main()
