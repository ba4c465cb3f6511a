"""How small is the change, and does the file still fool? Ours, foolbox, torchattacks and adv_lib on the same pairs.

    pip install -r benchmarks/requirements.txt
    pip install --no-deps torchattacks==3.5.1 adv-lib==0.2.8     # their pins would downgrade requests or need visdom
    VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.peers.fooling_peers
    python -m benchmarks.peers.fooling_peers --bundled                 # drawn scenes and bundled/scenes

A pair is a picture and a random target, by seed, as in benchmarks.accuracy.thin_ice. Peers work on the network's own
input, levels divided by 255. They keep their defaults except for what their row names (benchmarks.peers.attack_peers).
Their result is rounded, pasted into the picture as the network resizes it (so that the network reads exactly these
pixels), saved as PNG, opened and classified. L2 is in pixel values from 0 to 1. L2 at "the file's own size" belongs to
another number of pixels and is not part of the verdict. The network counts the gradients; ours also takes forward
passes without gradients, which no column shows. Results are kept in --cache, so that an interrupted run can continue.
Seconds depend on what else the machine was doing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

import vizlib.fooling as engine
from benchmarks.accuracy.thin_ice import pairs
from benchmarks.peers.attack_peers import Attack, Counted, peers
from benchmarks.results import write_section
from vizlib import fool, load_model, open_picture, to_image, to_pixels
from vizlib.models import Classifier
from vizlib.pictures import encode_png

AT_ONCE = 10  # pairs per batch
OTHER_SIZE = (200, 160)  # px, for drawn scenes at "the file's own size"
LEAST, OWN_SIZE = "**Filterscope, least visible**", "Filterscope, the file's own size"

Pair = tuple[Image.Image, int]  # a picture, a target


@dataclass(frozen=True)
class Answer:
    """One method's answer for one pair."""

    fools: bool  # according to the method itself
    l2: float  # of the method's own result
    survives: bool  # whether the saved file fools
    l2_file: float
    gradients: float
    seconds: float


def of_peer(model: Classifier, attack: Attack, some: Sequence[Pair]) -> list[Answer]:
    """A peer's answers for some pairs, as one batch."""
    values = torch.cat([model.prepare(picture) for picture, _ in some])
    targets = torch.tensor([target for _, target in some], device=model.device)
    network, begun = Counted(model), time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = attack(network, values.clone(), targets).detach()
    seconds = (time.monotonic() - begun) / len(some)
    labels = model(found).argmax(1)
    files = [as_file(model, picture, found[i : i + 1], target) for i, (picture, target) in enumerate(some)]
    return [
        Answer(
            bool(labels[i] == targets[i]),
            float((found[i] - values[i]).norm()),
            *files[i],
            network.gradients / len(some),
            seconds,
        )
        for i in range(len(some))
    ]


def as_file(model: Classifier, picture: Image.Image, values: Tensor, target: int) -> tuple[bool, float]:
    """Whether the saved file is classified as the target, and the L2 of its change."""
    resized, (left, top, right, bottom) = model.before_crop(picture)
    before = np.array(resized)
    after = before.copy()
    after[top:bottom, left:right] = to_image(values)[0]
    shares = model.predict(to_pixels(open_picture(encode_png(after)), model))[0]
    change = (after.astype(np.float64) - before) / 255
    return int(shares.argmax()) == target, float(np.sqrt((change**2).sum()))


def of_ours(words: dict[str, Any], model: Classifier, pair: Pair) -> Answer:
    """Our answer for one pair, read back from a file of its own, so that two runs at once cannot mix up their files."""
    picture, target = pair
    if words.get("resolution") == "file" and picture.size == model.input_size[::-1]:
        picture = picture.resize(OTHER_SIZE, Image.Resampling.BICUBIC)  # otherwise the network would not resize it
    begun = time.monotonic()
    result = fool(model, picture, target, **words)
    seconds = time.monotonic() - begun
    with TemporaryDirectory() as folder:
        file = Path(folder, "saved.png")
        file.write_bytes(result.png)
        shares = model.predict(to_pixels(open_picture(file), model))[0]
    reached = int(shares.argmax()) == target and float(shares[target]) >= words.get("goal", 0)
    return Answer(result.success, result.l2, reached, result.l2, result.gradients, seconds)


def all_of_ours(words: dict[str, Any], model: Classifier, some: Sequence[Pair]) -> list[Answer]:
    return [of_ours(words, model, each) for each in some]


def ours(goals: Sequence[float]) -> dict[str, dict[str, Any]]:
    """The names of our rows, each with the arguments of `fool`."""
    rows: dict[str, dict[str, Any]] = {f"Filterscope, p >= {each:g}": {"goal": each} for each in goals if each}
    return {LEAST: {}, **rows, OWN_SIZE: {"resolution": "file"}}


