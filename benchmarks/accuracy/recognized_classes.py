"""Do other networks recognize a class's picture? Ours beside lucent's, made with the same weights and steps.

    VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.accuracy.recognized_classes --sheet /tmp/classes.png
    ... python -m benchmarks.accuracy.recognized_classes --classes 6 --set tv=0.5 --set transforms=strong  # tries
    python -m benchmarks.accuracy.recognized_classes --bundled --sheet /tmp/scenes.png   # the drawn scenes' network

The pictures are saved as 8-bit PNG, decoded, and read in two ways: as pixels, and as an ordinary file, which the
judge's preprocessing resizes and crops. Pictures are kept in --cache, so that an interrupted run can continue and
lucent's are made only once. Ours are made again when the engine, the weights or a setting changes. With --set nothing
is written to benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

import vizlib.activation_maximization as engine
from benchmarks.peers import lucent_peer
from benchmarks.results import write_section
from vizlib import load_model, maximize, open_picture, to_image, to_pixels
from vizlib.activation_maximization import Transforms, class_logit
from vizlib.models import Classifier
from vizlib.pictures import encode_png

JUDGES = ("local/mobilenetv1_100.tf_same", "local/mobilenetv2_100.tf_same")
SURE = 0.99
TILE = 224  # px, on the contact sheet


@dataclass(frozen=True)
class Verdict:
    """One network's answer for one picture, read in one way."""

    probability: float  # of the target class
    rank: int  # of the target class, from 1


@dataclass(frozen=True)
class Made:
    """One picture, and the verdicts by (network, way of reading)."""

    who: str
    target: int
    png: bytes
    verdicts: dict[tuple[str, str], Verdict]


def setting(text: str) -> tuple[str, Any]:
    """ "tv=0.5", "transforms=strong", "transforms=Transforms(jitter=0.1)" or "size=(128, 128)" as name and value."""
    name, _, value = text.partition("=")
    if value.startswith("Transforms("):
        call = ast.parse(value, mode="eval").body
        assert isinstance(call, ast.Call)
        return name, Transforms(**{each.arg or "": ast.literal_eval(each.value) for each in call.keywords})
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def drawn(count: int, classes: int, seed: int) -> list[int]:
    """`count` classes drawn by the seed, of which a smaller count gives the first; or all classes, in order."""
    order = np.random.default_rng(seed).permutation(classes)
    return [int(each) for each in order[:count]] if count < classes else list(range(classes))


