"""The classifiers that the page fits on features: with one C or many, on many pictures or few."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from vizlib.records import Snapshot
from vizlib.runs import Recipe
from vizlib.training import LearningCurve, Linear, Probe, learning_curve, probing
from vizlib.ui.linear_probe import sources
from vizlib.ui.linear_probe.controls import CS, Asked, words, written
from vizlib.ui.linear_probe.fitted import Fitted
from vizlib.ui.linear_probe.measured import Amounts, Measured, say_first_look
from vizlib.ui.linear_probe.sources import Source
from vizlib.ui.shared import live, picture_set
from vizlib.ui.shared.sidebar import Chosen

SEEDS = 5  # choices of the pictures, where their number varies


def wanted(here: Chosen, asked: Asked) -> list[Source] | None:
    """The networks and their pictures, if their features are there or were asked for. Else draws the button for it."""
    every = sources.sources(here, asked)
    recipe = Recipe({"what": "features", "of": [each.parts for each in every]})
    invitation = live.Invitation("Measure every layer", partial(_invite, here, asked))
    there = sources.are_there(every) or sources.are_stored(every)
    return every if there or live.asked_for(recipe, invitation) else None


def _first_look(here: Chosen, asked: Asked) -> Measured | None:
    """What a classifier on the last layer makes of a few pictures of each class."""
    source = sources.first_look(here, asked)
    found = _probe(source, source.asked.layers, (asked.c,), asked.fit)
    return None if found is None else _of_layers(source, found)


def _invite(here: Chosen, asked: Asked) -> None:
    """Says the first look, and shows some of the pictures."""
    found = _first_look(here, asked)
    if found is not None:
        say_first_look(found, sources.FIRST)
    picture_set.strip(asked.sets[0])


def _probe(
    source: Source, layers: Sequence[str], c: Sequence[float], how: Linear, draw: Callable[[Probe], None] | None = None
) -> Probe | None:
    """A classifier for each layer and C; None if the visitor has stopped a run."""
    sides = source.features()
    if sides is None:
        return None
    parts = {"what": "probe", "probed": list(layers), "c": list(c)}
    return _followed(source, how, parts, lambda: probing(*sides, layers, c=c, how=how), draw)


def _followed(source: Source, how: Linear, parts: dict[str, Any], start: Any, draw: Any) -> Any:
    """The last frame of fits; None if the visitor has stopped them. They are quick, so the disk does not keep them."""
    recipe = source.parts | parts | {"per_class": source.asked.per_class, "how": asdict(how)}
    found = live.follow(replace(source.place, keep=False), recipe, start, draw, f"Probing {source.name}")
    return found if found is not None and found.step == found.total else None


def probed(here: Chosen, asked: Asked, paint: Callable[[list[Measured]], object]) -> list[Measured] | None:
    """One classifier for each layer, of every network and set. `paint` draws what has been measured so far."""
    every = wanted(here, asked)
    if every is not None and not sources.are_there(every):
        paint([])
        first = _first_look(here, asked)
        paint([] if first is None else [first])
    return _each(every, partial(_layers, asked), _of_layers, paint)


def _each(every: Sequence[Source] | None, run: Any, measured: Any, paint: Any) -> Any:
    """What is measured of each source, while all of it is painted again with each frame; None if one was stopped."""
    found: list[Any] = []
    for source in every or ():
        last: Snapshot | None = run(source, lambda frame: paint([*found, measured(source, frame)]))  # noqa: B023
        if last is None:
            return None
        found.append(measured(source, last))
    return found or None


def _layers(asked: Asked, source: Source, draw: Callable[[Probe], None]) -> Probe | None:
    return _probe(source, asked.layers, (asked.c,), asked.fit, draw)


def _of_layers(source: Source, found: Probe) -> Measured:
    right = found.predictions[:, 0] == found.truth
    return Measured(source.name, source.choice.name, found.layers, right, source.random)


def grown(here: Chosen, asked: Asked, paint: Callable[[list[Amounts]], object]) -> list[Amounts] | None:
    """The chosen layer's classifier on more and more pictures, each number with several choices of them."""
    return _each(wanted(here, asked), _grow, _of_amounts, paint)


def _grow(source: Source, draw: Callable[[LearningCurve], None]) -> LearningCurve | None:
    sides, asked = source.features(), source.asked
    if sides is None:
        return None
    parts = {"what": "amounts", "layer": asked.layer, "c": asked.c, "seeds": SEEDS}
    start = partial(learning_curve, *sides, asked.layer, seeds=range(SEEDS), c=asked.c, how=asked.fit)
    return _followed(source, asked.fit, parts, start, draw)


def _of_amounts(source: Source, found: LearningCurve) -> Amounts:
    low, high = found.interval.tolist()
    return Amounts(source.name, found.counts, found.accuracy.mean(1).tolist(), list(zip(low, high)), source.random)


def swept(
    here: Chosen, asked: Asked, fits: Sequence[Linear], paint: Callable[[list[Measured]], object]
) -> list[Measured] | None:
    """One classifier of the chosen layer for each C; with several `fits`, each of them on the first set."""
    several, every = len(fits) > 1, wanted(here, asked)
    if every is None:
        return None
    found: list[Measured] = []
    for source, how in [(every[0], each) for each in fits] if several else [(each, fits[0]) for each in every]:
        one = _probe(source, (asked.layer,), CS, how)
        if one is None:
            return None
        right, name = one.predictions[0] == one.truth, words(how) if several else source.name
        found.append(Measured(name, source.choice.name, tuple(map(written, CS)), right, source.random))
        paint(found)
    return found


def fitted(here: Chosen, asked: Asked) -> list[Fitted] | None:
    """The classifier of the chosen layer, for each set."""
    found = []
    for source in (wanted(here, asked) or ())[: len(asked.sets)]:
        one, sides = _probe(source, (asked.layer,), (asked.c,), asked.fit), source.features()
        if one is None or sides is None:
            return None
        parts = source.parts | {"what": "probe", "layer": asked.layer, "c": asked.c, "how": asdict(asked.fit)}
        parts |= {"per_class": asked.per_class}
        found.append(Fitted(parts, source.sides[1], one, sides[1], here.model))
    return found or None
