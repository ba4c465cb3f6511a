"""How fast features come: beside a plain loop of timm's with the same batches, and 400 pictures with all their probes.

    VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.accuracy.transfer speed

The two loops take turns in one process, so that whatever else the machine does slows both.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
from timm.data.config import resolve_data_config
from timm.data.transforms_factory import create_transform
from torch import Tensor

from benchmarks.accuracy.transfer import sets
from benchmarks.accuracy.transfer.sets import Subject, table
from benchmarks.results import write_section
from vizlib import last, linear_probe
from vizlib.layers import last_maps
from vizlib.models import usual_batches
from vizlib.training import PictureSet, extracting

ROUNDS = 7


def plain_loop(subject: Subject, data: PictureSet) -> Callable[[], Tensor]:
    """What one writes with timm alone: its own transforms, the pooled features, batches of the same length."""
    network: Any = subject.model.twin().network.to(memory_format=torch.contiguous_format)  # as timm builds it
    size = subject.size or subject.model.input_size
    config: Any = resolve_data_config({"input_size": (3, *size)}, model=network)
    transform: Any = create_transform(**config)
    at_once = max(1, usual_batches(subject.model, "features", size).at_once // 3)  # as `extracting` takes them

    def run() -> Tensor:
        found = []
        with torch.no_grad():
            for first in range(0, len(data), at_once):
                batch = torch.stack([transform(each) for each in data.pictures[first : first + at_once]])
                trunk = network.forward_features(batch.to(subject.model.device))
                found.append(network.forward_head(trunk, pre_logits=True).cpu())
        return torch.cat(found)

    return run


def our_loop(subject: Subject, data: PictureSet) -> Callable[[], Tensor]:
    layer = last_maps(subject.model)
    return lambda: torch.from_numpy(
        last(extracting(subject.model, data, [layer], size=subject.size)).values[layer.path]
    )


def beside_timm(subject: Subject, pictures: int, rounds: int) -> list[str]:
    """A row: both times per picture, and how many times as fast ours is."""
    data = sets.few("scenes", -(-pictures // 14), 0, 0)
    ours, theirs = our_loop(subject, data), plain_loop(subject, data)
    difference = float((ours() - theirs()).abs().max())
    times: dict[Any, list[float]] = {ours: [], theirs: []}
    for number in range(rounds):
        for each in (ours, theirs)[:: 1 if number % 2 else -1]:  # who is first alternates
            began = time.perf_counter()
            each()
            times[each].append((time.perf_counter() - began) / len(data))
    ratio = median(b / a for a, b in zip(times[ours], times[theirs]))
    shown = [f"{1000 * median(times[each]):.1f} ms" for each in (ours, theirs)]
    size = subject.size or subject.model.input_size
    return [subject.model.name, f"{size[0]} px", *shown, f"{ratio:.2f}", f"{difference:.1e}"]


def everything(subject: Subject, per_class: int, folder: Path) -> list[str]:
    """A row: features of 400 pictures at all layers, and a probe of each layer for each set."""
    photographs = sets.photographs(folder) if subject.size else None
    data = [sets.few("scenes", per_class, 0, max(1, per_class // 3)), *([photographs] if photographs else [])]
    count = sum(len(each) + len(each.tests or ()) for each in data)
    began = time.perf_counter()
    probes = [last(linear_probe(subject.model, each, size=subject.size)) for each in data]
    seconds = time.perf_counter() - began
    best = ", ".join(f"{100 * each.accuracy.max():.0f} % of {one.name}" for each, one in zip(probes, data))
    return [subject.model.name, str(count), str(len(probes[0].layers)), f"{seconds:.1f} s", best]


def main() -> None:
    parser = argparse.ArgumentParser(description="The speed of extracting features.")
    parser.add_argument("--quick", action="store_true", help="tiny settings, nothing is written")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--photographs", type=Path, default=sets.photograph_folder(), help="a folder of photographs")
    choice = parser.parse_args()
    pictures, rounds, per_class = (28, 1, 2) if choice.quick else (140, ROUNDS, 20)
    found = sets.subjects(choice.device)
    loops = [beside_timm(each, pictures, rounds) for each in found]
    whole = [everything(each, per_class, choice.photographs) for each in found]
    text = "\n\n".join(
        [
            f"{pictures} drawn scenes, the pooled last features; the median of {rounds} interleaved rounds on "
            f"{torch.get_num_threads()} threads:",
            table(["network", "pictures", "here", "plain timm loop", "times as fast", "largest difference"], loops),
            "Features of all layers and a probe of each (LinearSVC, C 0.01), drawing not counted:",
            table(["network", "pictures", "layers", "time", "best layer"], whole),
        ]
    )
    print(text)
    if not choice.quick:
        write_section("Features: speed", "python -m benchmarks.accuracy.transfer speed", text)


if __name__ == "__main__":
    main()