class Cache:
    """PNG files in a folder; a file's name depends on everything that made it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def file(self, who: str, *made_by: object) -> Path:
        digest = hashlib.blake2b(json.dumps(made_by, default=repr).encode(), digest_size=10).hexdigest()
        return self.folder / f"{who}-{digest}.png"


def engine_version() -> str:
    """A digest that changes with the engine's code."""
    digest = hashlib.blake2b(digest_size=8)
    for file in sorted(Path(engine.__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def ours(model: Classifier, targets: Sequence[int], choice: Namespace) -> Iterator[tuple[int, bytes]]:
    """Our pictures as (class, PNG), made --batch classes at a time."""
    cache, settings, code = Cache(choice.cache), dict(choice.set), engine_version()
    files = {
        each: cache.file("ours", model.fingerprint, code, each, choice.steps, choice.seed, sorted(settings.items()))
        for each in targets
    }
    missing = [each for each, file in files.items() if not file.exists()]
    for begin in range(0, len(missing), choice.batch):
        some = missing[begin : begin + choice.batch]
        clock = time.perf_counter()
        goals = [class_logit(each) for each in some]
        *_, last = maximize(model, goals, steps=choice.steps, seed=[choice.seed] * len(some), **settings)
        for each, image in zip(some, to_image(last.pixels), strict=True):
            files[each].write_bytes(encode_png(image))
        _progress(f"ours: {begin + len(some)} of {len(missing)}", clock, len(some) * choice.steps)
    for each, file in files.items():
        yield each, file.read_bytes()


def lucents(model: Classifier, targets: Sequence[int], choice: Namespace) -> Iterator[tuple[int, bytes]]:
    """lucent's pictures as (class, PNG), made one after the other, as lucent does."""
    cache = Cache(choice.cache)
    for count, each in enumerate(targets, 1):
        file = cache.file("lucent", model.fingerprint, each, choice.steps, choice.seed)
        if not file.exists():
            clock = time.perf_counter()
            pixels = lucent_peer.picture(lucent_peer.peer_network(model), each, choice.steps, choice.seed)
            file.write_bytes(encode_png(to_image(pixels)[0]))
            _progress(f"lucent: {count} of {len(targets)}", clock, choice.steps)
        yield each, file.read_bytes()


def _progress(words: str, since: float, steps: int) -> None:
    seconds = time.perf_counter() - since
    each = 1000 * seconds / steps
    print(f"  {words}, {seconds:.0f} s, {each:.0f} ms a step and picture", file=sys.stderr, flush=True)


def readings(png: bytes, judge: Classifier) -> dict[str, Tensor]:
    """The file's pixels (1, 3, H, W), read in each way."""
    levels = torch.from_numpy(np.array(Image.open(BytesIO(png)).convert("RGB")))
    return {
        "as pixels": levels.permute(2, 0, 1)[None].float() / 255,
        "as a file": to_pixels(open_picture(png), judge),
    }


def verdicts(png: bytes, target: int, networks: dict[str, Classifier]) -> dict[tuple[str, str], Verdict]:
    """Each network's answer to each reading."""
    found = {}
    for name, judge in networks.items():
        for way, pixels in readings(png, judge).items():
            shares = judge.predict(pixels)[0].cpu()
            rank = int((shares > shares[target]).sum()) + 1
            found[name, way] = Verdict(float(shares[target]), rank)
    return found


def line(made: Made, names: list[str]) -> str:
    """One picture's verdicts in one line: probability (rank), as pixels then as a file, network by network."""
    by_network: dict[str, list[str]] = {}
    for (network, _), said in made.verdicts.items():
        by_network.setdefault(network, []).append(f"{said.probability:6.1%} ({said.rank:>3})")
    said_by_all = "  |  ".join(" ".join(each) for each in by_network.values())
    return f"{made.target:>4} {names[made.target].split(',')[0]:<22.22} {made.who:<6} {said_by_all}"


def summary(made: Sequence[Made]) -> list[str]:
    """One row per maker, network and reading."""
    rows = [
        f"| pictures by | network | read | p >= {SURE} | top 1 | top 5 | mean p |",
        "|---|---|---|---|---|---|---|",
    ]
    for key in made[0].verdicts:
        for who in dict.fromkeys(each.who for each in made):
            found = [each.verdicts[key] for each in made if each.who == who]
            sure, first, five = (
                sum(test(each) for each in found)
                for test in (lambda v: v.probability >= SURE, lambda v: v.rank == 1, lambda v: v.rank <= 5)
            )
            mean = sum(each.probability for each in found) / len(found)
            counts = " | ".join(f"{each} of {len(found)}" for each in (sure, first, five))
            rows.append(f"| {who} | {key[0]} | {key[1]} | {counts} | {mean:.1%} |")
    return rows


def sheet(made: Sequence[Made], names: list[str]) -> Image.Image:
    """All pictures, those of a class side by side, with name, probability and the judges' ranks (as pixels)."""
    makers = len({each.who for each in made})
    groups = [[each for each in made if each.target == target] for target in dict.fromkeys(e.target for e in made)]
    columns = 4 if makers == 2 else 7
    rows = -(-len(groups) // columns)
    width, height = makers * (TILE + 4) + 8, TILE + 32
    canvas = Image.new("RGB", (columns * width, rows * height), "white")
    draw = ImageDraw.Draw(canvas)
    for number, group in enumerate(groups):
        left, top = number % columns * width, number // columns * height
        for place, each in enumerate(group):
            x = left + place * (TILE + 4)
            canvas.paste(Image.open(BytesIO(each.png)).convert("RGB").resize((TILE, TILE)), (x, top))
            own, *others = (verdict for (_, way), verdict in each.verdicts.items() if way == "as pixels")
            ranks = " ".join(f"#{verdict.rank}" for verdict in others)
            draw.text((x + 2, top + TILE + 1), names[each.target].split(",")[0][:34], fill="black")
            draw.text((x + 2, top + TILE + 14), f"{each.who}  {own.probability:.1%}  others: {ranks}", fill="black")
    return canvas


def options() -> Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", help="the network that is asked (mobilenetv2_100)")
    parser.add_argument("--networks", nargs="*", help=f"those that judge ({' '.join(JUDGES)})")
    parser.add_argument("--classes", type=int, default=20)
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0, help="of the draw of classes and of every picture")
    parser.add_argument("--batch", type=int, default=4, help="classes at a time, ours")
    parser.add_argument("--set", type=setting, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--sheet", type=Path, help="where to save a contact sheet")
    parser.add_argument("--cache", type=Path, default=Path("/tmp/filterscope_recognized_classes"))
    parser.add_argument("--no-lucent", action="store_true")
    parser.add_argument("--bundled", action="store_true", help="bundled/scenes, all classes, judged by scenes_vgg")
    choice = parser.parse_args()
    choice.model = choice.model or ("bundled/scenes" if choice.bundled else "mobilenetv2_100")
    if choice.networks is None:
        choice.networks = ["bundled/scenes_vgg"] if choice.bundled else list(JUDGES)
    choice.no_lucent |= choice.bundled
    return choice


def main() -> None:
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    choice = options()
    model = load_model(choice.model)
    networks = {choice.model: model, **{name: load_model(name) for name in choice.networks}}
    targets = drawn(1000 if choice.bundled else choice.classes, len(model.class_names), choice.seed)
    makers = {"ours": ours} if choice.no_lucent else {"ours": ours, "lucent": lucents}
    print("target probability (rank), as pixels then as a file: " + "  |  ".join(networks))
    made = []
    for who, make in makers.items():
        for target, png in make(model, targets, choice):
            made.append(Made(who, target, png, verdicts(png, target, networks)))
            print(line(made[-1], model.class_names), flush=True)
    rows = summary(made)
    print("\n".join(rows))
    if choice.sheet:
        sheet(made, model.class_names).save(choice.sheet)
    if not choice.set:
        about = f"{len(targets)} classes, seed {choice.seed}, {choice.steps} steps, the preset's settings. {versions()}"
        title = "Class pictures of the drawn scenes" if choice.bundled else "Class pictures, judged by other networks"
        command = "python -m benchmarks.accuracy.recognized_classes" + " --bundled" * choice.bundled
        write_section(title, command, "\n".join([about, "", *rows]))


def versions() -> str:
    """The versions of the libraries that the numbers depend on."""
    import timm

    return f"torch {torch.__version__}, timm {timm.__version__}, torch-lucent 0.1.8, {os.cpu_count()} cores."


if __name__ == "__main__":
    main()
