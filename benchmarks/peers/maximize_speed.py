"""Times activation maximization: a step beside the bare loop, an atlas beside lucent, and the gain of each speedup.

    python -m benchmarks.peers.maximize_speed              # all three tables, each to its section of RESULTS.md
    python -m benchmarks.peers.maximize_speed --parts atlas --rounds 3

Everything runs on the CPU with random weights. Times are interleaved (ours, theirs, ours, theirs ...) and given as
medians with their ratio, because the machine's speed drifts. The bare loop stops the pass at the layer, has frozen
parameters, computes the gradient of the pixels, lets torch's Adam change them, and does nothing else. lucent runs
unchanged: one unit after the other, a picture of 128 px, transforms, enlarging to 224 px, trainable parameters.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import timm
import torch
from torch import Tensor, nn

from benchmarks.peers import lucent_peer
from benchmarks.results import write_section
from vizlib import load_model, maximize
from vizlib.activation_maximization import channel, class_logit
from vizlib.models import Classifier, folded

STEPS = (("resnet18", ""), ("resnet18", "layer2"), ("mobilenetv2_100", ""), ("vgg16", "features.16"))
# The last number: how many times faster than lucent it should be.
ATLAS = (("resnet18", "layer2", 5), ("vgg16", "features.16", 6))
LEVERS = (("resnet18", "layer2"), ("mobilenetv2_100", "blocks.3"), ("vgg16", "features.16"))
UNITS, SIDE, INPUT = 64, 128, 224  # units of an atlas; px of a tile, px of the networks
LUCENT_STEPS = 5  # timed per unit, without setting up
BATCHES = (1, 4, 8, 16, 32)
SEVERAL = 16  # pictures per pass
LAST_LEVER = f"{SEVERAL} pictures a pass"
REDIRECTED = 17  # steps in which dead units may get the redirected gradient
Call = Callable[[], object]


class _Stop(Exception):
    """Stops the pass when the layer has been computed."""


def upto(network: nn.Module, layer: str, inputs: Tensor) -> Tensor:
    """The layer's output, with the pass stopped there; the logits where `layer` is ""."""
    if not layer:
        logits: Tensor = network(inputs)
        return logits
    seen: list[Tensor] = []

    def hook(module: nn.Module, inputs: Any, output: Tensor) -> None:
        seen.append(output)
        raise _Stop

    handle = network.get_submodule(layer).register_forward_hook(hook)
    try:
        network(inputs)
    except _Stop:
        pass
    finally:
        handle.remove()
    return seen[0]


def unit_means(maps: Tensor) -> Tensor:
    """Picture i's channel (or class) i: its mean, summed over the pictures."""
    rows = torch.arange(len(maps))
    return maps[rows, rows].sum() if maps.ndim == 2 else maps[rows, rows].mean((1, 2)).sum()


def bare(model: Classifier, layer: str, size: int = INPUT, batch: int = 1) -> Call:
    """One step of the bare loop."""
    pixels = torch.rand(batch, 3, size, size).requires_grad_()
    adam = torch.optim.Adam([pixels], lr=0.05)

    def step() -> None:
        score = unit_means(upto(model.network, layer, model.normalize(pixels)))
        (gradient,) = torch.autograd.grad(score, pixels)
        pixels.grad = -gradient
        adam.step()

    return step


def naive(model: Classifier, layer: str, live: bool, stopped: bool) -> Call:
    """One step at 224 px: a whole pass unless `stopped`, with trainable or frozen parameters."""
    network = model.twin().network.requires_grad_(live)
    pixels = torch.rand(1, 3, INPUT, INPUT).requires_grad_()
    adam = torch.optim.Adam([pixels], lr=0.05)
    seen: list[Tensor] = []
    network.get_submodule(layer).register_forward_hook(lambda module, inputs, output: seen.append(output))

    def step() -> None:
        seen.clear()
        inputs = model.normalize(pixels)
        upto(network, layer if stopped else "", inputs)
        network.zero_grad()
        adam.zero_grad()
        (-unit_means(seen[0])).backward()
        adam.step()

    return step


def ours(model: Classifier, layer: str, size: int = INPUT, units: int = 1, **settings: Any) -> Call:
    """One step of `maximize` for the first `units` channels of a layer, or the first classes."""
    goals = [channel(layer, unit) if layer else class_logit(unit) for unit in range(units)]
    frames = maximize(model, goals, steps=100_000, size=size, **settings)
    return lambda: next(frames)


