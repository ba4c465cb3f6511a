"""How fast fine-tuning is: its steps beside a bare PyTorch loop, and a frozen body beside computing features each time.

    python -m benchmarks.accuracy.transfer tuning_speed

The runs take turns step by step in one process, so that whatever else the machine does slows both.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

import torch
from timm.optim import create_optimizer_v2  # type: ignore[attr-defined]
from torch.nn.functional import cross_entropy

from benchmarks.accuracy.transfer.sets import table
from benchmarks.results import write_section
from vizlib import fine_tune, load_model
from vizlib.models import Classifier
from vizlib.training import PictureSet, drawn

CASES = {"bundled/scenes_half": "scenes", "bundled/digits": "digits"}
BATCH = 32


def pixels_of(model: Classifier, data: PictureSet) -> torch.Tensor:
    return model.prepare(list(data.pictures))


def bare(model: Classifier, data: PictureSet, head_only: bool) -> Iterator[None]:
    """What one writes with torch and timm alone: all weights learn, or the classifier on a frozen body."""
    network: Any = model.twin().network
    network.requires_grad_(not head_only).train(not head_only)
    network.get_classifier().requires_grad_(True)
    learning = [each for each in network.parameters() if each.requires_grad]
    optimizer = create_optimizer_v2([{"params": learning}], opt="adamw", lr=0.003, weight_decay=0.01)
    pixels, labels = pixels_of(model, data), torch.from_numpy(data.labels)
    generator = torch.Generator().manual_seed(0)
    while True:
        for some in torch.randperm(len(pixels), generator=generator)[: len(pixels) // BATCH * BATCH].split(BATCH):
            loss = cross_entropy(network(model.normalize(pixels[some])), labels[some])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()
            yield


def taking_turns(ours: Iterator[Any], theirs: Iterator[Any], steps: int, warm: int) -> tuple[list[float], list[float]]:
    """The seconds of each step of both, after some that are not counted."""
    times: tuple[list[float], list[float]] = [], []
    for number in range(warm + steps):
        pairs = list(zip((ours, theirs), times, strict=True))
        for run, found in pairs if number % 2 else reversed(pairs):
            begin = time.perf_counter()
            next(run)
            found.append(time.perf_counter() - begin)
    return times[0][warm:], times[1][warm:]


def row(name: str, what: str, steps: int) -> list[str]:
    """Both times of a step; for the classifier alone, after every picture's features were asked for once."""
    model = load_model(name, device="cpu")
    data = drawn(CASES[name], -(-3 * BATCH // len(model.class_names)), tests=1, classes=model.class_names)
    warm = 3 if what == "all" else -(-len(data) // BATCH)
    run = fine_tune(model, data, what, steps + warm + 1, augment=False, every=steps + warm + 1, batch=BATCH)
    next(run)
    plain = bare(model, data, what == "head")
    ours, theirs = taking_turns(run, plain, steps, warm)
    run.close()
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    shown = f"{ratio:.2f} times as long" if what == "all" else f"{1 / ratio:.0f} times as fast"
    learns = "all weights" if what == "all" else "the classifier, features kept"
    return [name, learns, f"{1000 * median(ours):.1f} ms", f"{1000 * median(theirs):.1f} ms", shown]


def main() -> None:
    parser = argparse.ArgumentParser(description="The speed of fine-tuning.")
    parser.add_argument("--quick", action="store_true", help="few steps, nothing is written")
    choice, _ = parser.parse_known_args()
    steps = 3 if choice.quick else 60
    rows = [row(name, what, steps) for name in CASES for what in ("all", "head")]
    text = (
        f"Steps of {BATCH} pictures without augmentation, median of {steps} interleaved ones on "
        f"{torch.get_num_threads()} threads. The bare loop has no curves and no norms of gradients, and its pictures "
        "are prepared before:\n\n"
        + table(["network", "what learns", "here", "bare PyTorch loop", "here against it"], rows)
    )
    print(text)
    if not choice.quick:
        write_section("Fine-tuning: speed", "python -m benchmarks.accuracy.transfer tuning_speed", text)


if __name__ == "__main__":
    main()
