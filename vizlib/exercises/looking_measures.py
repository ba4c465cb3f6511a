"""How the exercises that look inside are measured. The settings are those of the exercise's own link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from vizlib.activation_maximization import Frame, Settings, maximize
from vizlib.evaluation import Rate
from vizlib.exercises.fooling_measures import spread
from vizlib.exercises.measured import NOTHING, Measured, Row, shared
from vizlib.exercises.subject import Subject, typed
from vizlib.faithfulness import held_out, locating
from vizlib.models import Classifier
from vizlib.pictures import encode_png, open_picture
from vizlib.render import Image8, to_image
from vizlib.saliency import explain

_CS231N: Final = (76, 78, 187, 683, 366, 604)
_RDFIA: Final = (8, 281, 130)
_SURE: Final = 0.99
_MAPS: Final = 5  # pictures whose maps are compared


def class_pictures(subject: Subject, classes: Sequence[int]) -> Iterator[Measured]:
    """The classes' pictures, and whether the network recognizes each as a file."""
    model, settings = subject.model, _settings(subject)
    there = len(model.class_names)
    known = list(classes) if max(classes) < there else list(range(min(6, there)))
    steps = int(str(subject.exercise.settings.get("steps", "256")))
    for frame in maximize(model, known, steps, **settings):
        rows = recognized(model, frame, known) if frame.step == frame.total else ()
        yield Measured(frame.step, frame.total, subject.exercise.key, model.name, "no pictures: from noise", rows)


def _settings(subject: Subject) -> Any:
    return typed(subject.exercise.settings, "dream.", Settings)


def recognized(model: Classifier, frame: Frame, classes: Sequence[int]) -> tuple[Row, ...]:
    """How many pictures of the last frame the network recognizes, once they were saved and opened."""
    shares = _read(model, to_image(frame.pixels))
    own = [float(row[each]) for row, each in zip(shares, classes, strict=True)]
    first = _first(shares, classes)
    said = "recognized" if first.kept == first.count else f"not recognized: {first.count - first.kept} of {first.count}"
    rows: tuple[Row, ...] = (
        shared("saved pictures whose class comes first", first, lead=said),
        shared(f"of these with p >= {_SURE}", Rate(sum(each >= _SURE for each in own), len(own))),
        Row("probability of the class", NOTHING, spread(own, "{:.4f}"), ""),
    )
    if frame.stretch:
        again = _first(_read(model, frame.images()), classes)
        rows += (shared("the same, stretched from black to white as the course shows them", again),)
    return rows


def _read(model: Classifier, images: Image8) -> Tensor:
    return model.predict([open_picture(encode_png(image)) for image in images])


def _first(shares: Tensor, classes: Sequence[int]) -> Rate:
    return Rate(sum(int(row.argmax()) == each for row, each in zip(shares, classes, strict=True)), len(classes))


def of_cs231n(subject: Subject) -> Iterator[Measured]:
    """The six classes of CS231n; of a smaller network, its first six."""
    yield from class_pictures(subject, _CS231N)


def of_rdfia(subject: Subject) -> Iterator[Measured]:
    """The three classes that RDFIA adds; of a smaller network, those of the same numbers, or its first six."""
    yield from class_pictures(subject, _RDFIA)


def of_digits(subject: Subject) -> Iterator[Measured]:
    """All classes."""
    yield from class_pictures(subject, range(len(subject.model.class_names)))


def from_photograph(subject: Subject) -> Iterator[Measured]:
    """A class that grows out of each of five pictures: is it recognized, and how far did the picture move?"""
    model, steps = subject.model, int(str(subject.exercise.settings["steps"]))
    begin = model.prepare(list(subject.pictures[:_MAPS]))
    targets = [subject.target(number, 281) for number in range(len(begin))]
    for frame in maximize(model, targets, steps, start=begin, **_settings(subject)):
        rows: tuple[Row, ...] = ()
        if frame.step == frame.total:
            moved = (frame.pixels - begin).flatten(1).square().mean(1).sqrt().mul(255).tolist()
            rows = recognized(model, frame, targets)
            rows += (Row("root mean square of the change (gray levels)", NOTHING, spread(moved, "{:.1f}"), ""),)
        yield Measured(frame.step, frame.total, subject.exercise.key, model.name, _few(subject), rows)


def saliency(subject: Subject) -> Iterator[Measured]:
    """How alike our map is to the course's formula in normalized space, over five pictures."""
    found: list[float] = []
    some = range(min(_MAPS, len(subject.pictures)))
    for number in some:
        pixels, label = subject.model.prepare(subject.pictures[number]), subject.labels[number]
        ours = explain(subject.model, pixels, "gradient", label).values[0].cpu()
        found.append(rank_correlation(ours, formula(subject.model, pixels, label)))
        said = "the same order of pixels" if min(found) >= 0.99 else "another order of pixels"
        row = Row("rank correlation with the course's own formula", NOTHING, spread(found, "{:.4f}"), said)
        yield Measured(number + 1, len(some), subject.exercise.key, subject.model.name, _few(subject), (row,))


def _few(subject: Subject) -> str:
    """What the pictures are, where only the first ones are looked at."""
    return f"{_MAPS} of {subject.name}" if len(subject.pictures) > _MAPS else subject.name


def formula(model: Classifier, pixels: Tensor, label: int) -> Tensor:
    """CS231n's map (H, W): the largest absolute gradient of the raw score over the channels, in normalized space."""
    with torch.enable_grad():
        given = model.normalize(pixels).detach().requires_grad_()
        with model.lock:
            score = model.network(given)[0, label]
        (gradient,) = torch.autograd.grad(score, given)
    return gradient[0].abs().amax(0).cpu()


def rank_correlation(one: Tensor, other: Tensor) -> float:
    """Spearman's: of the ranks of the values."""
    ranks = np.stack([each.flatten().argsort().argsort().double().numpy() for each in (one, other)])
    return float(np.corrcoef(ranks)[0, 1])


def shortcut(subject: Subject) -> Iterator[Measured]:
    """How much of each map is on the animal, and how often the answer is right, where the grounds are swapped."""
    rows: tuple[Row, ...] = ()
    methods = [str(each) for each in subject.exercise.settings["methods"]]
    for number, method in enumerate(methods, 1):
        pictures, labels = held_out(40, swapped=True)
        *_, last = locating(subject.model, pictures, labels, method)
        low, high = last.interval
        ours = f"{last.inside.mean():.1%} ({low:.1%} to {high:.1%}); the animal's area is {last.area.mean():.1%}"
        rows += (Row(f"{method}: share of the map on the animal", NOTHING, ours, ""),)
        right = shared("right answers", Rate(int(last.right.sum()), len(labels)), lead="it answers by the ground")
        every = (*rows, right)
        name = "40 drawn animals, each on the other's ground"
        yield Measured(number, len(methods), subject.exercise.key, subject.model.name, name, every)
