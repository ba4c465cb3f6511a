"""Makes the whole speed table: each room beside public libraries, the cold start, and each page's response time.

    python -m benchmarks.peers.speed [--rounds 5] [--parts saliency maximization fooling start pages]

Calls are interleaved (ours, theirs, ours, theirs ...) and given as medians with their ratio, because the machine's
speed drifts. Networks have random weights and get one picture of 224 px. Peers get timm's network with trainable
parameters, as in their documentation. The details of each room are in its own section.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from PIL import Image

from benchmarks.results import write_section
from benchmarks.service.visitors import Visitor, environment, serving, start

NETWORKS = ("resnet18", "mobilenetv2_100")
LAYERS = {"resnet18": "layer2", "mobilenetv2_100": "blocks.3"}
PATIENCE = 300.0  # seconds
MANY_PASSES = {"smoothgrad", "integrated_gradients", "expected_gradients"}
STEPS = 20  # of an attack; both sides take the same number of gradients
UNITS, SIDE = 16, 128
PEERS = ("captum", "grad-cam", "zennit", "torch-lucent", "foolbox", "torchattacks")
HEAD = "| network | what | peer | ours (ms) | peer (ms) | peer / ours |\n|---|---|---|---|---|---|"
Call = Callable[[], object]


def row(network: str, what: str, peer: str, pair: dict[str, float]) -> str:
    mine, theirs = pair["ours"], pair["peer"]
    return f"| {network} | {what} | {peer} | {mine:.1f} | {theirs:.1f} | {theirs / mine:.2f} |"


def saliency(rounds: int) -> Iterator[str]:
    """A map of each method beside its peers."""
    import torch

    from benchmarks.peers.saliency_peers import ours, peers
    from benchmarks.peers.saliency_speed import FORWARD_ONLY, interleaved
    from vizlib import load_model

    for name in NETWORKS:
        model = load_model(name, weights="random", device="cpu")
        pixels = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
        for method, calls in peers(model, name, pixels).items():
            for peer, call in calls.items():
                few = max(2, rounds // 2) if method in FORWARD_ONLY | MANY_PASSES else 2 * rounds
                yield row(name, method, peer, interleaved({"ours": ours(model, method, pixels), "peer": call}, few))


def maximization(rounds: int) -> Iterator[str]:
    """A step of one unit and of sixteen units, beside lucent, which makes one picture after the other."""
    from benchmarks.peers import lucent_peer
    from benchmarks.peers.maximize_speed import lucent_step, ours
    from vizlib import load_model

    for name in NETWORKS:
        model = load_model(name, weights="random", device="cpu")
        network = lucent_peer.peer_network(model)
        one, many = ours(model, LAYERS[name], SIDE), ours(model, LAYERS[name], SIDE, UNITS)
        times: dict[str, list[float]] = {"one": [], "many": [], "peer": []}
        for _ in range(20):
            one()  # a dead unit costs a second pass in the first steps
        for number in range(rounds + 1):
            times["one"].append(_milliseconds(one))
            times["peer"].append(lucent_step(network, LAYERS[name], number))
            times["many"].append(_milliseconds(many))
        middle = {key: statistics.median(each[1:]) for key, each in times.items()}
        what = f"a step of one unit of {LAYERS[name]}, {SIDE} px"
        yield row(name, what, "lucent", {"ours": middle["one"], "peer": middle["peer"]})
        what = f"a step of {UNITS} units of {LAYERS[name]}, {SIDE} px"
        yield row(name, what, "lucent", {"ours": middle["many"], "peer": UNITS * middle["peer"]})


def _milliseconds(call: Call) -> float:
    begin = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - begin)


def fooling(rounds: int) -> Iterator[str]:
    """Whole attacks beside foolbox and torchattacks, with as many gradients; ours include the verification."""
    import torch

    from benchmarks.peers.saliency_peers import Normalized
    from benchmarks.peers.saliency_speed import interleaved
    from vizlib import fool, load_model, synthetic

    picture = Image.fromarray(synthetic.draw_scene(1).image).resize((256, 256))
    target = torch.tensor([7])
    for name in NETWORKS:
        model = load_model(name, weights="random", device="cpu")
        pixels = model.prepare(picture)
        network = Normalized(model, name, frozen=False).eval()
        for method, peer, call in _attacks(network, pixels, target):
            mine = partial(fool, model, picture, 7, method, steps=STEPS)
            yield row(name, f"{method}, {STEPS} steps", peer, interleaved({"ours": mine, "peer": call}, rounds))


def _attacks(network: Any, pixels: Any, target: Any) -> Iterator[tuple[str, str, Call]]:
    foolbox: Any = import_module("foolbox")
    wrapped = foolbox.PyTorchModel(network, bounds=(0, 1), device="cpu")
    wish = foolbox.criteria.TargetedMisclassification(target)
    yield "ddn", "foolbox", partial(foolbox.attacks.DDNAttack(steps=STEPS).run, wrapped, pixels, wish)
    ball = foolbox.attacks.LinfPGD(steps=STEPS)
    yield "pgd", "foolbox", partial(ball.run, wrapped, pixels, wish, epsilon=8 / 255)
    try:
        import torchattacks
    except ModuleNotFoundError:
        return  # It is no requirement because it pins old versions: pip install --no-deps torchattacks.
    attack = torchattacks.PGD(network, steps=STEPS)
    attack.set_device(pixels.device)
    attack.set_mode_targeted_by_label(quiet=True)
    yield "pgd", "torchattacks", partial(attack, pixels, target)


def cold(rounds: int) -> Iterator[str]:
    """Seconds from the command to the first picture on the first page, and until the page is complete."""

    async def look(server: Any, began: float) -> tuple[float, float]:
        async with Visitor(server) as visitor:
            await visitor.ask()
            first = 0.0
            while not await visitor.read():
                if not first and visitor.pictures():
                    first = time.monotonic() - began
            return first, time.monotonic() - began

    found = []
    for _ in range(max(3, rounds // 2)):
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            server = start(**environment(folder))
            listening = time.monotonic() - began
            try:
                found.append((listening, *asyncio.run(look(server, began))))
            finally:
                server.kill()
                server.log.unlink()
    yield "| cold start (bundled/scenes, files in the disk's cache) | seconds |\n|---|---|"
    for what, values in zip(("the server listens", "the first picture", "both maps, at rest"), zip(*found)):
        yield f"| {what} | {statistics.median(values):.1f} |"


PAGES: dict[str, tuple[dict[str, str], str, list[Any]]] = {
    "": ({}, "strength", [0.3, 0.5, 0.6, 0.8, 0.9]),
    "layers": ({}, "channel", [1, 2, 3, 4, 5]),
    "class_picture": ({"steps": "64"}, "dream.tv", [0.0, 0.5, 1.5, 2.0, 3.0]),
    "filters": ({"tiles": "16", "atlas_steps": "16"}, "tiles", [15, 14, 13, 12, 11]),
    "fooling": ({}, "chance", [1, 2, 3, 4, 5]),
    "thin_ice": ({}, "shake", ["Rotation", "Blur", "Noise", "Rotation", "Blur"]),
    "any_file": ({}, "scene", [1, 2, 3, 4, 5]),
    "about": ({}, "scene", [1, 2, 3, 4, 5]),
}


def pages(rounds: int) -> Iterator[str]:
    """How long each page takes to open, and to respond to one control."""

    async def look(server: Any, page: str) -> tuple[float, float]:
        link, control, values = PAGES[page]
        async with Visitor(server) as visitor:
            first = await visitor.open(page, PATIENCE, **link)
            if visitor.complaints():
                raise RuntimeError(f"{page}: {visitor.complaints()}")
            return first, statistics.median([await visitor.act(**{control: value}) for value in values])

    yield "| page | opened, nothing computed before (s) | opened again (s) | one control turned, median of 5 (s) |"
    yield "|---|---|---|---|"
    with tempfile.TemporaryDirectory() as folder, serving(**environment(folder)) as server:
        asyncio.run(look(server, "about"))
        for page in PAGES:
            first, turned = asyncio.run(look(server, page))
            again, _ = asyncio.run(look(server, page))
            yield f"| {page or 'saliency'} | {first:.2f} | {again:.2f} | {turned:.2f} (`{PAGES[page][1]}`) |"


PARTS: dict[str, tuple[str, Callable[[int], Iterator[str]]]] = {
    "saliency": (HEAD, saliency),
    "maximization": (HEAD, maximization),
    "fooling": (HEAD, fooling),
    "start": ("", cold),
    "pages": ("", pages),
}


def versions() -> str:
    names = []
    for name in ("torch", *PEERS):
        try:
            names.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            names.append(f"{name} is not installed, so its rows are missing")
    return ", ".join(names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parts", nargs="*", default=list(PARTS), choices=list(PARTS))
    parser.add_argument("--no-write", action="store_true", help="only print")
    asked = parser.parse_args()
    os.environ.update({"HF_HUB_OFFLINE": "1", "OMP_WAIT_POLICY": "passive"})  # before torch is loaded
    lines = [f"{versions()}; {os.cpu_count()} cores, random weights, 224 px unless another size is named."]
    for part in asked.parts:
        head, table = PARTS[part]
        print(head, flush=True)
        lines += ["", *filter(None, [head])]
        for line in table(asked.rounds):
            print(line, flush=True)
            lines.append(line)
    if not asked.no_write and asked.parts == list(PARTS):
        write_section("Speed, the whole table", "python -m benchmarks.peers.speed", "\n".join(lines))


if __name__ == "__main__":
    main()
