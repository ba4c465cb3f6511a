"""Measures activation maximization on a CUDA device: steps per second, and their share of the device's peak rate.

    python -m benchmarks.peers.cuda_speed                       # a few minutes; its section of RESULTS.md
    python -m benchmarks.peers.cuda_speed --device cpu --tiny   # whether it runs at all; writes nothing

Weights are random, and figures are medians of several rounds. The peak rate is measured too: it is that of one large
matrix product in the row's number format, which no network reaches. torch counts the operations of the forward and the
backward pass; a multiplication and an addition count as two.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import timm
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.results import write_section
from vizlib import load_model, maximize
from vizlib.activation_maximization import AtlasPlan, class_logit
from vizlib.activation_maximization.atlas import atlas
from vizlib.activation_maximization.passes import cuda_graph
from vizlib.activation_maximization.passes.scoring import PLAIN, Scorer
from vizlib.layers import find_layer
from vizlib.models import Classifier, device_label
from vizlib.runs import Store

TITLE, COMMAND = "Activation maximization on CUDA", "python -m benchmarks.peers.cuda_speed"
WARM = 24  # steps before timing: kernels are chosen, the graph is recorded, both ways are compared
PRECISIONS = ("float32", "bfloat16")
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True)
class Task:
    """What is measured, and for how long."""

    network: str = "resnet50"
    size: int = 224  # px, the side of single pictures
    batches: tuple[int, ...] = (1, 16, 64)
    layer: str = "layer2"  # the layer of the atlas
    channels: int = 512
    atlas_steps: int = 32
    steps: int = 30  # timed steps per round
    rounds: int = 5
    product: int = 8192  # rows and columns of the matrix product


TINY = Task("bundled/scenes", 32, (1, 2), "layer1", 3, 3, 2, 2, 64)


@dataclass
class Way:
    """How the heavy part of a step runs: "as it is" or as a "graph"."""

    how: str
    made: list[cuda_graph.Replayed]

    @property
    def told(self) -> str:
        """The way, or why it was not taken."""
        why = next((each.reason for each in self.made if each.reason), "")
        return f"{self.how} (not recorded: {why})" if why else self.how


@contextmanager
def going(how: str) -> Iterator[Way]:
    """Runs that begin inside this block go that way, even where the other is faster."""
    way, replayed, faster = Way(how, []), cuda_graph.replayed, cuda_graph._faster

    def chosen(model: Classifier) -> cuda_graph.Replayed | None:
        made = replayed(model) if how == "graph" else None
        way.made += [made] if made else []
        return made

    cuda_graph.replayed, cuda_graph._faster = chosen, lambda *times: True
    try:
        yield way
    finally:
        cuda_graph.replayed, cuda_graph._faster = replayed, faster


def ways(model: Classifier) -> tuple[str, ...]:
    return ("as it is", "graph") if model.device.type == "cuda" else ("as it is",)


def wait(model: Classifier) -> float:
    """Waits until the device has finished its work; returns the time in seconds."""
    if model.device.type == "cuda":
        torch.cuda.synchronize(model.device)
    return time.perf_counter()


def peak(model: Classifier) -> str:
    """The most memory held since `forget_peak`, GiB."""
    if model.device.type != "cuda":
        return "-"
    return f"{torch.cuda.max_memory_reserved(model.device) / 2**30:.2f}"


def forget_peak(model: Classifier) -> None:
    if model.device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(model.device)


def operations(model: Classifier, size: int) -> float:
    """Floating point operations of one picture's forward and backward pass."""
    scorer = Scorer(model, [class_logit(0)], (size, size))
    pixels = torch.full((1, 3, size, size), 0.5, device=model.device)
    with FlopCounterMode(display=False) as counter, going("as it is"):
        scorer._climb(PLAIN, scorer._asked([0]), False, pixels, PLAIN.affine)
    return float(counter.get_total_flops())