def medians(calls: dict[str, Call], rounds: int) -> dict[str, float]:
    """Median milliseconds of each call. They take turns, and the first two rounds do not count."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds + 2):
        for name, call in calls.items():
            begin = time.perf_counter()
            call()
            times[name].append(1000 * (time.perf_counter() - begin))
    return {name: statistics.median(each[2:]) for name, each in times.items()}


def step_table(rounds: int) -> Iterator[str]:
    """Our step at batch 1 beside the bare loop's."""
    yield (
        "| network | objective | bare loop (ms) | ours (ms) | with tv and norm (ms) | ours / bare | "
        "with tv and norm / bare | ours / bare loop on our folded copy |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for name, layer in STEPS:
        model = load_model(name, weights="random", device="cpu")
        calls = {
            "bare": bare(model, layer),
            "ours": ours(model, layer),
            "both": ours(model, layer, tv=1.0, norm=1.0),
            "floor": bare(folded(model)[0], layer),
        }
        for _ in range(REDIRECTED):
            calls["ours"](), calls["both"]()  # a dead unit costs a second pass in these steps
        ms = medians(calls, rounds)
        over = [ms["ours"] / ms["bare"], ms["both"] / ms["bare"], ms["ours"] / ms["floor"]]
        yield (
            f"| {name} | {'channel of ' + layer if layer else 'class'} | {ms['bare']:.1f} | {ms['ours']:.1f} | "
            f"{ms['both']:.1f} | " + " | ".join(f"{each:.2f}" for each in over) + " |"
        )


def lucent_step(network: nn.Module, layer: str, unit: int) -> float:
    """Milliseconds of one step of lucent for one unit, without setting up."""
    ticks: list[float] = []
    objective = lucent_peer.channel(layer.replace(".", "_"), unit)

    def timed(model: Any) -> Tensor:
        ticks.append(time.perf_counter())
        score: Tensor = objective(model)
        return score

    lucent_peer.render(network, timed, LUCENT_STEPS + 1)
    return 1000 * (ticks[-1] - ticks[0]) / LUCENT_STEPS


def atlas_table(rounds: int) -> Iterator[str]:
    """Unit-steps per second, 64 units at 128 px."""
    yield "| network | layer | lucent (unit-steps/s) | ours (unit-steps/s) | ours / lucent | to be reached |"
    yield "|---|---|---|---|---|---|"
    for name, layer, goal in ATLAS:
        model = load_model(name, weights="random", device="cpu")
        step, network = ours(model, layer, SIDE, UNITS), lucent_peer.peer_network(model)
        step()
        theirs, mine = [], []
        for unit in range(rounds):
            theirs.append(lucent_step(network, layer, unit))
            begin = time.perf_counter()
            step()
            mine.append(1000 * (time.perf_counter() - begin) / UNITS)
        ms, own = statistics.median(theirs), statistics.median(mine)
        yield f"| {name} | {layer} | {1000 / ms:.1f} | {1000 / own:.1f} | {ms / own:.1f} | {goal} |"


def lever_table(rounds: int) -> Iterator[str]:
    """The table of speedups; each row adds one to those above it."""
    yield "| lever, with those above it | " + " | ".join(f"{name} {layer}" for name, layer in LEVERS) + " |"
    yield "|---|" + "---|" * len(LEVERS)
    columns = [medians(_levers(*each), rounds) for each in LEVERS]
    for row in columns[0]:
        cells = []
        for ms in columns:
            each = {name: value / (SEVERAL if name == LAST_LEVER else 1) for name, value in ms.items()}
            first = next(iter(each.values()))
            cells.append(f"{each[row]:.1f} ms, {first / each[row]:.1f} x")
        yield f"| {row} | " + " | ".join(cells) + " |"


def _levers(name: str, layer: str) -> dict[str, Call]:
    model = load_model(name, weights="random", device="cpu")
    last = model.twin()
    last.network.to(memory_format=torch.channels_last)
    fast = folded(model)[0]
    return {
        "whole pass, live parameters, 224 px": naive(model, layer, live=True, stopped=False),
        "frozen parameters": naive(model, layer, live=False, stopped=False),
        "stopped at the layer": bare(model, layer),
        "128 px": bare(model, layer, SIDE),
        "channels_last": bare(last, layer, SIDE),
        "batch normalization folded, as the engine does": bare(fast, layer, SIDE),
        LAST_LEVER: bare(fast, layer, SIDE, SEVERAL),
    }


def batch_table(rounds: int) -> Iterator[str]:
    """Unit-steps per second of our own loop, by the number of units in it."""
    yield "| our loop, units at once | " + " | ".join(map(str, BATCHES)) + " |"
    yield "|---|" + "---|" * len(BATCHES)
    for name, layer, size in [*((*each, SIDE) for each in LEVERS), ("mobilenetv2_100", "", INPUT)]:
        model = load_model(name, weights="random", device="cpu")
        ms = medians({str(units): ours(model, layer, size, units) for units in BATCHES}, rounds)
        rates = " | ".join(f"{1000 * units / ms[str(units)]:.1f}" for units in BATCHES)
        yield f"| {name} {layer or 'class'}, {size} px (unit-steps/s) | {rates} |"


PARTS: dict[str, tuple[str, list[tuple[Callable[[int], Iterator[str]], float]]]] = {
    "step": ("a step beside the bare loop, 224 px, batch 1", [(step_table, 3.0)]),
    "atlas": (f"{UNITS} units at {SIDE} px beside lucent", [(atlas_table, 1.0)]),
    "levers": ("what each lever is worth", [(lever_table, 1.0), (batch_table, 0.5)]),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--parts", nargs="*", default=list(PARTS), choices=list(PARTS))
    choice = parser.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # otherwise lucent would use the GPU
    machine = f"{os.cpu_count()} cores, torch {torch.__version__}, timm {timm.__version__}, torch-lucent 0.1.8."
    for part in choice.parts:
        title, tables = PARTS[part]
        text = [machine]
        for table, share in tables:
            text.append("")
            for row in table(max(2, round(choice.rounds * share))):
                print(row, flush=True)
                text.append(row)
        command = f"python -m benchmarks.peers.maximize_speed --parts {part}"
        write_section(f"Activation maximization: {title}", command, "\n".join(text))


if __name__ == "__main__":
    main()
