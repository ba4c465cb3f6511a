"""How small is the change, and does the file still fool? Ours beside foolbox, torchattacks and adv_lib, same pairs.

    pip install -r benchmarks/requirements.txt
    pip install --no-deps torchattacks==3.5.1 adv-lib==0.2.8     # their pins would downgrade requests or need visdom
    VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.fooling_peers
    python -m benchmarks.fooling_peers --bundled                 # drawn scenes and bundled/scenes

Pairs of a picture and a random target by seed, as in benchmarks.thin_ice. Peers work on the network's own input, levels
divided by 255, with their own defaults but for the steps named. What they answer is rounded, pasted into the picture as
the network resizes it (so that the network reads exactly these pixels), saved as PNG, opened and classified afresh. L2
is in pixel values from 0 to 1. Gradients are counted by the network. Answers are kept in --cache: remove
it when the engine has changed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from io import StringIO
from pathlib import Path
from tempfile import gettempdir
from types import ModuleType
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from benchmarks.results import write_section
from benchmarks.thin_ice import pairs
from vizlib import fool, load_model, open_picture, to_image, to_pixels
from vizlib.models import Classifier
from vizlib.pictures import encode_png

AT_ONCE = 10  # pairs per batch
OTHER_SIZE = (200, 160)  # px, for drawn scenes at "the file's own size"


@dataclass(frozen=True)
class Answer:
    """One method's answer for one pair."""

    fools: bool  # as the method has it
    l2: float  # of that
    survives: bool  # as a file
    l2_file: float
    gradients: float
    seconds: float


class Counted(nn.Module):
    """The network as peers want it: values in [0, 1] in, logits out; counts the gradients that it is asked for."""

    def __init__(self, model: Classifier) -> None:
        super().__init__()
        self.model, self.gradients = model, 0

    def forward(self, values: Tensor) -> Tensor:
        if values.requires_grad and torch.is_grad_enabled():
            self.gradients += len(values)
        return self.model(values)


Attack = Callable[[Counted, Tensor, Tensor], Tensor]


def adv_lib() -> Any:
    """Its attacks; visdom, which only its plots need, stays out."""
    stub = ModuleType("visdom")
    stub.Visdom = object  # type: ignore[attr-defined]
    sys.modules.setdefault("visdom", stub)
    from adv_lib import attacks

    return attacks


def foolbox_attack(name: str, network: Counted, values: Tensor, targets: Tensor) -> Tensor:
    foolbox: Any = import_module("foolbox")
    wrapped = foolbox.PyTorchModel(network.eval(), bounds=(0, 1), device=str(values.device))
    attack = getattr(foolbox.attacks, name)(steps=100)
    answer: Tensor = attack.run(wrapped, values, foolbox.criteria.TargetedMisclassification(targets))
    return answer


def torchattacks_attack(name: str, words: dict[str, Any], network: Counted, values: Tensor, targets: Tensor) -> Tensor:
    import torchattacks

    torch.manual_seed(0)
    with redirect_stdout(StringIO()):  # it looks for the device of parameters that the wrapper does not show
        attack = getattr(torchattacks, name)(network.eval(), **words)
    attack.set_device(values.device)
    attack.set_mode_targeted_by_label(quiet=True)
    answer: Tensor = attack(values, targets)
    return answer


def adv_lib_attack(name: str, words: dict[str, Any], network: Counted, values: Tensor, targets: Tensor) -> Tensor:
    answer: Tensor = getattr(adv_lib(), name)(network.eval(), values, targets, targeted=True, **words)
    return answer


def peers() -> Mapping[str, Attack]:
    pgd = {f"torchattacks PGDL2, eps {eps:g}, {steps} steps": (eps, steps) for eps in (1, 2) for steps in (10, 100)}
    return {
        "foolbox L2FMN, 100 steps": partial(foolbox_attack, "L2FMNAttack"),
        "foolbox DDN, 100 steps": partial(foolbox_attack, "DDNAttack"),
        "adv_lib FMN, 100 steps": partial(adv_lib_attack, "fmn", {"norm": 2, "steps": 100}),
        "adv_lib DDN, 256 levels, 100 steps": partial(adv_lib_attack, "ddn", {"steps": 100}),
        "torchattacks CW, c 1, 50 steps": partial(torchattacks_attack, "CW", {}),
    } | {
        name: partial(
            torchattacks_attack, "PGDL2", {"eps": eps, "alpha": max(0.2 * eps, 2.5 * eps / steps), "steps": steps}
        )
        for name, (eps, steps) in pgd.items()
    }