def product_rate(model: Classifier, precision: str, side: int) -> float:
    """Floating point operations per second of a product of two random square matrices."""
    chance = torch.Generator().manual_seed(0)
    one, other = (torch.rand(side, side, generator=chance).to(model.device, DTYPES[precision]) for _ in range(2))
    times = []
    for _ in range(6):
        begin = wait(model)
        for _ in range(4):
            one @ other
        times.append((wait(model) - begin) / 4)
    return 2 * side**3 / statistics.median(times[1:])


def step_table(model: Classifier, task: Task) -> Iterator[str]:
    """The table of class pictures' steps, by batch size, number format and way."""
    rates = {each: product_rate(model, each, task.product) for each in PRECISIONS}
    work = operations(model, task.size)
    said = ", ".join(f"{rate / 1e12:.1f} in {name}" for name, rate in rates.items())
    yield f"One picture's pass, there and back: {work / 1e9:.2f} GFLOP."
    yield f"Roofline, a product of {task.product} x {task.product} matrices (TFLOP/s): {said}."
    yield ""
    yield "| batch | numbers | way | steps/s | picture-steps/s | share of the roofline | peak memory (GiB) |"
    yield "|---|---|---|---|---|---|---|"
    for batch in task.batches:
        for precision in PRECISIONS:
            for how in ways(model):
                with going(how) as way:
                    rate, memory = _stepped(model, task, batch, precision)
                share = rate * batch * work / rates[precision]
                yield (
                    f"| {batch} | {precision} | {way.told} | {rate:.1f} | {rate * batch:.0f} | {share:.1%} | {memory} |"
                )


def _stepped(model: Classifier, task: Task, batch: int, precision: str) -> tuple[float, str]:
    """Steps per second, and the memory that they took."""
    forget_peak(model)
    goals: Any = [class_logit(each % len(model.class_names)) for each in range(batch)]
    frames = maximize(model, goals, 100_000, size=task.size, precision=precision)
    for _ in range(WARM):
        next(frames)
    times = []
    for _ in range(task.rounds):
        begin = wait(model)
        for _ in range(task.steps):
            next(frames)
        times.append((wait(model) - begin) / task.steps)
    return 1 / statistics.median(times), peak(model)


def atlas_table(model: Classifier, task: Task) -> Iterator[str]:
    """The table of a whole atlas with its previews."""
    count = min(task.channels, find_layer(model, task.layer).shape[0])
    yield f"| atlas of {count} channels of {task.layer} | numbers | way | seconds | tile-steps/s | peak memory (GiB) |"
    yield "|---|---|---|---|---|---|"
    for precision in PRECISIONS:
        for how in ways(model):
            forget_peak(model)
            plan = AtlasPlan(task.layer, tuple(range(count)), task.atlas_steps, settings={"precision": precision})
            with going(how) as way:
                begin = wait(model)
                *_, last = atlas(model, plan, Store(None, 0))
                seconds = wait(model) - begin
            rate = count * task.atlas_steps / seconds
            size = last.tiles.shape[1]
            words = f"{size} px, {task.atlas_steps} steps"
            yield f"| {words} | {precision} | {way.told} | {seconds:.1f} | {rate:.0f} | {peak(model)} |"


def measured(device: str, task: Task) -> Iterator[str]:
    """The lines of both tables."""
    model = load_model(task.network, "default" if "/" in task.network else "random", device)
    versions = f"torch {torch.__version__}, timm {timm.__version__}"
    yield f"{device_label(model.device)}, {versions}; {model.name}, {task.size} px."
    yield from step_table(model, task)
    yield ""
    yield from atlas_table(model, task)


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tiny", action="store_true", help="a small network and a few steps; writes nothing")
    choice = parser.parse_args(words)
    if choice.device.startswith("cuda") and not torch.cuda.is_available():
        print("There is no CUDA device here, so nothing was measured and RESULTS.md stays as it is.")
        return
    text = []
    for line in measured(choice.device, TINY if choice.tiny else Task()):
        print(line, flush=True)
        text.append(line)
    if not choice.tiny and choice.device.startswith("cuda"):
        write_section(TITLE, COMMAND, "\n".join(text))


if __name__ == "__main__":
    main()
