"""filterscope classify: what networks answer to pictures, in batches, while threads open the next ones."""

from __future__ import annotations

import argparse
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final

import torch
from torch import Tensor

from vizlib.batch.pictures import picture_key
from vizlib.command import words
from vizlib.command.given import Given, pictures
from vizlib.command.telling import Teller, carried
from vizlib.errors import VizError
from vizlib.models import Batches, Classifier, own_context
from vizlib.models.batches import at_most
from vizlib.models.outputs import predictions
from vizlib.records import Prediction

_MOST_THREADS: Final = 8
_EXAMPLE: Final = """    filterscope classify photos --network resnet50 --json > answers.jsonl
    filterscope classify cat.jpg scene:7 --network resnet50 --network bundled/scenes --top 3"""


@dataclass(frozen=True, eq=False)
class Opened:
    """A picture, ready for the network."""

    given: Given
    key: str  # of the picture, as recipes have it
    pixels: Tensor  # (1, 3, H, W)


def main(given: Sequence[str]) -> int:
    """Does what the words after `filterscope classify` say; returns the exit code."""
    return carried(_parser().parse_args(given), _work)


def _parser() -> argparse.ArgumentParser:
    about = "Says what networks answer to pictures: the most probable classes of each picture, on a line of its own."
    made = words.parser("classify", about, _EXAMPLE, pictures=True)
    words.add_networks(made)
    made.add_argument("--top", type=words.count, default=5, metavar="N", help="how many classes are told (5)")
    made.add_argument(
        "--batch-size", type=words.count, metavar="N", help="pictures that pass the network at once (by the device)"
    )
    return made


def _work(asked: argparse.Namespace, teller: Teller) -> None:
    given = pictures(asked.pictures)
    for name in asked.network or [words.USUAL_NETWORK]:
        model = words.network(asked, name)
        model.need_classes()
        at_once = asked.batch_size or at_most(model.device, model.input_size)
        classified(model, given, at_once, asked.top, teller)


def classified(model: Classifier, given: Sequence[Given], at_once: int, top: int, teller: Teller) -> None:
    """Tells the network's best classes for each picture. at_once: pictures of a batch."""
    part = words.part_of(model, "answers")
    for opened, found in answers(model, given, at_once, top, teller):
        _say(model, opened, found, part, teller)


def _say(model: Classifier, opened: Opened, found: Sequence[Prediction], part: dict[str, Any], teller: Teller) -> None:
    said = ", ".join(f"{each.label} {100 * each.probability:.1f} %" for each in found)
    record = {
        "picture": opened.given.title,
        "network": model.name,
        "class": found[0].index,
        "label": found[0].label,
        "probability": found[0].probability,
        "logit": found[0].logit,
        "top": [vars(each) for each in found],
        "recipe": part | {"picture": opened.key, "count": len(found)},
    }
    teller.result(f"{opened.given.title}: {said}", record)


def answers(
    model: Classifier, given: Sequence[Given], at_once: int, top: int, teller: Teller
) -> Iterator[tuple[Opened, list[Prediction]]]:
    """Each picture with the network's best classes, in order. Pictures that cannot be opened are told and left out.

    at_once: pictures of a batch. At most three batches are in memory at the same time.
    """
    batches = Batches(model, ("classify", model.input_size), at_once)
    with teller.bar(len(given), "picture") as bar:
        ready = _ready(model, given, 2 * at_once, teller)
        while some := list(islice(ready, at_once)):
            logits = torch.cat(batches(len(some), partial(_logits, model, some)))
            for opened, each in zip(some, logits.cpu(), strict=True):
                yield opened, predictions(each, model.outputs, model.class_names, top)
            bar.update(len(some))


def _logits(model: Classifier, some: Sequence[Opened], rows: slice) -> Tensor:
    with own_context(grad=False):
        return model(torch.cat([each.pixels for each in some[rows]]))


def _ready(model: Classifier, given: Sequence[Given], ahead: int, teller: Teller) -> Iterator[Opened]:
    """The pictures in order, at most `ahead` of them opened before they are asked for."""
    waiting: deque[tuple[Given, Future[Opened]]] = deque()
    pool = ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1))
    rest = iter(given)
    try:
        while True:
            for each in islice(rest, ahead - len(waiting)):
                waiting.append((each, pool.submit(_open, model, each)))
            if not waiting:
                return
            first, opening = waiting.popleft()
            try:
                opened = opening.result()
            except VizError as problem:
                teller.problem(first.title, problem)
            else:
                yield opened
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _open(model: Classifier, given: Given) -> Opened:
    picture = given.open()
    return Opened(given, picture_key(picture), model.prepare(picture))
