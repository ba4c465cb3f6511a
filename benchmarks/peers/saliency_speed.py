"""Every saliency method beside its peer: seconds per map with their interval, and peak memory.

    python -m benchmarks.peers.saliency_speed                        # everything, written to benchmarks/RESULTS.md
    python -m benchmarks.peers.saliency_speed --networks resnet18    # its section alone: about 15 minutes
    python -m benchmarks.peers.saliency_speed --rounds 3 --methods guided lrp    # only printed

Calls take turns (ours, theirs, theirs frozen; then in another order), because the machine's speed drifts. A ratio is
that of the medians; its 95 % interval is a bootstrap over the rounds, which keeps the calls of a round together. What
is above 1 is faster here. Peers get timm's network with trainable parameters, as in their documentation, and once more
with frozen ones, which is the fair comparison: ours are always frozen. Methods of many passes take a quarter of the
rounds; Score-CAM, RISE and occlusion take no gradients, so that nothing is frozen there. On vgg11, where one of their
maps takes minutes, they are left out. Peak memory is measured in a fresh process, above what the process held before
the map.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import timm
import torch
from torch import Tensor

from benchmarks.peers.saliency_peers import Call, ours, peers
from benchmarks.results import write_section
from vizlib import activations, load_model, saliency_methods

NETWORKS: Final = ("resnet18", "vgg11", "mobilenetv2_100")
FORWARD_ONLY: Final = {"score_cam", "occlusion", "rise"}
MANY_PASSES: Final = {*FORWARD_ONLY, "smoothgrad", "integrated_gradients", "expected_gradients"}
EARLY: Final = {
    "resnet50": "layer1.0",
    "vgg16": "features.4",
    "convnext_tiny": "stages.0.blocks.0",
    "mobilenetv2_100": "blocks.0",
}
HEAD: Final = (
    "| method | peer | ours (ms) | peer (ms) | peer, frozen (ms) | peer / ours | frozen / ours | "
    "peak ours (MiB) | peak peer (MiB) | peak ours / peer |",
    "|---|---|---|---|---|---|---|---|---|---|",
)
SLOW: Final = {"vgg11"}
_DRAWS: Final = 2000  # of the bootstrap


def timed(calls: dict[str, Call], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each call in each round. The calls take turns in changing order, after one round unmeasured."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    gc.collect()
    for number in range(rounds + 1):
        for name in rotated(list(calls), number):
            begin = time.perf_counter()
            calls[name]()
            times[name].append(1000 * (time.perf_counter() - begin))
    return {name: each[1:] for name, each in times.items()}


def rotated(names: list[str], by: int) -> list[str]:
    """The names from the one at place `by` on, and then those before it."""
    by %= len(names)
    return names[by:] + names[:by]


def interleaved(calls: dict[str, Call], rounds: int) -> dict[str, float]:
    """Median milliseconds of each call; the calls take turns."""
    return {name: statistics.median(each) for name, each in timed(calls, rounds).items()}


def ratio(theirs: Sequence[float], own: Sequence[float]) -> str:
    """How many times as long theirs take: "1.52 [1.48, 1.57]", the ratio of the medians and its 95 % interval."""
    rounds = list(zip(theirs, own, strict=True))
    draw = random.Random(0)
    found = sorted(_of_medians(draw.choices(rounds, k=len(rounds))) for _ in range(_DRAWS))
    low, high = found[round(0.025 * (_DRAWS - 1))], found[round(0.975 * (_DRAWS - 1))]
    return f"{_of_medians(rounds):.2f} [{low:.2f}, {high:.2f}]"


def _of_medians(rounds: Sequence[tuple[float, float]]) -> float:
    theirs, own = (statistics.median(each) for each in zip(*rounds, strict=True))
    return theirs / own


def picture() -> Tensor:
    return torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))


def peak_megabytes(network: str, method: str, who: str) -> float:
    """Peak memory (MiB) of one map in a fresh process, above what the process held before."""
    command = [sys.executable, "-m", "benchmarks.peers.saliency_speed", "--peak", network, method, who]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(answer.stdout.splitlines()[-1]))


def _print_peak(network: str, method: str, who: str) -> None:
    classifier = load_model(network, weights="random", device="cpu")
    call = ours(classifier, method, picture()) if who == "ours" else peers(classifier, network, picture())[method][who]
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak, so that loading does not count (Linux)
    before = _kibibytes("VmRSS")
    call()
    print((_kibibytes("VmHWM") - before) / 1024)


def _kibibytes(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{name}:")[1].split()[0])


def table(network: str, methods: Sequence[str], rounds: int) -> list[str]:
    """The rows of a network's table, printed as they come."""
    rows = list(HEAD)
    classifier = load_model(network, weights="random", device="cpu")
    live, frozen = (peers(classifier, network, picture(), still) for still in (False, True))
    for method in methods:
        own = ours(classifier, method, picture())
        for peer, call in live[method].items():
            few = max(2, rounds // 4) if method in MANY_PASSES else rounds
            still = {} if method in FORWARD_ONLY else {"frozen": frozen[method][peer]}
            times = timed({"ours": own, "peer": call, **still}, few)
            peaks = [peak_megabytes(network, method, who) for who in ("ours", peer)]
            rows.append(row(method, peer, times, peaks))
            print(rows[-1], flush=True)
    return rows


def row(method: str, peer: str, times: dict[str, list[float]], peaks: list[float]) -> str:
    own, theirs, frozen = (times.get(each, []) for each in ("ours", "peer", "frozen"))
    cells = [
        method,
        peer,
        *(f"{statistics.median(each):.0f}" if each else "" for each in (own, theirs, frozen)),
    ]
    cells += [ratio(theirs, own), ratio(frozen, own) if frozen else ""]
    cells += [*(f"{each:.0f}" for each in peaks), f"{peaks[0] / max(peaks[1], 1):.2f}"]
    return f"| {' | '.join(cells)} |"


def early_layers(rounds: int) -> list[str]:
    """The table of an early layer: a pass that stops there, and the whole pass."""
    rows = ["| network | layer | cut (ms) | whole pass (ms) | whole / cut |", "|---|---|---|---|---|"]
    for network, path in EARLY.items():
        classifier = load_model(network, weights="random", device="cpu")
        pixels = picture()
        calls = {"cut": lambda: activations(classifier, pixels, [path]), "whole": lambda: classifier.predict(pixels)}  # noqa: B023
        ms = interleaved(calls, rounds)
        rows.append(f"| {network} | {path} | {ms['cut']:.1f} | {ms['whole']:.1f} | {ms['whole'] / ms['cut']:.1f} |")
        print(rows[-1], flush=True)
    return rows


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--networks", nargs="*", default=[*NETWORKS, "early"], help="or early, for early layers")
    parser.add_argument("--methods", nargs="*", default=saliency_methods(), choices=saliency_methods())
    parser.add_argument("--peak", nargs=3, metavar=("NETWORK", "METHOD", "WHO"))
    return parser.parse_args()


def main() -> None:
    choice = options()
    if choice.peak:
        _print_peak(*choice.peak)
        return
    machine = f"{os.cpu_count()} cores, {platform.machine()}, torch {torch.__version__}, timm {timm.__version__}."
    machine += f" Random weights, 224 px, batch 1, {choice.rounds} rounds."
    command = "python -m benchmarks.peers.saliency_speed"
    for network in choice.networks:
        if network == "early":
            text = "\n".join([machine, "", *early_layers(choice.rounds)])
            write_section("Saliency: an early layer", f"{command} --networks early", text)
            continue
        methods = [each for each in choice.methods if not (network in SLOW and each in FORWARD_ONLY)]
        rows = table(network, methods, choice.rounds)
        if choice.methods == saliency_methods():
            text = "\n".join([machine, "", *rows])
            asked = f"{command} --networks {network} --rounds {choice.rounds}"
            write_section(f"Saliency: time and memory, {network}", asked, text)


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    main()