def engine_version() -> str:
    """Changes with the code of the attacks."""
    digest = hashlib.blake2b(digest_size=8)
    for file in sorted(Path(engine.__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def kept(choice: Namespace, model: Classifier, name: str, made_by: object) -> Path:
    """The file of a method's answers; its name depends on everything that made them."""
    all_of_it = json.dumps([model.fingerprint, choice.seed, choice.bundled, made_by])
    digest = hashlib.blake2b(all_of_it.encode(), digest_size=8).hexdigest()
    plain = "".join(each if each.isalnum() else "_" for each in f"{model.name} {name}")
    return Path(choice.cache, f"{plain}-{digest}.json")


def answers(
    file: Path, given: Sequence[Pair], ask: Callable[[Sequence[Pair]], list[Answer]], name: str
) -> list[Answer]:
    """The method's answers for all pairs; those that the file holds are not computed again."""
    known = [Answer(**each) for each in json.loads(file.read_text())] if file.exists() else []
    while len(known) < len(given):
        known += ask(given[len(known) : len(known) + AT_ONCE])
        file.write_text(json.dumps([asdict(each) for each in known]))
        print(f"{name}: {len(known)} of {len(given)}", file=sys.stderr, flush=True)
    return known[: len(given)]


def everyone(choice: Namespace, model: Classifier, given: Sequence[Pair]) -> dict[str, list[Answer]]:
    """Every row's answers."""
    found = {}
    for name, words in ours(choice.goals).items():
        file = kept(choice, model, name, [engine_version(), words])
        found[name] = answers(file, given, partial(all_of_ours, words, model), name)
    for name, attack in peers().items():
        file = kept(choice, model, name, [attack.func.__name__, *attack.args])
        found[name] = answers(file, given, partial(of_peer, model, attack), name)
    return found


def row(name: str, found: Sequence[Answer]) -> str:
    def median(values: Iterator[float]) -> str:
        listed = list(values)
        return f"{np.median(listed):.3f}" if listed else "-"

    cells = [
        f"{sum(each.fools for each in found)} of {len(found)}",
        median(each.l2 for each in found if each.fools),
        f"{sum(each.survives for each in found)} of {len(found)}",
        median(each.l2_file for each in found if each.survives),
        f"{np.median([each.gradients for each in found]):.0f}",
        f"{np.median([each.seconds for each in found]):.1f}",
    ]
    return f"| {name} | " + " | ".join(cells) + " |"


def verdict(found: dict[str, list[Answer]]) -> str:
    """The row with the smallest median L2 among those whose files all survive, and the next one."""
    whole = {name: each for name, each in found.items() if name != OWN_SIZE and all(one.survives for one in each)}
    if not whole:
        return "No method's files survive for all pairs."
    ranked = sorted(whole, key=lambda name: float(np.median([one.l2_file for one in whole[name]])))
    said = [
        f"{name}, {np.median([one.l2_file for one in whole[name]]):.3f}, "
        f"{np.median([one.gradients for one in whole[name]]):.0f} gradients"
        for name in ranked[:3]
    ]
    return f"Smallest median L2 among those whose files all survive: {'; then '.join(said)}."


def options() -> Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundled", action="store_true", help="drawn scenes instead of photographs")
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--goals", type=float, nargs="*", default=[0.9, 0.99], help="besides the highest score")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, default=Path(gettempdir(), "filterscope_fooling"))
    return parser.parse_args()


def main() -> None:
    choice = options()
    choice.cache.mkdir(parents=True, exist_ok=True)
    model = load_model("bundled/scenes" if choice.bundled else "mobilenetv2_100")
    given = list(pairs(model, choice.pairs, choice.seed, choice.bundled))
    found = everyone(choice, model, given)
    rows = [
        f"{len(given)} pairs, seed {choice.seed}. {versions()}",
        "",
        "| method | fools, as computed | median L2 | file fools | median L2 of these | gradients | seconds each |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(row(name, each) for name, each in found.items()),
        "",
        verdict(found),
    ]
    table = "\n".join(rows)
    print(table)
    if choice.pairs >= 50:
        title = "Fooling images beside public peers, " + ("drawn scenes" if choice.bundled else "photographs")
        write_section(title, "python -m benchmarks.peers.fooling_peers" + " --bundled" * choice.bundled, table)


def versions() -> str:
    """The versions of the libraries that the numbers depend on."""
    peer = ", ".join(f"{name} {version(name)}" for name in ("foolbox", "torchattacks", "adv-lib"))
    return f"torch {torch.__version__}, {peer}, {os.cpu_count()} cores."


if __name__ == "__main__":
    main()
