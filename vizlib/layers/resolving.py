"""Objectives checked against one network and one size of pictures, with every name and default position filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from numbers import Real

import numpy as np

from vizlib.errors import UnknownName, VizError
from vizlib.layers.catalogue import find_layer
from vizlib.layers.references import met
from vizlib.layers.terms import Objective, Term, is_whole
from vizlib.models import Classifier, in_own_context
from vizlib.records import Size


@in_own_context
def resolved(model: Classifier, objective: Objective, size: Size) -> Objective:
    """The objective with class names as indices and default positions filled in, checked for pictures of `size`.

    What layers give for reference pictures is filled in too. Raises UnknownName for a class, layer, channel or position
    that is not there, VizError for a wrong vector.
    """
    return Objective(met(model, [_resolved(model, each, size) for each in objective.terms], size))


def _resolved(model: Classifier, term: Term, size: Size) -> Term:
    if not isinstance(term.weight, Real) or not np.isfinite(term.weight):
        raise VizError(f"The weight of {replace(term, weight=1)} is not a finite number.", "Give a number.")
    if term.kind == "logit":
        return replace(term, index=model.class_index(term.index))
    if not term.paths:
        model.need_classes()
    shapes = [find_layer(model, path, size).shape for path in term.paths]
    return term if term.kind == "custom" else _within(term, *shapes[0])


def _within(term: Term, channels: int, height: int, width: int) -> Term:
    """The term, checked against its layer's shape."""
    if term.kind in ("channel", "neuron"):
        _check_range(f"{term.layer} has no channel", term.index, channels)
    if term.kind == "direction" and len(term.vector) != channels:
        what = f"{term.layer} has {channels} channels, and the direction has {len(term.vector)} numbers."
        raise VizError(what, "Give one number per channel.")
    if term.kind != "neuron":
        return term
    position: object = (height // 2, width // 2) if term.position is None else term.position
    if not isinstance(position, Sequence) or len(position) != 2:
        raise VizError(f"{term.layer} has no position {position!r}.", "Give (row, column), or leave it out.")
    _check_range(f"{term.layer} has no row", position[0], height)
    _check_range(f"{term.layer} has no column", position[1], width)
    return replace(term, position=(int(position[0]), int(position[1])))


@in_own_context
def at_size(model: Classifier, objective: Objective, old: Size, new: Size) -> Objective:
    """A resolved objective for pictures of another size: neurons stay at their place in the picture."""
    if old == new:
        return objective
    return Objective(met(model, [_moved(model, each, old, new) for each in objective.terms], new))


def _moved(model: Classifier, term: Term, old: Size, new: Size) -> Term:
    if term.position is None:
        return term
    before, after = (find_layer(model, term.layer, size).shape[1:] for size in (old, new))
    row, column = ((2 * at + 1) * b // (2 * a) for at, a, b in zip(term.position, before, after))
    return replace(term, position=(row, column))


def _check_range(what: str, index: int | str, count: int) -> None:
    if not is_whole(index):
        raise VizError(f"{what} {index!r}.", "Give a whole number.")
    if not 0 <= int(index) < count:
        raise UnknownName(f"{what} {index}.", f"Choose one from 0 to {count - 1}.")