def of_peer(model: Classifier, attack: Attack, some: Sequence[tuple[Image.Image, int]]) -> list[Answer]:
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
    """Whether the saved file is the target, and the L2 of its change."""
    resized, (left, top, right, bottom) = model.before_crop(picture)
    before = np.array(resized)
    after = before.copy()
    after[top:bottom, left:right] = to_image(values)[0]
    shares = model.predict(to_pixels(open_picture(encode_png(after)), model))[0]
    change = (after.astype(np.float64) - before) / 255
    return int(shares.argmax()) == target, float(np.sqrt((change**2).sum()))


def of_ours(words: dict[str, Any], model: Classifier, pair: tuple[Image.Image, int], file: Path) -> Answer:
    """Ours for one pair, read back from the disk."""
    picture, target = pair
    if words.get("resolution") == "file" and picture.size == model.input_size[::-1]:
        picture = picture.resize(OTHER_SIZE, Image.Resampling.BICUBIC)  # else there would be nothing on the way
    begun = time.monotonic()
    result = fool(model, picture, target, **words)
    seconds = time.monotonic() - begun
    file.write_bytes(result.png)
    shares = model.predict(to_pixels(open_picture(file), model))[0]
    reached = int(shares.argmax()) == target and float(shares[target]) >= words.get("goal", 0)
    return Answer(result.success, result.l2, reached, result.l2, result.gradients, seconds)


OURS: dict[str, dict[str, Any]] = {
    "**Filterscope, least visible**": {},
    "Filterscope, p >= 0.9": {"goal": 0.9},
    "Filterscope, p >= 0.99": {"goal": 0.99},
    "Filterscope, the file's own size": {"resolution": "file"},
}


def answers(model: Classifier, name: str, given: Sequence[tuple[Image.Image, int]], cache: Path) -> list[Answer]:
    """The method's answers for all pairs; those in the cache are not asked for again."""
    file = cache / ("".join(each if each.isalnum() else "_" for each in f"{model.name} {name}") + ".json")
    known = [Answer(**each) for each in json.loads(file.read_text())] if file.exists() else []
    while len(known) < len(given):
        some = given[len(known) : len(known) + AT_ONCE]
        if name in OURS:
            known += [of_ours(OURS[name], model, each, cache / "saved.png") for each in some]
        else:
            known += of_peer(model, peers()[name], some)
        file.write_text(json.dumps([asdict(each) for each in known]))
        print(f"{name}: {len(known)} of {len(given)}", end="\r", flush=True)
    return known[: len(given)]


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
    """Who has the smallest median L2 among those whose files all survive."""
    whole = {name: each for name, each in found.items() if all(one.survives for one in each)}
    if not whole:
        return "No method's files survive for all pairs."
    sizes = {name: float(np.median([one.l2_file for one in each])) for name, each in whole.items()}
    best = min(sizes, key=sizes.__getitem__)
    gradients = np.median([one.gradients for one in whole[best]])
    return (
        f"Smallest median L2 among those whose files all survive: {best}, {sizes[best]:.3f}, {gradients:.0f} gradients."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundled", action="store_true", help="drawn scenes instead of photographs")
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, default=Path(gettempdir(), "filterscope_fooling"))
    choice = parser.parse_args()
    choice.cache.mkdir(parents=True, exist_ok=True)
    run(choice)


def run(choice: Namespace) -> None:
    model = load_model("bundled/scenes" if choice.bundled else "mobilenetv2_100")
    given = list(pairs(model, choice.pairs, choice.seed, choice.bundled))
    found = {name: answers(model, name, given, choice.cache) for name in [*OURS, *peers()]}
    rows = [
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
        write_section(title, "python -m benchmarks.fooling_peers" + " --bundled" * choice.bundled, table)


if __name__ == "__main__":
    main()
