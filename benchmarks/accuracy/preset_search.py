"""Searches the presets of ConvNeXt and transformers, and measures how sure their heads can be at all.

    python -m benchmarks.accuracy.preset_search --trained FOLDER --cache FILE     # about 20 minutes on one core

Every setting in GRID makes pictures of one half of the classes; the best of each network is chosen by these. The other
half of the classes, with other seeds, then shows what the choice is worth beside the settings before.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.accuracy.class_pictures import DRAWN, SURE, make, probabilities, said, use
from benchmarks.accuracy.presets import table
from benchmarks.results import write_section
from vizlib import load_model, to_pixels
from vizlib.models import Classifier
from vizlib.synthetic import HELD_OUT_SEED, draw_scene

SEARCHED = ("local/scenes_convnext", "local/scenes_vit")
BEFORE = {"learning_rate": 0.05, "tv": 0.1, "transforms": "strong", "cutoff": 0.3, "start_noise": 0.04}
_SETTLED = {**BEFORE, "settle": 0.1}
_CEILING = "no regularizers, no transforms"  # how sure the network can be made, of pictures that show nothing
GRID: Mapping[str, Mapping[str, Any]] = {
    "before": BEFORE,
    "settling": _SETTLED,
    "settling, jitter": {**_SETTLED, "transforms": "jitter"},
    "settling, jitter, tv 0.5, noise 0.1": {**_SETTLED, "transforms": "jitter", "tv": 0.5, "start_noise": 0.1},
    "settling, extreme, rate 0.1, tv 0.5, noise 0.3": {
        **_SETTLED, "transforms": "extreme", "learning_rate": 0.1, "tv": 0.5, "start_noise": 0.3,
    },
    _CEILING: {"learning_rate": 0.05, "tv": 0.0, "transforms": "none", "cutoff": 0.75, "start_noise": 0.04},
}  # fmt: skip
HALVES = (range(0, 14, 2), range(1, 14, 2))  # classes: searched, shown
SEEDS = ((0, 1), (2, 3, 4))
HELD_OUT = 200  # scenes


class Kept:
    """Figures by what made them, in a JSON file, so that an interrupted search continues."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.known: dict[str, list[float]] = json.loads(file.read_text()) if file.exists() else {}

    def figures(self, name: str, half: int, seed: int, steps: int, settings: Mapping[str, Any]) -> list[float]:
        """Of the half's classes: how many are sure, how many surer than the median scene, how many others name."""
        key = json.dumps([name, half, seed, steps, settings], sort_keys=True)
        if key not in self.known:
            self.known[key] = measured(load_model(name), HALVES[half], seed, steps, settings)
            self.file.write_text(json.dumps(self.known, indent=0))
        return self.known[key]


def measured(
    model: Classifier, targets: Sequence[int], seed: int, steps: int, settings: Mapping[str, Any]
) -> list[float]:
    made = make(model, targets, steps, seed, **settings)
    own, _ = probabilities(made, model, model)
    judges = [load_model(each) for each in DRAWN if each != model.name]
    firsts = [int((probabilities(made, model, each)[1] == 1).sum()) for each in judges]
    usual = float(np.median(of_scenes(model.name)))
    return [float((own >= SURE).sum()), float((own > usual).sum()), float(np.mean(firsts))]


def searched(kept: Kept, name: str, steps: int) -> dict[str, list[float]]:
    """The mean figures of each setting of GRID on the first half."""
    found = {}
    for label, settings in GRID.items():
        found[label] = np.mean([kept.figures(name, 0, seed, steps, settings) for seed in SEEDS[0]], 0).tolist()
        print(f"{name:<26} {label:<40} " + "  ".join(f"{each:.2f}" for each in found[label]), flush=True)
    return found


def head(model: Classifier) -> tuple[nn.LayerNorm, nn.Linear]:
    """The last layer norm and the last linear layer."""
    modules = list(model.network.modules())
    norm = [each for each in modules if isinstance(each, nn.LayerNorm)][-1]
    return norm, [each for each in modules if isinstance(each, nn.Linear)][-1]


def most_sure(model: Classifier) -> list[float]:
    """Of each class: the largest probability of any features behind the layer norm, reachable by a picture or not."""
    norm, linear = head(model)
    width = linear.in_features
    features = (linear.weight * norm.weight).detach().clone().requires_grad_()
    adam = torch.optim.Adam([features], 0.02)
    for _ in range(500):
        adam.zero_grad()
        shares = _shares(features, norm, linear, width)
        shares.log_softmax(1).diagonal().sum().neg().backward()
        adam.step()
    return _shares(features, norm, linear, width).softmax(1).diagonal().tolist()


def _shares(features: Tensor, norm: nn.LayerNorm, linear: nn.Linear, width: int) -> Tensor:
    even = nn.functional.layer_norm(features, (width,))
    logits: Tensor = linear(even * norm.weight + norm.bias)
    return logits


@cache
def of_scenes(name: str) -> tuple[float, ...]:
    """How sure the network is of each of HELD_OUT scenes that it has not seen, of their classes."""
    model = load_model(name)
    drawn = [draw_scene(HELD_OUT_SEED + each) for each in range(HELD_OUT)]
    pixels = torch.cat([to_pixels(each.image, model) for each in drawn])
    shares = torch.cat([model.predict(part) for part in pixels.split(50)])
    return tuple(shares[range(len(drawn)), [each.label for each in drawn]].tolist())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--trained", type=Path, required=True, help="folder of the two networks")
    parser.add_argument("--cache", type=Path, required=True, help="a JSON file, with which a broken search continues")
    choice = parser.parse_args()
    use(choice.trained)
    kept, parts = Kept(choice.cache), []
    for name in SEARCHED:
        found = searched(kept, name, choice.steps)
        best = max(found, key=lambda label: found[label][0] + found[label][2])
        parts.append(section(kept, name, found, best, choice.steps))
        print(parts[-1], flush=True)
    command = f"python -m benchmarks.accuracy.preset_search --trained FOLDER --steps {choice.steps} --cache FILE"
    write_section("Presets for ConvNeXt and transformers: what was tried", command, "\n\n".join(parts))


def section(kept: Kept, name: str, found: Mapping[str, Sequence[float]], best: str, steps: int) -> str:
    """The text about one network."""
    bounds, scenes = most_sure(load_model(name)), np.array(of_scenes(name))
    head = ("settings", "p >= 0.99, of 7", "surer than the median scene", "first for the other families, of 7")
    searching = table(head, [[label, *(f"{each:.1f}" for each in figures)] for label, figures in found.items()])
    lines = []
    for label in dict.fromkeys(["before", best, _CEILING]):
        figures = zip(*(kept.figures(name, 1, seed, steps, GRID[label]) for seed in SEEDS[1]), strict=True)
        lines.append([label, *(said(each) for each in figures)])
    usual, sure = np.median(scenes), np.mean(scenes >= SURE)
    return (
        f"**{name}**. The largest probability that its head gives for any features, also such as no picture has: "
        f"{min(bounds):.3f} to {max(bounds):.3f} over the classes. Of {HELD_OUT} held-out scenes, {sure:.0%} have "
        f"p >= 0.99; the median is {usual:.3f}. Chosen by the sum of the first and the last count: {best}.\n\n"
        f"One half of the classes, the mean of {len(SEEDS[0])} seeds:\n\n{searching}\n\n"
        f"The other half, {len(SEEDS[1])} other seeds, with the 95 % interval (Student's t):\n\n{table(head, lines)}"
    )


if __name__ == "__main__":
    main()
