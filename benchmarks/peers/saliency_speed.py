"""Saliency side by side with Captum and pytorch-grad-cam: time per map and peak memory.

    python -m benchmarks.peers.saliency_speed            # the whole table, written to benchmarks/RESULTS.md
    python -m benchmarks.peers.saliency_speed --rounds 3 --networks resnet18

Times are interleaved (ours, theirs, ours, theirs ...) and given as medians with their ratio, because the machine's
speed drifts. Peers get timm's network with trainable parameters, as in their documentation, and once more with frozen
parameters. Peak memory is measured in a fresh process, above what the process held before the map.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import timm
import torch
from torch import Tensor, nn

from benchmarks.results import write_section
from vizlib import activations, load_model, saliency
from vizlib.layers import last_maps
from vizlib.models import Classifier

NETWORKS = ("resnet18", "vgg11", "mobilenetv2_100")
SAMPLES = 50  # SmoothGrad copies and integrated-gradient steps
EARLY = {
    "resnet50": "layer1.0",
    "vgg16": "features.4",
    "convnext_tiny": "stages.0.blocks.0",
    "mobilenetv2_100": "blocks.0",
}
Call = Callable[[], object]


class Normalized(nn.Module):
    """A network for peers that takes pixels, as ours does."""

    def __init__(self, classifier: Classifier, name: str, frozen: bool) -> None:
        super().__init__()
        self.network = timm.create_model(name).eval().requires_grad_(not frozen)
        self.network.load_state_dict(classifier.network.state_dict())
        self.normalize = classifier.normalize

    def forward(self, pixels: Tensor) -> Tensor:
        return self.network(self.normalize(pixels))


def peers(classifier: Classifier, name: str, pixels: Tensor, frozen: bool = False) -> dict[str, dict[str, Call]]:
    """Per method, each peer's call for the same map."""
    from captum import attr
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    network = Normalized(classifier, name, frozen)
    target = int(classifier(pixels).argmax())
    layer = network.network.get_submodule(last_maps(classifier).path)
    inputs = pixels.clone().requires_grad_()
    cam = GradCAM(network, [layer])
    tunnel = attr.NoiseTunnel(attr.Saliency(network))
    return {
        "gradient": {"Captum": lambda: attr.Saliency(network).attribute(inputs, target=target)},
        "guided": {"Captum": lambda: attr.GuidedBackprop(network).attribute(inputs, target=target)},
        "smoothgrad": {
            "Captum": lambda: tunnel.attribute(
                inputs, nt_samples=SAMPLES, stdevs=0.15, target=target, abs=False, nt_type="smoothgrad"
            )
        },
        "integrated_gradients": {
            "Captum": lambda: attr.IntegratedGradients(network).attribute(inputs, target=target, n_steps=SAMPLES)
        },
        "grad_cam": {
            "Captum": lambda: attr.LayerAttribution.interpolate(
                attr.LayerGradCam(network, layer).attribute(inputs, target=target), tuple(pixels.shape[2:]), "bilinear"
            ),
            "pytorch-grad-cam": lambda: cam(input_tensor=inputs, targets=[ClassifierOutputTarget(target)]),
        },
    }


def ours(classifier: Classifier, method: str, pixels: Tensor) -> Call:
    """Our call for the same map, with the same target."""
    target = int(classifier(pixels).argmax())
    knobs: dict[str, Any] = {"smoothgrad": {"samples": SAMPLES}, "integrated_gradients": {"steps": SAMPLES}}.get(
        method, {}
    )
    return lambda: saliency(classifier, pixels, method, target, **knobs)


def interleaved(calls: dict[str, Call], rounds: int) -> dict[str, float]:
    """Median milliseconds of each call; the calls take turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds + 1):
        for name, call in calls.items():
            begin = time.perf_counter()
            call()
            times[name].append(1000 * (time.perf_counter() - begin))
    return {name: statistics.median(each[1:]) for name, each in times.items()}


def peak_megabytes(network: str, method: str, who: str) -> float:
    """Peak memory (MiB) of one map in a fresh process, above what the process held before."""
    command = [sys.executable, "-m", "benchmarks.peers.saliency_speed", "--peak", network, method, who]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(answer.stdout.splitlines()[-1]))


def _print_peak(network: str, method: str, who: str) -> None:
    classifier = load_model(network, weights="random")
    pixels = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    call = ours(classifier, method, pixels) if who == "ours" else peers(classifier, network, pixels)[method][who]
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak, so that loading does not count (Linux)
    before = _kibibytes("VmRSS")
    call()
    print((_kibibytes("VmHWM") - before) / 1024)


def _kibibytes(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{name}:")[1].split()[0])


def table(networks: list[str], rounds: int) -> list[str]:
    """The rows of the saliency table."""
    rows = [
        "| network | method | peer | ours (ms) | peer (ms) | peer, frozen (ms) | peer / ours | frozen / ours | "
        "peak ours (MiB) | peak peer (MiB) |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for network in networks:
        classifier = load_model(network, weights="random")
        pixels = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
        live, frozen = (peers(classifier, network, pixels, still) for still in (False, True))
        for method, by_peer in live.items():
            for peer, call in by_peer.items():
                few = max(2, rounds // 3) if method in ("smoothgrad", "integrated_gradients") else rounds
                calls = {"ours": ours(classifier, method, pixels), "live": call, "frozen": frozen[method][peer]}
                ms = interleaved(calls, few)
                peak = [peak_megabytes(network, method, who) for who in ("ours", peer)]
                rows.append(
                    f"| {network} | {method} | {peer} | {ms['ours']:.0f} | {ms['live']:.0f} | {ms['frozen']:.0f} | "
                    f"{ms['live'] / ms['ours']:.2f} | {ms['frozen'] / ms['ours']:.2f} | {peak[0]:.0f} | {peak[1]:.0f} |"
                )
                print(rows[-1], flush=True)
    return rows


def early_layers(rounds: int) -> list[str]:
    """The table of an early layer: a pass that stops there, and the whole pass."""
    rows = ["| network | layer | cut (ms) | whole pass (ms) | whole / cut |", "|---|---|---|---|---|"]
    for network, path in EARLY.items():
        classifier = load_model(network, weights="random")
        pixels = torch.rand(1, 3, 224, 224)
        calls = {"cut": lambda: activations(classifier, pixels, [path]), "whole": lambda: classifier.predict(pixels)}  # noqa: B023
        ms = interleaved(calls, rounds)
        rows.append(f"| {network} | {path} | {ms['cut']:.1f} | {ms['whole']:.1f} | {ms['whole'] / ms['cut']:.1f} |")
        print(rows[-1], flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--networks", nargs="*", default=list(NETWORKS))
    parser.add_argument("--peak", nargs=3, metavar=("NETWORK", "METHOD", "WHO"))
    choice = parser.parse_args()
    if choice.peak:
        _print_peak(*choice.peak)
        return
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    machine = f"{os.cpu_count()} cores, {platform.machine()}, torch {torch.__version__}, timm {timm.__version__}."
    machine += " Random weights, 224 px, batch 1."
    text = [
        machine,
        "",
        *table(choice.networks, choice.rounds),
        "",
        "Reading an early layer:",
        "",
        *early_layers(choice.rounds),
    ]
    write_section("Saliency: time and memory", "python -m benchmarks.peers.saliency_speed", "\n".join(text))


if __name__ == "__main__":
    main()
