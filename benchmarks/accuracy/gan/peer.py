"""The Frechet distance beside that of torchmetrics, with the same features.

pip install -r benchmarks/requirements.txt
python -m benchmarks.accuracy.gan peer
"""

from __future__ import annotations

import argparse
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.accuracy.transfer.sets import table
from benchmarks.results import write_section
from vizlib import drawn, from_image, load_model
from vizlib.models import Classifier
from vizlib.training import frechet_distance
from vizlib.training.gan.judge import Judge

CASES = {
    "bundled/digits": ("digits", 50, ("3", "8")),
    "bundled/scenes": ("scenes", 12, ("sheep", "goat")),
}


class Features(nn.Module):
    """The judge's features as torchmetrics takes them: from levels (N, 3, H, W), uint8."""

    def __init__(self, judge: Judge, count: int) -> None:
        super().__init__()
        self.judge, self.num_features = judge, count

    def forward(self, levels: Tensor) -> Tensor:
        return torch.from_numpy(self.judge.read(levels.float() / 255).features)


def theirs(judge: Judge, one: Tensor, other: Tensor, count: int) -> float:
    from torchmetrics.image.fid import FrechetInceptionDistance

    metric: Any = FrechetInceptionDistance(feature=Features(judge, count)).set_dtype(torch.float64)
    metric.update((one * 255).round().byte(), real=True)
    metric.update((other * 255).round().byte(), real=False)
    return float(metric.compute())


def levels_of(model: Classifier, name: str, per_class: int, seed: int, classes: tuple[str, ...] | None) -> Tensor:
    pictures = drawn(name, per_class, seed, tests=0, classes=classes).pictures
    return torch.cat([from_image(each.resize(model.input_size[::-1])) for each in pictures])


def rows(quick: bool) -> list[list[str]]:
    found = []
    for title, (name, per_class, two) in CASES.items():
        model = load_model(title, device="cpu")
        judge = Judge(model, drawn(name, 1, tests=0))
        count = max(3, per_class // 10) if quick else per_class
        all_classes = levels_of(model, name, count, 0, None)
        others = {"other pictures": (count, 1, None), f"{two[0]} and {two[1]} alone": (3 * count, 1, two)}
        for what, (some, seed, classes) in others.items():
            other = levels_of(model, name, some, seed, classes)
            read = [judge.read(each).features for each in (all_classes, other)]
            ours, peer = frechet_distance(*read), theirs(judge, all_classes, other, read[0].shape[1])
            found.append([title, what, f"{ours:.6g}", f"{peer:.6g}", f"{abs(ours - peer) / peer:.1e}"])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="The Frechet distance beside torchmetrics.")
    parser.add_argument("--quick", action="store_true", help="few pictures, nothing is written")
    choice, _ = parser.parse_known_args()
    head = ["judge", "all classes against", "here", "torchmetrics", "relative difference"]
    text = table(head, rows(choice.quick))
    print(text)
    if not choice.quick:
        write_section("GAN: Frechet distance beside torchmetrics", "python -m benchmarks.accuracy.gan peer", text)


if __name__ == "__main__":
    main()
