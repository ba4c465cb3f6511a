"""Searches the presets of ConvNeXt and transformers, and measures how sure their heads can be at all.

    python -m benchmarks.accuracy.preset_search --trained FOLDER --cache FILE     # about 20 minutes on one core

Every setting in GRID makes pictures of one half of the classes; the best of each network is chosen by these. The other
half of the classes, with other seeds, then shows what the choice is worth beside the settings before.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
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
_CALM = {**BEFORE, "transforms": "jitter"}
GRID: Mapping[str, Mapping[str, Any]] = {
    "before": BEFORE,
    "before, settling for 0.1": {**BEFORE, "settle": 0.1},
    "jitter": _CALM,
    "jitter, settling for 0.1": {**_CALM, "settle": 0.1},
    "jitter, settling for 0.1, tv 0.5, noise 0.1": {**_CALM, "settle": 0.1, "tv": 0.5, "start_noise": 0.1},
}
HALVES = (range(0, 14, 2), range(1, 14, 2))  # classes: searched, shown
SEEDS = ((0, 1), (2, 3, 4))
HELD_OUT = 200  # scenes


class Kept:
    """Figures by what made them, in a JSON file, so that an interrupted search continues."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.known: dict[str, list[float]] = json.loads(file.read_text()) if file.exists() else {}

    def figures(self, name: str, half: int, seed: int, steps: int, settings: Mapping[str, Any]) -> list[float]:
        """Of the half's classes: how many are sure, their mean probability, how many the judges name first (mean)."""
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
    return [float((own >= SURE).sum()), float(own.mean()), float(np.mean(firsts))]


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


def of_scenes(model: Classifier) -> str:
    """How sure the network is of held-out scenes of its classes."""
    drawn = [draw_scene(HELD_OUT_SEED + each) for each in range(HELD_OUT)]
    pixels = torch.cat([to_pixels(each.image, model) for each in drawn])
    shares = torch.cat([model.predict(part) for part in pixels.split(50)])
    own = shares[range(len(drawn)), [each.label for each in drawn]]
    return f"{float((own >= SURE).double().mean()):.0%} of {HELD_OUT} (median p {float(own.median()):.3f})"


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
        best = max(found, key=lambda label: (found[label][0], found[label][2]))
        parts.append(section(kept, name, found, best, choice.steps))
        print(parts[-1], flush=True)
    command = f"python -m benchmarks.accuracy.preset_search --trained FOLDER --steps {choice.steps} --cache FILE"
    write_section("Presets for ConvNeXt and transformers: what was tried", command, "\n\n".join(parts))


def section(kept: Kept, name: str, found: Mapping[str, Sequence[float]], best: str, steps: int) -> str:
    """The text about one network."""
    model = load_model(name)
    bounds = most_sure(model)
    rows = [[label, f"{sure:.1f}", f"{mean:.1%}", f"{judges:.1f}"] for label, (sure, mean, judges) in found.items()]
    searching = table(("settings", "p >= 0.99, of 7", "mean p", "first for the other families, of 7"), rows)
    lines = []
    for label in dict.fromkeys(["before", best]):
        sure, mean, judges = zip(*(kept.figures(name, 1, seed, steps, GRID[label]) for seed in SEEDS[1]), strict=True)
        lines.append([label, said(sure), f"{np.mean(mean):.1%}", said(judges)])
    shown = table(("settings", "p >= 0.99, of 7", "mean p", "first for the other families, of 7"), lines)
    return (
        f"**{name}**. The largest probability that its head gives for any features: {min(bounds):.3f} to "
        f"{max(bounds):.3f} over the classes. Held-out scenes with p >= 0.99: {of_scenes(model)}.\n\n"
        f"One half of the classes, the mean of {len(SEEDS[0])} seeds:\n\n{searching}\n\n"
        f"The other half, {len(SEEDS[1])} other seeds, with the 95 % interval (Student's t):\n\n{shown}"
    )


if __name__ == "__main__":
    main()
